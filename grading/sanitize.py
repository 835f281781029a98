"""Repair what students break, before grading: whatever file was handed in, a gradable notebook comes out.

`configure(c)` wires this room into nbgrader_config.py.

Roles, texts of locked cells, order and points come from the gradebook (grading.roles). A submission contributes the
text of its own cells, and nothing else: no tags, no metadata, no outputs, no types for cells that the gradebook knows.
"""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

import nbformat
from nbconvert.exporters import NotebookExporter
from nbformat import NotebookNode
from nbformat.v4 import new_notebook
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Integer

from .client import clean_text, safe_data
from .course import Course
from .roles import Sheet, TrustedCell
from .wire import MiB

_MANY_CELLS = 2000
_LONG_CELL = 500_000  # characters


class Unreadable(Exception):  # noqa: N818
    """A file that is not a notebook; the message is one sentence for the student."""


def configure(c: Any) -> None:
    """Wire kernels, repairs and feedback into an nbgrader configuration.

    In nbgrader_config.py::

        from grading.sanitize import configure
        configure(c)

    Options are ordinary traits, for example ``c.TwoKernelExecute.cell_seconds = 60``, ``c.TwoKernelExecute.trusted =
    ["utils"]``, ``c.TwoKernelExecute.sandbox = "none"``, ``c.TwoKernelExecute.require_sandbox = True``.
    """
    from . import repairs

    repairs.install()
    stock = "nbgrader.preprocessors."
    c.Autograde.exporter_class = "grading.sanitize.SubmissionExporter"
    # without CheckCellMetadata: the metadata are the gradebook's, which were checked when it was released
    c.Autograde.sanitize_preprocessors = ["grading.sanitize.RestoreCells"]
    c.Autograde.autograde_preprocessors = [
        "grading.kernels.TwoKernelExecute",
        f"{stock}IgnorePattern",
        f"{stock}LimitOutput",
        f"{stock}SaveAutoGrades",
        f"{stock}AssignLatePenalties",
    ]
    c.GenerateFeedback.exporter_class = "grading.feedback.FeedbackExporter"
    c.GenerateFeedback.preprocessors = [
        f"{stock}GetGrades",
        "grading.feedback.SafeFeedback",
        "nbconvert.preprocessors.CSSHTMLHeaderPreprocessor",
    ]
    c.HTMLExporter.filters = {"markdown2html": "grading.feedback.safe_markdown"}


# --- reading ---


class SubmissionExporter(NotebookExporter):  # type: ignore[misc]
    """Reads a submission whatever it is: what cannot be read becomes an empty notebook that says why."""

    max_bytes = Integer(64 * MiB, help="A larger file is not read.").tag(config=True)

    def from_filename(self, filename: str, resources: Any = None, **kw: Any) -> Any:
        """Convert a submitted notebook; the second reading, of what we wrote ourselves, is nbconvert's own."""
        if not getattr(self.parent, "_sanitizing", True):
            return super().from_filename(filename, resources, **kw)
        resources = self._init_resources(resources)
        folder, name = os.path.split(filename)
        resources["metadata"]["name"], resources["metadata"]["path"] = os.path.splitext(name)[0], folder
        try:
            notebook = read_submission(Path(filename), self.max_bytes)
        except Unreadable as error:
            self.log.warning("%s: %s", filename, error)
            notebook = new_notebook(metadata={"grading": {"problem": str(error)}})
        return self.from_notebook_node(notebook, resources, **kw)


def read_submission(path: Path, max_bytes: int = 64 * MiB) -> NotebookNode:
    """Read a file that somebody handed in, keeping cell types, texts, grade ids and pictures pasted into text.

    Raises Unreadable, and nothing else.
    """
    try:
        notebook = _parse(_read(path, max_bytes))
        cells = [_clean_cell(cell) for cell in notebook["cells"][:_MANY_CELLS] if isinstance(cell, dict)]
    except Unreadable:
        raise
    except Exception as error:  # any shape of JSON can arrive here
        raise Unreadable("The file handed in is not a Jupyter notebook.") from error
    return new_notebook(cells=_numbered(cells))


def _read(path: Path, max_bytes: int) -> str:
    """The text of a plain file; never waits at a pipe, never follows a link."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        kind = "a link" if path.is_symlink() else "unreadable"
        raise Unreadable(f"The file handed in is {kind}, not a notebook.") from error
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise Unreadable("What was handed in is not a file.")
        if status.st_size > max_bytes:
            raise Unreadable(f"The notebook handed in is larger than {max_bytes // MiB} MiB.")
        data = file.read(max_bytes + 1)
    if not data.strip():
        raise Unreadable("The file handed in is empty.")
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise Unreadable("The file handed in is not text in UTF-8, so it is not a notebook.") from error


def _parse(text: str) -> dict[str, Any]:
    """JSON of nbformat 4; older formats are converted."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Unreadable("The file handed in is not a Jupyter notebook: it is not valid JSON.") from error
    if not isinstance(data, dict):
        raise Unreadable("The file handed in is not a Jupyter notebook.")
    major = data.get("nbformat")
    if isinstance(major, int) and 1 <= major < 4:
        data = dict(nbformat.convert(nbformat.from_dict(data), 4))
    if not isinstance(data.get("cells"), list):
        raise Unreadable("The file handed in is not a Jupyter notebook: it has no cells.")
    return data


def _clean_cell(cell: dict[str, Any]) -> NotebookNode:
    """A cell with its text, its claimed grade id, and pictures pasted into text."""
    source = clean_text(cell.get("source", cell.get("input", "")))
    if len(source) > _LONG_CELL:
        source = f"# This cell has more than {_LONG_CELL:,} characters; it was left out."
    metadata = cell.get("metadata")
    nbgrader = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    grade_id = nbgrader.get("grade_id") if isinstance(nbgrader, dict) else None
    claim = {"claimed": grade_id} if isinstance(grade_id, str) else {}
    kind = cell.get("cell_type")
    if kind == "code":
        return _cell("code", source, claim)
    node = _cell("markdown", source, claim | ({"raw": True} if kind != "markdown" else {}))
    pictures = _pictures(cell.get("attachments"))
    if pictures:
        node["attachments"] = pictures
    return node


def _cell(kind: str, source: str, metadata: dict[str, Any] | None = None) -> NotebookNode:
    """A cell as nbformat makes it, not validated: nbconvert validates the whole notebook, many times as quickly."""
    cell: dict[str, Any] = {"cell_type": kind, "id": "new", "metadata": metadata or {}, "source": source}
    if kind == "code":
        cell |= {"outputs": [], "execution_count": None}
    return nbformat.from_dict(cell)


def _numbered(cells: list[NotebookNode]) -> list[NotebookNode]:
    """The cells with ids of their own."""
    for number, cell in enumerate(cells):
        cell.id = f"cell-{number}"
    return cells


def _pictures(attachments: Any) -> dict[str, Any]:
    """Of the files attached to a text cell the pictures that are what they say."""
    kept = {}
    for name, data in attachments.items() if isinstance(attachments, dict) else ():
        pictures = {mime: text for mime, text in safe_data(data).items() if mime != "text/plain"}
        if pictures and sum(map(len, pictures.values())) <= 4 * MiB:
            kept["".join(c for c in clean_text(name) if c.isalnum() or c in "._- ")[:100]] = pictures
    return kept


# --- repairing ---


class RestoreCells(NbGraderPreprocessor):  # type: ignore[misc]
    """Give every cell of the assignment its role, its place and, where it is locked, its text back."""

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        """Rebuild the notebook from the gradebook's cells and the student's texts."""
        sheet = Course(self).sheet(resources)
        problem = nb.metadata.get("grading", {}).get("problem", "")
        cells = restore(nb.cells, sheet)
        note = problem and f"This submission could not be read. {problem}"
        known = {c.metadata.get("claimed") for c in nb.cells} & set(sheet.cells)
        if not problem and nb.cells and sheet.cells and not known:
            note = (
                "None of this assignment's cells are in the notebook that was handed in: was it another one?"
            )
        if note:
            self.log.warning("%s: %s", resources["nbgrader"]["student"], note)
            cells.insert(0, _cell("markdown", f"**{note}**"))
        spec = {"name": "python3", "display_name": "Python 3", "language": "python"} | sheet.kernelspec
        nb = new_notebook(
            cells=_numbered(cells), metadata={"kernelspec": spec, "language_info": {"name": "python"}}
        )
        if note:
            nb.metadata["grading"] = {"note": note} | ({"problem": problem} if problem else {})
        return nb, resources


def restore(submitted: list[NotebookNode], sheet: Sheet) -> list[NotebookNode]:
    """The cells to grade.

    Each cell of the student's own stays behind the cell of the assignment that it followed. Of an answer cell that was
    copied, the last copy before the answer's first test is the answer, as it is what that test would have seen; the
    others stay where they are, as cells of the student's own. Copies of locked cells go.
    """
    chosen = _choose(submitted, sheet)
    attached: dict[str, list[NotebookNode]] = {"": []}
    after = ""
    for index, cell in enumerate(submitted):
        name = cell.metadata.get("claimed", "")
        trusted = sheet.cells.get(name)
        if trusted is not None and chosen.get(name) == index:
            after = name
            attached.setdefault(name, [])
        elif trusted is None or not trusted.locked:
            attached.setdefault(after, []).append(_own_cell(cell))
    cells = list(attached[""])
    for name, trusted in sheet.cells.items():
        answer = submitted[chosen[name]] if name in chosen else None
        cells += [_assignment_cell(trusted, answer), *attached.get(name, [])]
    return cells


def _choose(submitted: list[NotebookNode], sheet: Sheet) -> dict[str, int]:
    """For each cell of the assignment, which of the submitted cells that claim to be it is taken."""
    places: dict[str, list[int]] = {}
    for index, cell in enumerate(submitted):
        name = cell.metadata.get("claimed")
        if name in sheet.cells:
            places.setdefault(name, []).append(index)
    order = list(sheet.cells)
    chosen = {name: indices[0] for name, indices in places.items()}
    for name, indices in places.items():
        following = [n for n in order[order.index(name) + 1 :] if sheet.cells[n].is_test and n in chosen]
        end = min((chosen[n] for n in following), default=len(submitted))
        before = [index for index in indices if index < end]
        chosen[name] = before[-1] if before and not sheet.cells[name].locked else indices[0]
    return chosen


def _assignment_cell(trusted: TrustedCell, answer: NotebookNode | None) -> NotebookNode:
    """A cell of the assignment with the student's text where it is the student's to write."""
    source, missing = trusted.source, answer is None and not trusted.locked
    if missing and not trusted.grade and not trusted.task:
        source = f"# This cell ({trusted.name}) was missing from the submission."
    elif answer is not None and not trusted.locked and not trusted.task:
        source = answer.source
    cell = _cell(trusted.kind, source, {"nbgrader": trusted.metadata()})
    if answer is None:
        cell.metadata["grading"] = {"missing": True}
    if answer is not None and trusted.kind == "markdown" and not trusted.locked and "attachments" in answer:
        cell["attachments"] = answer.attachments
    return cell


def _own_cell(cell: NotebookNode) -> NotebookNode:
    """A cell of the student's own. Raw cells become quoted text: some templates show them as they are."""
    if cell.cell_type == "code":
        return _cell("code", cell.source)
    if cell.metadata.get("raw"):
        return _cell("markdown", "\n".join(f"    {line}" for line in cell.source.splitlines()))
    own = _cell("markdown", cell.source)
    if "attachments" in cell:
        own["attachments"] = cell.attachments
    return own
