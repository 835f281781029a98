"""`course build --check`: is what students get what the texts say, and nothing more?

Every problem names the file, the cell and what to do. nbgrader itself ships a hidden test whose marker is
misspelt, and says nothing; so the rules here are about what an author means, not about what nbgrader accepts.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from nbformat import NotebookNode
from rapidfuzz.distance import OSA

from grading.current import Course, CourseError, exercises_of
from grading.notebooks import (
    ALLOWED,
    dumps,
    expected_cases,
    finish_release,
    generate,
    is_current,
    load,
    make_expected,
    read_text,
    relative,
    released_files,
)

REGIONS = ("SOLUTION", "HIDDEN TESTS", "MARK SCHEME")
MARKERS = tuple(f"{edge} {region}" for region in REGIONS for edge in ("BEGIN", "END"))
STUB = ("# YOUR CODE HERE", "raise NotImplementedError()", "YOUR ANSWER HERE")
_OWN_LINE = re.compile(r"[\s#=*<>!-]*(" + "|".join(MARKERS) + r")[\s#=*<>!-]*")
_FILLERS = {"OF", "THE", "YOUR", "MY", "A", "HERE"}
_GRADING = re.compile(r"^\s*(?:from|import)\s+grading\b", re.MULTILINE)
_GRADE_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True)
class Problem:
    """One thing to put right: in which file, in which cell (or ""), and what to do."""

    file: str
    cell: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.file}{': cell ' + self.cell if self.cell else ''}: {self.sentence}"


def check(course: Course, assignments: list[str]) -> list[Problem]:
    """All problems of these assignments, and of the course's visible cases."""
    problems = [problem for name in assignments for problem in check_assignment(course, name)]
    return problems + list(_check_expected(course)) + list(_check_strays(course))


def check_assignment(course: Course, assignment: str) -> list[Problem]:
    """Problems of one assignment: its text first; what was made from it only when the text is sound."""
    try:
        notebook = read_text(course, assignment)
    except Exception as problem:
        sentence = f"cannot be read as a notebook: {str(problem).splitlines()[0]}"
        return [Problem(relative(course, course.text(assignment)), "", sentence)]
    problems = list(check_source(relative(course, course.text(assignment)), notebook, assignment))
    problems += _check_files(course, assignment)
    return problems or list(_check_made(course, assignment, notebook))


# The text


def check_source(file: str, notebook: NotebookNode, assignment: str) -> Iterator[Problem]:
    """Problems of a notebook with solutions: markers, names, roles, points."""
    seen: set[str] = set()
    for number, cell in enumerate(notebook.cells, start=1):
        name = _name(number, cell)
        sentences = [*check_markers(cell), *_check_role(cell), *_check_imports(cell), *_check_id(cell, seen)]
        yield from (Problem(file, name, sentence) for sentence in sentences)
    yield from _check_points(file, notebook, assignment)


def _name(number: int, cell: NotebookNode) -> str:
    """How to find a cell: its grade_id where it has one, and its place in the notebook."""
    grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
    return f"{grade_id} (number {number})" if grade_id else f"number {number}"


def check_markers(cell: NotebookNode) -> Iterator[str]:
    """Misspelt, misplaced and unbalanced region markers of one cell."""
    role = role_of(cell)
    home = {"SOLUTION": ("answer", "written"), "HIDDEN TESTS": ("test",), "MARK SCHEME": ("task",)}
    inside: str | None = None
    for line in cell.source.splitlines():
        match = _OWN_LINE.fullmatch(line)
        if not match:
            if meant := near_marker(line, cell.cell_type):
                yield f"{line.strip()!r} looks like a marker; write exactly `### {meant}`, on a line of its own"
            continue
        edge, region = match[1].split(" ", 1)
        if role not in home[region]:
            yield f"`{match[1]}` belongs in {_ROLE_WORDS[home[region][0]]} only; this is {_ROLE_WORDS[role]}"
        if edge == "BEGIN" and inside:
            yield f"`{match[1]}` comes before `END {inside}`; close one region before the next begins"
        if edge == "END" and inside != region:
            yield f"`{match[1]}` has no `BEGIN {region}` before it; add the missing marker"
        inside = region if edge == "BEGIN" else None
    if inside:
        yield f"`BEGIN {inside}` is never closed; add `### END {inside}`"
    if role == "answer" and "BEGIN SOLUTION" not in cell.source:
        yield "without `### BEGIN SOLUTION` nothing of this answer cell goes out; mark the lines to take out"


def near_marker(line: str, cell_type: str = "code") -> str | None:
    """The marker that a line must have meant, or None.

    A marker inside other text counts as well: nbgrader acts on it, wherever in the line it stands.
    """
    for marker in MARKERS:
        if marker in line:
            return marker
    said = line.rsplit("#", 1)[-1] if cell_type == "code" and "#" in line else line
    if cell_type == "code" and "#" not in line:
        return None
    words = re.sub(r"([a-z])([A-Z])", r"\1 \2", said)
    words = re.sub(r"[^A-Z]+", " ", words.upper())
    letters = "".join(word for word in words.split() if word not in _FILLERS)
    scores = {
        spelling: OSA.normalized_similarity(letters, spelling)
        for spelling in _SPELLINGS
        if letters[:1] and len(letters) > 7
    }
    best = max(scores, key=lambda spelling: scores[spelling], default=None)
    return _SPELLINGS[best] if best and scores[best] >= 0.76 else None


def _spellings() -> dict[str, str]:
    """Ways to say each marker, as letters only."""
    edges = {"BEGIN": ("BEGIN", "START"), "END": ("END", "STOP", "FINISH")}
    regions = {
        "SOLUTION": ("SOLUTION", "SOLUTIONS", "ANSWER"),
        "HIDDEN TESTS": ("HIDDENTESTS", "HIDDENTEST", "HIDDEN", "TESTS"),
        "MARK SCHEME": ("MARKSCHEME", "MARKINGSCHEME"),
    }
    return {
        spelling: f"{edge} {region}"
        for edge, starts in edges.items()
        for region, bodies in regions.items()
        for start in starts
        for body in bodies
        for spelling in (start + body, body + start)
    }


_SPELLINGS = _spellings()


# Names, roles, points

_ROLE_WORDS = {
    "answer": "an answer cell (solution true)",
    "written": "a written answer (grade and solution true)",
    "test": "a graded test cell (grade true)",
    "task": "a task cell (task true)",
    "given": "a locked cell",
    "free": "a free cell",
}


def role_of(cell: NotebookNode) -> str:
    """What a cell is for: answer, written, test, task, given or free."""
    held = cell.metadata.get("nbgrader")
    if not held:
        return "free"
    if held.get("task"):
        return "task"
    if held.get("solution"):
        return "written" if held.get("grade") else "answer"
    return "test" if held.get("grade") else "given"


def _check_role(cell: NotebookNode) -> Iterator[str]:
    """Metadata that does not fit the role of its cell."""
    held = cell.metadata.get("nbgrader")
    if held is None:
        return
    role = role_of(cell)
    missing = [
        key
        for key in ("grade", "grade_id", "locked", "schema_version", "solution", "task")
        if key not in held
    ]
    if missing:
        yield f"nbgrader metadata lacks {', '.join(missing)}; write all of it"
    elif held["schema_version"] != 3:
        yield f"schema_version is {held['schema_version']}; nbgrader's is 3"
    if role in ("test", "given") and not held.get("locked"):
        yield f"{_ROLE_WORDS[role]} must be locked; set locked to true"
    if role in ("answer", "written", "task") and held.get("locked"):
        yield f"{_ROLE_WORDS[role]} must be open to the student; set locked to false"
    if role in ("test", "written", "task"):
        points = held.get("points")
        if not isinstance(points, int | float) or isinstance(points, bool) or points < 0:
            yield "a cell that carries a mark needs points, a number from 0 upward"
    elif "points" in held:
        yield f"{_ROLE_WORDS[role]} carries no mark; take points out"
    if cell.cell_type == "markdown" and role in ("answer", "test"):
        yield "a text cell is graded by hand; set both grade and solution to true"
    if cell.cell_type != "markdown" and role == "task":
        yield "a task is a text cell; make it markdown"


def _check_id(cell: NotebookNode, seen: set[str]) -> Iterator[str]:
    """A grade_id that is missing, not valid, reserved, or there twice."""
    if "nbgrader" not in cell.metadata:
        return
    grade_id = str(cell.metadata["nbgrader"].get("grade_id", ""))
    if not _GRADE_ID.fullmatch(grade_id):
        yield f"{grade_id!r} cannot be a grade_id; use 1 to 64 letters, digits, _ and -"
    elif re.fullmatch(r"cell-\d+", grade_id):
        yield f"the grade_id {grade_id!r} is kept for cells without a name; give it another one"
    elif grade_id in seen:
        yield f"the grade_id {grade_id!r} is there twice; give each cell its own"
    seen.add(grade_id)


def _check_imports(cell: NotebookNode) -> Iterator[str]:
    """Use of `grading`, which students do not have, outside hidden tests."""
    if cell.cell_type == "code" and _GRADING.search("\n".join(outside_regions(cell.source))):
        yield "students do not have `grading`; move the import between the hidden-test markers"


def _check_points(file: str, notebook: NotebookNode, assignment: str) -> Iterator[Problem]:
    """The cells must add up to the total that the exercises declare."""
    exercises = exercises_of(assignment)
    if exercises is None:
        return
    held = [cell.metadata.get("nbgrader", {}).get("points", 0) for cell in notebook.cells]
    total = sum(points for points in held if isinstance(points, int | float))
    if total != exercises.POINTS:
        declared = f"{exercises.__name__}.POINTS is {exercises.POINTS:g}"
        yield Problem(file, "", f"its cells add up to {total:g} points, but {declared}; make them agree")


# What goes out


def outside_regions(source: str) -> list[str]:
    """Lines of a cell that are in no solution, hidden test or marking scheme."""
    lines, inside = [], False
    for line in source.splitlines():
        match = _OWN_LINE.fullmatch(line)
        if match:
            inside = match[1].startswith("BEGIN")
        elif not inside:
            lines.append(line)
    return lines


def inside_regions(source: str) -> list[str]:
    """Lines of a cell that are in a solution, hidden test or marking scheme, without the space around them."""
    left = Counter(source.splitlines())
    left.subtract(outside_regions(source))
    return [line.strip() for line in left.elements() if line.strip() and not _OWN_LINE.fullmatch(line)]


def check_release(file: str, released: NotebookNode, source: NotebookNode) -> Iterator[Problem]:
    """What a student's notebook shows that it must not; does not rely on how nbgrader takes things out."""
    if "jupytext" in released.metadata:
        yield Problem(file, "", "carries jupytext metadata; run `course release` again")
    written = {cell.id: cell for cell in source.cells}
    secret = {line for cell in source.cells for line in inside_regions(cell.source)}
    for number, cell in enumerate(released.cells, start=1):
        name = _name(number, cell)
        for sentence in _leaks(cell, written.get(cell.id), secret):
            yield Problem(file, name, sentence)


def _leaks(cell: NotebookNode, written: NotebookNode | None, secret: set[str]) -> Iterator[str]:
    """What one released cell gives away; `secret` are the lines of all solutions and hidden tests."""
    for line in cell.source.splitlines():
        if near_marker(line, cell.cell_type):
            yield f"still shows {line.strip()!r}; run `course release` again"
    if cell.cell_type == "code" and _GRADING.search(cell.source):
        yield "imports `grading`, so a hidden test is left in it; run `course release` again"
    if cell.get("outputs"):
        yield "carries outputs; run `course release` again"
    if written is None:
        yield "is not in the course's text; run `course release` again"
        return
    allowed = Counter(line.strip() for line in outside_regions(written.source))
    shown = Counter(line.strip() for line in cell.source.splitlines())
    extra = [line for line in (shown - allowed) if line in secret and line not in STUB]
    if extra:
        yield f"shows a line of a solution or hidden test, {extra[0]!r}; run `course release` again"


def _check_files(course: Course, assignment: str) -> Iterator[Problem]:
    """Files beside a notebook that are not on the list of what may go out."""
    for notebook in (course.source(assignment), course.release(assignment)):
        for path in released_files(notebook.parent):
            inner = path.relative_to(notebook.parent).as_posix()
            if path != notebook and not any(fnmatch(inner, pattern) for pattern in ALLOWED):
                sentence = (
                    "would go out to students but is not on the list of files that may; move it elsewhere"
                )
                yield Problem(relative(course, path), "", sentence)


def _check_made(course: Course, assignment: str, source: NotebookNode) -> Iterator[Problem]:
    """Built files that are missing or differ from what would be built now."""
    built, released = course.source(assignment), course.release(assignment)
    if not built.is_file():
        yield Problem(relative(course, built), "", "is missing; run `course build`")
    elif built.read_text(encoding="utf-8") != dumps(source):
        sentence = f"differs from {relative(course, course.text(assignment))}; run `course build`"
        yield Problem(
            relative(course, built), "", f"{sentence}, or `course import` if the notebook is what you edited"
        )
    if not released.is_file():
        yield Problem(relative(course, released), "", f"is missing; run `course release {assignment}`")
        return
    try:
        leaks = list(check_release(relative(course, released), load(released), source))
        same = released.read_bytes() == fresh_release(course, assignment)
    except CourseError as problem:
        yield Problem(relative(course, released), "", str(problem))
        return
    yield from leaks
    if not (same or leaks):
        yield Problem(
            relative(course, released),
            "",
            f"differs from what would be made now; run `course release {assignment}`",
        )


def fresh_release(course: Course, assignment: str) -> bytes:
    """The student's notebook as it would be made now, without touching the course's files or gradebook."""
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        source = scratch / "source" / assignment
        if course.source(assignment).parent.is_dir():
            shutil.copytree(course.source(assignment).parent, source)
        source.mkdir(parents=True, exist_ok=True)
        (source / f"{assignment}.ipynb").write_text(dumps(read_text(course, assignment)), encoding="utf-8")
        release = scratch / "release"
        generate(course, assignment, release, record=False, source_directory=str(source.parent))
        finish_release(course, release / assignment)
        return (release / assignment / f"{assignment}.ipynb").read_bytes()


def _check_expected(course: Course) -> Iterator[Problem]:
    """The visible cases must be what the exercises make now."""
    target = expected_cases(course)
    if target is None or is_current(target):
        return
    with tempfile.TemporaryDirectory() as folder:
        fresh = Path(folder) / target.name
        if not make_expected(fresh):
            return
        if not target.is_file():
            yield Problem(relative(course, target), "", "is missing; run `course build`")
        elif not _stores_agree(target, fresh):
            yield Problem(
                relative(course, target), "", "differs from what grading/exercises make; run `course build`"
            )


def _stores_agree(one: Path, other: Path) -> bool:
    """Whether two files hold the same cases; one that cannot be read agrees with none."""
    from utils.cases import stores_agree

    try:
        return stores_agree(one, other)
    except (OSError, KeyError, ValueError, TypeError):
        return False


def _check_strays(course: Course) -> Iterator[Problem]:
    """Folders of assignments that have no text."""
    known = course.assignments()
    for step in ("source", "release"):
        for folder in sorted((course.root / step).glob("*/")):
            if folder.name not in known and any(folder.glob("*.ipynb")):
                sentence = f"has no source/{folder.name}.py; write one (`course import`) or remove the folder"
                yield Problem(relative(course, folder), "", sentence)
