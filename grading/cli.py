"""The `course` command. It acts on the course you are in: the nearest nbgrader_config.py upward."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import warnings
from pathlib import Path

from grading.current import Course, CourseError


def main(argv: list[str] | None = None) -> int:
    """Run one command; 0 when all is well, 1 with one sentence on stderr when not."""
    options = parser().parse_args(argv)
    _quiet()
    try:
        status: int = options.run(options)
    except CourseError as problem:
        print(f"course: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\ncourse: stopped; the same command goes on from here", file=sys.stderr)
        return 130
    return status


def _quiet() -> None:
    """Keep out what nbgrader's and Jupyter's own code says to their developers while we call it."""
    warnings.filterwarnings("ignore", module=r"(nbgrader|sqlalchemy|jupyter_client|nbclient)\b")
    os.environ.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")


def parser() -> argparse.ArgumentParser:
    """All commands with their options."""
    top = argparse.ArgumentParser(prog="course", description=__doc__)
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)

    build = commands.add_parser(
        "build", help="make the source notebooks and the visible cases from the texts"
    )
    build.add_argument(
        "--check", action="store_true", help="change nothing; say what is wrong or out of date"
    )
    build.set_defaults(run=_build)
    release = commands.add_parser("release", help="make the student's version of assignments")
    release.set_defaults(run=_release)
    kit = commands.add_parser(
        "kit", help="zip released assignments with a list of packages and a page of instructions"
    )
    kit.set_defaults(run=_kit)
    for command in (build, release, kit):
        command.add_argument("assignments", nargs="*", metavar="ASSIGNMENT", help="default: all")

    back = commands.add_parser("import", help="carry an edit made in JupyterLab back into the text")
    back.add_argument("notebook", type=Path, help="a notebook under source/")
    back.set_defaults(run=_import)

    grade = commands.add_parser("grade", help="mark what was handed in; write feedback and grades.csv")
    grade.add_argument(
        "assignments", nargs="*", metavar="ASSIGNMENT", help="default: all that were handed in"
    )
    grade.add_argument("--force", action="store_true", help="grade again what has a mark already")
    grade.add_argument(
        "--student", action="append", metavar="ID", help="only this submission; may be repeated"
    )
    grade.add_argument("--jobs", type=int, metavar="N", help="processes at once (default: one for each core)")
    grade.add_argument("--scheduler", default="", metavar="ADDRESS", help="a Dask cluster's, tcp://host:8786")
    grade.add_argument(
        "--dry-run", action="store_true", help="write nothing; say who would gain and lose how much"
    )
    grade.set_defaults(run=_grade)

    report = commands.add_parser("report", help="one page on how the class did, and tables for an LMS")
    report.add_argument("assignment", metavar="ASSIGNMENT")
    report.add_argument("--canvas", action="store_true", help="also write the table that Canvas imports")
    report.add_argument("--moodle", action="store_true", help="also write the table that Moodle imports")
    report.set_defaults(run=_report)

    demo = commands.add_parser("demo", help="a whole round with sample submissions, in build/demo")
    demo.add_argument("assignments", nargs="*", metavar="ASSIGNMENT", help="default: all")
    demo.add_argument("--all", action="store_true", help="every sample there is, not only the demo's class")
    demo.set_defaults(run=_demo)

    audit = commands.add_parser(
        "audit", add_help=False, help="test the tests: known mistakes, mutants, right variants"
    )
    audit.add_argument("rest", nargs=argparse.REMAINDER)
    audit.set_defaults(run=_audit)
    return top


def _build(options: argparse.Namespace) -> int:
    from grading import buildcheck, notebooks

    course = Course.find()
    names = course.chosen(options.assignments)
    if options.check:
        problems = buildcheck.check(course, names)
        for problem in problems:
            print(problem)
        counted = f"{len(names)} assignment{'s' * (len(names) != 1)}"
        print(f"{len(problems)} to put right" if problems else f"{counted}: all as it should be")
        return 1 if problems else 0
    changed = notebooks.build(course, names)
    for path in changed:
        print(f"wrote {notebooks.relative(course, path)}")
    if not changed:
        print("nothing to do: everything is up to date")
    return 0


def _release(options: argparse.Namespace) -> int:
    from grading import notebooks

    course = Course.find()
    for name in course.chosen(options.assignments):
        for note in notebooks.release(course, name):
            print(f"note: {note}")
        print(f"released {name} to {notebooks.relative(course, course.release(name).parent)}")
    return 0


def _kit(options: argparse.Namespace) -> int:
    from grading import notebooks

    course = Course.find()
    for name in course.chosen(options.assignments):
        print(f"wrote {notebooks.relative(course, notebooks.kit(course, name))}")
    return 0


def _import(options: argparse.Namespace) -> int:
    from grading import notebooks

    course = Course.find(options.notebook.resolve().parent)
    text, changed = notebooks.import_notebook(course, options.notebook)
    shown = notebooks.relative(course, text)
    print(f"wrote {shown}; run `course build` now" if changed else f"{shown} says the same already")
    return 0


def _grade(options: argparse.Namespace) -> int:
    from grading import forks

    course = Course.find()
    names = course.chosen(options.assignments)
    if not options.assignments:
        names = [name for name in names if _handed_in(course, name, options.student or ["*"])]
    if not names:
        raise CourseError(f"nothing to grade: {course.root / 'submitted'} holds no submission")
    if not options.scheduler:
        forks.start()
    status = 0
    for name in names:
        table = "grades.csv" if len(names) == 1 else f"grades.{name}.csv"
        if len(names) > 1:
            print(f"{name}:", flush=True)
        status = max(status, _grade_assignment(course, name, options, table))
        if status == 130:
            break
    return status


def _handed_in(course: Course, assignment: str, students: list[str]) -> bool:
    """Whether one of the students (``*``: anybody) handed it in."""
    folder = course.root / "submitted"
    return any(path for student in students for path in folder.glob(f"{student}/{assignment}"))


def _grade_assignment(course: Course, name: str, options: argparse.Namespace, table: str) -> int:
    from grading import batch, marks

    how = {"force": options.force, "jobs": options.jobs, "scheduler": options.scheduler}
    tally = batch.grade_class(course, name, options.student, dry_run=options.dry_run, **how)
    if tally.stopped:
        print(
            f"stopped: {len(tally.graded)} graded, {len(tally.left)} left; the same command goes on from here"
        )
        return 130
    if options.dry_run:
        print(batch.changes_table(tally))
        return 0
    given = batch.class_marks(course, name, tally)
    marks.write_csv(course.root / table, given)
    print(marks.table(given, shutil.get_terminal_size().columns))
    print(f"wrote {course.root / table} and feedback/*/{name}/{name}.html")
    if tally.faults:
        print(
            f"{len(tally.faults)} could not be graded; nothing of theirs was changed. The same command tries again."
        )
    return 1 if tally.faults else 0


def _report(options: argparse.Namespace) -> int:
    from grading import notebooks, report

    course = Course.find()
    (name,) = course.chosen([options.assignment])
    paths = [report.write_report(course, name)]
    paths += [report.write_canvas(course, name)] if options.canvas else []
    paths += [report.write_moodle(course, name)] if options.moodle else []
    for path in paths:
        print(f"wrote {notebooks.relative(course, path)}")
    return 0


def _demo(options: argparse.Namespace) -> int:
    from grading.demo import demo

    course = Course.find()
    return 1 if demo(course, course.chosen(options.assignments), options.all) else 0


def _audit(options: argparse.Namespace) -> int:
    try:
        from grading import audit
    except ImportError:
        raise CourseError("this course has no audit yet") from None
    status: int = audit.main(options.rest)
    return status


if __name__ == "__main__":
    sys.exit(main())
