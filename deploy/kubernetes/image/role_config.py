"""Write the Jupyter configuration of one role into an image: `role_config.py FOLDER ROLE`."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parents[2] / "jupyterhub")]

from course_hub.roles import FRAME, SHOWN, write_extensions  # noqa: E402

NBGRADER = """\
import os

import ngshare_exchange

c = get_config()
ngshare_exchange.configureExchange(c, os.environ["NGSHARE_URL"])
c.Exchange.path_includes_course = True
c.CourseDirectory.course_id = "training_deep_networks"
"""
GRADER = 'c.CourseDirectory.root = "/home/jovyan/training_deep_networks"\n'


def write(folder: Path, role: str) -> None:
    """The configuration that JUPYTER_CONFIG_PATH names in a pod of this role."""
    place = folder / role
    place.mkdir(parents=True)
    write_extensions(place, SHOWN[role])
    (place / "nbgrader_config.py").write_text(NBGRADER + (GRADER if role == "grader" else ""))
    if role == "grader":
        (place / "jupyter_server_config.py").write_text(FRAME)


if __name__ == "__main__":
    write(Path(sys.argv[1]), sys.argv[2])
