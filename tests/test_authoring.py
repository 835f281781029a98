"""The example of docs/authoring.md works as it is told there."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from grading.exercise import Exercise, draw_promise
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
