"""A course of one small assignment with plain asserts, in a folder of its own: any nbgrader course looks like this.

Used by tests/test_kernels.py and tests/test_hostile.py. Nothing here knows the course in this repository.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbformat import NotebookNode, write
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader.api import Gradebook
from nbgrader.apps import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

CONFIG = """
from grading.sanitize import configure
c = get_config()
configure(c)
"""

ANSWERS = {
    "squares": "def squares(n):\n    return [i * i for i in range(1, n + 1)]",
    "mean": "def mean(x):\n    return x.sum() / x.size",
    "roll": "def roll(n):\n    return np.random.randint(1, 7, size=n)",
    "compose": "def twice(f, x):\n    return f(f(x))\n\nbase = 2",
    "safe": "def safe_sqrt(x):\n    if x < 0:\n        raise ValueError('x must not be negative')\n    return x ** 0.5",
}

TESTS = {
    "test_squares_small": ("squares", 2, "assert squares(3) == [1, 4, 9]", "assert squares(1) == [1]"),
    "test_squares_large": ("squares", 3, None, "assert squares(12)[-1] == 144, 'expected_value_144'"),
    "test_mean_value": (
        "mean",
        4,
        "assert abs(mean(np.array([1.0, 3.0])) - 2) < 1e-12",
        "secret_input = np.arange(7.0) + 0.625\nassert abs(mean(secret_input) - secret_input.mean()) < 1e-12",
    ),
    "test_roll_seeded": (
        "roll",
        3,
        None,
        "np.random.seed(1)\nexpected = np.random.randint(1, 7, size=5)\n"
        "np.random.seed(1)\nassert np.array_equal(roll(5), expected)",
    ),
    "test_roll_moves_on": (
        "roll",
        1,
        None,
        "np.random.seed(2)\nfirst = roll(20)\nassert not np.array_equal(first, roll(20))",
    ),
    "test_twice": (
        "compose",
        2,
        "assert twice(scale, 3) == 300",
        "assert twice(lambda x: x + 1, 0) == 2\nassert base == 2",
    ),
    "test_safe_sqrt": (
        "safe",
        3,
        "assert safe_sqrt(9) == 3",
        "try:\n    safe_sqrt(-1)\nexcept ValueError:\n    pass\nelse:\n    raise AssertionError('no ValueError')",
    ),
    "test_safe_partial": ("safe", 2, None, "1.0 if safe_sqrt(4) == 2 else 0.0"),
}
TOTAL = sum(points for _, points, _, _ in TESTS.values()) - 1  # test_safe_partial gives 1.0 of 2


def _metadata(name: str, **flags: Any) -> dict[str, Any]:
    base = {"grade": False, "locked": False, "solution": False, "task": False, "schema_version": 3}
    return {"nbgrader": base | {"grade_id": name} | flags}


def source_notebook() -> NotebookNode:
    """The instructor's notebook: solutions and hidden tests inside."""
    cells = [
        new_markdown_cell("# Small"),
        new_code_cell("import numpy as np", metadata=_metadata("imports", locked=True)),
        new_code_cell("def scale(x):\n    return 10 * x", metadata=_metadata("given_scale", locked=True)),
        new_code_cell(
            "raise RuntimeError('demos are not run')", metadata=_metadata("demo_plot", locked=True)
        ),
    ]
    for answer, text in ANSWERS.items():
        source = "\n".join(_hide_bodies(text))
        cells.append(new_code_cell(source, metadata=_metadata(answer, solution=True)))
        for name, (belongs, points, visible, hidden) in TESTS.items():
            if belongs == answer:
                lines = [f"# {name} ({points} points)", *([visible] if visible else [])]
                lines += ["### BEGIN HIDDEN TESTS", hidden, "### END HIDDEN TESTS"]
                cells.append(
                    new_code_cell(
                        "\n".join(lines), metadata=_metadata(name, grade=True, locked=True, points=points)
                    )
                )
    spec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return new_notebook(cells=cells, metadata={"kernelspec": spec})


def _hide_bodies(text: str) -> list[str]:
    """Wrap the body of each top-level block, and each assignment, into solution markers."""
    lines: list[str] = []
    blocks = text.split("\n\n")
    for block in blocks:
        first, *rest = block.split("\n")
        if rest:
            lines += [first, "    ### BEGIN SOLUTION", *rest, "    ### END SOLUTION"]
        else:
            name = first.split(" = ")[0]
            lines += [f"{name} = None", "### BEGIN SOLUTION", first, "### END SOLUTION"]
    return lines


@dataclass
class SmallCourse:
    """A course folder with the assignment `ps` released."""

    root: Path
    config: Config
    api: NbGraderAPI

    def submit(
        self, student: str, notebook: NotebookNode | bytes, files: dict[str, bytes] | None = None
    ) -> Path:
        """Put a submission into submitted/."""
        folder = self.root / "submitted" / student / "ps"
        folder.mkdir(parents=True)
        path = folder / "ps.ipynb"
        if isinstance(notebook, bytes):
            path.write_bytes(notebook)
        else:
            write(notebook, path)
        for name, content in (files or {}).items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
        return folder

    def grade(self, student: str = "*", **options: Any) -> dict[str, Any]:
        """Run nbgrader's autograde on one student or all."""
        result: dict[str, Any] = self.api.autograde("ps", student, force=True, **options)
        return result

    def scores(self, student: str) -> dict[str, float]:
        """Automatic score of each test."""
        with Gradebook(f"sqlite:///{self.root}/gradebook.db") as gradebook:
            notebook = gradebook.find_submission_notebook("ps", "ps", student)
            return {grade.name: grade.auto_score for grade in notebook.grades}

    def score(self, student: str) -> float:
        """Sum of the automatic scores."""
        return sum(self.scores(student).values())

    def graded(self, student: str) -> dict[str, Any]:
        """The graded notebook."""
        text = (self.root / "autograded" / student / "ps" / "ps.ipynb").read_text()
        result: dict[str, Any] = json.loads(text)
        return result

    def sentences(self, student: str) -> dict[str, str]:
        """The sentence of each test that was lost."""
        found = {}
        for cell in self.graded(student)["cells"]:
            errors = [o for o in cell.get("outputs", []) if o["output_type"] == "error"]
            if errors and cell["metadata"].get("nbgrader", {}).get("grade"):
                found[cell["metadata"]["nbgrader"]["grade_id"]] = errors[0]["evalue"]
        return found

    def feedback(self, student: str) -> str:
        """The feedback page."""
        result = self.api.generate_feedback("ps", student, force=True)
        assert result["success"], result
        return (self.root / "feedback" / student / "ps" / "ps.html").read_text()


def make_course(root: Path, extra: Config | None = None) -> SmallCourse:
    """Make the folder, release the assignment, return the course."""
    (root / "source" / "ps").mkdir(parents=True)
    write(source_notebook(), root / "source" / "ps" / "ps.ipynb")
    (root / "source" / "ps" / "given.csv").write_text("1,2,3\n")
    (root / "nbgrader_config.py").write_text(CONFIG)
    from grading.sanitize import configure

    config = Config()
    configure(config)
    config.CourseDirectory.root = str(root)
    config.CourseDirectory.db_url = f"sqlite:///{root}/gradebook.db"
    if extra:
        config.merge(extra)
    coursedir = CourseDirectory(config=config)
    api = NbGraderAPI(coursedir, config=config)
    api.log.setLevel(logging.WARNING)
    result = api.generate_assignment("ps", create=True)
    assert result["success"], result
    return SmallCourse(root, config, api)


def answers(course: SmallCourse, changes: dict[str, str] | None = None) -> NotebookNode:
    """The released notebook with right answers, some of them changed."""
    from nbformat import read

    notebook = read(course.root / "release" / "ps" / "ps.ipynb", as_version=4)
    for cell in notebook.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        if name in ANSWERS:
            cell.source = (changes or {}).get(name, ANSWERS[name])
    return notebook
