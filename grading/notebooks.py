"""Text -> notebook, notebook -> text, and the student's version of both.

`source/<assignment>.py` (jupytext's py:percent format) is the only truth about a notebook. From it are made
`source/<assignment>/<assignment>.ipynb` (for nbgrader, with solutions) and, by nbgrader,
`release/<assignment>/<assignment>.ipynb` (for students). The same text gives the same bytes, always.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import jupytext
import nbformat
from nbformat import NotebookNode

from grading.current import Course, CourseError, captured_log, reason

KERNELSPEC = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
NBGRADER_KEYS = ("grade", "grade_id", "locked", "points", "schema_version", "solution", "task")
STUDENT_PACKAGES = ("h5py", "jupyterlab", "matplotlib", "nbgrader", "numpy", "scikit-learn", "tqdm")
# What may lie beside a notebook that goes out to students, as patterns relative to its folder.
ALLOWED = (
    "utils/*.py",
    "utils/*.h5",
    "images/*.png",
    "images/*.svg",
    "images/*.jpg",
    "data/*.csv",
    "data/*.h5",
)


# Text and notebook


def to_notebook(text: str) -> NotebookNode:
    """The notebook written in `text` (py:percent), the same bytes for the same text.

    A cell's id is its grade_id, or `cell-<n>` for the n-th cell without one. Outputs are left out, and all
    metadata but nbgrader's and tags.
    """
    notebook: NotebookNode = jupytext.reads(text, fmt="py:percent")
    notebook.metadata = NotebookNode(
        kernelspec=dict(notebook.metadata.get("kernelspec", KERNELSPEC)), language_info={"name": "python"}
    )
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    notebook.cells = [_plain_cell(cell) for cell in notebook.cells]
    unnamed = 0
    for cell in notebook.cells:
        unnamed += "nbgrader" not in cell.metadata
        cell.id = cell.metadata.get("nbgrader", {}).get("grade_id", f"cell-{unnamed}")
    return notebook


def _plain_cell(cell: NotebookNode) -> NotebookNode:
    """`cell` with its source, its nbgrader metadata and its tags, and nothing a run has left in it."""
    metadata: dict[str, Any] = {}
    if "nbgrader" in cell.metadata:
        held = cell.metadata["nbgrader"]
        metadata["nbgrader"] = {key: held[key] for key in NBGRADER_KEYS if key in held}
    if cell.metadata.get("tags"):
        metadata["tags"] = list(cell.metadata["tags"])
    plain: NotebookNode = nbformat.from_dict(
        {
            "cell_type": cell.cell_type,
            "id": cell.get("id", "cell"),
            "metadata": metadata,
            "source": cell.source,
        }
    )
    if cell.cell_type == "code":
        plain.execution_count, plain.outputs = None, []
    return plain


def to_text(notebook: NotebookNode, like: str = "") -> str:
    """The py:percent text of `notebook`; the way back of `to_notebook`. `notebook` stays as it is.

    A cell that `like`, an earlier text, holds too is followed by as many empty lines as there.
    """
    bare = NotebookNode(nbformat=4, nbformat_minor=5, cells=[_plain_cell(cell) for cell in notebook.cells])
    bare.metadata = NotebookNode(
        kernelspec=dict(notebook.metadata.get("kernelspec", KERNELSPEC)),
        jupytext={
            "notebook_metadata_filter": "kernelspec,-all",
            "cell_metadata_filter": "nbgrader,tags,-all",
        },
    )
    gaps = (
        {_same(cell): cell.metadata for cell in jupytext.reads(like, fmt="py:percent").cells} if like else {}
    )
    for cell in bare.cells:
        if "lines_to_next_cell" in gaps.get(_same(cell), {}):
            cell.metadata["lines_to_next_cell"] = gaps[_same(cell)]["lines_to_next_cell"]
    text: str = jupytext.writes(bare, fmt="py:percent")
    return text


def _same(cell: NotebookNode) -> str:
    """What a cell is known by in two versions of a text: its grade_id, or else its content."""
    return str(cell.metadata.get("nbgrader", {}).get("grade_id") or f"{cell.cell_type} {cell.source}")


def dumps(notebook: NotebookNode) -> str:
    """The bytes of an .ipynb file, as nbformat writes them: sorted keys, one line end at the end."""
    content: str = nbformat.writes(notebook)
    return content.rstrip("\n") + "\n"


def load(path: Path) -> NotebookNode:
    """Read a notebook; CourseError with one sentence when the file is missing or not a notebook."""
    try:
        notebook: NotebookNode = nbformat.read(path, as_version=4)
    except FileNotFoundError:
        raise CourseError(f"{path} does not exist") from None
    except Exception as problem:
        raise CourseError(f"{path} is not a notebook: {str(problem).splitlines()[0]}") from None
    return notebook


def read_text(course: Course, assignment: str) -> NotebookNode:
    """The notebook written in an assignment's text."""
    return to_notebook(course.text(assignment).read_text(encoding="utf-8"))


# Build


def build(course: Course, assignments: Iterable[str]) -> list[Path]:
    """Write each assignment's source notebook and the course's visible cases; the files that changed."""
    made = {course.source(name): dumps(read_text(course, name)).encode() for name in assignments}
    changed = [path for path, content in made.items() if _write(path, content)]
    return changed + _build_expected(course)


def _write(path: Path, content: bytes) -> bool:
    """Write `content` and return True, unless `path` holds it already (its time stamp stays then)."""
    if path.is_file() and path.read_bytes() == content:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return True


def expected_cases(course: Course) -> Path | None:
    """Where the course keeps its visible cases, or None when it has no `utils` that checks anything."""
    utils = course.root / "utils"
    return utils / "expected.h5" if (utils / "checks.py").is_file() else None


def _build_expected(course: Course) -> list[Path]:
    """Write utils/expected.h5 anew from the exercises, unless it was made from just these."""
    target = expected_cases(course)
    if target is None or is_current(target):
        return []
    with tempfile.TemporaryDirectory() as folder:
        fresh = Path(folder) / target.name
        return [target] if make_expected(fresh) and _write(target, fresh.read_bytes()) else []


def is_current(path: Path) -> bool:
    """Whether the visible cases at `path` say that they were made from the exercises as they are now."""
    try:
        from grading.exercise import sources_digest
        from utils.cases import store_made_from
    except ImportError:
        return False
    return store_made_from(path) == sources_digest()


def make_expected(path: Path) -> bool:
    """Write the visible cases of all exercises to `path`. Whether there are any exercises to write."""
    try:
        from grading.exercise import build_expected
    except ImportError:
        return False
    build_expected(path)
    return True


# Release


def release(course: Course, assignment: str) -> list[str]:
    """Build an assignment and make the student's version of it; sentences worth telling the instructor.

    Raises CourseError when nbgrader refuses; the earlier release stays as it was then.
    """
    build(course, [assignment])
    notes = _gradebook_notes(course, assignment)
    with tempfile.TemporaryDirectory() as staging:
        generate(course, assignment, Path(staging))
        finish_release(course, Path(staging) / assignment)
        target = course.release(assignment).parent
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(Path(staging) / assignment, target)
    return notes


def generate(course: Course, assignment: str, folder: Path, record: bool = True, **settings: Any) -> None:
    """Let nbgrader write the student's version of an assignment to folder/<assignment>.

    Without `record` the gradebook is left alone, as with `nbgrader generate_assignment --no-db`.
    """
    converter = course.converter("GenerateAssignment", assignment, release_directory=str(folder), **settings)
    converter.force, converter.no_database = True, not record
    converter.config.SaveCells.enabled = record
    converter.post_convert_hook = lambda **_: None
    with captured_log() as log:
        try:
            converter.start()
        except (Exception, SystemExit) as problem:
            told = reason(log) if log else str(problem)
            raise CourseError(f"{assignment} was not released: {told}") from None


def finish_release(course: Course, folder: Path) -> None:
    """Make a released folder complete: notebooks in their lasting form, `utils` beside them."""
    for path in folder.glob("*.ipynb"):
        notebook = load(path)
        notebook.metadata.pop("jupytext", None)
        path.write_text(dumps(notebook), encoding="utf-8")
    utils = course.root / "utils"
    if utils.is_dir():
        shutil.rmtree(folder / "utils", ignore_errors=True)
        (folder / "utils").mkdir()
        for file in [*utils.glob("*.py"), *utils.glob("*.h5")]:
            shutil.copyfile(file, folder / "utils" / file.name)


def after_generate_assignment(assignment: str, **_: Any) -> None:
    """Hook for GenerateAssignment.post_convert_hook: the formgrader's button makes a complete release, too.

    nbgrader calls it in the course's folder.
    """
    course = Course.find()
    folder = course.release(assignment).parent
    if folder.is_dir():
        finish_release(course, folder)


def _gradebook_notes(course: Course, assignment: str) -> list[str]:
    """What a new release means for submissions that are in the gradebook already.

    Raises CourseError when cells were added or removed: nbgrader cannot take marks over then.
    """
    if not course.has_gradebook():
        return []
    new = _points(read_text(course, assignment))
    with course.gradebook() as gradebook:
        old = _recorded_points(gradebook, assignment)
    if old is None:
        return []
    added, gone = sorted(new.keys() - old.keys()), sorted(old.keys() - new.keys())
    if added or gone:
        words = [
            f"{what} {', '.join(cells)}" for what, cells in (("added", added), ("removed", gone)) if cells
        ]
        raise CourseError(
            f"{assignment} has submissions in the gradebook, so its graded cells must stay the same, "
            f"but you {' and '.join(words)}: undo that, or give the new version a new name"
        )
    return [
        f"{cell} carries {new[cell]:g} points now, before {old[cell]:g}: grade all submissions again (--force)"
        for cell in sorted(new)
        if new[cell] != old[cell]
    ]


def _points(notebook: NotebookNode) -> dict[str, float]:
    """Points of each nbgrader cell by grade_id, 0 for those that carry none."""
    held = (cell.metadata["nbgrader"] for cell in notebook.cells if "nbgrader" in cell.metadata)
    return {cell["grade_id"]: float(cell.get("points", 0)) for cell in held if cell.get("grade_id")}


def _recorded_points(gradebook: Any, assignment: str) -> dict[str, float] | None:
    """The same as the gradebook knows it, or None when nothing has been handed in yet."""
    from nbgrader.api import MissingEntry

    try:
        notebook = gradebook.find_notebook(assignment, assignment)
    except MissingEntry:
        return None
    if not notebook.submissions:
        return None
    points = {cell.name: 0.0 for cell in notebook.source_cells}
    points.update(
        {cell.name: float(cell.max_score) for cell in [*notebook.grade_cells, *notebook.task_cells]}
    )
    return points


# Kit


def kit(course: Course, assignment: str) -> Path:
    """Zip an assignment's release, a list of packages and a page of instructions: dist/<assignment>.zip."""
    folder = course.release(assignment).parent
    if not course.release(assignment).is_file():
        raise CourseError(f"{assignment} has no release yet: run `course release {assignment}` first")
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in released_files(folder)}
    files["requirements.txt"] = requirements(course).encode()
    files["README.md"] = KIT_PAGE.format(assignment=assignment).encode()
    target = course.root / "dist" / f"{assignment}.zip"
    target.parent.mkdir(exist_ok=True)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(f"{assignment}/{name}", date_time=(1980, 1, 1, 0, 0, 0))
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(entry, files[name])
    return target


def released_files(folder: Path) -> list[Path]:
    """Files of a released (or source) folder, without what Python and Jupyter leave behind."""
    skipped = {"__pycache__", ".ipynb_checkpoints"}
    return sorted(path for path in folder.rglob("*") if path.is_file() and not skipped & set(path.parts))


def requirements(course: Course) -> str:
    """The student's packages, one per line, pinned as in constraints.txt or as installed here."""
    from importlib.metadata import version

    pins: dict[str, str] = {}
    constraints = course.root / "constraints.txt"
    if constraints.is_file():
        lines = (line.split("==") for line in constraints.read_text().splitlines() if "==" in line)
        pins = {name.strip().lower(): pin.strip() for name, pin in lines}
    return "".join(f"{name}=={pins.get(name) or version(name)}\n" for name in STUDENT_PACKAGES)


KIT_PAGE = """# {assignment}

You need Python 3.11 or newer. In this folder:

1. `python3 -m venv .venv` makes a place for the packages, once (on Windows: `py -m venv .venv`).
2. `.venv/bin/pip install -r requirements.txt` fetches them, once (on Windows: `.venv\\Scripts\\pip`).
3. `.venv/bin/jupyter lab {assignment}.ipynb` opens the notebook (on Windows: `.venv\\Scripts\\jupyter`).

Work from top to bottom. Write your answers where it says `YOUR CODE HERE`, and take out the line
`raise NotImplementedError()` below it. The cells that carry points check your answer as soon as you run them.
"visible checks passed" means that the examples you can see agree; the mark comes from fresh examples that are
drawn for you. A locked cell is put back as it was before grading, so changing one changes nothing.

Before you hand in: Kernel > Restart Kernel and Run All Cells, then save. Hand in `{assignment}.ipynb` under that
name, and leave the folder `utils` where it is: the notebook needs it, your submission does not.
"""


# Import


def import_notebook(course: Course, path: Path) -> tuple[Path, bool]:
    """Carry an edit made on a source notebook back into its text; the text, and whether it changed.

    Raises CourseError when the notebook is a student's version: its solutions are gone.
    """
    notebook = load(path)
    assignment = path.stem
    target = course.text(assignment)
    _refuse_students_version(path, notebook)
    held = target.read_text(encoding="utf-8") if target.is_file() else ""
    edited = to_text(notebook, like=held)
    if held:
        if dumps(to_notebook(edited)) == dumps(to_notebook(held)):
            return target, False
        if "BEGIN SOLUTION" in held and not any("BEGIN SOLUTION" in cell.source for cell in notebook.cells):
            raise CourseError(_GONE.format(path=path))
    return target, _write(target, edited.encode())


_GONE = "{path} is a student's version: its solutions are gone, so it cannot become the course's text"


def _refuse_students_version(path: Path, notebook: NotebookNode) -> None:
    """nbgrader puts a checksum on every cell it releases."""
    for cell in notebook.cells:
        if "checksum" in cell.metadata.get("nbgrader", {}):
            raise CourseError(_GONE.format(path=path))


def relative(course: Course, path: Path) -> str:
    """`path` as seen from the course's folder."""
    return os.path.relpath(path, course.root)
