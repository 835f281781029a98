"""The assignment initialization: every figure its text tells comes out of running it; its questions judge fairly."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest
from source_cells import SOURCE, cells_of, only_functions, run_solved

from grading.exercise import Question, exercises, registry
from grading.exercises.initialization import FACTOR_LEAKY, FACTOR_RELU
from grading.notebooks import to_notebook
from grading.verify import verify
from utils.datasets import load_circles
from utils.network import accuracy, backward_propagation, forward_propagation
from utils.training import History

TEXT = (SOURCE / "initialization.py").read_text(encoding="utf-8")
WORDS = TEXT.replace("\n# ", " ")
DEFINED_IN_DEMOS = ("all_one_half", "random_times", "hidden_layers", "hidden_spread", "train_deep")


@cache
def notebook() -> dict[str, Any]:
    """The names of the solved notebook; of the demo cells only the data and the functions."""
    X_train, Y_train, X_test, Y_test = load_circles()
    space: dict[str, Any] = {
        "X_train": X_train,
        "Y_train": Y_train,
        "X_test": X_test,
        "Y_test": Y_test,
    }
    run_solved("initialization", space)
    assert all(name in space for name in DEFINED_IN_DEMOS)
    return space


@cache
def run(initialization: str | float, seed: int = 3) -> History:
    """What the notebook's `model` gives, by a name or by the scale of the random draws."""
    here = notebook()
    start: Any = initialization
    if initialization == "equal":
        start = here["all_one_half"]
    elif not isinstance(initialization, str):
        start = here["random_times"](initialization)
    history: History = here["model"](
        here["X_train"], here["Y_train"], print_cost=False, initialization=start, seed=seed
    )
    return history


def accuracies(history: History) -> tuple[str, str]:
    """On the training and the test points, in the two digits that the notebook prints."""
    here = notebook()
    parts = ((here[f"X_{part}"], here[f"Y_{part}"]) for part in ("train", "test"))
    one, other = (f"{accuracy(X, Y, history.parameters):.2f}" for X, Y in parts)
    return one, other


@pytest.mark.parametrize(
    ("promise", "start"),
    [
        (exercise.name, behaviour.name)
        for exercise in exercises("initialization")
        for behaviour in exercise.behaviours
    ],
)
def test_solution_keeps_each_promise_on_fresh_cases(promise: str, start: str) -> None:
    verify(notebook()[promise], start)


# -- what the text tells ---------------------------------------------------------------------------------


def test_zeros_know_nothing_and_stay_so() -> None:
    history = run("zeros")
    assert np.ptp(history.costs) == 0
    assert f"{history.costs[0]:.4f}" == "0.6931"
    assert accuracies(history) == ("0.50", "0.50")
    assert "a cost of 0.6931 from the first step to the last, and an accuracy of 0.50" in WORDS


def test_gradients_at_zeros_are_exactly_zero() -> None:
    here = notebook()
    _, cache_ = forward_propagation(here["X_train"], here["initialize_parameters_zeros"]([2, 10, 5, 1]))
    gradients = backward_propagation(here["X_train"], here["Y_train"], cache_)
    assert all(not gradients[f"d{kind}{layer}"].any() for kind in "Wb" for layer in (1, 2, 3))


def test_equal_weights_stay_equal() -> None:
    history = run("equal")
    assert np.ptp(history.parameters["W1"], axis=0).max() < 1e-12
    assert f"{history.cost_at(14000):.4f}" == "0.6485"
    assert accuracies(history)[0] == "0.58"
    assert "One row, ten times (cost 0.6485 at step 14 000, accuracy 0.58)" in WORDS


def test_large_weights_start_at_infinity_and_learn_a_little() -> None:
    history = run("random")
    assert np.isinf(history.costs[0])
    here = notebook()
    np.random.seed(3)
    _, found = forward_propagation(here["X_train"], here["initialize_parameters_random"]([2, 10, 5, 1]))
    assert 1000 < np.median(found[8]) < 10000
    assert (found[9] == 1).all()
    np.testing.assert_allclose([history.cost_at(1000), history.cost_at(14000)], [0.62, 0.38], rtol=0.02)
    assert accuracies(history) == ("0.83", "0.86")
    assert "accuracy about 0.83 and 0.86" in WORDS
    assert "falls from 0.62 (step 1000) to about 0.38 (step 14 000)" in WORDS


def test_small_weights_do_not_do_better() -> None:
    told = {0.01: "0.6931", 0.1: "0.6925", 0.3: "0.3135", 1: "0.0637"}
    assert {scale: f"{run(scale).cost_at(14000):.4f}" for scale in told} == told
    assert run(2).cost_at(14000) == pytest.approx(0.08, rel=0.05)
    assert f"{', '.join(told.values())}, about 0.08 and about 0.38" in WORDS
    costs = {scale: run(scale).cost_at(14000) for scale in (0.01, 0.1, 0.3, 1, 2)}
    assert min(costs, key=lambda scale: costs[scale]) == 1


def test_he_gives_the_published_figures() -> None:
    history = run("he")
    told = [f"{history.cost_at(step):.4f}" for step in (0, 1000, 5000, 10000, 14000)]
    assert told == ["0.8831", "0.6880", "0.5305", "0.1502", "0.0736"]
    assert accuracies(history) == ("0.99", "0.96")
    assert f"{', '.join(told[:4])} and {told[4]} at the five steps, and accuracies of 0.99 and 0.96" in WORDS


def test_he_is_not_best_in_the_small_network_nor_safe_from_bad_luck() -> None:
    assert run(1).cost_at(14000) < run("he").cost_at(14000)
    assert f"{run('he', seed=0).cost_at(14000):.2f}" == "0.66"
    assert "with `seed=0`, and He is still at 0.66 at step 14 000" in WORDS


def test_spread_in_the_small_network() -> None:
    here = notebook()

    def spread(scale: float) -> list[float]:
        np.random.seed(3)
        parameters = here["random_times"](scale)([2, 10, 5, 1])
        return list(here["activation_spread"](parameters, here["X_train"]))

    assert spread(0.01)[2] < 1e-6
    assert spread(10)[1] == pytest.approx(150, rel=0.05)
    assert spread(10)[2] < 1e-6
    assert all(0.1 < value < 2 for value in spread(1))


def ratio(spread: Callable[..., list[float]], c: float) -> float:
    """The spread in layer 20 over that in layer 1."""
    values = spread(c)
    assert len(values) == 20
    return values[19] / values[0]


def test_only_a_factor_near_two_keeps_the_spread() -> None:
    hidden = notebook()["hidden_spread"]
    assert ratio(hidden, 2) == pytest.approx(1, abs=0.1)
    level = [c for c in np.arange(1.5, 2.5, 0.05).round(2) if 0.5 <= ratio(hidden, c) <= 2]
    assert all(FACTOR_RELU.judge(c, np.random.default_rng(0)) == "" for c in level)
    assert 1.8 <= min(level) <= 2 <= max(level) <= 2.2


def test_only_a_factor_near_eight_fifths_keeps_the_spread_of_the_leaky_network() -> None:
    leaky = notebook()["leaky_spread"]
    assert ratio(leaky, 1.6) == pytest.approx(1, abs=0.1)
    level = [c for c in np.arange(1.2, 2, 0.05).round(2) if 0.5 <= ratio(leaky, c) <= 2]
    assert all(FACTOR_LEAKY.judge(c, np.random.default_rng(0)) == "" for c in level)
    assert 1.45 <= min(level) <= 1.6 <= max(level) <= 1.75


def deep_cost(seed: int, initialize: Callable[..., Any]) -> float:
    """The last cost of the deep network of section 5, on a start drawn with this seed."""
    here = notebook()
    space = {**here, "print_accuracies": lambda history: None}
    seeded = np.random.seed

    def train_quietly(*args: Any, progress: str, **how: Any) -> History:
        history: History = here["train"](*args, progress=False, **how)
        return history

    space["train"] = train_quietly
    text = cells_of("initialization")["demo_deep_training"]
    exec(only_functions(text).replace("np.random.seed(3)", f"np.random.seed({seed})"), space)
    assert np.random.seed is seeded
    return float(space["train_deep"]("", initialize).costs[-1])


def test_only_he_trains_the_deep_network() -> None:
    here = notebook()
    assert deep_cost(3, here["initialize_parameters_he"]) == pytest.approx(0.05, abs=0.03)
    assert not deep_cost(3, here["random_times"](1)) < 0.69
    assert not deep_cost(3, here["random_times"](0.1)) < 0.69
    assert "He reaches about 0.05" in WORDS


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_only_he_trains_the_deep_network_on_other_seeds(seed: int) -> None:
    here = notebook()
    assert deep_cost(seed, here["initialize_parameters_he"]) < 0.15
    assert not deep_cost(seed, here["random_times"](1)) < 0.69
    assert not deep_cost(seed, here["random_times"](0.1)) < 0.69


# -- the questions ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "right", "wrong"),
    [
        (
            "factor_relu",
            [2, 2.0, 1.9, np.float64(2.1)],
            {1: "shrinks", 4: "grows", 2**0.5: "root", -2: "positive"},
        ),
        (
            "factor_leaky",
            [1.6, 8 / 5, 1.55, 1.7],
            {2: "for ReLU", 1: "takes something away", 0.625: "1 / share", 4 / 3: "quarter", 3: "grows"},
        ),
    ],
)
def test_a_question_takes_what_a_search_finds_and_names_what_is_wrong(
    question: str, right: list[float], wrong: dict[float, str]
) -> None:
    item = registry()[question]
    assert isinstance(item, Question)
    rng = np.random.default_rng(0)
    assert all(item.judge(answer, rng) == "" for answer in right)
    for answer, part in wrong.items():
        assert part in item.judge(answer, rng)
    for answer in (float("nan"), float("inf")):
        assert item.judge(answer, rng)


# -- the text as a text ----------------------------------------------------------------------------------


def test_cells_are_short_and_say_their_points() -> None:
    for cell in to_notebook(TEXT).cells:
        if cell.cell_type == "markdown":
            assert len(cell.source.split()) <= 90, cell.source
        held = cell.metadata.get("nbgrader", {})
        if held.get("grade"):
            points = f"({held['points']} point{'s' if held['points'] > 1 else ''})"
            assert cell.source.splitlines()[0].endswith(points)


def test_running_the_notebook_warns_of_nothing() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        run("random")
        notebook()["hidden_layers"](4, 6)
