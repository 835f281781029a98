"""Small scratch courses made of texts, for tests."""

from __future__ import annotations

import json
from pathlib import Path

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


def write_course(root: Path, **texts: str) -> Course:
    """Make a course from texts (assignment -> text; the small one without any) in `root`."""
    (root / "source").mkdir(parents=True)
    settings = f'c = get_config()\nc.CourseDirectory.course_id = "{root.name}"\n'
    (root / "nbgrader_config.py").write_text(settings)
    for assignment, content in (texts or {"doubling": doubling()}).items():
        (root / "source" / f"{assignment}.py").write_text(content)
    return Course(root.resolve())
