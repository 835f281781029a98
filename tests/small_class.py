"""A class of the small course (tests/small_course.py): who hands in what, and how to grade it from outside."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from small_course import SmallCourse, answers

from grading.current import Course
from grading.jobs import read_files

EXITS = "def mean(x):\n    import os\n    os._exit(1)"
CLASS: dict[str, Any] = {
    "all_right": {},
    "blank": None,
    "exits": {"mean": EXITS},
    "no_list": {"squares": "def squares(n):\n    return n * n"},
    "not_json": b"{",
    "syntax_error": {"roll": "def roll(n:"},
}


def hand_in(course: SmallCourse, names: list[str]) -> None:
    """A class hands in; names may carry a number, all_right_2 is one more of all_right."""
    for name in names:
        kind = CLASS[re.sub(r"_\d+$", "", name)]
        folder = course.submit(name, kind if isinstance(kind, bytes) else answers(course, kind or {}))
        if kind is None:
            shutil.copy(course.root / "release" / "ps" / "ps.ipynb", folder / "ps.ipynb")
        (folder / "timestamp.txt").write_text("2026-03-02 08:00:00 UTC\n")


def marks(course: Course) -> dict[str, dict[str, float | None]]:
    """Everybody's automatic points, cell by cell."""
    with course.gradebook() as gradebook:
        return {
            submission.student_id: {g.name: g.auto_score for n in submission.notebooks for g in n.grades}
            for submission in gradebook.assignment_submissions("ps")
        }


def written(course: Course) -> dict[str, bytes]:
    """The graded notebooks and feedback pages."""
    files = {**read_files(course.root / "autograded", "a"), **read_files(course.root / "feedback", "f")}
    return {name: content for name, (_, content) in files.items() if not name.endswith(".jsonl")}


def graded(course: Course) -> list[str]:
    """Who has a graded folder."""
    return [path.parent.name for path in (course.root / "autograded").glob("*/ps")]


def start(course: Course, *options: str, **settings: Any) -> subprocess.Popen[str]:
    """`course grade ps` in a process of its own."""
    code = "import sys; from grading.cli import main; sys.exit(main(sys.argv[1:]))"
    grading = "import grading.current; grading.current.Course.chosen = lambda self, names: names;"
    command = [sys.executable, "-c", grading + code, "grade", "ps", "--jobs", "2", *options]
    return subprocess.Popen(
        command,
        cwd=course.root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        **settings,
    )


def wait_for(condition: Callable[[], bool], run: subprocess.Popen[str]) -> None:
    """Wait until it is so, or the run is over."""
    while not condition() and run.poll() is None:
        time.sleep(0.02)
