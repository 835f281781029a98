"""Optimizers, weights and passes that the tests drive the training loops with, written from the formulas."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

Arrays = dict[str, Any]


def draw(sizes: list[int], seed: int = 3, scale: float | str = "he") -> Arrays:
    """W_l = scale * randn(n_l, n_prev), b_l = 0; the scale "he" is sqrt(2 / n_prev), "xavier" sqrt(1 / n_prev)."""
    rng = np.random.RandomState(seed)
    parameters: Arrays = {}
    for layer, (n_prev, n) in enumerate(pairwise(sizes), start=1):
        factor = {"he": np.sqrt(2 / n_prev), "xavier": np.sqrt(1 / n_prev)}.get(str(scale), scale)
        parameters[f"W{layer}"] = rng.randn(n, n_prev) * factor
        parameters[f"b{layer}"] = np.zeros((n, 1))
    return parameters


def zeros(parameters: Arrays) -> Arrays:
    return {"d" + name: np.zeros_like(value) for name, value in parameters.items()}


def two_zeros(parameters: Arrays) -> tuple[Arrays, Arrays]:
    return zeros(parameters), zeros(parameters)


def update_gd(parameters: Arrays, grads: Arrays, rate: float) -> Arrays:
    return {name: value - rate * grads["d" + name] for name, value in parameters.items()}


def update_momentum(
    parameters: Arrays, grads: Arrays, v: Arrays, beta: float, rate: float
) -> tuple[Arrays, Arrays]:
    v = {name: beta * v[name] + (1 - beta) * grads[name] for name in v}
    return {name: value - rate * v["d" + name] for name, value in parameters.items()}, v


def update_rmsprop(
    parameters: Arrays, grads: Arrays, s: Arrays, beta: float, rate: float, epsilon: float
) -> tuple[Arrays, Arrays]:
    s = {name: beta * s[name] + (1 - beta) * grads[name] ** 2 for name in s}
    new = {
        name: value - rate * grads["d" + name] / (np.sqrt(s["d" + name]) + epsilon)
        for name, value in parameters.items()
    }
    return new, s


def update_adam(
    parameters: Arrays,
    grads: Arrays,
    v: Arrays,
    s: Arrays,
    t: int,
    rate: float,
    beta1: float,
    beta2: float,
    epsilon: float,
) -> tuple[Arrays, Arrays, Arrays]:
    """Kingma and Ba, "Adam: a method for stochastic optimization", 2015, algorithm 1."""
    v = {name: beta1 * v[name] + (1 - beta1) * grads[name] for name in v}
    s = {name: beta2 * s[name] + (1 - beta2) * grads[name] ** 2 for name in s}
    new = {}
    for name, value in parameters.items():
        v_hat, s_hat = v["d" + name] / (1 - beta1**t), s["d" + name] / (1 - beta2**t)
        new[name] = value - rate * v_hat / (np.sqrt(s_hat) + epsilon)
    return new, v, s


def mini_batches(X: Any, Y: Any, size: int, seed: int) -> list[tuple[Any, Any]]:
    """One permutation of the examples, cut into consecutive slices; the last may be smaller."""
    order = np.random.RandomState(seed).permutation(X.shape[1])
    X, Y = X[:, order], Y[:, order]
    return [(X[:, i : i + size], Y[:, i : i + size]) for i in range(0, X.shape[1], size)]
