"""The instructor's page and the tables for an LMS, from a class that is made up in the gradebook."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from types import SimpleNamespace

import pytest

from grading import report
from grading.report import Submission, cell_rows, histogram, told, warnings, write_canvas, write_moodle

KNOWN = ["the root is missing", "the root is missing and more", "the weights are transposed"]


def submission(student: str, a: float, b: float, **more) -> Submission:
    return Submission(student, {"test_a": (a, 4.0), "test_b": (b, 6.0)}, **more)


@pytest.fixture
def group() -> list[Submission]:
    said = {
        "test_b": "he: the root is missing (seen with layers_dims = [3, 4]). The line: W = 2 (line 3 of its cell)"
    }
    return [
        submission("ada", 4, 6, email="ada@example.org", name="Ada L"),
        submission("bob", 4, 0, said=said),
        submission(
            "cy", 0, 0, said={"test_a": "f: it raised ValueError: 17", "test_b": "he: the root is missing."}
        ),
        submission(
            "di", 0, 0, said={"test_a": "f: it raised ValueError: 4", "test_b": '=cmd, "quoted"\nline'}
        ),
    ]


def test_share_solved_and_separation(group):
    a, b = cell_rows(group)
    assert (a.cell, a.points, a.solved, a.top) == ("test_a", 4.0, 0.5, 1.0)
    assert b.solved == 0.25
    assert a.separation == pytest.approx(0.577, abs=1e-3)
    assert cell_rows(group[:1])[0].separation is None


def test_sentences_are_counted_by_mistake_and_the_rest_by_likeness(group):
    said = told(group, KNOWN)
    assert [(one.sentence, one.count, one.named) for one in said[:2]] == [
        ("f: it raised ValueError: #", 2, False),
        ("the root is missing", 2, True),
    ]


def test_a_test_that_the_best_fail_is_pointed_out():
    group = [submission(f"s{i:02}", 4, 0) for i in range(8)] + [submission(f"t{i}", 0, 6) for i in range(2)]
    group += [submission(f"u{i}", 4, 6) for i in range(1)]
    found = warnings([*group, *group], cell_rows([*group, *group]), 1, 3)
    assert any("did worse on the rest" in text for text in found)
    assert any("1 of 3 known mistakes" in text for text in found)
    assert any("without a sentence" in text for text in found)


def test_histogram_holds_everybody(group):
    bars = histogram(group)
    assert sum(count for _, count in bars) == len(group)
    assert bars[-1] == ("9–10", 1)
    assert bars[0] == ("0–1", 2)


@pytest.fixture
def course(group, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(report, "read_class", lambda course, assignment: group)
    return SimpleNamespace(root=tmp_path)


def read(path: Path) -> list[list[str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def test_canvas_columns(course):
    rows = read(write_canvas(course, "ps"))
    assert rows[0] == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "ps"]
    assert rows[1] == ["    Points Possible", "", "", "", "", "10"]
    assert rows[2] == ["Ada L", "", "", "ada", "", "10"]
    assert len({len(row) for row in rows}) == 1


def test_moodle_columns_and_hostile_text(course):
    rows = read(write_moodle(course, "ps"))
    assert rows[0] == ["Username", "Email address", "ps", "Feedback: ps"]
    assert rows[1] == ["ada", "ada@example.org", "10", ""]
    assert rows[4][3] == 'f: it raised ValueError: 4 | =cmd, "quoted"\nline'
    assert report._harmless("=1+1") == "'=1+1"


def test_the_page_is_one_file_and_runs_nothing(course, group):
    group[3].problem = "<script>alert(1)</script>"
    (course.root / "autograded").mkdir()
    page = report.write_report(course, "ps").read_text()
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert not re.search(r"(src|href)=", page)
    assert "the root is missing" in page
    assert "Known mistakes that nobody made" not in page  # a course without exercises has none
    json.dumps(page)
