"""What each role's JupyterLab shows: a root-owned configuration folder that comes before a user's own."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

from .settings import Settings

EXTENSIONS = ("assignment_list", "course_list", "formgrader", "validate_assignment")
PLUGINS = ("assignment-list", "course-list", "create-assignment", "formgrader", "validate-assignment")
SHOWN = {
    "student": ("assignment-list", "validate-assignment"),
    "instructor": ("course-list", "assignment-list", "validate-assignment"),
    "grader": ("formgrader", "create-assignment", "validate-assignment"),
}

# JupyterLab asks newcomers whether it may fetch news from its makers' site, in a corner where buttons are.
NEWS = "@jupyterlab/apputils-extension:announcements"

COMMON = """\
# Written by `hub setup`; changes here are lost.
c = get_config()
c.Exchange.root = {exchange!r}
c.Exchange.path_includes_course = True
c.Authenticator.plugin_class = "nbgrader.auth.JupyterHubAuthPlugin"
c.ExchangeFactory.collect = "safe_exchange.Collect"
c.ExchangeFactory.fetch_assignment = "safe_exchange.FetchAssignment"
c.ExchangeFactory.fetch_feedback = "safe_exchange.FetchFeedback"
c.ExchangeFactory.list = "safe_exchange.ListExchange"
c.ExchangeFactory.release_assignment = "safe_exchange.ReleaseAssignment"
c.ExchangeFactory.release_feedback = "safe_exchange.ReleaseFeedback"
c.ExchangeFactory.submit = "safe_exchange.Submit"
"""

GRADER = """\
c.CourseDirectory.course_id = {course!r}
c.CourseDirectory.root = {folder!r}
"""

# The formgrader lives in a frame of JupyterLab; the hub forbids frames unless the page is told otherwise.
FRAME = """\
c = get_config()
c.ServerApp.tornado_settings = {"headers": {"Content-Security-Policy": "frame-ancestors 'self'"}}
"""


def set_up_roles(settings: Settings) -> None:
    """Write the three configuration folders anew."""
    for role in SHOWN:
        folder = settings.role_folder(role)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        write_extensions(folder, SHOWN[role])
        (folder / "nbgrader_config.py").write_text(_nbgrader_config(settings, role))
    (settings.role_folder("grader") / "jupyter_server_config.py").write_text(FRAME)


def write_extensions(folder: Path, shown: tuple[str, ...]) -> None:
    """Switch nbgrader's extensions on and off, on the server and in JupyterLab, for one configuration folder."""
    enabled = {f"nbgrader.server_extensions.{name}": name.replace("_", "-") in shown for name in EXTENSIONS}
    _write(folder / "jupyter_server_config.d/nbgrader.json", {"ServerApp": {"jpserver_extensions": enabled}})
    hidden = {NEWS: True} | {f"@jupyter/nbgrader:{name}": True for name in PLUGINS if name not in shown}
    page = {"disabledExtensions": hidden, "lockedExtensions": dict.fromkeys(hidden, True)}
    _write(folder / "labconfig/page_config.json", page)


def _write(path: Path, content: Mapping[str, object]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=2) + "\n")


def _nbgrader_config(settings: Settings, role: str) -> str:
    text = COMMON.format(exchange=str(settings.folders.exchange))
    if role == "grader":
        text += GRADER.format(course=settings.course.id, folder=str(settings.course_folder))
    return text
