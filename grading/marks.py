"""Marks as people read them: from the gradebook and the graded notebooks to grades.csv and a table."""

from __future__ import annotations

import contextlib
import csv
import json
import os
import re
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from grading.current import Course, CourseError


@dataclass
class Mark:
    """One submission's mark.

    Parameters
    ----------
    exercises : points got and points there are, by exercise (the grade_id of its answer cell).
    sentences : for each exercise that lost points, why, in the student's terms.
    problem : why nothing of the submission could be graded, or "".
    note : what else there is to say of it as a whole, or "".
    """

    submission: str
    exercises: dict[str, tuple[float, float]] = field(default_factory=dict)
    sentences: dict[str, str] = field(default_factory=dict)
    problem: str = ""
    note: str = ""

    @property
    def score(self) -> float:
        """Points got in all."""
        return sum(got for got, _ in self.exercises.values())

    @property
    def most(self) -> float:
        """Points there are in all."""
        return sum(most for _, most in self.exercises.values())


def read_marks(course: Course, assignment: str, problems: dict[str, str] | None = None) -> list[Mark]:
    """Marks of all submissions in the gradebook, sorted by name.

    `problems` holds sentences on submissions that left no graded notebook.
    """
    with course.gradebook() as gradebook:
        cells = _graded_cells(gradebook, assignment)  # held, so that the gradebook reads them once
        exercises = {cell.name: _exercise(cell.name, answers) for cell, answers in cells}
        marks = []
        for submission in gradebook.assignment_submissions(assignment):
            marks.append(_read_mark(course, submission, exercises))
            gradebook.db.expire(submission)  # or a large class would lie in memory with all its cells
    for mark in marks:
        mark.problem = (problems or {}).get(mark.submission, mark.problem)
    return sorted(marks, key=lambda mark: mark.submission)


def _graded_cells(gradebook: Any, assignment: str) -> list[tuple[Any, list[str]]]:
    """Each graded cell of an assignment, with the names of the answer cells of its notebook, longest first."""
    found = []
    for notebook in gradebook.find_assignment(assignment).notebooks:
        answers = sorted((cell.name for cell in notebook.solution_cells), key=len, reverse=True)
        found += [(cell, answers) for cell in [*notebook.grade_cells, *notebook.task_cells]]
    return found


def _exercise(name: str, answers: list[str]) -> str:
    """The exercise that a graded cell belongs to: `test_<answer>_<behaviour>` goes with `<answer>`."""
    return next((a for a in answers if f"{name}_".startswith((f"test_{a}_", f"{a}_"))), name)


def _read_mark(course: Course, submission: Any, exercises: dict[str, str]) -> Mark:
    """One submission's mark, and a sentence for each exercise that lost points."""
    mark = Mark(submission.student_id)
    folder = course.root / "autograded" / submission.student_id / submission.assignment.name
    for notebook in submission.notebooks:
        graded = folder / f"{notebook.name}.ipynb"
        mark.problem, mark.note, told = sentences(graded)
        if folder.is_dir() and not graded.exists():
            mark.problem = f"No notebook called {graded.name} was handed in."
        by_name = {grade.name: grade for grade in notebook.grades}
        for cell, exercise in exercises.items():
            if cell not in by_name:
                continue
            score, most = float(by_name[cell].score or 0), float(by_name[cell].max_score)
            got, there = mark.exercises.get(exercise, (0.0, 0.0))
            mark.exercises[exercise] = (got + score, there + most)
            if score < most and cell in told:
                mark.sentences.setdefault(exercise, told[cell])
    return mark


def sentences(path: Path) -> tuple[str, str, dict[str, str]]:
    """What kept a graded notebook from being graded, what else is to say of it, and what each graded cell said."""
    try:
        notebook = json.loads(path.read_text(encoding="utf-8"))
        told = {
            cell["metadata"].get("nbgrader", {}).get("grade_id"): _sentence(cell)
            for cell in notebook["cells"]
        }
    except (OSError, ValueError, KeyError):
        return "", "", {}
    about = notebook["metadata"].get("grading", {})
    problem, note = (" ".join(str(about.get(key) or "").split()) for key in ("problem", "note"))
    return problem, note, {grade_id: sentence for grade_id, sentence in told.items() if grade_id and sentence}


def _sentence(cell: dict[str, Any]) -> str:
    """What a graded cell said in one line: what grading noted, or the error it ended with; "" when it passed."""
    noted = cell["metadata"].get("grading", {}).get("sentence", "")
    errors = [out for out in cell.get("outputs", []) if out["output_type"] == "error"]
    if not noted and errors:
        noted = f"{errors[0].get('ename', '')}: {errors[0].get('evalue', '')}".rstrip(": ")
    return " ".join(str(noted).split())


# For people


def write_csv(path: Path, marks: list[Mark]) -> None:
    """grades.csv: a row per submission, a column per exercise, quoted so that any program reads it back.

    Raises CourseError when it cannot be written; an earlier one stays whole then.
    """
    exercises = list(dict.fromkeys(name for mark in marks for name in mark.exercises))
    draft = path.with_name(f".{path.name}.new")
    try:
        with draft.open("w", newline="", encoding="utf-8") as file:
            table = csv.writer(file)
            table.writerow(["submission", "mark", "max", *exercises, "feedback"])
            for mark in marks:
                points = [
                    f"{mark.exercises[name][0]:g}" if name in mark.exercises else "" for name in exercises
                ]
                table.writerow([mark.submission, f"{mark.score:g}", f"{mark.most:g}", *points, _in_one(mark)])
        os.replace(draft, path)
    except OSError as problem:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)
        raise CourseError(
            f"all marks are in the gradebook, but {path} cannot be written: {problem}"
        ) from problem


def _in_one(mark: Mark) -> str:
    """All sentences of a mark in one cell."""
    return " | ".join(_lines(mark))


def _lines(mark: Mark) -> Iterable[str]:
    """What is to say of the whole, then one line for each exercise that lost points."""
    if mark.problem or mark.note:
        yield mark.problem or mark.note
    for exercise, (got, most) in mark.exercises.items():
        if got < most and not mark.problem:
            yield f"{exercise} {got:g}/{most:g}: {mark.sentences.get(exercise, 'no sentence was left')}"


def table(marks: list[Mark], width: int = 110) -> str:
    """The marks as text: submission, mark, one line of feedback per lost exercise."""
    first = max([len(mark.submission) for mark in marks] + [len("submission")]) + 2
    rows = [f"{'submission':<{first}}{'mark':<9}feedback"]
    for mark in marks:
        wrapped = [
            line
            for text in map(_short, _lines(mark))
            for line in textwrap.wrap(text, max(width - first - 9, 30))
        ] or [""]
        rows.append(f"{mark.submission:<{first}}{f'{mark.score:g}/{mark.most:g}':<9}{wrapped[0]}".rstrip())
        rows += [" " * (first + 9) + line for line in wrapped[1:]]
    return "\n".join(rows)


def _short(line: str) -> str:
    """A line of feedback without what the table says anyway: the function's name, the case it was seen with."""
    return re.sub(r" \(seen with [^()]*\)", "", re.sub(r"(/[\d.]+: )[a-z]\w*: ", r"\1", line))
