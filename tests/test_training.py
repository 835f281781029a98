"""The training loops reproduce every published figure, drive any functions, and refuse nonsense."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from optimizers import (
    draw,
    mini_batches,
    two_zeros,
    update_adam,
    update_gd,
    update_momentum,
    update_rmsprop,
    zeros,
)

from utils import datasets, training
from utils.network import accuracy, backward_propagation, compute_cost, forward_propagation, sigmoid
from utils.surfaces import BOWL, PLATEAU, SADDLE, Surface
from utils.training import History, Optimizer, descend, train, with_bar

GD = training.gradient_descent(update_gd)
MOMENTUM = training.momentum(zeros, update_momentum)
RMSPROP = training.rmsprop(zeros, update_rmsprop)
ADAM = training.adam(two_zeros, update_adam)


def train_on_circles(scale: float | str) -> tuple[History, float, float]:
    """The recipe of the published initialization figures: the run, accuracy on training and test examples."""
    X, Y, X_test, Y_test = datasets.load_circles()
    start = draw([2, 10, 5, 1], scale=scale)
    run = train(X, Y, start, learning_rate=0.01, num_iterations=15_000, record_every=1000, progress=False)
    return run, accuracy(X, Y, run.parameters), accuracy(X_test, Y_test, run.parameters)


def test_published_figures_of_zeros() -> None:
    run, on_train, on_test = train_on_circles(0.0)
    np.testing.assert_allclose(run.costs, 0.6931471805599453, rtol=1e-9)
    assert (on_train, on_test) == (0.5, 0.5)
    assert all((run.parameters[name] == 0).all() for name in ("W1", "W2", "W3"))


def test_published_figures_of_he() -> None:
    run, on_train, on_test = train_on_circles("he")
    published = [
        0.8830537463419761,
        0.6879825919728063,
        0.5304944491717495,
        0.15015556280371808,
        0.07357895962677366,
    ]
    np.testing.assert_allclose(run.costs[[0, 1, 5, 10, 14]], published, rtol=1e-9)
    assert on_train == pytest.approx(0.9933333, abs=1e-7)
    assert on_test == 0.96


def test_published_figures_of_large_random_weights() -> None:
    run, on_train, on_test = train_on_circles(10.0)
    assert run.costs[0] == np.inf
    np.testing.assert_allclose(run.costs[[1, 5, 10, 14]], [0.62479, 0.54438, 0.39202, 0.38277], rtol=0.02)
    assert (on_train, on_test) == (0.83, 0.86)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("scale", "last"),
    [(0.01, 0.6931473), (0.1, 0.6923), (0.3, 0.2431), (1.0, 0.0580), (2.0, 0.0733), (10.0, 0.3811)],
)
def test_small_random_weights_do_not_do_better(scale: float, last: float) -> None:
    X, Y, _, _ = datasets.load_circles()
    start = draw([2, 10, 5, 1], scale=scale)
    run = train(X, Y, start, learning_rate=0.01, num_iterations=15_000, progress=False)
    assert run.costs[-1] == pytest.approx(last, abs=1e-4)


def train_on_moons(optimizer: Optimizer | None, rate: Any, num_epochs: int) -> tuple[History, float]:
    """The recipe of the published optimization figures: the run, and its accuracy."""
    X, Y = datasets.load_moons()
    run = train(
        X,
        Y,
        draw([2, 5, 2, 1]),
        learning_rate=rate,
        num_iterations=num_epochs,
        optimizer=optimizer,
        batches=lambda epoch: mini_batches(X, Y, 64, 11 + epoch),
        record_every=1000,
        progress=False,
    )
    return run, accuracy(X, Y, run.parameters)


def inverse_time(rate0: float, epoch: int, decay_rate: float) -> float:
    return rate0 / (1 + decay_rate * epoch)


def in_steps(rate0: float, epoch: int, decay_rate: float, interval: int) -> float:
    return rate0 / (1 + decay_rate * (epoch // interval))


PUBLISHED: dict[str, tuple[Optimizer, Any, list[float], float]] = {
    "gd": (GD, 7e-4, [0.702405, 0.668101, 0.635288, 0.600491, 0.573367], 0.7166667),
    "momentum": (MOMENTUM, 7e-4, [0.702413, 0.668167, 0.635388, 0.600591, 0.573444], 0.7166667),
    "adam": (ADAM, 7e-4, [0.702166, 0.167845, 0.141316, 0.138788, 0.136066], 0.9433333),
    "gd, inverse time": (
        GD,
        training.decayed(inverse_time, 0.1, 1.0),
        [0.701091, 0.661884, 0.658620, 0.656765, 0.655486],
        0.6533333,
    ),
    "gd, in steps": (
        GD,
        training.decayed(in_steps, 0.1, 1.0, 1000),
        [0.701091, 0.127161, 0.120304, 0.117033, 0.117512],
        0.9433333,
    ),
    "adam, in steps": (
        ADAM,
        training.decayed(in_steps, 0.01, 1.0, 1000),
        [0.699346, 0.130074, 0.129826, 0.129282, 0.128361],
        0.94,
    ),
    "rmsprop": (RMSPROP, 7e-4, [0.701779, 0.163975, 0.140631, 0.137355, 0.134968], 0.9433333),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_costs_of_the_optimizers_begin_right(name: str) -> None:
    optimizer, rate, costs, _ = PUBLISHED[name]
    run, _ = train_on_moons(optimizer, rate, 1001)
    np.testing.assert_allclose(run.costs, costs[:2], rtol=0, atol=2e-6)
    assert run.unit == "epoch"


@pytest.mark.slow
@pytest.mark.parametrize("name", PUBLISHED)
def test_published_table_of_the_optimizers(name: str) -> None:
    optimizer, rate, costs, share = PUBLISHED[name]
    run, on_train = train_on_moons(optimizer, rate, 5000)
    np.testing.assert_allclose(run.costs, costs, rtol=0, atol=2e-6)
    assert on_train == pytest.approx(share, abs=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "share"), [("gd", 0.7966667), ("momentum", 0.7966667), ("adam", 0.94)])
def test_widely_quoted_accuracies_are_those_of_10_000_epochs(name: str, share: float) -> None:
    optimizer, rate, _, _ = PUBLISHED[name]
    assert train_on_moons(optimizer, rate, 10_000)[1] == pytest.approx(share, abs=1e-6)


@pytest.mark.slow
def test_gradient_descent_needs_40_000_epochs() -> None:
    assert train_on_moons(None, 7e-4, 40_000)[1] == pytest.approx(0.9166667, abs=1e-6)


def backward_with_l2(lambd: float) -> Callable[..., Any]:
    def backward(X: Any, Y: Any, cache: Any) -> Any:
        gradients = backward_propagation(X, Y, cache)
        for layer in range(1, len(cache) // 4 + 1):
            gradients[f"dW{layer}"] = gradients[f"dW{layer}"] + lambd / X.shape[1] * cache[4 * layer - 2]
        return gradients

    return backward


def dropout_passes(keep: float, seed: int) -> dict[str, Any]:
    """Inverted dropout on both hidden layers with fresh masks in every step (Srivastava et al., 2014)."""
    rng = np.random.RandomState(seed)

    def forward(X: Any, parameters: Any) -> Any:
        A, layers = X, []
        for layer in (1, 2):
            Z = parameters[f"W{layer}"] @ A + parameters[f"b{layer}"]
            D = (rng.rand(*Z.shape) < keep) / keep
            layers.append((A, D * (Z > 0), parameters[f"W{layer}"]))
            A = np.maximum(Z, 0) * D
        layers.append((A, 1.0, parameters["W3"]))
        return sigmoid(parameters["W3"] @ A + parameters["b3"]), layers

    def backward(X: Any, Y: Any, layers: Any) -> Any:
        A_L = sigmoid(layers[2][2] @ layers[2][0] + current["b3"])
        gradients, dA = {}, (A_L - Y) / X.shape[1]
        for layer in (3, 2, 1):
            A_prev, slope, W = layers[layer - 1]
            dZ = dA * slope
            gradients |= {f"dW{layer}": dZ @ A_prev.T, f"db{layer}": dZ.sum(axis=1, keepdims=True)}
            dA = W.T @ dZ
        return gradients

    current: dict[str, Any] = {}

    def remembering(X: Any, parameters: Any) -> Any:
        current.update(parameters)
        return forward(X, parameters)

    return {"forward": remembering, "backward": backward}


def share_right(data: datasets.Split, sizes: list[int], scale: str, num_steps: int, **passes: Any) -> float:
    start = draw(sizes, scale=scale)
    run = train(
        data.X_train,
        data.Y_train,
        start,
        learning_rate=1.0,
        num_iterations=num_steps,
        record_every=num_steps,
        progress=False,
        **passes,
    )
    return accuracy(data.X_test, data.Y_test, run.parameters)


@pytest.mark.slow
@pytest.mark.parametrize("number", range(datasets.NOISY_BORDER_DRAWS))
def test_l2_helps_a_small_network_on_every_draw(number: int) -> None:
    data = datasets.load_noisy_border(number)
    plain = share_right(data, [2, 20, 3, 1], "xavier", 10_000)
    assert share_right(data, [2, 20, 3, 1], "xavier", 10_000, backward=backward_with_l2(0.7)) > plain


@pytest.mark.slow
@pytest.mark.parametrize("number", range(datasets.NOISY_BORDER_DRAWS))
def test_dropout_helps_a_wide_network_on_every_draw(number: int) -> None:
    data = datasets.load_noisy_border(number)
    plain = share_right(data, [2, 32, 32, 1], "he", 3000)
    assert share_right(data, [2, 32, 32, 1], "he", 3000, **dropout_passes(0.5, seed=1)) > plain


def given_forward(X: Any, parameters: Any) -> Any:
    """The given pass under another name, which keeps the loop off its short cut."""
    return forward_propagation(X, parameters)


@pytest.mark.parametrize("sizes", [[2, 1], [2, 4, 1], [2, 5, 2, 1], [2, 4, 4, 3, 1]], ids=str)
@pytest.mark.parametrize("optimizer", [None, GD, ADAM], ids=["none", "gd", "adam"])
@pytest.mark.parametrize("size", [None, 64, 1000])
def test_short_cut_gives_the_same_run(
    sizes: list[int], optimizer: Optimizer | None, size: int | None
) -> None:
    X, Y = datasets.load_moons()
    runs = [
        train(
            X,
            Y,
            draw(sizes),
            learning_rate=0.05,
            num_iterations=12,
            forward=forward,
            optimizer=optimizer,
            batches=(lambda epoch: mini_batches(X, Y, size, epoch)) if size else None,
            progress=False,
        )
        for forward in (forward_propagation, given_forward)
    ]
    np.testing.assert_allclose(runs[0].costs, runs[1].costs, rtol=1e-12)
    np.testing.assert_allclose(runs[0].last_batch_costs, runs[1].last_batch_costs, rtol=1e-12)
    for name, value in runs[1].parameters.items():
        np.testing.assert_allclose(runs[0].parameters[name], value, rtol=1e-9, atol=1e-14)


def test_history_records_what_it_says() -> None:
    X, Y = datasets.load_moons()
    start = draw([2, 3, 1])
    before = {name: value.copy() for name, value in start.items()}
    run = train(
        X,
        Y,
        start,
        learning_rate=lambda step: 0.1 / (1 + step),
        num_iterations=7,
        record_every=3,
        progress=False,
    )
    assert run.iterations.tolist() == [0, 3, 6]
    np.testing.assert_allclose(run.learning_rates, [0.1, 0.1 / 4, 0.1 / 7])
    np.testing.assert_array_equal(run.costs, run.last_batch_costs)
    assert run.cost_at(3) == run.costs[1]
    assert run.unit == "step"
    assert run.seconds > 0
    with pytest.raises(ValueError, match=r"^No cost was recorded at step 4\.$"):
        run.cost_at(4)
    for name, value in before.items():
        np.testing.assert_array_equal(start[name], value)
        assert not np.shares_memory(run.parameters[name], start[name])


def test_epoch_cost_weighs_batches_by_their_examples() -> None:
    X, Y = datasets.load_moons()
    parameters = draw([2, 3, 1])
    run = train(
        X,
        Y,
        parameters,
        learning_rate=0.0,
        num_iterations=1,
        batches=lambda epoch: [(X[:, :290], Y[:, :290]), (X[:, 290:], Y[:, 290:])],
        progress=False,
    )
    whole = train(X, Y, parameters, learning_rate=0.0, num_iterations=1, progress=False)
    assert run.costs[0] == pytest.approx(whole.costs[0], rel=1e-12)
    assert run.last_batch_costs[0] != pytest.approx(whole.costs[0], rel=1e-3)


def test_t_counts_mini_batches_from_one_and_students_may_update_in_place() -> None:
    X, Y = datasets.load_moons()
    seen = []

    def step(parameters: Any, grads: Any, state: Any, t: int, rate: float) -> tuple[Any, Any]:
        seen.append((t, rate))
        for name in parameters:
            parameters[name] -= rate * grads["d" + name]
        return parameters, state

    batches = mini_batches(X, Y, 64, 0)
    in_place = Optimizer(lambda parameters: None, step)
    runs = [
        train(
            X,
            Y,
            draw([2, 3, 1]),
            learning_rate=0.1,
            num_iterations=2,
            batches=lambda epoch: batches,
            optimizer=optimizer,
            progress=False,
        )
        for optimizer in (in_place, GD)
    ]
    assert seen == [(t, 0.1) for t in range(1, 11)]
    np.testing.assert_array_equal(runs[0].costs, runs[1].costs)


def test_cost_may_be_any_function_and_any_kind_of_number() -> None:
    X, Y = datasets.load_moons()
    kinds: list[Callable[..., Any]] = [float, np.float64, lambda value: np.array([[value]])]
    for kind in kinds:
        run = train(
            X,
            Y,
            draw([2, 3, 1]),
            learning_rate=0.1,
            num_iterations=1,
            cost=lambda A_L, Y, parameters, kind=kind: kind(parameters["W1"].shape[0]),
            progress=False,
        )
        assert run.costs.tolist() == [3.0]


RETURNS_NOTHING = training.gradient_descent(lambda *arguments: None)  # type: ignore[arg-type, return-value]
NO_DICTIONARY = "The optimizer's update returns NoneType, not a dictionary: is its return line right?"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"X": np.zeros((3, 5))}, "X has shape (3, 5), but the network reads 2 rows, one for each input."),
        ({"Y": np.zeros(5)}, "Y has shape (5,), but X (2, 5) needs (1, 5)."),
        ({"num_iterations": 0}, "num_iterations and record_every must be at least 1, not 0 and 1."),
        ({"record_every": 0}, "num_iterations and record_every must be at least 1, not 1 and 0."),
        ({"batches": lambda epoch: []}, "An epoch has no mini-batches: its list of (X_b, Y_b) is empty."),
        ({"optimizer": GD, "backward": lambda X, Y, cache: {}}, "The backward pass returns no dW1."),
        ({"optimizer": RETURNS_NOTHING}, NO_DICTIONARY),
        ({"optimizer": RETURNS_NOTHING, "forward": given_forward}, NO_DICTIONARY),
        (
            {"optimizer": training.momentum(zeros, lambda p, *rest: p)},
            "A function that must return parameters, v returned dict.",
        ),
        (
            {"optimizer": training.adam(two_zeros, lambda p, g, v, s, *rest: (p, v))},
            "A function that must return parameters, v, s returned 2 values.",
        ),
        (
            {"optimizer": training.adam(lambda p: None, update_adam)},
            "A function that must return v, s returned NoneType.",
        ),
    ],
)
def test_nonsense_is_refused_in_one_sentence(change: dict[str, Any], sentence: str) -> None:
    arguments = {
        "X": np.ones((2, 5)),
        "Y": np.zeros((1, 5)),
        "learning_rate": 0.1,
        "num_iterations": 1,
    } | change
    with pytest.raises(ValueError) as error:  # noqa: PT011
        train(**arguments, parameters=draw([2, 3, 1]), progress=False)
    assert str(error.value) == sentence


def test_bar_is_on_standard_output_and_ends_complete(capsys: pytest.CaptureFixture[str]) -> None:
    X, Y = datasets.load_moons()
    train(X, Y, draw([2, 3, 1]), learning_rate=0.1, num_iterations=5, progress="He")
    out, err = capsys.readouterr()
    assert err == ""
    last = out.rstrip("\n").split("\r")[-1]
    assert last.startswith("He: 100%")
    assert "5/5" in last
    assert "cost 0." in last


def test_bar_is_one_output_of_a_notebook(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[list[str]] = []

    class Output:
        def update(self, data: dict[str, str], *, raw: bool) -> None:
            shown[-1].append(data["text/plain"])

    def display(data: dict[str, str], *, raw: bool, display_id: bool) -> Output:
        shown.append([data["text/plain"]])
        return Output()

    monkeypatch.setattr(training, "_in_notebook", lambda: True)
    monkeypatch.setattr("IPython.display.display", display)
    X, Y = datasets.load_moons()
    train(X, Y, draw([2, 3, 1]), learning_rate=0.1, num_iterations=5, progress="He")
    assert list(with_bar("abc", "letters")) == ["a", "b", "c"]
    assert [lines[-1].split("|")[0] for lines in shown] == ["He: 100%", "letters: 100%"]
    assert "5/5" in shown[0][-1]
    assert capsys.readouterr() == ("", "")


def test_cost_in_the_short_cut_is_the_cost() -> None:
    X, Y = datasets.load_moons()
    history = train(X, Y, draw([2, 3, 1]), learning_rate=0.1, num_iterations=1, progress=False)
    assert history.costs[0] == compute_cost(forward_propagation(X, draw([2, 3, 1]))[0], Y)


def test_bar_is_drawn_seldom(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]

    def clock() -> float:
        now[0] += 0.001
        return now[0]

    monkeypatch.setattr(training.time, "perf_counter", clock)
    X, Y = datasets.load_moons()
    train(X, Y, draw([2, 3, 1]), learning_rate=0.1, num_iterations=1000)
    assert capsys.readouterr().out.count("\r") < 15


def test_bar_is_silent_when_switched_off(capsys: pytest.CaptureFixture[str]) -> None:
    X, Y = datasets.load_moons()
    train(X, Y, draw([2, 3, 1]), learning_rate=0.1, num_iterations=2, progress=False)
    assert capsys.readouterr() == ("", "")


def test_training_works_where_tqdm_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "tqdm", None)
    X, Y = datasets.load_moons()
    assert train(X, Y, draw([2, 3, 1]), learning_rate=0.1, num_iterations=2).costs.size == 2


@pytest.mark.parametrize("surface", [BOWL, SADDLE, PLATEAU], ids=lambda surface: surface.name)
def test_slopes_of_surfaces_are_right(surface: Surface) -> None:
    x1, x2, y1, y2 = surface.extent
    x, y = np.random.RandomState(0).uniform([[x1], [y1]], [[x2], [y2]], (2, 50))
    h = 1e-5
    along_x = (surface.value(x + h, y) - surface.value(x - h, y)) / (2 * h)
    along_y = (surface.value(x, y + h) - surface.value(x, y - h)) / (2 * h)
    np.testing.assert_allclose(surface.gradient(x, y), (along_x, along_y), atol=1e-7)
    assert x1 <= surface.start[0] <= x2
    assert y1 <= surface.start[1] <= y2


def test_descend_follows_the_formula() -> None:
    path = descend(BOWL.gradient, BOWL.start, GD, learning_rate=0.03, num_steps=20)
    k = np.arange(21)
    np.testing.assert_allclose(path, np.stack([-4 * 0.97**k, 0.25**k], axis=1), rtol=1e-12)
    adam = descend(BOWL.gradient, BOWL.start, ADAM, learning_rate=0.1, num_steps=1)
    np.testing.assert_allclose(adam[1], [-3.9, 0.9], rtol=1e-7)  # Adam's first step is the learning rate
