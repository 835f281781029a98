"""The bare limit of grading: the same answers and the same test cells in plain Python, without Jupyter or walls.

    python -m benchmarks.bare COURSE ASSIGNMENT STUDENT

Runs the given cells and the answers of one submission, then its test cells, hidden part included, on the cases that
are drawn for this student; prints the points. Nothing protects anybody here: it shows what the work itself costs.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from pathlib import Path
from typing import Any

from grading import session


def cells(path: Path) -> list[dict[str, Any]]:
    """The code cells of a notebook file; none when it cannot be read."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))["cells"]
    except (OSError, ValueError, KeyError):
        return []
    return [cell for cell in found if cell["cell_type"] == "code"]


def _about(cell: dict[str, Any]) -> dict[str, Any]:
    about: dict[str, Any] = cell["metadata"].get("nbgrader", {})
    return about


def program(root: Path, assignment: str, student: str) -> list[tuple[str, float]]:
    """What is run, in the order of the submission: (text, points); only test cells carry points."""
    given = {
        _about(cell)["grade_id"]: cell
        for cell in cells(_notebook(root / "source", assignment))
        if _about(cell)
    }
    steps = []
    for cell in cells(_notebook(root / "submitted" / student, assignment)):
        name = _about(cell).get("grade_id", "")
        trusted = given.get(name, cell)
        about = _about(trusted)
        text = "".join((trusted if about.get("locked") else cell)["source"])
        if not name.startswith("demo"):
            steps.append((text, float(about.get("points", 0)) if about.get("grade") else 0.0))
    return steps


def _notebook(folder: Path, assignment: str) -> Path:
    return folder / assignment / f"{assignment}.ipynb"


def grade(root: Path, assignment: str, student: str) -> float:
    """Points of one submission."""
    session.begin(student, assignment, session.seed_for(root, student, assignment))
    namespace: dict[str, Any] = {"__name__": "__main__"}
    points = 0.0
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):
        for text, worth in program(root, assignment, student):
            with contextlib.suppress(Exception):
                exec(compile(text, "<cell>", "exec"), namespace)
                points += worth
    return points


def main() -> None:
    """Grade the submission that is named on the command line."""
    root, assignment, student = sys.argv[1:]
    print(grade(Path(root), assignment, student))


if __name__ == "__main__":
    main()
