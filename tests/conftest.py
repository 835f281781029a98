"""Fixtures: this course, and small scratch courses in a temporary folder."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from grading import notebooks
from grading.current import Course

HEADER = """# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---
"""
ROLES = {
    "answer": {"grade": False, "locked": False, "solution": True},
    "test": {"grade": True, "locked": True, "solution": False},
    "given": {"grade": False, "locked": True, "solution": False},
}
DOUBLE = '''def double(x):
    """Return twice `x`."""
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION
'''
TEST_DOUBLE = """# Twice a number. (2 points)
assert double(2) == 4, "2 should give 4"
### BEGIN HIDDEN TESTS
secret = 7
assert double(secret) == 14, "7 should give 14"
### END HIDDEN TESTS
"""


def cell(role: str, grade_id: str, source: str, **more: object) -> str:
    """The text of one nbgrader cell; `more` adds to its metadata or replaces it."""
    held = {**ROLES[role], "grade_id": grade_id, "schema_version": 3, "task": False, **more}
    return f"# %% nbgrader={json.dumps(held, sort_keys=True)}\n{source}"


def text(*cells: str) -> str:
    """The text of a notebook, with two empty lines around functions as PEP 8 wants them."""
    written = HEADER
    for before, after in zip(("", *cells), cells, strict=False):
        gap = "\n\n" if "\ndef " in before + after else "\n"
        written += gap + after.rstrip("\n") + "\n"
    return written


def doubling(answer: str = DOUBLE, test: str = TEST_DOUBLE) -> str:
    """A small assignment: double a number, 2 points."""
    return text(
        "# %% [markdown]\n# # Twice",
        cell("given", "imports", "import math"),
        cell("answer", "double", answer),
        "# %%\ndouble(math.pi)",
        cell("test", "test_double_numbers", test, points=2),
    )


@pytest.fixture(autouse=True, scope="session")
def one_look_at_the_database_version() -> Iterator[None]:
    """Let nbgrader ask alembic, in a process of its own, once and not for every new gradebook."""
    import nbgrader.api

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nbgrader.api, "get_alembic_version", cache(nbgrader.api.get_alembic_version))
        yield


def write_course(root: Path, **texts: str) -> Course:
    """Make a course from texts (assignment -> text; the small one without any) in `root`."""
    (root / "source").mkdir(parents=True)
    settings = f'c = get_config()\nc.CourseDirectory.course_id = "{root.name}"\n'
    (root / "nbgrader_config.py").write_text(settings)
    for assignment, content in (texts or {"doubling": doubling()}).items():
        (root / "source" / f"{assignment}.py").write_text(content)
    return Course(root.resolve())


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
