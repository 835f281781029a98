"""A right random answer is refused less than once in a thousand million times, and a wrong one always."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from math import sqrt
from typing import Any

import numpy as np
import pytest
from scipy import stats

from grading.exercise import Exercise, draw_promise
from grading.exercises import initialization
from grading.statistics import (
    ALPHA,
    correlation_band,
    normal_bands,
    own_share_bands,
    share_band,
    share_within,
    spread_band,
)
from utils.cases import Band
from utils.checks import compare, generator_kept, observe
from utils.properties import draws

COUNTS = [3, 5, 10, 40, 150, 1000, 3000, 20_000]
ALPHAS = [1e-2, 1e-6, ALPHA]


# -- each band holds, by the exact distribution --------------------------------------------------------------


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("alpha", ALPHAS)
def test_the_spread_of_normal_draws_leaves_its_band_at_most_so_often(count: int, alpha: float) -> None:
    band = spread_band(1.0, count, alpha)
    squares = stats.chi2(count)
    assert squares.cdf(band.low**2 * count) + squares.sf(band.high**2 * count) <= alpha


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("alpha", ALPHAS)
@pytest.mark.parametrize("share", [0.0455, 0.3, 0.5, 0.86, 0.99])
def test_a_share_leaves_its_band_at_most_so_often(count: int, alpha: float, share: float) -> None:
    band = share_band(share, count, alpha)
    events = stats.binom(count, share)
    below, above = np.ceil(band.low * count - 1e-9) - 1, np.floor(band.high * count + 1e-9)
    assert events.cdf(below) + events.sf(above) <= alpha


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("alpha", ALPHAS)
def test_a_correlation_and_a_mean_leave_their_band_at_most_so_often(count: int, alpha: float) -> None:
    band = correlation_band(count, alpha)
    assert stats.beta(0.5, (count - 1) / 2).sf(min(band.high, 1) ** 2) <= alpha


def test_the_chance_that_bands_carry_is_that_of_the_number() -> None:
    rng = np.random.default_rng(0)
    sample = rng.normal(size=(4000, 300))
    spreads = np.sqrt(np.mean(sample**2, axis=1))
    cosines = sample.mean(axis=1) / spreads
    assert spread_band(1.0, 300).chance == pytest.approx(spreads.std(), rel=0.05)
    assert correlation_band(300).chance == pytest.approx(cosines.std(), rel=0.05)
    assert share_band(0.5, 300).chance == pytest.approx((sample > 0).mean(axis=1).std(), rel=0.05)


def test_shares_of_a_normal_distribution() -> None:
    assert share_within(1) == pytest.approx(0.6826894921370859, abs=1e-15)
    assert 1 - share_within(2) == pytest.approx(0.04550026389635842, abs=1e-15)


# -- all bands of a view together, by simulation ---------------------------------------------------------------


@pytest.mark.parametrize("count", [20, 200, 3000])
def test_at_a_large_error_rate_the_bands_are_left_no_more_often_than_promised(count: int) -> None:
    alpha, runs = 0.02, 4000
    rng = np.random.default_rng(count)
    sample = rng.normal(size=(runs, count))
    squares = sample**2
    spread = np.sqrt(squares.mean(axis=1))
    within, beyond = own_share_bands(count, alpha)
    figures = {
        "spread": (spread_band(1.0, count, alpha), spread),
        "mean": (correlation_band(count, alpha), sample.mean(axis=1) / spread),
        "within": (within, (squares < spread[:, None] ** 2).mean(axis=1)),
        "beyond": (beyond, (squares > 4 * spread[:, None] ** 2).mean(axis=1)),
    }
    for name, (band, values) in figures.items():
        left = int(np.sum((values < band.low) | (values > band.high)))
        assert left <= runs * alpha + 4 * sqrt(runs * alpha), name


def test_the_view_measures_what_the_bands_are_about() -> None:
    rng = np.random.default_rng(1)
    weights = {"W1": rng.normal(size=(30, 40)), "W2": 3 * rng.normal(size=(50, 30))}
    values = draws((), [weights])
    bands = normal_bands({"W1": ((30, 40), 1.0), "W2": ((50, 30), 3.0)})
    assert values.keys() == bands.keys()
    W = weights["W2"]
    spread = np.sqrt(np.mean(W**2))
    assert values["the spread of W2"] == pytest.approx(spread)
    assert values["the mean of W2"] == pytest.approx(W.mean() / spread)
    assert values["the share of W2 within one spread"] == np.mean(np.abs(W) < spread)
    assert values["the share of W2 beyond two spreads"] == np.mean(np.abs(W) > 2 * spread)
    first = W.ravel()[:1200]
    cosine = first @ weights["W1"].ravel() / np.linalg.norm(first) / np.linalg.norm(weights["W1"])
    assert values["the correlation of W1 and W2"] == pytest.approx(cosine)


@pytest.mark.parametrize("weights", [{"W1": np.zeros((3, 3))}, {"W1": np.full((3, 3), 2.0), "W2": np.eye(3)}])
def test_the_view_measures_weights_that_are_not_random_at_all(weights: dict[str, Any]) -> None:
    assert all(np.isfinite(value) for value in draws((), [weights]).values())


# -- the exercises ----------------------------------------------------------------------------------------------

RANDOM: list[tuple[Exercise, str]] = [(initialization.RANDOM, "weights"), (initialization.HE, "scale")]


def bands_of(exercise: Exercise, name: str, draw: int) -> list[Band]:
    promise = draw_promise(exercise, exercise.behaviour(name), np.random.default_rng(draw))
    return [value for case in promise.cases for value in case.values.values()]


@pytest.mark.parametrize(("exercise", "name"), RANDOM)
def test_a_judgement_refuses_a_right_answer_less_than_once_in_a_thousand_million(
    exercise: Exercise, name: str
) -> None:
    for draw in range(20):
        assert len(bands_of(exercise, name, draw)) * ALPHA < 1e-9


@pytest.mark.parametrize(("exercise", "name"), RANDOM)
def test_thousands_of_right_answers_are_not_refused(exercise: Exercise, name: str) -> None:
    behaviour = exercise.behaviour(name)
    with generator_kept():
        promises = [draw_promise(exercise, behaviour, np.random.default_rng(draw)) for draw in range(10)]
        for promise, shift in product(promises, range(150)):
            for case in promise.cases:
                np.random.seed(shift + 1000 * case.seed % 2**31)
                result = exercise.reference(*case.arguments)
                values = draws(case.arguments, [result])
                assert all(band.holds(values[key]) for key, band in case.values.items())


def widths() -> list[tuple[int, int]]:
    """All neighbouring widths (n, n_prev) that are drawn, both ways round."""
    pairs = set()
    for draw in range(400):
        for case in initialization._wide(np.random.default_rng(draw)):
            dims = case.arguments[0]
            pairs |= set(zip(dims[1:], dims[:-1], strict=True))
    return sorted(pairs)


WIDTHS = widths()


def test_the_widths_drawn_are_those_that_the_power_is_proved_for() -> None:
    assert len(WIDTHS) > 200
    assert all(36 <= min(pair) < 44 and 76 <= max(pair) < 92 for pair in WIDTHS)


WRONG_SCALES: dict[str, Callable[[int, int], float]] = {
    "sqrt(1/n)": lambda n, p: sqrt(1 / p),
    "n_l for n_{l-1}": lambda n, p: sqrt(2 / n),
    "2/n": lambda n, p: 2 / p,
    "sqrt(2)/n": lambda n, p: sqrt(2) / p,
    "upside down": lambda n, p: sqrt(p / 2),
    "no factor": lambda n, p: 1.0,
    "ten": lambda n, p: 10.0,
}


@pytest.mark.parametrize("wrong", WRONG_SCALES)
def test_at_every_width_a_wrong_scale_has_a_band_of_its_own(wrong: str) -> None:
    """Disjoint bands: a wrong scale passes one layer with a probability below ALPHA, whichever widths are drawn."""
    for n, p in WIDTHS:
        right = spread_band(sqrt(2 / p), n * p)
        other = spread_band(WRONG_SCALES[wrong](n, p), n * p)
        assert other.high < right.low or other.low > right.high, (n, p)


def test_in_every_net_the_mean_of_both_widths_shows_in_a_layer() -> None:
    """2 / (n + n_prev) differs little where n is much smaller than n_prev: each net has a layer the other way."""
    for draw in range(200):
        for case in initialization._wide(np.random.default_rng(draw)):
            dims = case.arguments[0]
            assert any(
                spread_band(sqrt(2 / (n + p)), n * p).high < spread_band(sqrt(2 / p), n * p).low
                for n, p in zip(dims[1:], dims[:-1], strict=True)
            )


def test_at_every_width_rand_and_a_uniform_distribution_of_the_right_spread_show() -> None:
    for n, p in WIDTHS:
        bands = normal_bands({"W": ((n, p), 1.0)})
        assert bands["the share of W beyond two spreads"].low > 0  # a uniform distribution reaches sqrt(3)
        mean_of_rand = sqrt(3) / 2  # in units of its root mean square; its band is that of 12-sigma, at most
        assert mean_of_rand - 12 / sqrt(n * p) > bands["the mean of W"].high


WRONG_DRAWS: dict[str, Callable[[int, int], Any]] = {
    "rand": lambda n, p: np.random.rand(n, p) * sqrt(2 / p),
    "uniform of the right spread": lambda n, p: np.random.uniform(-1, 1, (n, p)) * sqrt(6 / p),
    "sqrt(1/n)": lambda n, p: np.random.randn(n, p) * sqrt(1 / p),
    "n_l for n_{l-1}": lambda n, p: np.random.randn(n, p) * sqrt(2 / n),
    "two values": lambda n, p: np.sign(np.random.randn(n, p)) * sqrt(2 / p),
    "one column again and again": lambda n, p: np.repeat(np.random.randn(n, 1), p, axis=1) * sqrt(2 / p),
    "half of them": lambda n, p: np.random.randn(n, p) * (np.random.rand(n, p) < 0.5) * 2 / sqrt(p),
    "cut off at two": lambda n, p: np.clip(np.random.randn(n, p), -2, 2) * sqrt(2 / p) * 1.05,
}


@pytest.mark.parametrize("wrong", WRONG_DRAWS)
def test_wrong_draws_are_refused_in_every_one_of_many_judgements(wrong: str) -> None:
    draw = WRONG_DRAWS[wrong]

    def initialize(layers_dims: list[int]) -> dict[str, Any]:
        weights = {
            f"W{l}": draw(n, p)
            for l, (n, p) in enumerate(zip(layers_dims[1:], layers_dims[:-1], strict=True), 1)
        }
        return weights | {f"b{l}": np.zeros((n, 1)) for l, n in enumerate(layers_dims[1:], 1)}

    behaviour = initialization.HE.behaviour("scale")
    with generator_kept():
        for number in range(60):
            promise = draw_promise(initialization.HE, behaviour, np.random.default_rng(number))
            assert not all(compare(promise, c, observe(initialize, c)).right for c in promise.cases)


def test_layers_that_repeat_each_other_show() -> None:
    def copied(layers_dims: list[int]) -> dict[str, Any]:
        parameters = {}
        for l, (n, p) in enumerate(zip(layers_dims[1:], layers_dims[:-1], strict=True), 1):
            np.random.seed(1)
            parameters[f"W{l}"] = np.random.randn(n, p) * sqrt(2 / p)
            parameters[f"b{l}"] = np.zeros((n, 1))
        return parameters

    promise = draw_promise(initialization.HE, initialization.HE.behaviour("scale"), np.random.default_rng(0))
    with generator_kept():
        finding = compare(promise, promise.cases[0], observe(copied, promise.cases[0]))
    assert {name for name in finding.wrong if "correlation" in name}
