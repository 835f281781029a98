"""The parameters of a network as one long column, and back: what numerical gradients are computed on.

The order is W1, b1, W2, b2, ..., whatever the order of the dictionary; each array is read row by row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate, pairwise
from typing import Any

import numpy as np

from utils.network import Array, Parameters, layer_sizes

GRADIENT_CHECKING_NET = (4, 5, 3, 1)
"""Layer widths of the network of the assignment gradient_checking: 47 parameters."""


def dictionary_to_vector(parameters: Mapping[str, Any]) -> tuple[Array, list[str]]:
    """All parameters as one column theta (n, 1), and for each of its n numbers the name of its array.

    The column is a copy. Raises ValueError with one sentence when an array is missing or its
    shape does not fit its neighbours.
    """
    names = _names(len(layer_sizes(parameters)) - 1)
    theta = _column([parameters[name] for name in names])
    return theta, [name for name in names for _ in range(np.size(parameters[name]))]


def vector_to_dictionary(theta: Any, layers_dims: Sequence[int] = GRADIENT_CHECKING_NET) -> Parameters:
    """The inverse of `dictionary_to_vector` for a network of these widths [n_x, n_1, ..., n_L].

    `theta` may be (n, 1) or (n,); the arrays are copies. Raises ValueError when the count n does not fit.
    """
    numbers = np.array(theta, dtype=float).ravel()
    shapes = [shape for n_prev, n in pairwise(layers_dims) for shape in ((n, n_prev), (n, 1))]
    ends = list(accumulate(rows * columns for rows, columns in shapes))
    if not shapes or numbers.size != ends[-1]:
        needed = ends[-1] if shapes else 0
        raise ValueError(
            f"theta holds {numbers.size} numbers, but a network {list(layers_dims)} has {needed} parameters."
        )
    return {
        name: numbers[end - shape[0] * shape[1] : end].reshape(shape)
        for name, end, shape in zip(_names(len(shapes) // 2), ends, shapes, strict=True)
    }


def gradients_to_vector(gradients: Mapping[str, Any]) -> Array:
    """dW1, db1, dW2, db2, ... as one column (n, 1), in the order of `dictionary_to_vector`, without dZ and dA.

    Raises ValueError with one sentence when a dW or db is missing.
    """
    depth = sum(1 for name in gradients if name.startswith("dW"))
    names = ["d" + name for name in _names(depth or 1)]
    missing = [name for name in names if name not in gradients]
    if missing:
        raise ValueError(
            f"gradients has no entry {missing[0]}, only {', '.join(map(str, gradients)) or 'nothing'}."
        )
    return _column([gradients[name] for name in names])


def _names(depth: int) -> list[str]:
    return [f"{kind}{layer}" for layer in range(1, depth + 1) for kind in "Wb"]


def _column(arrays: list[Any]) -> Array:
    return np.concatenate([np.asarray(array, dtype=float).ravel() for array in arrays])[:, np.newaxis]
