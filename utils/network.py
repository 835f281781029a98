"""A fully connected network for two classes: ReLU in the hidden layers, one sigmoid at the output.

Shapes, everywhere: X (n_x, m) holds one example per column, Y (1, m) its label, 0 or 1; layer l has
W_l (n_l, n_{l-1}) and b_l (n_l, 1). `parameters` is the dictionary {"W1", "b1", ..., "WL", "bL"}.
Formulas: Rumelhart, Hinton and Williams, "Learning representations by back-propagating errors", 1986.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Parameters = dict[str, Array]
Gradients = dict[str, Array]
Cache = tuple[Array, ...]


def sigmoid(z: Array) -> Array:
    """1 / (1 + exp(-z)), element by element, in the shape of z; exactly 0 or 1 far from zero."""
    with np.errstate(over="ignore"):  # exp(-z) = inf gives the right limit, 0
        return np.asarray(1.0 / (1.0 + np.exp(-np.asarray(z, dtype=float))))


def relu(z: Array) -> Array:
    """max(0, z), element by element, in the shape of z."""
    return np.maximum(0.0, z)


def layer_sizes(parameters: Mapping[str, Any]) -> list[int]:
    """The widths [n_x, n_1, ..., n_L] of a network, after a check that all its shapes fit together.

    Raises ValueError with one sentence that names the first entry that is missing or has a wrong shape.
    """
    sizes: list[int] = []
    for layer in range(1, _depth(parameters) + 1):
        W, b = (np.shape(_entry(parameters, f"{kind}{layer}")) for kind in "Wb")
        if len(W) != 2:
            raise ValueError(f"W{layer} has shape {W}, but a weight matrix has two dimensions.")
        if sizes and W[1] != sizes[-1]:
            raise ValueError(
                f"W{layer} has shape {W}, but it needs {sizes[-1]} columns, one per unit of layer {layer - 1}."
            )
        if b != (W[0], 1):
            raise ValueError(f"b{layer} has shape {b}, but beside W{layer} {W} it must be {(W[0], 1)}.")
        sizes += [W[0]] if sizes else [W[1], W[0]]
    return sizes


def forward_propagation(X: Array, parameters: Mapping[str, Array]) -> tuple[Array, Cache]:
    """One pass from the input to the output.

    Returns A_L (n_L, m), and the cache (Z1, A1, W1, b1, ..., ZL, AL, WL, bL) for `backward_propagation`.
    Raises ValueError with one sentence when an entry of `parameters` is missing or a shape does not fit.
    """
    depth = _depth(parameters)
    cache: list[Array] = []
    A = X
    for layer in range(1, depth + 1):
        W, b = _entry(parameters, f"W{layer}"), _entry(parameters, f"b{layer}")
        Z = _affine(layer, W, A, b)
        A = sigmoid(Z) if layer == depth else relu(Z)
        cache += [Z, A, W, b]
    return A, tuple(cache)


def backward_propagation(X: Array, Y: Array, cache: Cache) -> Gradients:
    """The gradients of the cross-entropy cost with respect to everything on the way.

    Takes the cache of `forward_propagation`; returns dZl, dWl, dbl for every layer l and dAl for the hidden
    ones, each in the shape of what it belongs to. dZl and dAl belong to the sum of the losses, dWl and dbl
    to their mean, as in the textbook formulas.
    """
    m = X.shape[1]
    depth = len(cache) // 4
    gradients: Gradients = {}
    dZ = cache[-3] - Y
    for layer in range(depth, 0, -1):
        A_prev = cache[4 * layer - 7] if layer > 1 else X
        gradients[f"dZ{layer}"] = dZ
        gradients[f"dW{layer}"] = dZ @ A_prev.T / m
        gradients[f"db{layer}"] = dZ.sum(axis=1, keepdims=True) / m
        if layer > 1:
            dA = cache[4 * layer - 2].T @ dZ
            gradients[f"dA{layer - 1}"] = dA
            dZ = dA * (A_prev > 0)
    return gradients


def compute_cost(A_L: Array, Y: Array) -> float:
    """Mean cross-entropy of predictions A_L (1, m) for labels Y (1, m), each 0 or 1, in nats per example.

    A prediction that is exactly 0 or 1 costs nothing where it is right and infinity where it is wrong.
    """
    with np.errstate(divide="ignore"):
        losses = np.log(np.where(Y > 0.5, A_L, 1 - A_L))
    return float(0.0 - losses.sum() / Y.shape[1])


def update_parameters(
    parameters: Mapping[str, Array], gradients: Mapping[str, Array], learning_rate: float
) -> Parameters:
    """One step of gradient descent: new parameters; the old ones stay as they are."""
    return {name: value - learning_rate * gradients["d" + name] for name, value in parameters.items()}


def predict(X: Array, parameters: Mapping[str, Array]) -> NDArray[np.int64]:
    """The predicted classes (1, m): 1 where the network's output is above one half, else 0."""
    return (forward_propagation(X, parameters)[0] > 0.5).astype(np.int64)


def accuracy(X: Array, Y: Array, parameters: Mapping[str, Array]) -> float:
    """The share of examples, 0 to 1, whose predicted class is their label."""
    return float(np.mean(predict(X, parameters) == Y))


def hidden_activations(cache: Cache) -> list[Array]:
    """A1, ..., A_{L-1} out of the cache of `forward_propagation`, each (n_l, m)."""
    return list(cache[1:-4:4])


def _depth(parameters: Mapping[str, Any]) -> int:
    """The number of layers L."""
    depth = sum(1 for name in parameters if name.startswith("W"))
    if depth == 0:
        raise ValueError("parameters has no entry W1: a network needs W1, b1, W2, b2, ...")
    return depth


def _entry(parameters: Mapping[str, Any], name: str) -> Any:
    """parameters[name], or a ValueError that says what is there instead."""
    try:
        return parameters[name]
    except KeyError:
        raise ValueError(f"parameters has no entry {name}, only {', '.join(map(str, parameters))}.") from None


def _affine(layer: int, W: Array, A: Array, b: Array) -> Array:
    """W A + b, or a ValueError that names the layer and the shapes."""
    try:
        return W @ A + b
    except ValueError:
        raise ValueError(
            f"Layer {layer} cannot be computed: W{layer} {np.shape(W)} times an input {np.shape(A)} "
            f"plus b{layer} {np.shape(b)}."
        ) from None
