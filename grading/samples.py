"""Sample submissions: right and wrong answers, and broken notebooks, each with the mark it must get.

`samples/<assignment>/<name>.py` starts with comment lines, then come the cells that differ from the right answer:

    # mark: 23
    # shows: He scaling without the square root.
    # %% he
    def initialize_parameters_he(layers_dims): ...

Further lines that the head may hold: `demo: yes` (one of the class that `course demo` shows), `base: blank`
(start from the release, not from the solution), `run: no` (handed in without having been run),
`delete: <grade_id>`, `duplicate: <grade_id>`, `retype: <grade_id> <markdown|raw|code>`. A cell
`# %% before <grade_id>` is a new one in front of that cell.
What no notebook library would write lies there as it is, <name>.ipynb, with its head in <name>.mark; a .mark alone
is a submission without a notebook.
"""

from __future__ import annotations

import copy
import re
import zlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from grading.current import Course, CourseError
from grading.notebooks import dumps, load, read_text

_HEAD = re.compile(r"#?\s*(mark|shows|demo|base|run|delete|duplicate|retype)\s*:\s*(.+)")
_CELL = re.compile(r"# %% (before )?([A-Za-z0-9_-]+)\s*")
FIRST_DAY = datetime(2026, 3, 2, 8, 0, 0)


@dataclass
class Sample:
    """One sample submission: its name, its exact mark, what it shows, and how it differs from the right answer."""

    name: str
    mark: float = 0.0
    shows: str = ""
    demo: bool = False
    blank: bool = False
    run: bool = True
    edits: list[tuple[str, str]] = field(default_factory=list)
    cells: list[tuple[bool, str, str]] = field(default_factory=list)
    raw: bytes | None = None
    missing: bool = False


def names(course: Course, assignment: str) -> list[str]:
    """Names of an assignment's samples, sorted."""
    folder = course.root / "samples" / assignment
    return sorted({path.stem for pattern in ("*.py", "*.mark") for path in folder.glob(pattern)})


def read(course: Course, assignment: str, name: str) -> Sample:
    """Read one sample; CourseError when there is none of that name or it has no mark."""
    folder = course.root / "samples" / assignment
    text, mark, raw = (folder / f"{name}{suffix}" for suffix in (".py", ".mark", ".ipynb"))
    described = text if text.is_file() else mark
    if not described.is_file():
        raise CourseError(f"no sample called {name!r} in {folder}")
    sample = Sample(name)
    if described == mark:
        sample.raw = raw.read_bytes() if raw.is_file() else None
        sample.missing = sample.raw is None
    head, *cells = re.split(r"^(?=# %%)", described.read_text(encoding="utf-8"), flags=re.MULTILINE)
    _read_head(sample, head, described)
    sample.cells = [_read_cell(cell, described) for cell in cells]
    return sample


def _read_head(sample: Sample, head: str, path: Path) -> None:
    """Fill in what the comment lines at the top say."""
    matches = (_HEAD.fullmatch(line.strip()) for line in head.splitlines())
    found = [(match[1], match[2]) for match in matches if match]
    said = dict(found)
    if "mark" not in said or "shows" not in said:
        raise CourseError(f"{path} must begin with the lines `# mark: ...` and `# shows: ...`")
    sample.mark, sample.shows = float(said["mark"]), said["shows"]
    sample.demo = said.get("demo") == "yes"
    sample.blank, sample.run = said.get("base") == "blank", said.get("run") != "no"
    sample.edits = [(what, value) for what, value in found if what in ("delete", "duplicate", "retype")]


def _read_cell(text: str, path: Path) -> tuple[bool, str, str]:
    """(is new, grade_id, source) of one cell of a sample."""
    first, _, body = text.partition("\n")
    match = _CELL.fullmatch(first)
    if not match:
        raise CourseError(f"{path}: {first!r} must be `# %% <grade_id>` or `# %% before <grade_id>`")
    return bool(match[1]), match[2], body.strip("\n")


# Notebooks


def solved(course: Course, assignment: str) -> NotebookNode:
    """The released notebook with the right answers filled in, as a student would hand it in."""
    answers = {cell.id: _answer(cell.source) for cell in read_text(course, assignment).cells}
    notebook = load(course.release(assignment))
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("solution"):
            cell.source = answers[cell.id]
    return notebook


def _answer(source: str) -> str:
    """A source cell without the lines that mark its solution."""
    return "\n".join(line for line in source.splitlines() if not re.search("(BEGIN|END) SOLUTION", line))


def notebook(course: Course, assignment: str, sample: Sample) -> NotebookNode:
    """The notebook that a sample describes. Raises CourseError when it speaks of a cell that is not there."""
    made = load(course.release(assignment)) if sample.blank else solved(course, assignment)
    for is_new, grade_id, source in sample.cells:
        place = _place(made, grade_id, sample)
        if is_new:
            extra = nbformat.v4.new_code_cell(source, id=f"extra-{len(made.cells)}")
            made.cells.insert(place, extra)
        else:
            made.cells[place].source = source
    for what, value in sample.edits:
        _edit(made, what, value, sample)
    if sample.run:
        _number(made)
    return made


def _place(made: NotebookNode, grade_id: str, sample: Sample) -> int:
    """Where the cell called `grade_id` is."""
    for place, cell in enumerate(made.cells):
        if cell.metadata.get("nbgrader", {}).get("grade_id") == grade_id:
            return place
    raise CourseError(f"sample {sample.name}: the notebook has no cell called {grade_id!r}")


def _edit(made: NotebookNode, what: str, value: str, sample: Sample) -> None:
    """Delete, duplicate or retype a cell."""
    grade_id, _, kind = value.partition(" ")
    place = _place(made, grade_id, sample)
    cell = made.cells[place]
    if what == "delete":
        del made.cells[place]
    elif what == "duplicate":
        twin = copy.deepcopy(cell)
        twin.id = f"{cell.id}-copy"[-64:]
        made.cells.insert(place + 1, twin)
    else:
        changed = nbformat.from_dict(
            {"cell_type": kind.strip(), "id": cell.id, "metadata": cell.metadata, "source": cell.source}
        )
        if changed.cell_type == "code":
            changed.execution_count, changed.outputs = None, []
        made.cells[place] = changed


def _number(made: NotebookNode) -> None:
    """Leave the trace of a run from top to bottom."""
    code = (cell for cell in made.cells if cell.cell_type == "code")
    for count, cell in enumerate(code, start=1):
        cell.execution_count = count


# Handing in


def hand_in(course: Course, assignment: str, name: str) -> Path:
    """Put a sample where nbgrader collects submissions: submitted/<name>/<assignment>/. Returns that folder."""
    sample = read(course, assignment, name)
    folder = course.root / "submitted" / name / assignment
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "timestamp.txt").write_text(_when(name), encoding="utf-8")
    target = folder / f"{assignment}.ipynb"
    if sample.missing:
        target.unlink(missing_ok=True)
        (folder / "answers.txt").write_text("I could not save the notebook.\n", encoding="utf-8")
    elif sample.raw is not None:
        target.write_bytes(sample.raw)
    else:
        target.write_text(dumps(notebook(course, assignment, sample)), encoding="utf-8")
    return folder


def _when(name: str) -> str:
    """A time in the first week, the same for the same name, in nbgrader's format."""
    seconds = zlib.crc32(name.encode()) % (5 * 24 * 3600)
    return (FIRST_DAY + timedelta(seconds=seconds)).strftime("%Y-%m-%d %H:%M:%S.%f UTC")
