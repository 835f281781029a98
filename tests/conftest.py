"""Fixtures: this course, small scratch courses in a temporary folder, and a student's end of a bridge."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import pytest
from scratch_courses import write_course
from student_end import Student

from grading import cells, inside, notebooks
from grading.current import Course


@pytest.fixture(autouse=True, scope="session")
def one_look_at_the_database_version() -> Iterator[None]:
    """Let nbgrader ask alembic, in a process of its own, once and not for every new gradebook."""
    import nbgrader.api

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nbgrader.api, "get_alembic_version", cache(nbgrader.api.get_alembic_version))
        yield


@pytest.fixture
def make_course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Course]:
    """A function that makes a course from texts and goes into its folder."""

    def make(name: str = "scratch", **texts: str) -> Course:
        course = write_course(tmp_path / name, **texts)
        monkeypatch.chdir(course.root)
        return course

    return make


@pytest.fixture(scope="session")
def released_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a course with one small assignment, released, and a `utils` of its own."""
    course = write_course(tmp_path_factory.mktemp("released") / "scratch")
    (course.root / "utils").mkdir()
    (course.root / "utils" / "__init__.py").write_text("")
    (course.root / "utils" / "notes.txt").write_text("not for students")
    notebooks.release(course, "doubling")
    return course.root


@pytest.fixture
def released(released_once: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Course:
    """A copy of that course, and in its folder."""
    root = shutil.copytree(released_once, tmp_path / "scratch")
    monkeypatch.chdir(root)
    return Course(root.resolve())


@pytest.fixture
def this_course() -> Course:
    """The course this repository holds."""
    return Course(Path(__file__).resolve().parents[1])


@pytest.fixture
def student(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Student]:
    """A student's end that is closed after the test."""
    student = Student(tmp_path / "s")
    monkeypatch.setattr(inside, "_shell", SimpleNamespace(user_ns=student.namespace))
    yield student
    student.listener.close()
    cells.end_cell()
    for link in student.links:
        link.close()
