"""Bands that a right random answer leaves with a probability of at most ``ALPHA`` a number.

All are Chernoff bounds, which hold for every sample size, so the rate of false rejections is proved and not
approximated: a judgement on fewer than 1000 numbers refuses a right answer less than once in a thousand
million times (1e-9). Wider than exact quantiles by little: the price is a few more draws.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from math import erf, exp, inf, log, sqrt

from utils.cases import Band

ALPHA = 1e-12
"""Probability, at most, that one number of a right answer lies outside its band."""


@lru_cache(maxsize=4096)
def spread_band(std: float, count: int, alpha: float = ALPHA) -> Band:
    """For the root mean square of ``count`` draws N(0, std^2).

    With x = mean square / std^2: P(x beyond its bound) <= exp(-count/2 (x - 1 - log x)) on either side.
    """
    rate = 2 * log(2 / alpha) / count

    def excess(x: float) -> float:
        return x - 1 - log(x) - rate

    high = _root(excess, 1.0, 2.0 + 2 * rate + 2 * sqrt(rate))
    low = _root(excess, 1.0, exp(-1 - rate))
    return Band(std * sqrt(low), std * sqrt(high), std / sqrt(2 * count), relative=True)


@lru_cache(maxsize=4096)
def share_band(share: float, count: int, alpha: float = ALPHA) -> Band:
    """For a share among ``count`` independent events: P(share beyond a) <= exp(-count KL(a || share))."""
    rate = log(2 / alpha) / count

    def excess(a: float) -> float:
        return _divergence(a, share) - rate

    low = _root(excess, share, 0.0) if excess(0.0) > 0 else 0.0
    high = _root(excess, share, 1.0) if excess(1.0) > 0 else 1.0
    return Band(low, high, 0.5 / sqrt(count))


@lru_cache(maxsize=4096)
def correlation_band(count: int, alpha: float = ALPHA) -> Band:
    """For the correlation of ``count`` independent normal pairs: P(|r| >= t) <= 2 (1 - t^2)^((count - 1) / 2).

    The same holds for the mean of normal draws in units of their root mean square: both are the cosine between a
    vector of normal draws and another one that does not depend on it.
    """
    if count < 3:
        return Band(-1.0 - 1e-9, 1.0 + 1e-9, 1.0)
    reach = sqrt(1 - (alpha / 2) ** (2 / (count - 1)))
    return Band(-reach, reach, 1 / sqrt(count))


def _divergence(a: float, p: float) -> float:
    """Kullback-Leibler divergence of two coins."""
    parts = [(a, p), (1 - a, 1 - p)]
    return sum(x * log(x / y) if y > 0 else inf for x, y in parts if x > 0)


def _root(function: Callable[[float], float], inside: float, outside: float) -> float:
    """Where a function changes its sign between a point at which it is negative and one at which it is not."""
    for _ in range(64):
        middle = (inside + outside) / 2
        inside, outside = (middle, outside) if function(middle) < 0 else (inside, middle)
    return outside


def share_within(reach: float) -> float:
    """The share of a normal distribution within ``reach`` standard deviations."""
    return erf(reach / sqrt(2))


def own_share_bands(count: int, alpha: float = ALPHA) -> tuple[Band, Band]:
    """For the shares of ``count`` normal draws within one and beyond two of their own root mean square.

    Where that root lies in its band (a number that is judged itself), the share within it lies between the shares
    within the band's two ends, which are fixed: each of these is a share among independent events.
    """
    spread = spread_band(1.0, count, alpha)
    inside = [share_within(reach) for reach in (spread.low, spread.high)]
    outside = [1 - share_within(2 * reach) for reach in (spread.high, spread.low)]
    bands = [
        Band(share_band(low, count, alpha).low, share_band(high, count, alpha).high, 0.5 / sqrt(count))
        for low, high in (inside, outside)
    ]
    return bands[0], bands[1]


REPEATED = Band(0.0, 0.02, 0.002)
"""For the share of repeated entries in a matrix: in float32, ten thousand normal draws hold three on average,
and 200 with a probability that is 0 for any purpose (Poisson: 3^200 / 200! < 1e-270)."""


def normal_bands(weights: Mapping[str, tuple[tuple[int, int], float]]) -> dict[str, Band]:
    """Bands for the view ``draws`` of weights that are normal: name -> (shape, standard deviation)."""
    bands: dict[str, Band] = {}
    for name, ((rows, columns), std) in weights.items():
        count = rows * columns
        bands[f"the mean of {name}"] = correlation_band(count)  # with a column of ones
        bands[f"the spread of {name}"] = spread_band(std, count)
        within, beyond = own_share_bands(count)
        bands[f"the share of {name} within one spread"] = within
        bands[f"the share of {name} beyond two spreads"] = beyond
        bands[f"the share of repeated entries in {name}"] = REPEATED
    names = list(weights)
    sizes = {name: shape[0] * shape[1] for name, (shape, _) in weights.items()}
    for one, other in ((a, b) for i, a in enumerate(names) for b in names[i + 1 :]):
        bands[f"the correlation of {one} and {other}"] = correlation_band(min(sizes[one], sizes[other]))
    return bands
