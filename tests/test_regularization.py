"""The figures that the notebook *regularization* quotes, computed by running its own cells."""

from __future__ import annotations

from typing import Any

import matplotlib
import numpy as np
import pytest
from source_cells import cells_of

from grading.exercises import regularization
from utils.datasets import load_noisy_border
from utils.network import accuracy, compute_cost, forward_propagation

ANSWERS = ("imports", "cost", "backward_l2", "forward_dropout", "backward_dropout", "frozen")
Space = dict[str, Any]


@pytest.fixture(scope="module")
def cells() -> dict[str, str]:
    return cells_of("regularization")


@pytest.fixture(scope="module")
def answered(cells: dict[str, str]) -> Space:
    """The names that the notebook's answers and given cells define, and those of its first two demonstrations."""
    matplotlib.use("Agg")
    space: Space = {}
    for name in (*ANSWERS, "demo_data", "given_example", "given_seeded"):
        exec(cells[name], space)
    training, _, _ = cells["demo_model"].partition("\nsteps = ")
    exec(training, space)
    comparing, _, _ = cells["demo_l2"].partition("\nl2, ")
    exec(comparing, space)
    return space


def _published_net(rng: np.random.RandomState, n_x: int) -> dict[str, Any]:
    shapes = [(2, n_x), (2, 1), (3, 2), (3, 1), (1, 3), (1, 1)]
    return {
        name: rng.randn(*shape)
        for name, shape in zip(("W1", "b1", "W2", "b2", "W3", "b3"), shapes, strict=True)
    }


# Figures that are known from elsewhere


def test_published_cost(answered: Space) -> None:
    rng = np.random.RandomState(1)
    Y = np.array([[1, 1, 0, 1, 0]])
    parameters = _published_net(rng, 3)
    A3 = np.array([[0.40682402, 0.01629284, 0.16722898, 0.10118111, 0.40682402]])
    for function in (
        answered["compute_cost_with_regularization"],
        regularization.compute_cost_with_regularization,
    ):
        assert function(A3, Y, parameters, 0.1) == pytest.approx(1.7864859451590758, rel=1e-12)


def test_published_dropout(answered: Space) -> None:
    rng = np.random.RandomState(1)
    X, parameters = rng.randn(3, 5), _published_net(rng, 3)
    right = [[0.36974721, 0.00305176, 0.04565099, 0.49683389, 0.36974721]]
    for function in (
        answered["forward_propagation_with_dropout"],
        regularization.forward_propagation_with_dropout,
    ):
        state = np.random.get_state()
        np.random.seed(1)  # the caller seeds
        A3, _ = function(X, parameters, 0.7)
        np.random.set_state(state)
        np.testing.assert_allclose(A3, right, atol=5e-9)


# What the notebook says one sees


def test_longer_training_overfits(answered: Space) -> None:
    data = load_noisy_border(0)
    short, long = (
        answered["model"](data.X_train, data.Y_train, 0.5, n, print_cost=False).parameters
        for n in (600, 6000)
    )
    assert accuracy(data.X_train, data.Y_train, long) > accuracy(data.X_train, data.Y_train, short)
    assert accuracy(data.X_test, data.Y_test, long) < accuracy(data.X_test, data.Y_test, short) - 0.02


def test_the_line_is_the_best_that_one_can_expect(answered: Space) -> None:
    assert answered["best"] == pytest.approx(0.86, abs=0.005)


@pytest.mark.slow
def test_l2_helps_on_new_points(
    cells: dict[str, str], answered: Space, capsys: pytest.CaptureFixture[str]
) -> None:
    space = answered | {}
    exec(cells["demo_l2"], space)
    without, with_l2 = (np.array(space["l2"][name]) for name in ("without", "L2"))
    assert without.mean() == pytest.approx(0.845, abs=0.004)
    assert with_l2.mean() == pytest.approx(0.857, abs=0.003)
    assert (with_l2 > without - 0.003).all()
    assert (with_l2 > without).sum() >= 7
    exec(cells["demo_l2_border"], space)
    old = [line.split()[1] for line in capsys.readouterr().out.splitlines() if "of the old points" in line]
    assert float(old[0].rstrip("%")) > float(old[1].rstrip("%"))  # L2 is worse on the old points


@pytest.mark.slow
def test_dropout_helps_a_wide_network(cells: dict[str, str], answered: Space) -> None:
    space = answered | {}
    exec(cells["demo_dropout"], space)
    without, with_dropout = (np.array(space["dropout"][name]) for name in ("without", "dropout"))
    assert without.mean() == pytest.approx(0.82, abs=0.008)
    assert with_dropout.mean() == pytest.approx(0.84, abs=0.006)
    assert (with_dropout > without).sum() >= 6
    exec(cells["demo_test_time"], space)
    one, many, none = np.mean(space["single"]), np.mean(space["mean_of_10"]), with_dropout.mean()
    assert np.mean(space["changed"]) == pytest.approx(0.06, abs=0.015)
    assert one < none
    assert many == pytest.approx(none, abs=0.005)


def test_a_seed_inside_shows_a_cost_that_nobody_has(cells: dict[str, str], answered: Space) -> None:
    space = answered | {"draws": answered["draws"][:2]}
    exec(cells["demo_seeded"], space)
    (shown, real), (shown_seeded, real_seeded) = (
        (
            np.mean([run.costs[-10:].mean() for run in runs]),
            np.mean(
                [
                    compute_cost(forward_propagation(split.X_train, run.parameters)[0], split.Y_train)
                    for run, split in zip(runs, space["draws"], strict=True)
                ]
            ),
        )
        for runs in space["seeds"].values()
    )
    assert shown_seeded < 0.6 * shown
    assert real_seeded > 1.2 * real
    roughness = [np.abs(np.diff(runs[0].costs[5:50])).mean() for runs in space["seeds"].values()]
    assert roughness[1] < roughness[0] / 3  # the first 1000 steps


def test_the_seeded_pass_draws_one_mask(answered: Space) -> None:
    state = np.random.get_state()
    seen = {
        np.asarray(
            answered["seeded_forward"](answered["example"], answered["example_net"], 0.5)[1][1]
        ).tobytes()
        for _ in range(50)
    }
    np.random.set_state(state)
    assert len(seen) == 1


def test_which_means_dropout_keeps(cells: dict[str, str], answered: Space) -> None:
    space = answered | {}
    exec(cells["demo_kept"], space)
    kept = set()
    for name, (without, with_masks) in space["rows"].items():
        sums = with_masks.sum(axis=0)
        error = sums.std() / np.sqrt(sums.size)
        away = abs(without.sum() - sums.mean()) / error
        assert away < 3.5 or away > 8, f"{name} is {away:.1f} standard errors away: not clear to a student"
        kept |= {name} if away < 4 else set()
    exec(cells["kept_on_average"], space)
    assert kept == space["kept_on_average"]
    cost, cost_with_masks = space["rows"]["cost"]
    assert cost_with_masks.mean() > cost.item()


def test_gradient_check_with_frozen_masks(
    cells: dict[str, str], answered: Space, capsys: pytest.CaptureFixture[str]
) -> None:
    exec(cells["demo_gradient_check"], answered | {})
    drawn, frozen = (float(line.split()[-1]) for line in capsys.readouterr().out.splitlines())
    assert drawn > 0.9
    assert frozen < 1e-8


def test_a_forgotten_mask_shows_in_no_parameter(answered: Space) -> None:
    """With ReLU, only dA1 and dA2 tell whether the masks were applied on the way back."""
    (text,) = [sentence for sentence, _ in regularization.BACKWARD.singles if "are not masked" in sentence][
        :1
    ]
    forgetful = dict(regularization.BACKWARD.singles)[text]
    np.random.seed(3)
    data = load_noisy_border(0)
    X, Y = data.X_train[:, :10], data.Y_train[:, :10]
    _, cache = answered["forward_propagation_with_dropout"](X, answered["example_net"], 0.7)
    right, wrong = (f(X, Y, cache, 0.7) for f in (answered["backward_propagation_with_dropout"], forgetful))
    differing = {name for name in right if not np.allclose(right[name], wrong[name])}
    assert differing == {"dA1", "dA2"}
