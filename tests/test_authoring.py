"""The example of docs/authoring.md works as it is told there."""

from __future__ import annotations

import importlib.util
import re
import sys
import textwrap
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from grading import audit
from grading.buildcheck import check_source
from grading.exercise import Exercise, draw_promise
from grading.notebooks import to_notebook
from utils.checks import CheckFailed, judge

PAGE = Path(__file__).parents[1] / "docs" / "authoring.md"


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Exercise:
    """The exercise that the page shows, as a module."""
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    path = tmp_path_factory.mktemp("page") / "clipping.py"
    path.write_text(code)
    spec = importlib.util.spec_from_file_location("clipping", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["clipping"] = module
    spec.loader.exec_module(module)
    exercise: Exercise = module.CLIP
    return exercise


def told(exercise: Exercise, function: Any, seed: int) -> dict[str, str]:
    """What a student is told about each behaviour that fails."""
    said = {}
    for behaviour in exercise.behaviours:
        promise = draw_promise(exercise, behaviour, np.random.default_rng(seed))
        try:
            judge(promise, function, lambda promise=promise: suspects(exercise, promise))
        except CheckFailed as failure:
            said[behaviour.name] = str(failure)
    return said


def suspects(exercise: Exercise, promise: Any) -> Any:
    from grading.verify import _levels

    return _levels(exercise, promise)


@pytest.mark.parametrize("seed", range(20))
def test_right_answers_pass(clip: Exercise, seed: int) -> None:
    assert told(clip, clip.reference, seed) == {}
    assert told(clip, clip.define(clip.variants["in place"]), seed) == {}


def test_every_mistake_is_refused_and_named(clip: Exercise) -> None:
    for mistake in clip.mistakes:
        for seed in range(5):
            said = told(clip, clip.wrong(mistake), seed)
            assert any(mistake.sentence in text for text in said.values()), (mistake.sentence, said)


def test_who_forgot_one_limit_keeps_the_points_of_the_other(clip: Exercise) -> None:
    forgot = clip.define(
        "def clip_gradients(g, limit):\n    return {k: np.minimum(v, limit) for k, v in g.items()}"
    )
    assert list(told(clip, forgot, 3)) == ["below"]


# -- what stands around the exercise ----------------------------------------------------------------------------


def block(start: str) -> str:
    """The indented example of the page that begins so."""
    page = PAGE.read_text(encoding="utf-8").split("\n")
    first = next(number for number, line in enumerate(page) if line.startswith(f"    {start}"))
    last = next(n for n in range(first, len(page)) if page[n].strip() and not page[n].startswith("    "))
    return textwrap.dedent("\n".join(page[first:last])).strip() + "\n"


ANSWER = '# %% nbgrader={"grade": false, "grade_id": "clip"'
TEST = '# %% nbgrader={"grade": true, "grade_id": "test_clip_above"'


def test_the_cells_are_as_the_build_wants_them() -> None:
    notebook = to_notebook(block(ANSWER) + "\n" + block(TEST))
    assert [cell.id for cell in notebook.cells] == ["clip", "test_clip_above"]
    assert list(check_source("page", notebook, "page")) == []


@pytest.fixture(scope="module")
def solved() -> audit.Solutions:
    text = block(ANSWER)
    space: dict[str, Any] = {"np": np}
    exec(text, space)
    return audit.Solutions(space, {"clip_gradients": text})


def test_the_audit_prints_what_the_page_shows(clip: Exercise, solved: audit.Solutions) -> None:
    tally = audit.audit_part(clip, solved, range(audit.DRAWS))
    verdict = audit.verdict(clip, tally, {})
    printed = [audit.table([verdict]), *(f"- {miss}" for miss in verdict.misses), "1 to put right"]
    page = PAGE.read_text(encoding="utf-8")
    assert textwrap.indent("\n".join(printed), "    ") in page


def test_the_survivor_is_declared_as_the_page_shows(clip: Exercise, solved: audit.Solutions) -> None:
    (entry,) = tomllib.loads(block("[[clip_gradients]]"))["clip_gradients"]
    tally = audit.audit_part(clip, solved, range(0, 30, 10))
    assert audit.verdict(clip, tally, {entry["change"]: entry["reason"]}).misses == []


def test_the_sample_loses_what_its_mark_says(clip: Exercise) -> None:
    sample = block("# mark: 98")
    space: dict[str, Any] = {"np": np}
    exec(sample, space)
    said = told(clip, space["clip_gradients"], 4)
    assert list(said) == ["below"]  # 2 points of 100
    assert "entries below minus the limit are left as they are" in said["below"]


def test_the_mistake_of_the_two_lines_is_one_of_the_course() -> None:
    from grading.exercises.initialization import HE

    lines = block('mistake("the root is missing')
    old, new = re.findall(r'"([^"]*)"', lines)[1:]
    assert (old, new) in [edit for known in HE.mistakes for edit in known.edits]
