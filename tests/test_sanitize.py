"""Any file becomes a gradable notebook, and a page for its author holds nothing that runs and nothing hidden."""

from __future__ import annotations

import json
import os
import random
from pathlib import Path
from typing import Any

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell
from traitlets.config import Config

from grading.feedback import clean_html, safe_markdown
from grading.roles import Sheet, TrustedCell, defined_names, free_names, hidden_lines
from grading.sanitize import Unreadable, configure, read_submission, restore


def trusted(name: str, **changes: Any) -> TrustedCell:
    base = {
        "kind": "code",
        "source": f"# {name}",
        "locked": False,
        "checksum": "c",
        "grade": False,
        "solution": True,
    }
    return TrustedCell(**({"name": name, "task": False, "points": 0.0} | base | changes))


def sheet() -> Sheet:
    locked = {"locked": True, "solution": False}
    cells = [
        trusted("imports", **locked),
        trusted("f"),
        trusted("test_f", grade=True, points=2.0, **locked),
        trusted("g"),
        trusted("test_g", grade=True, points=3.0, **locked),
        trusted("essay", kind="markdown", grade=True, points=1.0),
    ]
    return Sheet({c.name: c for c in cells})


def claims(name: str, source: str) -> NotebookNode:
    return new_code_cell(source, metadata={"claimed": name})


def whole() -> list[NotebookNode]:
    return [claims(name, f"{name} as handed in") for name in sheet().cells]


def outline(cells: list[NotebookNode]) -> list[str]:
    return [c.metadata.get("nbgrader", {}).get("grade_id", f"({c.source})") for c in cells]


def test_answers_are_the_students_and_locked_cells_the_instructors() -> None:
    cells = restore(whole(), sheet())
    assert outline(cells) == list(sheet().cells)
    sources = {c.metadata.nbgrader.grade_id: c.source for c in cells}
    assert sources["f"] == "f as handed in"
    assert sources["imports"] == "# imports"
    assert sources["test_f"] == "# test_f"
    assert cells[-1].cell_type == "markdown"
    assert cells[2].metadata.nbgrader.points == 2.0


def test_own_cells_stay_behind_the_cell_they_followed() -> None:
    cells = whole()
    cells.insert(2, new_code_cell("mine"))
    cells.insert(0, new_markdown_cell("my name"))
    assert outline(restore(cells, sheet())) == [
        *("(my name)", "imports", "f", "(mine)", "test_f", "g", "test_g", "essay")
    ]


def test_order_is_restored_and_missing_tests_come_back() -> None:
    cells = [c for c in whole()[::-1] if not c.metadata.claimed.startswith("test")]
    restored = restore(cells, sheet())
    assert outline(restored) == list(sheet().cells)
    assert restored[2].metadata.grading.missing


def test_a_missing_answer_is_noted_and_does_not_overwrite_another_cells_definition() -> None:
    cells = [claims("imports", ""), new_code_cell("def f(): return 1")]
    restored = restore(cells, sheet())
    answer = next(c for c in restored if c.metadata.get("nbgrader", {}).get("grade_id") == "f")
    assert answer.source == "# This cell (f) was missing from the submission."
    assert outline(restored).index("(def f(): return 1)") < outline(restored).index("f")


def test_of_copies_the_last_before_the_first_test_is_the_answer() -> None:
    cells = whole()
    cells.insert(2, claims("f", "second try"))
    cells.append(claims("f", "an experiment at the end"))
    restored = restore(cells, sheet())
    answer = next(c for c in restored if c.metadata.get("nbgrader", {}).get("grade_id") == "f")
    assert answer.source == "second try"
    assert outline(restored) == [
        *("imports", "(f as handed in)", "f", "test_f", "g", "test_g", "essay", "(an experiment at the end)")
    ]


def test_copies_of_locked_cells_go() -> None:
    cells = whole()
    cells.insert(3, claims("test_f", "pass"))
    assert outline(restore(cells, sheet())) == list(sheet().cells)


def write(path: Path, content: Any) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return path


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"  \n", "is empty"),
        (b"{", "not valid JSON"),
        (b"[1]", "not a Jupyter notebook"),
        (b"\x80\x81", "UTF-8"),
        ({"nbformat": 4, "cells": 3}, "no cells"),
        ({"nbformat": 3}, "not a Jupyter notebook"),
        ({"nbformat": "x", "worksheets": []}, "no cells"),
    ],
)
def test_what_is_no_notebook_is_named(tmp_path: Path, content: Any, words: str) -> None:
    with pytest.raises(Unreadable, match=words):
        read_submission(write(tmp_path / "a.ipynb", content))


def test_links_pipes_and_folders_are_not_opened(tmp_path: Path) -> None:
    (tmp_path / "link.ipynb").symlink_to(write(tmp_path / "real.ipynb", {"nbformat": 4, "cells": []}))
    os.mkfifo(tmp_path / "pipe.ipynb")
    (tmp_path / "folder.ipynb").mkdir()
    for name, words in {
        "link": "a link",
        "pipe": "not a file",
        "folder": "not a",
        "none": "unreadable",
    }.items():
        with pytest.raises(Unreadable, match=words):
            read_submission(tmp_path / f"{name}.ipynb")


def test_large_files_are_not_read(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="larger than 1 MiB"):
        read_submission(write(tmp_path / "a.ipynb", b" " * (2**20 + 1)), max_bytes=2**20)


def test_no_shape_of_json_raises_anything_else(tmp_path: Path) -> None:
    generator = random.Random(1)
    odd: list[Any] = [
        None,
        5,
        "x",
        [],
        {},
        [None],
        {"source": 5},
        True,
        -1,
        "code",
        {"nbgrader": {"grade_id": ["x"]}},
    ]
    keys = ["cell_type", "source", "metadata", "attachments", "outputs", "id", "input"]
    for _ in range(300):
        cells = [{key: generator.choice(odd) for key in keys} for _ in range(5)]
        data = {
            "nbformat": generator.choice([4, 3, 2, 1, 0, 9, "4", None]),
            "cells": generator.choice([cells, odd]),
        }
        data["worksheets"] = generator.choice([[], [{"cells": cells}], 5, [5]])
        try:
            restore(read_submission(write(tmp_path / "a.ipynb", data)).cells, sheet())
        except Unreadable:
            continue


def test_only_the_text_the_claim_and_pictures_survive(tmp_path: Path) -> None:
    png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
    cell = {
        "cell_type": "markdown",
        "source": ["a", "b"],
        "metadata": {"tags": ["x"], "nbgrader": {"grade_id": "f"}},
    }
    cell["attachments"] = {
        "p.png": {"image/png": png},
        "q.svg": {"image/svg+xml": "<svg/>"},
        "r.png": {"image/png": "no"},
    }
    notebook = read_submission(
        write(tmp_path / "a.ipynb", {"nbformat": 4, "metadata": {"x": 1}, "cells": [cell]})
    )
    assert notebook.metadata == {}
    assert notebook.cells[0].source == "ab"
    assert notebook.cells[0].metadata == {"claimed": "f"}
    assert list(notebook.cells[0].attachments) == ["p.png"]


@pytest.mark.parametrize(
    "html",
    [
        "<script>x()</script>",
        "<img src=x onerror=x()>",
        "<img src='https://evil.example/a.png'>",
        "<img src='data:image/svg+xml;base64,PHN2Zz4='>",
        "<a href='javascript:x()'>a</a>",
        "<a href='&#106;avascript:x()'>a</a>",
        "<a href=' data:text/html,x'>a</a>",
        "<iframe src=x></iframe>",
        "<style>body{}</style>",
        "<form action=x><input></form>",
        "<svg><a xlink:href='javascript:x()'>a</a></svg>",
        "<div style='position:fixed'>a</div>",
        "<p class='verdict full'>a</p>",
        "<p id='notebook'>a</p>",
        "<meta http-equiv=refresh content=0>",
    ],
)
def test_active_html_is_taken_out(html: str) -> None:
    cleaned = clean_html(html).lower()
    for word in (
        "<script",
        "onerror",
        "evil.example",
        "svg+xml",
        'href="javascript',
        'href="data',
        "<iframe",
        "<style",
    ):
        assert word not in cleaned
    for word in ("<form", "<input", "<svg", "style=", "class=", "id=", "<meta"):
        assert word not in cleaned


def test_honest_markdown_looks_as_before() -> None:
    text = "# Title\n\n**bold** `code` [link](https://numpy.org)\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n$\\alpha < \\beta$"  # noqa: E501
    html = str(
        safe_markdown.__wrapped__({}, text)
        if hasattr(safe_markdown, "__wrapped__")
        else safe_markdown({}, text)
    )
    for piece in (
        "<h1>Title</h1>",
        "<strong>bold</strong>",
        'href="https://numpy.org"',
        "<table>",
        "\\alpha &lt; \\beta",
    ):
        assert piece in html


def test_formulas_cannot_carry_links() -> None:
    assert "\\href{" not in str(safe_markdown({}, "$\\href{javascript:x()}{y}$"))


def test_hidden_lines_names_and_free_names() -> None:
    source = "check(f)\n### BEGIN HIDDEN TESTS\nassert f(1)\n### END HIDDEN TESTS\nx = 1"
    assert hidden_lines(source) == [(2, 4)]
    assert hidden_lines("### BEGIN HIDDEN TESTS\nassert 0") == [(1, 2)]
    assert hidden_lines("assert f(1) == 2") == []
    assert defined_names(
        "%magic\nimport x\na, (b, c) = 1, (2, 3)\ndef f(): y = 1\nif a:\n    class C: pass\nd[0] = 1"
    ) == [*("a", "b", "c", "f", "C")]
    read = free_names("from m import v\nv(f, len)\nfor i in r: print(i)\ng = lambda q: q + h")
    assert set(read) == {"f", "len", "r", "print", "h"}


def test_configuration_names_everything() -> None:
    c = Config()
    configure(c)
    assert "grading.kernels.TwoKernelExecute" in c.Autograde.autograde_preprocessors
    assert c.GenerateFeedback.exporter_class == "grading.feedback.FeedbackExporter"
