"""The course a command acts on: its folder, its nbgrader configuration, its assignments."""

from __future__ import annotations

import importlib
import logging
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CONFIG_NAME = "nbgrader_config.py"


class CourseError(Exception):
    """Something the person at the keyboard can put right; its text is one sentence."""


@dataclass(frozen=True)
class Course:
    """A course's folder, the one that holds nbgrader_config.py.

    Parameters
    ----------
    root : absolute path of that folder.
    """

    root: Path

    @classmethod
    def find(cls, start: Path | None = None) -> Course:
        """The course that `start` (default: the current folder) lies in: the nearest one upward.

        Raises CourseError when there is none.
        """
        here = (start or Path.cwd()).resolve()
        for folder in (here, *here.parents):
            if (folder / CONFIG_NAME).is_file():
                return cls(folder)
        raise CourseError(f"no {CONFIG_NAME} in {here} or above it: go to a course's folder first")

    def text(self, assignment: str) -> Path:
        """The text an assignment is written in."""
        return self.root / "source" / f"{assignment}.py"

    def source(self, assignment: str) -> Path:
        """The notebook built from the text, with solutions and hidden tests."""
        return self.root / "source" / assignment / f"{assignment}.ipynb"

    def release(self, assignment: str) -> Path:
        """The student's notebook."""
        return self.root / "release" / assignment / f"{assignment}.ipynb"

    def assignments(self) -> list[str]:
        """Names of all assignments of the course, sorted."""
        return sorted(path.stem for path in (self.root / "source").glob("*.py"))

    def chosen(self, names: list[str]) -> list[str]:
        """`names`, or all assignments when empty; CourseError for a name the course does not have."""
        known = self.assignments()
        for name in names:
            if name not in known:
                have = ", ".join(known) or "none yet"
                raise CourseError(
                    f"no assignment called {name!r} in {self.root / 'source'} (there is: {have})"
                )
        return list(names) or known

    def config(self) -> Any:
        """nbgrader's configuration (a traitlets Config): Jupyter's folders first, then the course's own file."""
        from jupyter_core.paths import jupyter_config_path
        from traitlets.config.loader import Config, PyFileConfigLoader

        config = Config()
        for folder in [*reversed(jupyter_config_path()), str(self.root)]:
            if os.path.isfile(os.path.join(folder, CONFIG_NAME)):
                config.merge(PyFileConfigLoader(CONFIG_NAME, path=folder).load_config())
        return config

    def converter(self, name: str, assignment: str, student: str = "*", **settings: Any) -> Any:
        """One of nbgrader's converters, such as Autograde or GenerateFeedback, set up for this course.

        `settings` are traits of nbgrader's CourseDirectory, such as `release_directory`.
        """
        from nbgrader import converters

        coursedir = self.coursedir(assignment_id=assignment, student_id=student, **settings)
        return getattr(converters, name)(coursedir=coursedir, config=coursedir.config)

    def has_gradebook(self) -> bool:
        """Whether there is a gradebook yet (one on a database server is taken to be there)."""
        kind, _, path = self.coursedir().db_url.partition("sqlite:///")
        return bool(kind) or Path(path).is_file()

    def gradebook(self) -> Any:
        """nbgrader's Gradebook of this course, to be used in a `with` statement."""
        from nbgrader.api import Gradebook

        coursedir = self.coursedir()
        return Gradebook(coursedir.db_url, coursedir.course_id)

    def coursedir(self, **settings: Any) -> Any:
        """nbgrader's CourseDirectory for this folder, whatever the configuration says of `root`."""
        from nbgrader.coursedir import CourseDirectory

        from grading import repairs

        repairs.install()
        # nbgrader 0.9.6 adds new submissions to a session of SQLAlchemy 2.1 a moment late; no harm comes of it
        warnings.filterwarnings("ignore", "Object of type <.*> not in session")
        config = self.config()
        config.CourseDirectory.update({"root": str(self.root), **settings})
        return CourseDirectory(config=config)


def exercises_of(assignment: str) -> Any | None:
    """The module grading.exercises.<assignment>, or None for an assignment that has none."""
    name = f"grading.exercises.{assignment}"
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as missing:
        if missing.name == name:
            return None
        raise


@contextmanager
def captured_log(level: int = logging.WARNING) -> Iterator[list[str]]:
    """Collect what nbgrader logs at `level` or above, instead of showing it."""
    from traitlets.log import get_logger

    lines: list[str] = []

    class Collect(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(record.getMessage())

    logger: logging.Logger = get_logger()  # type: ignore[assignment]
    handler, propagate = Collect(level), logger.propagate
    logger.addHandler(handler)
    logger.propagate = False
    try:
        yield lines
    finally:
        logger.removeHandler(handler)
        logger.propagate = propagate


def reason(lines: list[str]) -> str:
    """The sentence in nbgrader's log of a failure: the end of its first traceback, or its last line."""
    for line in lines:
        if line.startswith("Traceback"):
            last = line.strip().splitlines()[-1]
            return last.split(": ", 1)[-1]
    return " ".join(lines[-1].split()) if lines else "nbgrader gave no reason"
