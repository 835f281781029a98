"""The assignment optimization: each figure of its text comes out of running it; references agree with others."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from math import factorial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from source_cells import run_solved

from grading.current import Course
from grading.exercise import Draw, Exercise, draw_promise, exercises, registry, solve
from grading.exercises import optimization
from grading.notebooks import to_notebook
from grading.samples import names, read
from grading.verify import verify
from utils.checks import CheckFailed, judge, observe
from utils.datasets import load_moons
from utils.network import accuracy
from utils.surfaces import BOWL, PLATEAU, SADDLE, Surface
from utils.training import History

COURSE = Course.find(Path(__file__).parent)
TEXT = COURSE.text("optimization").read_text(encoding="utf-8")
WORDS = TEXT.replace("\n# ", " ")
EPOCHS = (0, 1000, 2000, 3000, 4000)
RELEASED = ("gd", "momentum", "rmsprop", "adam")


def _space(answers: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The names of the solved notebook, some answer cells replaced."""
    X, Y = load_moons()
    space: dict[str, Any] = {"X": X, "Y": Y, "layers_dims": [2, 5, 2, 1], "surfaces": (BOWL, SADDLE, PLATEAU)}
    run_solved("optimization", space, answers)
    return space


@cache
def notebook() -> dict[str, Any]:
    return _space()


@cache
def run(name: str, rate: float = 0.0007, num_epochs: int = 5000, decay: str = "") -> History:
    """What the notebook's `model` gives for the moons."""
    here = notebook()
    optimizer = name if name in RELEASED else here["broken"](name)
    history: History = here["model"](
        here["X"],
        here["Y"],
        here["layers_dims"],
        optimizer,
        rate,
        num_epochs=num_epochs,
        print_cost=False,
        decay=here[decay] if decay else None,
    )
    return history


def share(history: History) -> str:
    return f"{accuracy(notebook()['X'], notebook()['Y'], history.parameters):.4f}"


# -- the figures of the text ------------------------------------------------------------------------------


def test_points_add_up() -> None:
    points = re.findall(r'"points": (\d+)', TEXT)
    assert sum(map(int, points)) == optimization.POINTS == 100
    assert "**100 points**" in WORDS


def test_every_graded_function_has_two_cells_or_more_and_every_behaviour_one() -> None:
    tested = re.findall(r"^verify\((\w+), \"([a-z ]+)\"\)", TEXT, flags=re.MULTILINE)
    wanted = [(e.name, b.name) for e in optimization.EXERCISES for b in e.behaviours]
    assert sorted(tested) == sorted(wanted)
    assert all(len(exercise.behaviours) >= 2 for exercise in optimization.EXERCISES)


def test_temperatures() -> None:
    days = np.arange(200)
    noise = np.random.RandomState(0).randn(200)
    temperatures = 16 - 10 * np.cos(2 * np.pi * days / 200) + 3 * noise
    plain, corrected = map(np.array, notebook()["exponentially_weighted_average"](temperatures, 0.98))
    assert f"{plain[0]:.2f}" == "0.23"
    assert f"{plain[9]:.1f}" == "1.5"
    assert temperatures[:10].min() > 3
    assert corrected[0] == pytest.approx(temperatures[0])
    assert round(100 * (1 - plain[149] / corrected[149])) == 5
    weights = 0.02 * 0.98 ** np.arange(5000)
    assert round(float(weights @ np.arange(5000))) == 49
    assert all(figure in WORDS for figure in ("0.23 degrees", "1.5 on day 10", "49 days", "5 percent"))


TABLE = {
    ("gd", 0.0007, ""): ([0.702405, 0.668101, 0.635288, 0.600491, 0.573367], "0.7167"),
    ("momentum", 0.0007, ""): ([0.702413, 0.668167, 0.635388, 0.600591, 0.573444], "0.7167"),
    ("rmsprop", 0.0007, ""): ([0.701779, 0.163975, 0.140631, 0.137355, 0.134968], "0.9433"),
    ("adam", 0.0007, ""): ([0.702166, 0.167845, 0.141316, 0.138788, 0.136066], "0.9433"),
    ("gd", 0.1, "update_lr"): ([0.701091, 0.661884, 0.658620, 0.656765, 0.655486], "0.6533"),
    ("gd", 0.1, "schedule_lr_decay"): ([0.701091, 0.127161, 0.120304, 0.117033, 0.117512], "0.9433"),
    ("adam", 0.01, "schedule_lr_decay"): ([0.699346, 0.130074, 0.129826, 0.129282, 0.128361], "0.9400"),
}
"""The published costs at epochs 0, 1000, ..., 4000, and the accuracies after 5000."""


@pytest.mark.parametrize(("name", "rate", "decay"), TABLE)
def test_runs_of_the_notebook_begin_as_published(name: str, rate: float, decay: str) -> None:
    costs, _ = TABLE[name, rate, decay]
    assert run(name, rate, 2, decay).costs[0] == pytest.approx(costs[0], rel=0, abs=2e-6)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "rate", "decay"), TABLE)
def test_published_table(name: str, rate: float, decay: str) -> None:
    costs, right = TABLE[name, rate, decay]
    history = run(name, rate, 5000, decay)
    np.testing.assert_allclose([history.cost_at(epoch) for epoch in EPOCHS], costs, rtol=0, atol=2e-6)
    assert share(history) == right
    assert right in WORDS


def test_text_tells_the_published_costs() -> None:
    assert "0.573367 and 0.573444 at epoch 4000" in WORDS


@pytest.mark.slow
@pytest.mark.parametrize(("name", "right"), [("gd", "0.7967"), ("momentum", "0.7967"), ("adam", "0.9400")])
def test_quoted_accuracies_are_those_of_10_000_epochs(name: str, right: str) -> None:
    assert share(run(name, num_epochs=10_000)) == right
    assert "0.7967, 0.7967, 0.9400" in WORDS


@pytest.mark.slow
def test_last_batch_jumps_and_the_mean_does_not() -> None:
    history = run("gd")
    jumps = [np.median(np.abs(np.diff(costs))) for costs in (history.costs, history.last_batch_costs)]
    assert 750 < jumps[1] / jumps[0] < 850
    assert "800 times" in WORDS


def test_two_conventions_of_momentum_coincide_after_conversion() -> None:
    here = notebook()
    convert, model = here["convert_learning_rate"], here["model"]
    undamped = here["training"].momentum(here["initialize_velocity"], here["update_undamped"], beta=0.9)

    def costs(optimizer: Any, rate: float) -> Any:
        history = model(here["X"], here["Y"], [2, 5, 2, 1], optimizer, rate, num_epochs=150, print_cost=False)
        return history.costs

    damped = costs("momentum", 0.0007)
    np.testing.assert_allclose(costs(undamped, convert(0.0007, 0.9, "undamped")), damped, rtol=1e-12)
    faster = costs(undamped, 0.0007)
    np.testing.assert_allclose(costs("momentum", convert(0.0007, 0.9, "damped")), faster, rtol=1e-12)
    np.testing.assert_allclose(costs("gd", 0.0007), damped, atol=1e-4)
    np.testing.assert_allclose(costs("gd", 0.007), faster, atol=2e-3)
    assert damped[-1] - faster[-1] > 0.04


@pytest.mark.slow
@pytest.mark.parametrize(("how", "right"), [("no correction", "0.9433"), ("betas swapped", "0.9367")])
def test_final_accuracy_cannot_grade_adam(how: str, right: str) -> None:
    history = run(how)
    assert share(history) == right
    if how == "no correction":
        assert history.cost_at(500) < run("adam").cost_at(500)
    assert "0.9433, and for the broken ones 0.9433 and 0.9367" in WORDS


STAYS = {"bowl": [47, 57, 91, 62], "saddle": [127, 88, 15, 10], "plateau": [908, 360, 16, 19]}


@pytest.mark.parametrize(("surface", "height"), [(BOWL, 0.01), (SADDLE, -0.1), (PLATEAU, 0.5)])
def test_how_long_each_optimizer_stays(surface: Surface, height: float) -> None:
    here = notebook()
    here["rates"] = {"gd": 0.07, "momentum": 0.2, "rmsprop": 0.05, "adam": 0.1}
    steps = [here["steps_until"](surface, path, height) for path in here["walk"](surface, 1000).values()]
    assert steps == STAYS[surface.name.split()[-1]]
    assert "127 steps on the saddle, 908 on the plateau" in WORDS
    assert "needs 88 and 360" in WORDS


def test_gradient_descent_flies_out_of_the_bowl_from_0_08_on() -> None:
    here = notebook()
    for rate, far in ((0.079, False), (0.081, True)):
        here["rates"] = {"gd": rate}
        assert (abs(here["walk"](BOWL, 500)["gd"][-1, 1]) > 1) == far


@pytest.mark.slow
def test_a_rate_of_one_tenth_needs_no_decay() -> None:
    assert float(share(run("gd", 0.1))) > 0.94


def test_film_ends_before_gradient_descent_and_momentum_leave_the_plateau() -> None:
    here = notebook()
    here["rates"] = {"gd": 0.07, "momentum": 0.2, "rmsprop": 0.05, "adam": 0.1}
    far = [np.linalg.norm(path[-1] - path[0]) for path in here["walk"](PLATEAU, 150).values()]
    assert max(far[:2]) < 0.25
    assert min(far[2:]) > 3


# -- samples -------------------------------------------------------------------------------------------------


def _mark(answers: Mapping[str, str]) -> float:
    """The mark of a notebook with these answers, judged in this process."""
    space = _space(answers)
    mark = 0.0
    for cell in to_notebook(TEXT).cells:
        found = re.search(r"^verify\((\w+), \"([a-z ]+)\"\)", str(cell.source), flags=re.MULTILINE)
        if found:
            try:
                verify(space[found[1]], found[2])
            except CheckFailed:
                continue
            mark += cell.metadata["nbgrader"]["points"]
    return mark


@pytest.mark.parametrize(
    "name", [name for name in names(COURSE, "optimization") if not read(COURSE, "optimization", name).blank]
)
def test_samples_get_their_marks(name: str) -> None:
    sample = read(COURSE, "optimization", name)
    assert _mark({grade_id: source for _, grade_id, source in sample.cells}) == sample.mark


# -- the references ------------------------------------------------------------------------------------------


def _slopes(parameters: dict[str, Any], step: int) -> dict[str, Any]:
    """A made-up gradient that depends on the place and on the step."""
    return {name: np.sin(value + step) + 0.1 * value for name, value in parameters.items()}


def _start() -> dict[str, Any]:
    rng = np.random.default_rng(5)
    return {"W1": rng.normal(size=(3, 4)), "b1": rng.normal(size=(3, 1))}


def test_momentum_and_adam_agree_with_hips_autograd() -> None:
    others = pytest.importorskip("autograd.misc.optimizers")
    momentum = others.sgd(_slopes, _start(), num_iters=30, step_size=0.3, mass=0.8)
    adam = others.adam(_slopes, _start(), num_iters=30, step_size=0.05, b1=0.8, b2=0.97, eps=1e-3)
    one, two = _start(), _start()
    v = optimization.initialize_velocity(one)
    state = optimization.initialize_adam(two)
    for step in range(30):
        grads = {"d" + name: slope for name, slope in _slopes(one, step).items()}
        one, v = optimization.update_parameters_with_momentum(one, grads, v, 0.8, 0.3)
        grads = {"d" + name: slope for name, slope in _slopes(two, step).items()}
        two, *state = optimization.update_parameters_with_adam(
            two, grads, *state, step + 1, 0.05, 0.8, 0.97, 1e-3
        )
    for name in one:
        np.testing.assert_allclose(one[name], momentum[name], rtol=1e-10)
        np.testing.assert_allclose(two[name], adam[name], rtol=1e-10)


def test_rmsprop_agrees_with_hips_autograd() -> None:
    others = pytest.importorskip("autograd.misc.optimizers")
    theirs = others.rmsprop(_slopes, _start(), num_iters=30, step_size=0.05, gamma=0.8, eps=1e-3)
    parameters = _start()
    s = {"d" + name: np.ones_like(value) for name, value in parameters.items()}  # where autograd starts
    for step in range(30):
        grads = {"d" + name: slope for name, slope in _slopes(parameters, step).items()}
        parameters, s = optimization.update_parameters_with_rmsprop(parameters, grads, s, 0.8, 0.05, 1e-3)
    for name in parameters:
        np.testing.assert_allclose(parameters[name], theirs[name], rtol=1e-10)


@pytest.mark.parametrize("exercise", [e for e in exercises("optimization") if e.peer], ids=lambda e: e.name)
def test_references_agree_with_established_implementations(exercise: Exercise) -> None:
    for behaviour in exercise.behaviours:
        promise = draw_promise(exercise, behaviour, np.random.default_rng(8))
        assert exercise.peer is not None
        judge(promise, exercise.peer, where=False)


@pytest.mark.parametrize("exercise", list(exercises("optimization")), ids=lambda e: e.name)
def test_right_answers_in_other_styles_are_accepted(exercise: Exercise) -> None:
    assert len(exercise.variants) >= 2
    for seed, text in enumerate(exercise.variants.values()):
        for behaviour in exercise.behaviours:
            promise = draw_promise(exercise, behaviour, np.random.default_rng(seed))
            judge(promise, exercise.define(text), where=False)


# -- shuffles ------------------------------------------------------------------------------------------------


def test_bound_on_a_random_order_is_proved_and_not_tight() -> None:
    """P(k or more stay in place) <= 1 / k!, so that the band is left with a probability of at most 1e-12."""
    limit = int(optimization._factorial_band().high)
    assert 1 / factorial(limit + 1) <= optimization.ALPHA < 1 / factorial(limit)
    orders = np.array([np.random.default_rng(seed).permutation(120) for seed in range(3000)])
    stay = np.sum(orders == np.arange(120), axis=1)
    follow = np.sum(np.diff(orders, axis=1) == 1, axis=1)
    assert max(stay.max(), follow.max()) < limit
    same_batch = np.sum(orders // 10 == np.arange(120) // 10, axis=1)
    assert same_batch.max() < optimization._batch_band(10).high < 120
    assert abs(same_batch.mean() - 10) < 0.5


def test_several_calls_can_be_judged_together() -> None:
    """`Draw.then`: other arguments, whose results a view sees beside the first one's."""
    exercise = registry()["random_mini_batches"]
    assert isinstance(exercise, Exercise)
    X, Y = np.arange(12.0)[np.newaxis], np.arange(12.0)[np.newaxis]
    case = solve(exercise, exercise.behaviour("seed"), Draw((X, Y, 4, 1), then=((X, Y, 4, 2), (X, Y, 4, 1))))
    seeds: list[int] = []
    observe(lambda X, Y, size, seed: seeds.append(seed), case)
    assert seeds == [1, 2, 1]
