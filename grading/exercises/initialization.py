"""Initialization: zeros, random draws, He's scale, and the spread of activations through the layers."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
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

_ONE_LESS = (
    "layers_dims[l] - 1 is one less than the units of layer l: the layer before has layers_dims[l - 1]"
)

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
    mistake(
        "each bias has the size of the layer before: bl has a row for each unit of layer l",
        "np.zeros((layers_dims[l], 1))",
        "np.zeros((layers_dims[l - 1], 1))",
    ),
    mistake("the keys are lower-case: they should be W1, W2, ...", '"W" + str(l)', '"w" + str(l)'),
    mistake(
        'the key is the text W{l} itself: the f before the quotes is missing, f"W{l}"',
        '"W" + str(l)',
        '"W{l}"',
        '"b" + str(l)',
        '"b{l}"',
    ),
    mistake(
        "the last layer is missing: the loop should go up to and including len(layers_dims) - 1",
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
    mistake(
        _ONE_LESS,
        "(layers_dims[l], layers_dims[l - 1])",
        "(layers_dims[l], layers_dims[l] - 1)",
    ),
    mistake(
        "only the first layer is there: the return stands inside the loop",
        "    return parameters",
        "        return parameters",
    ),
    mistake(
        "len is missing: range needs the number of layers, len(layers_dims), not the list",
        "range(1, len(layers_dims))",
        "range(1, layers_dims)",
    ),
    mistake(
        "an index goes beyond the last layer: does the loop go one too far? It is range(1, len(layers_dims))",
        "range(1, len(layers_dims))",
        "range(1, len(layers_dims) + 1)",
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


# -- right answers in other styles -------------------------------------------------------------------------


def _styles(name: str, weights: str, halves: str) -> dict[str, str]:
    """Right answers that all fill W with ``weights`` (of shape (n, p)), or ``halves`` (a shape) times two."""
    signature = f"def {name}(layers_dims):\n"
    return {
        "comprehensions over pairs": f"""{signature}
            pairs = list(enumerate(zip(layers_dims[1:], layers_dims[:-1]), 1))
            W = {{f"W{{l}}": {weights} for l, (n, p) in pairs}}
            return {{f"b{{l}}": np.zeros((n, 1)) for l, (n, p) in pairs}} | W""",
        "range(L), other names, prints": f"""def {name}(sizes: "list[int]") -> dict:
            import numpy
            result = dict()
            L = len(sizes) - 1
            print("there are", L, "layers")
            for layer in range(L):
                n, p = sizes[layer + 1], sizes[layer]
                result.update({{"W%d" % (layer + 1): {weights}, "b%d" % (layer + 1): numpy.zeros((n, 1))}})
                print(result["W%d" % (layer + 1)].shape)
            return result""",
        "float32": f"""{signature}
            out = {{}}
            for l in range(1, len(layers_dims)):
                n, p = layers_dims[l], layers_dims[l - 1]
                out["W" + str(l)] = np.asarray({weights}).astype(np.float32)
                out["b" + str(l)] = np.zeros((n, 1), dtype=np.float32)
            return out""",
        "nested lists": f"""{signature}
            out = {{}}
            for l, (n, p) in enumerate(zip(layers_dims[1:], layers_dims), start=1):
                out[f"W{{l}}"] = np.asarray({weights}).tolist()
                out[f"b{{l}}"] = [[0]] * n
            return out""",
        "a matrix, and integers": f"""{signature}
            out = {{}}
            for l, (n, p) in enumerate(zip(layers_dims[1:], layers_dims), start=1):
                out[f"b{{l}}"] = np.zeros((n, 1), dtype=int)
                out[f"W{{l}}"] = np.asmatrix({weights})
            return out""",
        "a helper, and the caller's list used up": f"""
def one_layer(n, p):
    return {weights}, np.zeros_like(np.ones((n, 1)))
{signature}
            from collections import OrderedDict
            out, l = OrderedDict(), 0
            p = layers_dims.pop(0)
            while layers_dims:
                n, l = layers_dims.pop(0), l + 1
                out[f"W{{l}}"], out[f"b{{l}}"] = one_layer(n, p)
                p = n
            return out""",
        "an overflow beside the right value": f"""{signature}
            import warnings
            out, big = {{}}, np.array([1e308]) * 10
            warnings.warn("a warning of my own")
            for l in range(1, len(layers_dims)):
                n, p = layers_dims[l], layers_dims[l - 1]
                out[f"W{{l}}"], out[f"b{{l}}"] = {weights}, 0 * np.arange(n).reshape(-1, 1)
            return out""",
        "a view of something larger, in place": f"""{signature}
            out = {{}}
            for l in range(1, len(layers_dims)):
                n, p = layers_dims[l], layers_dims[l - 1]
                W = np.ascontiguousarray({halves.format("(p, n)")}.T)
                W *= 2
                out[f"W{{l}}"] = W[:, :]
                out[f"b{{l}}"] = np.full((n, 3), 0.0)[:, 1:2]
            return out""",
    }


def _drawing_styles(name: str, factor: str) -> dict[str, str]:
    """Right answers that draw from N(0, 1) in other ways; ``factor`` is what the draws are multiplied by."""
    styles = _styles(
        name,
        f"np.random.randn(n, p) * {factor}",
        f"(np.random.standard_normal({{}}) * ({factor}) / 2)",
    )
    for what, draw in {
        "np.random.normal with a scale": f"np.random.normal(0, {factor}, (n, p))",
        "a generator of its own": f"np.random.default_rng().standard_normal((n, p)) * ({factor})",
        "np.multiply, drawn transposed": f"np.multiply(np.random.randn(p, n).T, {factor})",
        "draws in a list": f"[[np.random.normal() * scale for _ in range(p)] for scale in [{factor}] * n]",
    }.items():
        styles[what] = f"""def {name}(layers_dims):
            out = {{}}
            for l in range(1, len(layers_dims)):
                n, p = layers_dims[l], layers_dims[l - 1]
                out["W" + str(l)] = {draw}
                out["b" + str(l)] = np.zeros((n, 1))
            return out"""
    styles["seeds the generator itself"] = f"""def {name}(layers_dims):
            np.random.seed(3)
            out = {{}}
            for l in range(1, len(layers_dims)):
                n, p = layers_dims[l], layers_dims[l - 1]
                out["W" + str(l)] = np.random.randn(n, p) * {factor}
                out["b" + str(l)] = np.zeros((n, 1))
            return out"""
    return styles


ROOTS = {
    "math.sqrt": "__import__('math').sqrt(2 / p)",
    "a power of one half": "(2.0 / p) ** 0.5",
    "np.power": "np.power(2 / p, 0.5)",
    "two roots": "np.sqrt(2) / np.sqrt(p)",
}

SPREAD_STYLES = {
    "by the given forward pass": """def activation_spread(parameters, X):
        from utils.network import forward_propagation
        output, cache = forward_propagation(X, parameters)
        return [float(np.std(A)) for A in cache[1::4]]""",
    "by the formula, as an array": """def activation_spread(net, inputs):
        spreads = np.zeros(len(net) // 2)
        for l in range(len(net) // 2):
            inputs = np.dot(net[f"W{l + 1}"], inputs) + net[f"b{l + 1}"]
            inputs = 1 / (1 + np.exp(-inputs)) if l + 1 == len(net) // 2 else inputs * (inputs > 0)
            spreads[l] = np.sqrt(np.mean((inputs - inputs.mean()) ** 2))
        return spreads""",
    "float32, in a tuple": """def activation_spread(parameters, X):
        A, found = np.float32(X), ()
        L = len([name for name in parameters if name.startswith("W")])
        for l in range(1, L + 1):
            A = np.einsum("ij,jk->ik", np.float32(parameters[f"W{l}"]), A) + np.float32(parameters[f"b{l}"])
            A = np.where(A > 0, A, 0) if l < L else 1 / (1 + np.exp(-A))
            found += (A.var() ** 0.5,)
        return found""",
    "changes what it was given, (1, 1) arrays": """def activation_spread(parameters, X):
        spreads = []
        while parameters:
            l = len(spreads) + 1
            X = parameters.pop(f"W{l}") @ X + parameters.pop(f"b{l}")
            X = np.maximum(0, X) if parameters else 1 / (1 + np.exp(-X))
            spreads.append(np.std(X, keepdims=True))
        return spreads""",
}


def _spread_by_network(parameters: Parameters, X: np.ndarray[Any, Any]) -> list[float]:
    """The same by the course's own network, whose forward pass agrees with autograd and PyTorch."""
    from utils.network import forward_propagation

    return [float(np.std(A)) for A in forward_propagation(X, parameters)[1][1::4]]


def _he_by_torch(layers_dims: list[int]) -> Parameters:
    """PyTorch's own initialization of that name."""
    import torch

    torch.manual_seed(int(np.random.randint(2**31)))
    parameters = {}
    for l, (n_prev, n) in enumerate(pairwise(layers_dims), start=1):
        parameters[f"W{l}"] = torch.nn.init.kaiming_normal_(torch.empty(n, n_prev)).numpy()
        parameters[f"b{l}"] = np.zeros((n, 1))
    return parameters


# -- exercises ---------------------------------------------------------------------------------------------

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
    variants=_styles("initialize_parameters_zeros", "np.zeros((n, p))", "np.zeros({})"),
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
    variants=_drawing_styles("initialize_parameters_random", "10"),
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
        mistake(_ONE_LESS, "layers_dims[l - 1]", "(layers_dims[l] - 1)"),
        mistake(
            "the root is missing: the factor is sqrt(2 / n_{l-1}), not 2 / n_{l-1}",
            "sqrt(2 / layers_dims[l - 1])",
            "(2 / layers_dims[l - 1])",
        ),
        mistake(
            "** 1/2 is (** 1) / 2: write ** 0.5, or take the root with np.sqrt",
            "sqrt(2 / layers_dims[l - 1])",
            "((2 / layers_dims[l - 1]) ** 1 / 2)",
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
        mistake(
            "the factor counts the units of both layers: it should be those of the layer before only, n_{l-1}",
            "sqrt(2 / layers_dims[l - 1])",
            "sqrt(2 / (layers_dims[l - 1] + layers_dims[l]))",
        ),
        mistake(
            "the weights have the right spread, but are uniform: randn draws from the normal distribution",
            "np.random.randn(layers_dims[l], layers_dims[l - 1])",
            "np.random.uniform(-sqrt(3), sqrt(3), (layers_dims[l], layers_dims[l - 1]))",
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
    variants={
        **_drawing_styles("initialize_parameters_he", "np.sqrt(2.0 / p)"),
        **{
            root: _drawing_styles("initialize_parameters_he", factor)["np.multiply, drawn transposed"]
            for root, factor in ROOTS.items()
        },
    },
    peer=_he_by_torch,
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
        mistake("the mean is returned: the standard deviation is asked for", "np.std(A)", "np.mean(A)"),
        mistake("the variance is returned: the standard deviation is its root", "np.std(A)", "np.var(A)"),
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
        mistake(
            "a key goes beyond the last layer: len(parameters) counts both W and b, and is twice the number of layers",
            "len(parameters) // 2",
            "len(parameters)",
        ),
        mistake(
            "the number of layers is a float: use // for a whole number",
            "len(parameters) // 2",
            "len(parameters) / 2",
        ),
        mistake(
            "the output layer has a ReLU here: its activation is the sigmoid",
            "1 / (1 + np.exp(-Z)) if l == last else np.maximum(Z, 0)",
            "np.maximum(Z, 0)",
        ),
        mistake(
            "the hidden layers have a sigmoid here: their activation is ReLU",
            "1 / (1 + np.exp(-Z)) if l == last else np.maximum(Z, 0)",
            "1 / (1 + np.exp(-Z))",
        ),
        mistake("the biases are missing", ' + parameters["b" + str(l)]', ""),
    ),
    variants=SPREAD_STYLES,
    peer=_spread_by_network,
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
