"""Grade one submission through nbgrader's own Autograde and GenerateFeedback."""

from __future__ import annotations

import html
from dataclasses import dataclass
from pathlib import Path

from grading.current import Course, CourseError, captured_log, reason


@dataclass(frozen=True)
class Outcome:
    """How grading one submission ended.

    ``problem``: what is wrong with the submission as a whole, which has a mark all the same; ``fault``: what
    failed on our side, so that there is no mark.
    """

    problem: str = ""
    fault: str = ""


def submissions(course: Course, assignment: str, students: list[str] | None = None) -> list[str]:
    """Who handed in, sorted; only those named in `students` if given."""
    found = sorted(
        path.parent.name for path in (course.root / "submitted").glob(f"*/{assignment}") if path.is_dir()
    )
    if not found:
        raise CourseError(f"nothing to grade: {course.root / 'submitted'}/*/{assignment} holds no submission")
    if missing := sorted(set(students or []) - set(found)):
        raise CourseError(f"no submission of {assignment} by {', '.join(missing)}")
    return [name for name in found if not students or name in students]


def grade_one(course: Course, assignment: str, student: str, force: bool) -> Outcome:
    """Grade one submission and write its feedback page."""
    problem = what_is_missing(course.root / "submitted" / student / assignment, assignment)
    if problem:
        record_nothing(course, assignment, student, problem)
        return Outcome(problem=problem)
    fault = _run(course, "Autograde", assignment, student, force)
    return Outcome(fault=fault or _run(course, "GenerateFeedback", assignment, student, force=True))


def what_is_missing(folder: Path, assignment: str) -> str:
    """A sentence on a submission without a notebook of the right name, else ""."""
    if (folder / f"{assignment}.ipynb").is_file():
        return ""
    others = sorted(other.name for other in folder.glob("*.ipynb"))
    seen = f"; the one handed in is called {others[0]}" if others else ""
    return f"No notebook called {assignment}.ipynb was handed in{seen}."


def _run(course: Course, name: str, assignment: str, student: str, force: bool) -> str:
    """Run one nbgrader converter on one submission; a sentence when it failed."""
    converter = course.converter(name, assignment, student)
    converter.force = force
    with captured_log() as log:
        try:
            converter.start()
        except (Exception, SystemExit) as failure:
            return reason(log) if log else f"{type(failure).__name__}: {failure}"
    return ""


def record_nothing(course: Course, assignment: str, student: str, problem: str) -> None:
    """Enter a mark of 0 and a feedback page with one sentence, for a submission without a usable notebook."""
    with course.gradebook() as gradebook:
        gradebook.update_or_create_student(student)
        submission = gradebook.update_or_create_submission(assignment, student)
        for notebook in submission.notebooks:
            for mark in notebook.grades:
                mark.auto_score, mark.needs_manual_grade = 0, False
        gradebook.db.commit()
    page = course.root / "feedback" / student / assignment / f"{assignment}.html"
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(
        f"<!doctype html><title>{assignment}</title><p>{html.escape(problem)}</p>\n", encoding="utf-8"
    )
