"""What the instructor's gradebook says about a notebook: its cells, their roles, their order, the names they define.

Nothing in here comes from a submission.
"""

from __future__ import annotations

import ast
import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook

BEGIN_HIDDEN = re.compile(r"^\s*### BEGIN HIDDEN TESTS", re.MULTILINE)
_HIDDEN = re.compile(r"^\s*### (BEGIN|END) HIDDEN TESTS")


@dataclass(frozen=True)
class TrustedCell:
    """One cell of the released notebook as the gradebook knows it.

    ``grade``: it carries ``points``; ``solution``: the student writes it; ``task``: a described task, graded by hand;
    ``locked``: its text is always the instructor's.
    """

    name: str
    kind: str
    source: str
    locked: bool
    checksum: str
    grade: bool
    solution: bool
    task: bool
    points: float

    @property
    def is_test(self) -> bool:
        """A graded code cell whose text is the instructor's: it runs in the grader's kernel only."""
        return self.kind == "code" and self.grade and not self.solution

    @property
    def is_given(self) -> bool:
        """A locked code cell without points: it runs in both kernels."""
        return self.kind == "code" and self.locked and not self.grade

    def metadata(self) -> dict[str, Any]:
        """The nbgrader metadata this cell must have."""
        data = {"grade_id": self.name, "grade": self.grade, "solution": self.solution, "locked": self.locked}
        data |= {"task": self.task, "schema_version": 3, "cell_type": self.kind, "checksum": self.checksum}
        return data | ({"points": self.points} if self.grade or self.task else {})


@dataclass(frozen=True)
class Sheet:
    """The trusted cells of one notebook in their order, and its kernelspec."""

    cells: dict[str, TrustedCell] = field(default_factory=dict)
    kernelspec: dict[str, Any] = field(default_factory=dict)


def load_sheet(
    resources: dict[str, Any], source_notebook: Path | None = None, course_id: str | None = None
) -> Sheet:
    """Read the sheet of the notebook that ``resources['nbgrader']`` names.

    The database keeps no order that survives every change; the source notebook, where it is at hand, gives the order.
    """
    info = resources["nbgrader"]
    with Gradebook(info["db_url"], course_id or "default_course") as gradebook:
        notebook = gradebook.find_notebook(info["notebook"], info["assignment"])
        points = {c.name: float(c.max_score) for c in [*notebook.grade_cells, *notebook.task_cells]}
        graded = {c.name for c in notebook.grade_cells}
        solutions = {c.name for c in notebook.solution_cells}
        tasks = {c.name for c in notebook.task_cells}
        cells = {
            c.name: TrustedCell(
                name=c.name,
                kind=c.cell_type,
                source=c.source or "",
                locked=bool(c.locked),
                checksum=c.checksum or "",
                grade=c.name in graded,
                solution=c.name in solutions,
                task=c.name in tasks,
                points=points.get(c.name, 0.0),
            )
            for c in notebook.source_cells
        }
        kernelspec = json.loads(notebook.kernelspec or "{}")
    return Sheet(_in_order(cells, source_notebook), kernelspec)


def _in_order(cells: dict[str, TrustedCell], source_notebook: Path | None) -> dict[str, TrustedCell]:
    try:
        text = source_notebook.read_text(encoding="utf-8") if source_notebook else "{}"
        metadata = [cell.get("metadata", {}) for cell in json.loads(text).get("cells", [])]
    except (OSError, ValueError):
        metadata = []
    places: dict[Any, int] = {m.get("nbgrader", {}).get("grade_id"): i for i, m in enumerate(metadata)}
    last = len(places)
    return {name: cells[name] for name in sorted(cells, key=lambda n: places.get(n, last))}


def hidden_lines(source: str) -> list[tuple[int, int]]:
    """First and last line (from 1) of each hidden part of a test cell; the whole cell when it has no markers at all.

    A cell without markers was seen by the student in full, so nothing of it is hidden.
    """
    parts, start = [], 0
    lines = source.splitlines()
    for number, line in enumerate(lines, 1):
        marker = _HIDDEN.match(line)
        if marker and marker[1] == "BEGIN":
            start = start or number
        elif marker and start:
            parts.append((start, number))
            start = 0
    return parts + ([(start, len(lines))] if start else [])


def without_magics(source: str) -> str:
    """Python without the lines that only IPython reads."""
    return "\n".join("pass" if line.lstrip()[:1] in ("%", "!", "?") else line for line in source.splitlines())


def _parse(source: str) -> ast.Module:
    try:
        return ast.parse(without_magics(source))
    except (SyntaxError, ValueError):
        return ast.Module([], [])


def defined_names(source: str) -> list[str]:
    """Names that a cell binds at its top level: functions, classes, assigned names, in order."""
    names: list[str] = []
    for node in _statements(_parse(source).body):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names.append(node.name)
        elif isinstance(node, (ast.Assign, ast.AugAssign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            nodes = [n for target in targets for n in ast.walk(target)]
            names += [n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)]
    return list(dict.fromkeys(names))


def _statements(body: list[ast.stmt]) -> list[ast.stmt]:
    """Statements of a cell, those inside if, for, while, with and try included."""
    found = []
    for node in body:
        found.append(node)
        if isinstance(node, (ast.If, ast.For, ast.While, ast.With, ast.Try)):
            for part in ("body", "orelse", "finalbody"):
                found += _statements(getattr(node, part, []))
    return found


def free_names(source: str) -> list[str]:
    """Names that a cell reads and does not bind itself."""
    read, bound = [], set()
    for node in ast.walk(_parse(source)):
        if isinstance(node, ast.Name):
            if isinstance(node.ctx, ast.Load):
                read.append(node.id)
            else:
                bound.add(node.id)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            bound.add(node.name)
        elif isinstance(node, ast.arg):
            bound.add(node.arg)
        elif isinstance(node, ast.alias):
            bound.add((node.asname or node.name).split(".")[0])
        elif isinstance(node, ast.ExceptHandler) and node.name:
            bound.add(node.name)
    return [name for name in dict.fromkeys(read) if name not in bound]
