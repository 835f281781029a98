"""`course demo`: a whole round in a scratch course, from the text of an assignment to a class's marks."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

from grading import notebooks, samples
from grading.batch import class_marks, grade_class
from grading.current import Course, CourseError
from grading.marks import Mark, table, write_csv
from grading.report import write_report

COPIED = ("nbgrader_config.py", "constraints.txt", "source", "utils", "samples")


def scratch_course(course: Course, folder: Path) -> Course:
    """A fresh copy of what makes a course, without anybody's work; an earlier copy in `folder` is removed."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    skip = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints")
    for name in COPIED:
        path = course.root / name
        if path.is_dir():
            shutil.copytree(path, folder / name, ignore=skip)
        elif path.is_file():
            shutil.copyfile(path, folder / name)
    return Course(folder)


def demo(course: Course, assignments: list[str], everybody: bool = False) -> list[str]:
    """Release, let a class of samples hand in, grade, show marks; names of those whose mark is not the known one.

    Raises CourseError when an assignment has no samples.
    """
    classes = {assignment: _class(course, assignment, everybody) for assignment in assignments}
    started = time.monotonic()
    scratch = scratch_course(course, course.root / "build" / "demo")
    wrong = []
    for assignment, names in classes.items():
        wrong += _round(
            scratch, assignment, names, "grades.csv" if len(classes) == 1 else f"grades.{assignment}.csv"
        )
    handed_in = sum(map(len, classes.values()))
    print(
        f"{handed_in - len(wrong)} of {handed_in} marks are exactly what the samples say; "
        f"{time.monotonic() - started:.0f} s in all."
    )
    _where(course, scratch)
    return wrong


def _class(course: Course, assignment: str, everybody: bool) -> list[str]:
    """The samples that hand in."""
    known = samples.names(course, assignment)
    names = [name for name in known if everybody or samples.read(course, assignment, name).demo]
    if not names:
        raise CourseError(f"{assignment} has no sample submissions in {course.root / 'samples' / assignment}")
    return names


def _round(scratch: Course, assignment: str, names: list[str], table_name: str) -> list[str]:
    """One assignment from its release to marks and report; samples that got another mark than theirs."""
    for note in notebooks.release(scratch, assignment):
        print(note)
    print(f"Released {assignment}; {len(names)} sample submissions hand in.", flush=True)
    for name in names:
        samples.hand_in(scratch, assignment, name)
    tally = grade_class(scratch, assignment)
    marks = class_marks(scratch, assignment, tally)
    write_csv(scratch.root / table_name, marks)
    write_report(scratch, assignment)
    print(f"\n{table(marks, min(shutil.get_terminal_size((120, 24)).columns, 140))}\n")
    for name, why in tally.faults.items():
        print(f"{name} could not be graded: {why}")
    return _unexpected(scratch, assignment, names, marks)


def _unexpected(course: Course, assignment: str, names: list[str], marks: list[Mark]) -> list[str]:
    """Samples that got no mark or not the one they state, told on the way."""
    given = {mark.submission: f"{mark.score:g}" for mark in marks}
    wrong = []
    for name in names:
        stated = f"{samples.read(course, assignment, name).mark:g}"
        if given.get(name) != stated:
            wrong.append(name)
            print(f"{name} should have {stated} points, not {given.get(name, 'no mark at all')}")
    return wrong


def _where(course: Course, scratch: Course) -> None:
    """Where the files are."""
    shown = notebooks.relative(course, scratch.root)
    print(f"  {shown}/release/   what students get")
    print(f"  {shown}/submitted/   what they handed in")
    print(f"  {shown}/feedback/   what they get back, a page each")
    print(f"  {shown}/reports/   how the class did, a page for each assignment")
    print(f"  {shown}/grades*.csv   the marks;   {shown}/gradebook.db   the same for nbgrader")
