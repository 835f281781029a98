"""The exchange's steps, called in this process as on the hub; run them as a Linux user with `call_as_user`."""

from __future__ import annotations

import io
import logging
import os
import sys
from pathlib import Path
from typing import Any

import nbformat
import safe_exchange
from nbgrader.api import Gradebook
from nbgrader.auth import Authenticator
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

COURSE = "course"


def run_step(step: str, assignment: str, exchange: str, course: str, options: dict[str, Any]) -> str:
    """One exchange step in this process, configured as on the hub."""
    kind = {"submit": safe_exchange.Submit, "collect": safe_exchange.Collect, "fetch": safe_exchange.FetchAssignment,
            "release": safe_exchange.ReleaseAssignment, "feedback": safe_exchange.ReleaseFeedback,
            "fetch_feedback": safe_exchange.FetchFeedback}[step]  # fmt: skip
    config = Config()
    config.Exchange.root = exchange
    config.Exchange.path_includes_course = True
    config.Exchange.assignment_dir = os.getcwd()
    config.Exchange.cache = os.path.join(os.path.expanduser("~"), ".cache")
    config.CourseDirectory.course_id = COURSE
    config.CourseDirectory.assignment_id = assignment
    config.CourseDirectory.root = course if step in ("collect", "release", "feedback") else os.getcwd()
    for name, value in options.items():
        section, option = name.split("__")
        config[section][option] = value
    text = io.StringIO()
    log = logging.getLogger(f"exchange-{step}")
    log.handlers = [logging.StreamHandler(text)]
    log.setLevel(logging.INFO)
    directory = CourseDirectory(config=config)
    kind(coursedir=directory, authenticator=Authenticator(config=config), config=config, log=log).start()
    return text.getvalue()


def write_notebook(text: str, folder: str = f"{COURSE}/ps1", name: str = "ps1.ipynb") -> None:
    """A notebook of one cell in the working folder."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text, id="answer")])
    Path(folder).mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, Path(folder) / name)


def warm_up() -> None:
    """Make Python load now what it would load late: a child that became another user may not be able to read it."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1")])
    nbformat.reads(nbformat.writes(notebook), as_version=4)


def make_gradebook(path: Path) -> Path:
    """An empty gradebook; making one starts `alembic`, which another user may not be able to run."""
    before = os.environ["PATH"]
    os.environ["PATH"] = f"{Path(sys.executable).parent}:{before}"
    try:
        Gradebook(f"sqlite:///{path}", COURSE).close()
    finally:
        os.environ["PATH"] = before
    return path
