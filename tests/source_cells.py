"""The cells of the course's notebooks, solved, as the tests run them."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from grading.notebooks import to_notebook

SOURCE = Path(__file__).resolve().parents[1] / "source"


def _cells(assignment: str) -> list[Any]:
    text = (SOURCE / f"{assignment}.py").read_text(encoding="utf-8")
    cells = to_notebook(text).cells
    return [c for c in cells if c.cell_type == "code" and c.metadata.get("nbgrader")]


def cells_of(assignment: str) -> dict[str, str]:
    """The code of a notebook's cells by grade_id."""
    return {cell.metadata["nbgrader"]["grade_id"]: cell.source for cell in _cells(assignment)}


def only_functions(source: str) -> str:
    """The function definitions of a cell, without what it runs."""
    nodes = ast.parse(source).body
    return "\n\n".join(ast.unparse(node) for node in nodes if isinstance(node, ast.FunctionDef))


def run_solved(assignment: str, space: dict[str, Any], answers: Mapping[str, str] | None = None) -> None:
    """Run a notebook in a namespace: of its demo cells the functions only, of its test cells nothing.

    ``answers`` replace cells, by grade_id.
    """
    for cell in _cells(assignment):
        name = cell.metadata["nbgrader"]["grade_id"]
        if not cell.metadata["nbgrader"]["grade"]:
            source = only_functions(cell.source) if name.startswith("demo") else cell.source
            exec(compile((answers or {}).get(name, source), f"<{name}>", "exec"), space)
