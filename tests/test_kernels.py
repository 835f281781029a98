"""Marks as students get them: right answers, wrong ones, and all that goes wrong in between, through nbgrader."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from nbformat.v4 import new_code_cell
from small_course import TESTS, TOTAL, SmallCourse, answers, make_course
from traitlets.config import Config

from grading import kernels, session
from grading.sandbox import bubblewrap_problem

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]
needs_bubblewrap = pytest.mark.skipif(bool(bubblewrap_problem()), reason=bubblewrap_problem())


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> SmallCourse:
    extra = Config()
    extra.TwoKernelExecute.call_seconds = 5
    return make_course(tmp_path_factory.mktemp("kernels"), extra)


def grade(
    course: SmallCourse, student: str, changes: dict[str, str] | None = None, **more: Any
) -> dict[str, float]:
    course.submit(student, answers(course, changes), **more)
    result = course.grade(student)
    assert result["success"], result
    return course.scores(student)


def cell(course: SmallCourse, student: str, name: str) -> dict[str, Any]:
    cells = course.graded(student)["cells"]
    found: dict[str, Any] = next(
        c for c in cells if c["metadata"].get("nbgrader", {}).get("grade_id") == name
    )
    return found


def test_right_answers_get_full_marks_and_partial_credit_counts(course: SmallCourse) -> None:
    scores = grade(course, "right")
    assert sum(scores.values()) == TOTAL
    assert scores["test_safe_partial"] == 1.0
    assert course.sentences("right") == {}


def test_a_blank_submission_gets_nothing_and_is_told_why(course: SmallCourse) -> None:
    from nbformat import read

    course.submit("blank", read(course.root / "release" / "ps" / "ps.ipynb", as_version=4).copy())
    assert course.grade("blank")["success"]
    assert course.score("blank") == 0
    sentence = course.sentences("blank")["test_squares_small"]
    assert "NotImplementedError" in sentence


def test_a_wrong_answer_costs_its_own_tests_only(course: SmallCourse) -> None:
    scores = grade(course, "wrong", {"mean": "def mean(x):\n    return x.sum()"})
    assert {name for name, score in scores.items() if score == 0} == {"test_mean_value"}


def test_an_error_names_type_line_and_text_of_the_students_cell(course: SmallCourse) -> None:
    grade(course, "typo", {"mean": "def mean(x):\n    total = x.sum()\n    return totl / x.size"})
    sentence = course.sentences("typo")["test_mean_value"]
    assert sentence == "NameError in line 3 of its cell, `return totl / x.size`: name 'totl' is not defined"


def test_a_cell_that_does_not_compile(course: SmallCourse) -> None:
    grade(course, "syntax", {"mean": "def mean(x)\n    return 0"})
    assert (
        course.sentences("syntax")["test_mean_value"]
        == "mean is not defined: its cell stopped with SyntaxError."
    )


def test_a_function_under_another_name_is_not_defined(course: SmallCourse) -> None:
    grade(course, "renamed", {"mean": "def average(x):\n    return x.mean()"})
    assert course.sentences("renamed")["test_mean_value"] == "mean is not defined."


def test_warnings_in_a_test_cost_nothing(course: SmallCourse) -> None:
    text = "import warnings, sys\ndef mean(x):\n    warnings.warn('hm'); print('x', file=sys.stderr)\n    return x.sum() / x.size"  # noqa: E501
    assert grade(course, "warns", {"mean": text})["test_mean_value"] == 4


def test_outputs_of_tests_come_from_the_grader_alone(course: SmallCourse) -> None:
    grade(
        course, "prints", {"mean": "def mean(x):\n    print('mine'); return x.sum() / x.size\nprint('hello')"}
    )
    assert cell(course, "prints", "test_mean_value")["outputs"] == []
    assert cell(course, "prints", "mean")["outputs"][0]["text"] == ["hello\n"]


def test_helper_cells_and_state_between_cells_work(course: SmallCourse) -> None:
    changes = {
        "mean": "def total(x):\n    return x.sum()\ncount = 0",
        "roll": "def mean(x):\n    return total(x) / x.size",
    }
    notebook = answers(course, {"mean": changes["mean"]})
    place = [c.metadata.get("nbgrader", {}).get("grade_id") for c in notebook.cells].index("mean")
    notebook.cells.insert(place + 1, new_code_cell(changes["roll"]))
    course.submit("helpers", notebook)
    assert course.grade("helpers")["success"]
    assert course.score("helpers") == TOTAL


def test_a_helper_reused_with_another_meaning_later_does_not_reach_back(course: SmallCourse) -> None:
    changes = {
        "squares": "def helper(i):\n    return i * i\ndef squares(n):\n    return [helper(i) for i in range(1, n + 1)]",
        "mean": "def helper(x):\n    return 'something else'\ndef mean(x):\n    return x.sum() / x.size",
    }
    assert sum(grade(course, "reuse", changes).values()) == TOTAL


def test_files_handed_in_and_given_files_are_in_the_working_folder(course: SmallCourse) -> None:
    text = (
        "open('given.csv').read(); open('own.txt').read(); import own\ndef mean(x):\n    return own.mean(x)"
    )
    files = {
        "own.txt": b"1",
        "own.py": b"def mean(x):\n    return x.sum() / x.size\n",
        "given.csv": b"changed",
    }
    assert grade(course, "files", {"mean": text}, files=files)["test_mean_value"] == 4


def test_magics_and_pictures_work(course: SmallCourse) -> None:
    text = "%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()\n!echo from-the-shell\n"
    grade(course, "plots", {"mean": text + "def mean(x):\n    return x.sum() / x.size"})
    outputs = cell(course, "plots", "mean")["outputs"]
    assert any("image/png" in o.get("data", {}) for o in outputs)
    assert any("from-the-shell" in "".join(o.get("text", "")) for o in outputs)
    assert course.score("plots") == TOTAL


@needs_bubblewrap
def test_a_lost_kernel_is_replayed_and_the_rest_keeps_its_points(course: SmallCourse) -> None:
    changes = {
        "mean": "import os\nos._exit(1)",
        "compose": "def twice(f, x):\n    os._exit(1)\nbase = 2\nimport os",
    }
    scores = grade(course, "lost", changes)
    assert {name for name, score in scores.items() if score == 0} == {"test_mean_value", "test_twice"}
    sentences = course.sentences("lost")
    assert (
        sentences["test_mean_value"] == "The cell that defines mean ended the Python process that it ran in."
    )
    assert sentences["test_twice"] == "twice ended the Python process that it ran in."


def test_grading_again_gives_the_same_notebook(course: SmallCourse) -> None:
    grade(course, "again")
    first = course.graded("again")
    assert course.grade("again")["success"]
    assert course.graded("again") == first


def test_the_graders_kernel_is_kept_and_made_new_for_each_submission(course: SmallCourse) -> None:
    grade(course, "first")
    kept = kernels._grader
    grade(course, "second")
    assert kernels._grader is kept
    assert kept is not None
    ran = kept.kernel.client.run(
        "", 5, silent=True, expressions={"s": "__import__('grading.session').session.current()"}
    )
    assert "second" in ran.expressions["s"]


def test_the_seed_depends_on_student_and_assignment_and_stays(tmp_path: Path) -> None:
    seeds = {session.seed_for(tmp_path, s, a) for s in ("ann", "bob") for a in ("ps1", "ps2")}
    assert len(seeds) == 4
    assert session.seed_for(tmp_path, "ann", "ps1") in seeds
    assert (tmp_path / session.SECRET_FILE).stat().st_mode & 0o777 == 0o600
    assert session.current() == session.Session("author", "", 0)


def test_a_broken_course_gives_no_marks_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that cannot import its checker is a fault, not a mark of 0."""
    hidden = TESTS | {"test_mean_value": ("mean", 4, None, "import a_module_that_is_not_installed")}
    monkeypatch.setattr("small_course.TESTS", hidden)
    course = make_course(tmp_path)
    course.submit("ann", answers(course))
    assert not course.grade("ann")["success"]
    assert all(score is None for score in course.scores("ann").values())


def test_a_test_may_await(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    awaits = "import asyncio\nawait asyncio.sleep(0.001)\nassert mean(np.array([1.0, 3.0])) == 2"
    monkeypatch.setattr("small_course.TESTS", TESTS | {"test_mean_value": ("mean", 4, None, awaits)})
    course = make_course(tmp_path)
    course.submit("right", answers(course))
    course.submit("wrong", answers(course, {"mean": "def mean(x):\n    return 3"}))
    assert course.grade()["success"]
    assert course.score("right") == TOTAL
    assert course.score("wrong") == TOTAL - 4


def test_a_required_sandbox_that_is_missing_stops_the_grading(tmp_path: Path) -> None:
    extra = Config()
    extra.TwoKernelExecute.sandbox = "none"
    extra.TwoKernelExecute.require_sandbox = True
    course = make_course(tmp_path, extra)
    course.submit("ann", answers(course))
    result = course.grade("ann")
    assert not result["success"]
    assert "Grading without a sandbox is refused" in result["log"]


def test_without_a_sandbox_the_marks_are_the_same_and_the_warning_is_loud(tmp_path: Path) -> None:
    extra = Config()
    extra.TwoKernelExecute.sandbox = "none"
    course = make_course(tmp_path, extra)
    course.submit("ann", answers(course))
    result = course.grade("ann")
    assert result["success"]
    assert course.score("ann") == TOTAL
    assert "NO SANDBOX" in result["log"]


def test_the_graded_notebook_is_valid_and_small(course: SmallCourse) -> None:
    grade(course, "valid")
    import nbformat

    nbformat.validate(nbformat.from_dict(course.graded("valid")))
    assert len(json.dumps(course.graded("valid"))) < 50_000
