"""A class at a glance: one HTML page for the instructor, and tables that Canvas and Moodle import.

Everything is read from the gradebook and from the sentences in the graded notebooks; nothing is written there.
"""

from __future__ import annotations

import csv
import json
import re
import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader

from grading.current import Course, CourseError, exercises_of
from grading.marks import sentences

_LIMIT = re.compile(r"more than [\d.]+ (s|MiB|GiB|processes)")
_QUOTED = re.compile(r" The line: .*")
_PLACE = re.compile(r" \(seen with [^()]*(\([^()]*\)[^()]*)*\)")


@dataclass
class Submission:
    """One submission: points and sentence by graded cell.

    ``cells``: graded cell -> (points got, points there are); ``said``: the sentence of each lost one.
    """

    student: str
    cells: dict[str, tuple[float, float]] = field(default_factory=dict)
    said: dict[str, str] = field(default_factory=dict)
    problem: str = ""
    seconds: float | None = None
    name: str = ""
    lms_id: str = ""
    email: str = ""

    @property
    def total(self) -> float:
        """Points got in all."""
        return sum(got for got, _ in self.cells.values())

    @property
    def most(self) -> float:
        """Points there are in all."""
        return sum(most for _, most in self.cells.values())


@dataclass(frozen=True)
class CellRow:
    """How the class did on one graded cell.

    ``solved``: share with full points; ``separation``: correlation of solving it with the points for all the
    rest (None where everybody or nobody solved it); ``top``: share solved among the best quarter.
    """

    cell: str
    points: float
    solved: float
    separation: float | None
    top: float


@dataclass(frozen=True)
class Said:
    """A sentence that students got, and how often; ``named``: it is a known mistake's."""

    sentence: str
    count: int
    named: bool
    students: tuple[str, ...]


# -- reading -------------------------------------------------------------------------------------------------


def read_class(course: Course, assignment: str) -> list[Submission]:
    """All graded submissions of an assignment, by name. Raises CourseError when there is none."""
    seconds = _seconds(course, assignment)
    with course.gradebook() as gradebook:
        found = [_read(course, one) for one in gradebook.assignment_submissions(assignment)]
    if not found:
        raise CourseError(f"nobody's {assignment} is graded yet: run `course grade {assignment}` first")
    for submission in found:
        submission.seconds = seconds.get(submission.student)
    return sorted(found, key=lambda submission: submission.student)


def _read(course: Course, known: Any) -> Submission:
    """One submission from the gradebook and its graded notebooks."""
    student = known.student
    name = " ".join(part for part in (student.first_name, student.last_name) if part)
    submission = Submission(
        student.id, name=name, lms_id=student.lms_user_id or "", email=student.email or ""
    )
    folder = course.root / "autograded" / student.id / known.assignment.name
    for notebook in known.notebooks:
        graded = folder / f"{notebook.name}.ipynb"
        submission.problem, _, told = sentences(graded)
        if folder.is_dir() and not graded.exists():
            submission.problem = f"No notebook called {graded.name} was handed in."
        for grade in notebook.grades:
            submission.cells[grade.name] = (float(grade.score or 0), float(grade.max_score))
            if float(grade.score or 0) < float(grade.max_score) and grade.name in told:
                submission.said[grade.name] = told[grade.name]
    return submission


def _seconds(course: Course, assignment: str) -> dict[str, float]:
    """How long grading each submission took, the last time."""
    path = course.root / "autograded" / f"{assignment}.log.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    return {entry["student"]: entry["seconds"] for entry in map(json.loads, lines)}


# -- looking at it -------------------------------------------------------------------------------------------


def cell_rows(group: Sequence[Submission]) -> list[CellRow]:
    """How the class did on each graded cell, in the gradebook's order."""
    best = sorted(group, key=lambda s: -s.total)[: max(1, len(group) // 4)]
    rows = []
    for cell, (_, points) in _all_cells(group).items():
        solved = [_solved(submission, cell) for submission in group]
        rest = [submission.total - submission.cells.get(cell, (0.0, 0.0))[0] for submission in group]
        top = sum(_solved(submission, cell) for submission in best) / len(best)
        rows.append(CellRow(cell, points, sum(solved) / len(group), _correlation(solved, rest), top))
    return rows


def _all_cells(group: Sequence[Submission]) -> dict[str, tuple[float, float]]:
    cells: dict[str, tuple[float, float]] = {}
    for submission in group:
        for cell, points in submission.cells.items():
            cells.setdefault(cell, points)
    return cells


def _solved(submission: Submission, cell: str) -> bool:
    got, most = submission.cells.get(cell, (0.0, 1.0))
    return got >= most


def _correlation(solved: Sequence[bool], rest: Sequence[float]) -> float | None:
    """Point-biserial correlation; None where one of the two does not vary."""
    if len(set(solved)) < 2 or len(set(rest)) < 2:
        return None
    return statistics.correlation([float(value) for value in solved], rest)


def told(group: Sequence[Submission], known: Iterable[str]) -> list[Said]:
    """What students were told, most frequent first; sentences that differ in a number or a line only count as one."""
    known = list(known)
    who: dict[tuple[str, bool], set[str]] = {}
    for submission in group:
        for sentence in submission.said.values():
            plain = _PLACE.sub("", _QUOTED.sub("", sentence))
            names = [text for text in known if text in plain]
            key = (max(names, key=len), True) if names else (re.sub(r"\d[\d.e+-]*", "#", plain), False)
            who.setdefault(key, set()).add(submission.student)
    said = [
        Said(text, len(students), named, tuple(sorted(students))) for (text, named), students in who.items()
    ]
    return sorted(said, key=lambda one: (-one.count, one.sentence))


def known_sentences(assignment: str) -> list[str]:
    """The sentences of an assignment's known mistakes; none for a course without exercises."""
    module = exercises_of(assignment)
    items = getattr(module, "EXERCISES", ())
    return [mistake.sentence for item in items for mistake in getattr(item, "mistakes", ())]


def warnings(group: Sequence[Submission], rows: Sequence[CellRow], never: int, known: int) -> list[str]:
    """What speaks against the tests themselves."""
    found = []
    for row in rows:
        if row.top < 0.5 < len(group) / 8:
            found.append(f"{row.cell}: of the best quarter only {row.top:.0%} solved it. Is the test right?")
        if row.separation is not None and row.separation < 0 and len(group) >= 8:
            found.append(f"{row.cell}: those who solved it did worse on the rest ({row.separation:+.2f}).")
    unexplained = sum(
        1 for s in group for cell in s.cells if not _solved(s, cell) and not s.problem and cell not in s.said
    )
    if unexplained:
        found.append(f"{unexplained} lost cells came without a sentence for the student.")
    if known and never:
        found.append(f"{never} of {known} known mistakes were not made by anybody in this class.")
    return found


def histogram(group: Sequence[Submission], bars: int = 10) -> list[tuple[str, int]]:
    """How many submissions got how much of the points: (range of points, count)."""
    most = max((submission.most for submission in group), default=0.0) or 1.0
    counts = Counter(min(int(submission.total / most * bars), bars - 1) for submission in group)
    edges = [most * k / bars for k in range(bars + 1)]
    return [(f"{edges[k]:g}–{edges[k + 1]:g}", counts[k]) for k in range(bars)]


# -- writing -------------------------------------------------------------------------------------------------


def write_report(course: Course, assignment: str) -> Path:
    """Write reports/<assignment>.html and return its path."""
    group = read_class(course, assignment)
    known = known_sentences(assignment)
    said, rows = told(group, known), cell_rows(group)
    never = sorted(set(known) - {one.sentence for one in said})
    totals = [submission.total for submission in group]
    seconds = [submission.seconds for submission in group if submission.seconds is not None]
    page = _template().render(
        assignment=assignment,
        group=group,
        most=max(submission.most for submission in group),
        mean=statistics.mean(totals),
        median=statistics.median(totals),
        bars=histogram(group),
        rows=rows,
        named=[one for one in said if one.named],
        unnamed=[one for one in said if not one.named],
        warnings=warnings(group, rows, len(never), len(set(known))),
        never=never,
        limits=[
            (s.student, text) for s in group for text in sorted(set(s.said.values())) if _LIMIT.search(text)
        ],
        problems=[s for s in group if s.problem],
        seconds=seconds,
    )
    path = course.root / "reports" / f"{assignment}.html"
    path.parent.mkdir(exist_ok=True)
    path.write_text(page, encoding="utf-8")
    return path


def _template() -> Any:
    environment = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True)
    return environment.get_template("report.html.j2")


def write_canvas(course: Course, assignment: str) -> Path:
    """A gradebook table as Canvas imports it (Grades > Import).

    Columns: Student, ID, SIS User ID, SIS Login ID, Section, then the assignment; the second row holds the
    points possible. ID stays empty: Canvas then finds students by SIS Login ID, which is nbgrader's student id.
    Source: Canvas Instructor Guide, "How do I import grades in the Gradebook?".
    """
    group = read_class(course, assignment)
    head = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", assignment]
    rows = [["    Points Possible", "", "", "", "", f"{max(s.most for s in group):g}"]]
    rows += [[s.name or s.student, "", s.lms_id, s.student, "", f"{s.total:g}"] for s in group]
    return _write_table(course, f"{assignment}.canvas.csv", head, rows)


def write_moodle(course: Course, assignment: str) -> Path:
    """A table as Moodle imports it (Grades > Import > CSV file): map Username to "Username".

    The grade is in points, a point as decimal sign; feedback goes to "Feedback for <assignment>".
    Source: Moodle documentation, "Grade import".
    """
    head = ["Username", "Email address", assignment, f"Feedback: {assignment}"]
    rows = [[s.student, s.email, f"{s.total:g}", _feedback(s)] for s in read_class(course, assignment)]
    return _write_table(course, f"{assignment}.moodle.csv", head, rows)


def _feedback(submission: Submission) -> str:
    return submission.problem or " | ".join(dict.fromkeys(submission.said.values()))


def _write_table(course: Course, name: str, head: list[str], rows: list[list[str]]) -> Path:
    """A CSV file in UTF-8; a text that a spreadsheet would take for a formula gets an apostrophe in front."""
    path = course.root / "reports" / name
    path.parent.mkdir(exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(head)
        writer.writerows([_harmless(text) for text in row] for row in rows)
    return path


def _harmless(text: str) -> str:
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
