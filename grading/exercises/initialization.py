"""Initialization: zeros, random draws, He's scale, and the spread of activations through the layers."""

from __future__ import annotations

from collections.abc import Iterator
from math import sqrt
from typing import Any

import numpy as np

from grading.exercise import Behaviour, Draw, Exercise, Question, mistake
from grading.statistics import normal_bands

POINTS = 30

Parameters = dict[str, np.ndarray[Any, Any]]

SEEDING = (
    "the function seeds NumPy's generator itself, so that it returns the same weights at every call; "
    "leave seeding to the caller"
)


# -- references ------------------------------------------------------------------------------------------


def initialize_parameters_zeros(layers_dims: list[int]) -> Parameters:
    parameters = {}
    for l in range(1, len(layers_dims)):
        parameters["W" + str(l)] = np.zeros((layers_dims[l], layers_dims[l - 1]))
        parameters["b" + str(l)] = np.zeros((layers_dims[l], 1))
    return parameters


def initialize_parameters_random(layers_dims: list[int]) -> Parameters:
    parameters = {}
    for l in range(1, len(layers_dims)):
        parameters["W" + str(l)] = np.random.randn(layers_dims[l], layers_dims[l - 1]) * 10
        parameters["b" + str(l)] = np.zeros((layers_dims[l], 1))
    return parameters


def initialize_parameters_he(layers_dims: list[int]) -> Parameters:
    parameters = {}
    for l in range(1, len(layers_dims)):
        W = np.random.randn(layers_dims[l], layers_dims[l - 1])
        parameters["W" + str(l)] = W * sqrt(2 / layers_dims[l - 1])
        parameters["b" + str(l)] = np.zeros((layers_dims[l], 1))
    return parameters


def activation_spread(parameters: Parameters, X: np.ndarray[Any, Any]) -> list[float]:
    A = X
    last = len(parameters) // 2
    spreads = []
    for l in range(1, last + 1):
        Z = parameters["W" + str(l)] @ A + parameters["b" + str(l)]
        A = 1 / (1 + np.exp(-Z)) if l == last else np.maximum(Z, 0)
        spreads.append(float(np.std(A)))
    return spreads


# -- cases -----------------------------------------------------------------------------------------------


def _wide(rng: np.random.Generator) -> Iterator[Draw]:
    """Nets wide enough to tell sqrt(1/n) from sqrt(2/n) and n_l from n_{l-1} in every single layer."""
    for narrow_first in (True, False):
        narrow, wide = rng.integers(36, 44, 2), rng.integers(76, 92, 2)
        pairs = zip(narrow, wide, strict=True) if narrow_first else zip(wide, narrow, strict=True)
        dims = [int(n) for pair in pairs for n in pair]
        yield Draw((dims,), f"layers_dims = {dims}", seed=int(rng.integers(2**31)))


def _small(rng: np.random.Generator) -> Iterator[Draw]:
    """Small nets of different depths, no two neighbouring layers of one width."""
    for depth in (1, 2, 3, 5):
        dims = [int(n) for n in rng.permutation(np.arange(1, 9))[: depth + 1]]
        yield Draw((dims,), f"layers_dims = {dims}", seed=int(rng.integers(2**31)))


def _nets_with_data(rng: np.random.Generator) -> Iterator[Draw]:
    """Nets of one to four layers with weights and biases that are not zero, and inputs for them."""
    for depth in (1, 2, 4):
        dims = [int(n) for n in rng.permutation(np.arange(3, 10))[: depth + 1]]
        parameters = {}
        for l in range(1, depth + 1):
            parameters[f"W{l}"] = rng.normal(size=(dims[l], dims[l - 1]))
            parameters[f"b{l}"] = rng.normal(size=(dims[l], 1))
        yield Draw((parameters, rng.normal(size=(dims[0], 20))), f"a net of {depth} layer{'s' * (depth > 1)}")


def _normal(std: Any) -> Any:
    """Bands for weights with standard deviation ``std(n_prev)``."""

    def expect(layers_dims: list[int]) -> Any:
        sizes = enumerate(zip(layers_dims[1:], layers_dims[:-1], strict=True), start=1)
        return normal_bands({f"W{l}": ((n, n_prev), std(n_prev)) for l, (n, n_prev) in sizes})

    return expect


# -- behaviours --------------------------------------------------------------------------------------------

SHAPES = Behaviour(
    "shapes",
    "every layer l has Wl of shape (n_l, n_{l-1}) and bl of shape (n_l, 1)",
    _small,
    view="structure",
)
BIASES = Behaviour("biases", "all biases are 0", _small, entries=("b",))

STRUCTURE_MISTAKES = (
    mistake(
        "the weights are transposed: Wl has one row for each unit of layer l, one column for each of layer l-1",
        "(layers_dims[l], layers_dims[l - 1])",
        "(layers_dims[l - 1], layers_dims[l])",
    ),
    mistake(
        "each bias is a single 0: it should be a column of shape (n_l, 1)",
        "np.zeros((layers_dims[l], 1))",
        "0",
    ),
    mistake(
        "the biases have shape (n_l,): a column has two axes, write (n_l, 1)",
        "np.zeros((layers_dims[l], 1))",
        "np.zeros(layers_dims[l])",
    ),
    mistake(
        "the biases are rows: a column has shape (n_l, 1)",
        "np.zeros((layers_dims[l], 1))",
        "np.zeros((1, layers_dims[l]))",
    ),
    mistake("the keys are lower-case: they should be W1, W2, ...", '"W" + str(l)', '"w" + str(l)'),
    mistake(
        "the last layer is missing: the loop should go up to and including L - 1 = len(layers_dims) - 1",
        "range(1, len(layers_dims))",
        "range(1, len(layers_dims) - 1)",
    ),
    mistake(
        "the keys count from 0: the first layer with weights is layer 1",
        "str(l)",
        "str(l - 1)",
    ),
    mistake(
        "layers_dims[1] (the digit one) stands where layers_dims[l] (the letter l) is meant",
        "layers_dims[l]",
        "layers_dims[1]",
    ),
)

RANDOM_MISTAKES = (
    mistake(
        "the draws come from rand, which is uniform from 0 to 1: use randn, the normal distribution",
        "np.random.randn(",
        "np.random.rand(",
    ),
    mistake(
        "the biases are random: they should be 0",
        "np.zeros((layers_dims[l], 1))",
        "np.random.randn(layers_dims[l], 1)",
    ),
    mistake(
        "the generator is seeded inside the loop, so that each layer begins with the same draws: drop the seed",
        "    for l in range(1, len(layers_dims)):\n",
        "    for l in range(1, len(layers_dims)):\n        np.random.seed(1)\n",
    ),
    mistake(
        "the weights are uniform between -1 and 1 times the factor: randn draws from the normal distribution",
        "np.random.randn(layers_dims[l], layers_dims[l - 1])",
        "np.random.uniform(-1, 1, (layers_dims[l], layers_dims[l - 1]))",
    ),
)

_DRAWN = "np.random.randn(layers_dims[l], layers_dims[l - 1])"
_TUPLE = mistake(
    "randn takes the sizes as two arguments, not as one tuple: drop one pair of parentheses",
    _DRAWN,
    "np.random.randn((layers_dims[l], layers_dims[l - 1]))",
)

ZEROS = Exercise(
    initialize_parameters_zeros,
    (
        SHAPES,
        Behaviour("values", "all weights and biases are 0", _small),
    ),
    (
        *STRUCTURE_MISTAKES,
        mistake(
            "zeros takes the shape as one tuple: add a pair of parentheses",
            "np.zeros((layers_dims[l], layers_dims[l - 1]))",
            "np.zeros(layers_dims[l], layers_dims[l - 1])",
        ),
        mistake(
            "the weights are random: they should be 0",
            "np.zeros((layers_dims[l], layers_dims[l - 1]))",
            _DRAWN,
        ),
        mistake(
            "the weights are 1: they should be 0",
            "np.zeros((layers_dims[l], layers_dims[l - 1]))",
            "np.ones((layers_dims[l], layers_dims[l - 1]))",
        ),
    ),
)

RANDOM = Exercise(
    initialize_parameters_random,
    (
        SHAPES,
        BIASES,
        Behaviour(
            "weights",
            "every weight is drawn from N(0, 1) and multiplied by 10",
            _wide,
            ("W",),
            "draws",
            _normal(lambda n: 10.0),
            repeats=2,
            seeding=SEEDING,
        ),
    ),
    (
        *STRUCTURE_MISTAKES,
        _TUPLE,
        *RANDOM_MISTAKES,
        mistake("the factor 10 is missing", " * 10", ""),
        mistake("the weights are divided by 10: they should be multiplied by it", "* 10", "/ 10"),
        mistake("the weights are shifted by 10: they should be multiplied by it", "* 10", "+ 10"),
        mistake("the factor is 0.01: it should be 10", "* 10", "* 0.01"),
    ),
)

HE = Exercise(
    initialize_parameters_he,
    (
        SHAPES,
        BIASES,
        Behaviour(
            "scale",
            "the weights of layer l have standard deviation sqrt(2 / n_{l-1})",
            _wide,
            ("W",),
            "draws",
            _normal(lambda n: sqrt(2 / n)),
            repeats=2,
            seeding=SEEDING,
        ),
    ),
    (
        *STRUCTURE_MISTAKES,
        _TUPLE,
        *RANDOM_MISTAKES,
        mistake(
            "the root is missing: the factor is sqrt(2 / n_{l-1}), not 2 / n_{l-1}",
            "sqrt(2 / layers_dims[l - 1])",
            "(2 / layers_dims[l - 1])",
        ),
        mistake(
            "the factor is sqrt(1 / n_{l-1}): ReLU needs the 2, because it sets half of the values to 0",
            "sqrt(2 / ",
            "sqrt(1 / ",
        ),
        mistake(
            "the factor counts the units of layer l: it should be those of the layer before, n_{l-1}",
            "sqrt(2 / layers_dims[l - 1])",
            "sqrt(2 / layers_dims[l])",
        ),
        mistake("the factor sqrt(2 / n_{l-1}) is missing", " * sqrt(2 / layers_dims[l - 1])", ""),
        mistake("the factor is 10: it should be sqrt(2 / n_{l-1})", "sqrt(2 / layers_dims[l - 1])", "10"),
        mistake(
            "the fraction is upside down: it is sqrt(2 / n_{l-1}), not sqrt(n_{l-1} / 2)",
            "sqrt(2 / layers_dims[l - 1])",
            "sqrt(layers_dims[l - 1] / 2)",
        ),
        mistake(
            "the root covers only the 2: it is sqrt(2 / n_{l-1}), not sqrt(2) / n_{l-1}",
            "sqrt(2 / layers_dims[l - 1])",
            "(sqrt(2) / layers_dims[l - 1])",
        ),
    ),
)

SPREAD = Exercise(
    activation_spread,
    (
        Behaviour(
            "layers",
            "one number for each layer, from the first to the output",
            _nets_with_data,
            view="structure",
        ),
        Behaviour("values", "the standard deviation of the activations of each layer", _nets_with_data),
    ),
    (
        mistake("it is the spread of Z, before the activation: A is asked for", "np.std(A)", "np.std(Z)"),
        mistake("it is the mean: the standard deviation is asked for", "np.std(A)", "np.mean(A)"),
        mistake("it is the variance: the standard deviation is its root", "np.std(A)", "np.var(A)"),
        mistake(
            "the layers are in reverse order: begin with the first", "return spreads", "return spreads[::-1]"
        ),
        mistake("the output layer is missing", "return spreads", "return spreads[:-1]"),
        mistake(
            "the input X is no layer of activations: begin with layer 1",
            "spreads = []",
            "spreads = [float(np.std(X))]",
        ),
        mistake(
            "it is the root of the mean square: the standard deviation takes the mean off first, as np.std does",
            "np.std(A)",
            "np.sqrt(np.mean(A**2))",
        ),
        mistake(
            "it is the spread of the weights: that of the activations A is asked for",
            "np.std(A)",
            'np.std(parameters["W" + str(l)])',
        ),
        mistake(
            "there is one number for each unit: one for the whole layer is asked for, np.std without an axis",
            "float(np.std(A))",
            "np.std(A, axis=1)",
        ),
        mistake(
            "there is one number for each unit: one for the whole layer is asked for, np.std without an axis",
            "float(np.std(A))",
            "np.std(A, axis=1, keepdims=True)",
        ),
        mistake(
            "there is one number for each example: one for the whole layer is asked for, np.std without an axis",
            "float(np.std(A))",
            "np.std(A, axis=0)",
        ),
        mistake(
            "only the first layer is there: the return stands inside the loop",
            "        spreads.append(float(np.std(A)))\n    return",
            "        spreads.append(float(np.std(A)))\n        return",
        ),
    ),
)


# -- questions -------------------------------------------------------------------------------------------


def _judge_relu(answer: Any, rng: np.random.Generator) -> str:
    """The notebook calls a ratio within 2 of 1 level, which one draw of 20 layers gives from 1.85 to 2.15."""
    c = float(answer)
    if abs(c - 2) <= 0.2:
        return ""
    if abs(c - sqrt(2)) <= 0.05:
        return "this is the root of c, which is in the weights already: give c itself"
    if c <= 0:
        return "c is a positive number"
    if c < 2:
        return "with this c the spread shrinks from layer to layer: after 20 layers little is left"
    return "with this c the spread grows from layer to layer: after 20 layers it is many times what it was"


def _judge_leaky(answer: Any, rng: np.random.Generator) -> str:
    """The leaky ReLU leaves (1 + 1/4) / 2 = 5/8 of the mean square, so that the factor is 8/5."""
    c = float(answer)
    if abs(c - 8 / 5) <= 0.15:
        return ""
    for wrong, sentence in (
        (
            5 / 8,
            "this is the share of the mean square that is left: c has to make up for it, and is 1 / share",
        ),
        (4 / 3, "a value that is halved keeps a quarter of its square, not one half"),
        (2, "this is the factor for ReLU: the leaky one lets more through, and needs less"),
        (
            4 / 5,
            "the share is that of both halves together: the positive half keeps all, the negative a quarter",
        ),
        (sqrt(8 / 5), "this is the root of c, which is in the weights already: give c itself"),
        (1, "a factor of 1 makes up for nothing, but the leaky ReLU takes something away"),
    ):
        if abs(c - wrong) <= 0.03:
            return sentence
    return f"with this c the spread {'shrinks' if c < 8 / 5 else 'grows'} from layer to layer"


FACTOR_RELU = Question("factor_relu", "a number", {"kind": "number"}, _judge_relu)
FACTOR_LEAKY = Question("factor_leaky", "a number", {"kind": "number"}, _judge_leaky)

EXERCISES = (ZEROS, RANDOM, HE, SPREAD, FACTOR_RELU, FACTOR_LEAKY)
