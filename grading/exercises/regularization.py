"""Regularization: the L2 penalty and its gradient, inverted dropout forward and backward, frozen masks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from textwrap import dedent
from typing import Any

import numpy as np

from grading.exercise import Behaviour, Draw, Exercise, Question, mistake
from grading.statistics import share_band
from utils.cases import Band

POINTS = 50

Array = np.ndarray[Any, Any]
Arrays = dict[str, Array]


# -- references ------------------------------------------------------------------------------------------


def compute_cost_with_regularization(A3: Array, Y: Array, parameters: Arrays, lambd: float) -> float:
    m = Y.shape[1]
    hits = Y * np.log(A3) + (1 - Y) * np.log(1 - A3)
    cost = -np.sum(hits) / m
    W1, W2, W3 = parameters["W1"], parameters["W2"], parameters["W3"]
    penalty = np.sum(np.square(W1)) + np.sum(np.square(W2)) + np.sum(np.square(W3))
    return float(cost + lambd / (2 * m) * penalty)


def backward_propagation_with_regularization(X: Array, Y: Array, cache: Any, lambd: float) -> Arrays:
    A1, A2, A3 = cache[1], cache[5], cache[9]
    W1, W2, W3 = cache[2], cache[6], cache[10]
    m = X.shape[1]
    dZ3 = A3 - Y
    dW3 = dZ3 @ A2.T / m + lambd / m * W3
    db3 = np.sum(dZ3, axis=1, keepdims=True) / m
    dA2 = W3.T @ dZ3
    dZ2 = np.where(A2 > 0, dA2, 0.0)
    dW2 = dZ2 @ A1.T / m + lambd / m * W2
    db2 = np.sum(dZ2, axis=1, keepdims=True) / m
    dA1 = W2.T @ dZ2
    dZ1 = np.where(A1 > 0, dA1, 0.0)
    dW1 = dZ1 @ X.T / m + lambd / m * W1
    db1 = np.sum(dZ1, axis=1, keepdims=True) / m
    third = {"dZ3": dZ3, "dW3": dW3, "db3": db3}
    second = {"dA2": dA2, "dZ2": dZ2, "dW2": dW2, "db2": db2}
    return {**third, **second, "dA1": dA1, "dZ1": dZ1, "dW1": dW1, "db1": db1}


def forward_propagation_with_dropout(X: Array, parameters: Arrays, keep_prob: float = 0.5) -> Any:
    W1, b1 = parameters["W1"], parameters["b1"]
    W2, b2 = parameters["W2"], parameters["b2"]
    W3, b3 = parameters["W3"], parameters["b3"]
    Z1 = W1 @ X + b1
    A1 = np.maximum(0, Z1)
    D1 = np.random.random_sample(A1.shape) < keep_prob
    A1 = A1 * D1
    A1 = A1 / keep_prob
    Z2 = W2 @ A1 + b2
    A2 = np.maximum(0, Z2)
    D2 = np.random.random_sample(A2.shape) < keep_prob
    A2 = A2 * D2
    A2 = A2 / keep_prob
    Z3 = W3 @ A2 + b3
    A3 = 1 / (1 + np.exp(-Z3))
    return A3, (Z1, D1, A1, W1, b1, Z2, D2, A2, W2, b2, Z3, A3, W3, b3)


def backward_propagation_with_dropout(X: Array, Y: Array, cache: Any, keep_prob: float) -> Arrays:
    D1, A1, D2, A2, A3 = cache[1], cache[2], cache[6], cache[7], cache[11]
    W2, W3 = cache[8], cache[12]
    m = X.shape[1]
    dZ3 = A3 - Y
    dW3 = dZ3 @ A2.T / m
    db3 = np.sum(dZ3, axis=1, keepdims=True) / m
    dA2 = W3.T @ dZ3
    dA2 = dA2 * D2
    dA2 = dA2 / keep_prob
    dZ2 = np.where(A2 > 0, dA2, 0.0)
    dW2 = dZ2 @ A1.T / m
    db2 = np.sum(dZ2, axis=1, keepdims=True) / m
    dA1 = W2.T @ dZ2
    dA1 = dA1 * D1
    dA1 = dA1 / keep_prob
    dZ1 = np.where(A1 > 0, dA1, 0.0)
    dW1 = dZ1 @ X.T / m
    db1 = np.sum(dZ1, axis=1, keepdims=True) / m
    third = {"dZ3": dZ3, "dW3": dW3, "db3": db3}
    second = {"dA2": dA2, "dZ2": dZ2, "dW2": dW2, "db2": db2}
    return {**third, **second, "dA1": dA1, "dZ1": dZ1, "dW1": dW1, "db1": db1}


def forward_propagation_with_frozen_masks(
    X: Array, parameters: Arrays, D1: Array, D2: Array, keep_prob: float
) -> Array:
    Z1 = parameters["W1"] @ X + parameters["b1"]
    A1 = np.maximum(0, Z1) * D1 / keep_prob
    Z2 = parameters["W2"] @ A1 + parameters["b2"]
    A2 = np.maximum(0, Z2) * D2 / keep_prob
    Z3 = parameters["W3"] @ A2 + parameters["b3"]
    return np.asarray(1 / (1 + np.exp(-Z3)))


# -- cases -----------------------------------------------------------------------------------------------


def _parameters(rng: np.random.Generator, n_x: int, n_1: int, n_2: int) -> Arrays:
    """A net of three layers with one output, weights and biases that are not zero."""
    made = {}
    for l, (n_prev, n) in enumerate([(n_x, n_1), (n_1, n_2), (n_2, 1)], start=1):
        made[f"W{l}"] = rng.normal(size=(n, n_prev)) / np.sqrt(n_prev)
        made[f"b{l}"] = rng.normal(size=(n, 1)) / 4
    return made


def _labels(rng: np.random.Generator, m: int) -> Array:
    """m labels, both classes among them."""
    return rng.permutation(np.arange(m) % 2)[np.newaxis]


def _lambd(rng: np.random.Generator) -> float:
    return round(float(rng.uniform(0.2, 2.5)), 2)


def _without_penalty(rng: np.random.Generator) -> Iterator[Draw]:
    """Predictions of every size; nothing to add, because lambd or all the weights are 0."""
    for m, no_weights in ((5, False), (8, True), (3, False)):
        parameters = _parameters(rng, 2, 4, 3)
        if no_weights:
            parameters |= {f"W{l}": np.zeros_like(parameters[f"W{l}"]) for l in (1, 2, 3)}
        A3 = rng.uniform(0.05, 0.95, (1, m))
        label = f"all weights 0, m = {m}" if no_weights else f"lambd = 0, m = {m}"
        yield Draw((A3, _labels(rng, m), parameters, _lambd(rng) if no_weights else 0.0), label)


def _certain(rng: np.random.Generator, layers: tuple[int, ...]) -> Draw:
    """Predictions so sure and so right that the cross-entropy is about 1e-9: what is left is the penalty."""
    m, lambd = int(rng.choice([4, 5, 6, 7, 9])), _lambd(rng)
    n_x, n_1, n_2 = (int(n) for n in rng.permutation([2, 3, 4, 5])[:3])
    parameters = _parameters(rng, n_x, n_1, n_2)
    for l in {1, 2, 3} - set(layers):
        parameters[f"W{l}"] = np.zeros_like(parameters[f"W{l}"])
        parameters[f"b{l}"] = np.zeros_like(parameters[f"b{l}"])
    if len(layers) == 1:
        parameters[f"b{layers[0]}"] = np.zeros_like(parameters[f"b{layers[0]}"])
    Y = _labels(rng, m)
    which = "all weights" if len(layers) == 3 else f"only W{layers[0]} not 0"
    return Draw(
        (np.where(Y == 1, 1 - 1e-9, 1e-9), Y, parameters, lambd), f"{which}, lambd = {lambd}, m = {m}"
    )


def _one_matrix(rng: np.random.Generator) -> Iterator[Draw]:
    for _ in range(3):
        yield _certain(rng, (1,))


def _three_matrices(rng: np.random.Generator) -> Iterator[Draw]:
    for _ in range(3):
        yield _certain(rng, (1, 2, 3))


def _plain_pass(parameters: Arrays, X: Array) -> tuple[Array, ...]:
    """The cache (Z1, A1, W1, b1, ..., Z3, A3, W3, b3) of a pass without dropout."""
    cache: list[Array] = []
    A = X
    for l in (1, 2, 3):
        W, b = parameters[f"W{l}"], parameters[f"b{l}"]
        Z = W @ A + b
        A = np.maximum(Z, 0) if l < 3 else 1 / (1 + np.exp(-Z))
        cache += [Z, A, W, b]
    return tuple(cache)


def _passes(rng: np.random.Generator) -> Iterator[Draw]:
    """Caches of nets with square weights, where every W fits into every layer, and of one with none square."""
    for n_x, n_1, n_2, m in ((4, 4, 4, 7), (5, 5, 5, 6), (2, 5, 3, 8)):
        parameters, X = _parameters(rng, n_x, n_1, n_2), rng.normal(size=(n_x, m))
        lambd = _lambd(rng)
        label = f"layers {[n_x, n_1, n_2, 1]}, m = {m}, lambd = {lambd}"
        yield Draw((X, _labels(rng, m), _plain_pass(parameters, X), lambd), label)


KEPT_RARELY, KEPT_OFTEN = (0.3, 0.42), (0.56, 0.6)
"""Where N(0, 1) < keep_prob, a mask turned round, and 0.5 all keep a share that is far from keep_prob."""


def _keep(rng: np.random.Generator, ends: tuple[float, float]) -> float:
    return round(float(rng.uniform(*ends)), 2)


def _large(rng: np.random.Generator, *keeps: float) -> Iterator[Draw]:
    """Hidden layers of one width, so that one's mask fits the other, but for the default keep_prob, 0.5."""
    for keep_prob in keeps or (_keep(rng, KEPT_RARELY), _keep(rng, KEPT_OFTEN), 0.5):
        given = () if keep_prob == 0.5 else (keep_prob,)
        n_2 = 24 if keep_prob == 0.5 else 32
        arguments = (rng.normal(size=(2, 100)), _parameters(rng, 2, 32, n_2), *given)
        yield Draw(arguments, f"keep_prob = {keep_prob}", seed=int(rng.integers(2**31)))


def _fresh(rng: np.random.Generator) -> Iterator[Draw]:
    yield from _large(rng, _keep(rng, KEPT_OFTEN))


def _small(rng: np.random.Generator, *more: float) -> Iterator[Draw]:
    for keep_prob in (_keep(rng, KEPT_RARELY), _keep(rng, (0.65, 0.8)), *more):
        n_x, n_1, m = int(rng.integers(2, 5)), int(rng.integers(8, 12)), int(rng.integers(20, 30))
        n_2 = n_1 - 2 if keep_prob == 1 else n_1
        arguments = (rng.normal(size=(n_x, m)), _parameters(rng, n_x, n_1, n_2), keep_prob)
        yield Draw(arguments, f"keep_prob = {keep_prob}", seed=int(rng.integers(2**31)))


def _small_and_all_kept(rng: np.random.Generator) -> Iterator[Draw]:
    yield from _small(rng, 1.0)


def _masks(rng: np.random.Generator, shape: tuple[int, int], keep_prob: float) -> Array:
    """A mask in which each example keeps a unit and loses one."""
    while True:
        mask: Array = rng.random(shape) < keep_prob
        if mask.any(axis=0).all() and not mask.all(axis=0).any():
            return mask


def _dropout_cache(rng: np.random.Generator, n: int, m: int, keep_prob: float) -> tuple[Array, Any]:
    """Inputs and a cache with active units in both hidden layers for at least half of the examples."""
    while True:
        X, parameters = rng.normal(size=(3, m)), _parameters(rng, 3, n, n)
        D1, D2 = (_masks(rng, (n, m), keep_prob) for _ in range(2))
        W1, b1, W2, b2, W3, b3 = parameters.values()
        Z1 = W1 @ X + b1
        A1 = np.where(D1, np.maximum(Z1, 0), 0) / keep_prob
        Z2 = W2 @ A1 + b2
        A2 = np.where(D2, np.maximum(Z2, 0), 0) / keep_prob
        Z3 = W3 @ A2 + b3
        if min(np.mean(A.any(axis=0)) for A in (A1, A2)) >= 0.5:
            return X, (Z1, D1, A1, W1, b1, Z2, D2, A2, W2, b2, Z3, 1 / (1 + np.exp(-Z3)), W3, b3)


def _dropout_passes(rng: np.random.Generator) -> Iterator[Draw]:
    """Caches of a forward pass with dropout; both hidden layers of one width."""
    for n, m, ends in ((6, 5, KEPT_RARELY), (7, 9, (0.65, 0.8)), (8, 6, KEPT_OFTEN)):
        keep_prob = _keep(rng, ends)
        X, cache = _dropout_cache(rng, n, m, keep_prob)
        yield Draw((X, _labels(rng, m), cache, keep_prob), f"keep_prob = {keep_prob}, m = {m}")


def _frozen(rng: np.random.Generator) -> Iterator[Draw]:
    for n, m, ends in ((6, 5, KEPT_RARELY), (7, 9, (0.65, 0.8))):
        keep_prob = _keep(rng, ends)
        D1, D2 = (_masks(rng, (n, m), keep_prob) for _ in range(2))
        arguments = (rng.normal(size=(3, m)), _parameters(rng, 3, n, n), D1, D2, keep_prob)
        yield Draw(arguments, f"keep_prob = {keep_prob}, m = {m}")


def _all_kept(rng: np.random.Generator) -> Iterator[Draw]:
    for n, m in ((5, 4), (4, 7)):
        everything = np.ones((n, m), dtype=bool)
        yield Draw(
            (rng.normal(size=(3, m)), _parameters(rng, 3, n, n), everything, everything, 1.0), f"m = {m}"
        )


# -- what views must show ----------------------------------------------------------------------------------


def _drawn(X: Array, parameters: Arrays, keep_prob: float = 0.5) -> Mapping[str, Any]:
    """Bands for the view ``masks``: shares of independent coins, and of pairs of such coins that agree."""
    agree = keep_prob**2 + (1 - keep_prob) ** 2
    expected: dict[str, Any] = {}
    sizes = [(parameters[f"W{l}"].shape[0], X.shape[1]) for l in (1, 2)]
    for name, (n, m) in zip(("D1", "D2"), sizes, strict=True):
        expected[f"the share of {name} that is neither 0 nor 1"] = 0.0
        expected[f"the share of kept units in {name}"] = share_band(keep_prob, n * m)
        expected[f"the share of neighbouring units alike in {name}"] = share_band(agree, n // 2 * m)
        expected[f"the share of neighbouring examples alike in {name}"] = share_band(agree, n * (m // 2))
    expected["the share of D1 and D2 alike"] = share_band(agree, min(n for n, _ in sizes) * X.shape[1])
    return expected


def _renewed(X: Array, parameters: Arrays, keep_prob: float = 0.5) -> Mapping[str, Any]:
    """Two draws of a mask are alike in p^2 + (1-p)^2 of the places; masks that are the same, in all of them."""
    return {f"the share of {name} alike in two calls": Band(0.0, 0.99) for name in ("D1", "D2")}


def _consistent(X: Array, parameters: Arrays, keep_prob: float = 0.5) -> Mapping[str, Any]:
    expected = {}
    for l, name in enumerate(("X", "A1", "A2"), start=1):
        expected[f"the distance of Z{l} from W{l} {name} + b{l}"] = 0.0
        expected[f"the share of W{l} {name} in Z{l}"] = 1.0
    for l in (1, 2):
        expected[f"what is left in A{l} where Z{l} is negative"] = 0.0
    expected["the distance of A3 from sigmoid(Z3)"] = 0.0
    expected["the mean of A3 / sigmoid(Z3) where A3 is not 0"] = 1.0
    expected["the share of A3 that is 0 where Z3 is positive"] = 0.0
    expected["the distance of the returned A3 from the cached one"] = 0.0
    return expected | {f"the distance of the cached {name} from the given one": 0.0 for name in parameters}


def _scaled(what: str, keep_prob: float) -> dict[str, float]:
    return {f"the {which} factor on {what}": 1 / keep_prob for which in ("smallest", "mean", "largest")}


def _activations_applied(X: Array, parameters: Arrays, keep_prob: float = 0.5) -> Mapping[str, Any]:
    return {f"what is left of the dropped units of A{l}": 0.0 for l in (1, 2)}


def _activations_scaled(X: Array, parameters: Arrays, keep_prob: float = 0.5) -> Mapping[str, Any]:
    return _scaled("kept units of A1", keep_prob) | _scaled("kept units of A2", keep_prob)


def _gradients_dropped(X: Array, Y: Array, cache: Any, keep_prob: float) -> Mapping[str, Any]:
    return {f"dA{l} where D{l} drops a unit": np.zeros(cache[5 * l - 3].shape) for l in (2, 1)}


def _gradients_scaled(X: Array, Y: Array, cache: Any, keep_prob: float) -> Mapping[str, Any]:
    return _scaled("kept entries of dA2", keep_prob) | _scaled("kept entries of dA1", keep_prob)


def _styles(texts: Mapping[str, str]) -> dict[str, str]:
    """Right answers in other styles, by name: programs without the indentation that they have here."""
    return {name: dedent(text) for name, text in texts.items()}


# -- established implementations ---------------------------------------------------------------------------


def _cost_by_scikit_learn(A3: Array, Y: Array, parameters: Arrays, lambd: float) -> float:
    """scikit-learn's log loss, and the Frobenius norms of SciPy."""
    from scipy.linalg import norm
    from sklearn.metrics import log_loss

    norms = [norm(parameters[f"W{l}"], "fro") for l in (1, 2, 3)]
    penalty = float(np.dot(norms, norms)) * lambd / 2 / Y.size
    return float(log_loss(Y.ravel(), A3.ravel(), labels=[0, 1])) + penalty


def _gradients_by_autograd(
    X: Array, Y: Array, weights: Arrays, masks: tuple[Any, Any], keep_prob: float, lambd: float
) -> Arrays:
    """The gradients that HIPS autograd finds for the cost: an offset is added to everything on the way."""
    import autograd.numpy as anp
    from autograd import grad

    def cost(offset: Any) -> Any:
        A = X
        for l in (1, 2, 3):
            W, b = (weights[f"{kind}{l}"] + offset[f"{kind}{l}"] for kind in "Wb")
            Z = anp.dot(W, A) + b + offset[f"Z{l}"]
            if l < 3:
                A = (anp.maximum(0, Z) + offset[f"A{l}"]) * masks[l - 1] / keep_prob
        squares = sum(anp.sum((weights[f"W{l}"] + offset[f"W{l}"]) ** 2) for l in (1, 2, 3))
        losses = anp.logaddexp(0, Z) - Y * Z
        return anp.mean(losses) + lambd / 2 / X.shape[1] * squares

    zeros = {name: np.zeros_like(value) for name, value in weights.items()}
    for l in (1, 2, 3):
        for kind in "ZA":
            zeros[f"{kind}{l}"] = np.zeros((len(weights[f"b{l}"]), X.shape[1]))
    found = grad(cost)(zeros)
    return {
        f"d{name}": value * (X.shape[1] if name[0] in "ZA" else 1)
        for name, value in found.items()
        if name != "A3"
    }


def _l2_by_autograd(X: Array, Y: Array, cache: Any, lambd: float) -> Arrays:
    names = {"W1": 2, "b1": 3, "W2": 6, "b2": 7, "W3": 10, "b3": 11}
    weights = {name: cache[place] for name, place in names.items()}
    return _gradients_by_autograd(X, Y, weights, (1, 1), 1.0, lambd)


def _dropout_by_autograd(X: Array, Y: Array, cache: Any, keep_prob: float) -> Arrays:
    names = {"W1": 3, "b1": 4, "W2": 8, "b2": 9, "W3": 12, "b3": 13}
    weights = {name: cache[place] for name, place in names.items()}
    return _gradients_by_autograd(X, Y, weights, (cache[1], cache[6]), keep_prob, 0.0)


# -- compute_cost_with_regularization ----------------------------------------------------------------------

_NO_M = (
    "a sum is not divided by m: the examples are the columns of Y, so that m = Y.shape[1] (Y.shape[0] is 1)"
)

COST = Exercise(
    compute_cost_with_regularization,
    (
        Behaviour("cross-entropy", "with nothing to add the cost is the cross-entropy", _without_penalty),
        Behaviour("scale", "the squares of the weights are multiplied by lambd / (2m)", _one_matrix),
        Behaviour("weights", "the penalty takes W1, W2 and W3, each entry once, and no b", _three_matrices),
    ),
    (
        mistake(
            "the penalty is twice as large as it should be: its factor is lambd / (2 * m), and W1, W2 and W3 count "
            "once each",
            "lambd / (2 * m)",
            "lambd / m",
        ),
        mistake(
            "lambd / 2 * m multiplies by m: in Python / and * go from left to right; write lambd / (2 * m)",
            "lambd / (2 * m)",
            "lambd / 2 * m",
        ),
        mistake(
            _NO_M,
            "lambd / (2 * m)",
            "lambd / 2",
        ),
        mistake("lambd is missing from the penalty", "lambd / (2 * m)", "1 / (2 * m)"),
        mistake("the weights are not squared: the penalty is a sum of squares", "np.square(", "("),
        mistake(
            "the penalty takes the absolute values (L1): it is a sum of squares (L2)", "np.square(", "np.abs("
        ),
        mistake(
            "the weights are summed first and squared then: square each weight, then sum",
            "np.sum(np.square(W1)) + np.sum(np.square(W2)) + np.sum(np.square(W3))",
            "np.square(np.sum(W1)) + np.square(np.sum(W2)) + np.square(np.sum(W3))",
        ),
        *(
            mistake(
                "one np.sum closes too late, so that the other sums are added to every entry: close each behind its "
                "own np.square",
                "np.sum(np.square(W1)) + np.sum(np.square(W2)) + np.sum(np.square(W3))",
                nested,
            )
            for nested in (
                "np.sum(np.square(W1) + np.sum(np.square(W2)) + np.sum(np.square(W3)))",
                "np.sum(np.square(W1) + np.sum(np.square(W2) + np.sum(np.square(W3))))",
            )
        ),
        mistake(
            "the penalty takes norms, the root of the sum of squares: leave out the root",
            "np.sum(np.square(W1)) + np.sum(np.square(W2)) + np.sum(np.square(W3))",
            "np.linalg.norm(W1) + np.linalg.norm(W2) + np.linalg.norm(W3)",
        ),
        mistake(
            "the penalty is the mean of the squares: it is their sum",
            "np.sum(np.square",
            "np.mean(np.square",
        ),
        mistake(
            "only W1 is penalised: W2 and W3 are missing",
            " + np.sum(np.square(W2)) + np.sum(np.square(W3))",
            "",
        ),
        mistake(
            "only W3 is penalised: does the loop write over the sum of the layers before? Add to it with +=",
            "np.sum(np.square(W1)) + np.sum(np.square(W2)) + ",
            "",
        ),
        mistake("W1 is missing from the penalty", "np.sum(np.square(W1)) + ", ""),
        mistake("W2 is missing from the penalty", " + np.sum(np.square(W2))", ""),
        mistake("W3 is missing from the penalty", " + np.sum(np.square(W3))", ""),
        mistake("W1 stands where W2 is meant", "np.square(W2)", "np.square(W1)"),
        mistake("W1 stands where W3 is meant", "np.square(W3)", "np.square(W1)"),
        mistake("W2 stands where W3 is meant", "np.square(W3)", "np.square(W2)"),
        mistake(
            "the biases are penalised too: only the weights W are",
            "np.sum(np.square(W3))",
            'np.sum(np.square(W3)) + sum(np.sum(parameters[f"b{l}"] ** 2) for l in (1, 2, 3))',
        ),
        mistake(
            _NO_M,
            "Y.shape[1]",
            "Y.shape[0]",
        ),
        mistake(
            _NO_M,
            "(2 * m)",
            "(2 * Y.shape[0])",
        ),
        mistake("the cross-entropy is counted twice", "float(cost + lambd", "float(2 * cost + lambd"),
        mistake(
            "the cross-entropy is missing: only the penalty is returned", "float(cost + lambd", "float(lambd"
        ),
        mistake(
            "the penalty is missing: only the cross-entropy is returned", " + lambd / (2 * m) * penalty", ""
        ),
        mistake("the penalty is subtracted: it should be added", "cost + lambd", "cost - lambd"),
        mistake(_NO_M, "-np.sum(hits) / m", "-np.sum(hits)"),
        mistake(
            "the sign of the cross-entropy is reversed: it needs a minus in front",
            "-np.sum(hits) / m",
            "np.sum(hits) / m",
        ),
    ),
    variants=_styles(
        {
            "loop over the layers, math and **": """
            def compute_cost_with_regularization(AL, Y, params, lam):
                import math
                total = 0
                for l in range(1, len(params) // 2 + 1):
                    for row in params["W" + str(l)]:
                        for w in row:
                            total += math.pow(w, 2)
                m = Y.shape[1]
                ce = 0.0
                for a, y in zip(AL[0], Y[0]):
                    ce -= math.log(a) if y == 1 else math.log(1 - a)
                return ce / m + lam * total / m / 2
        """,
            "the result has shape (1, 1)": """
            def compute_cost_with_regularization(A3, Y, parameters, lambd):
                m = len(Y[0])
                weights = [v for k, v in parameters.items() if k[0] == "W"]
                L2 = (1.0 / m) * (lambd / 2) * np.sum([np.linalg.norm(W) ** 2 for W in weights])
                ce = -(np.dot(Y, np.log(A3).T) + np.dot(1 - Y, np.log(1 - A3).T)) / m
                print("cost", ce + L2)
                return ce + L2
        """,
            "trace and einsum, the given cost": """
            def compute_cost_with_regularization(A3, Y, parameters, lambd):
                from utils.network import compute_cost
                W1, W2, W3 = (parameters[k] for k in ("W1", "W2", "W3"))
                squares = np.trace(W1 @ W1.T) + np.einsum("ij,ij", W2, W2) + np.power(W3, 2).sum()
                return np.float64(compute_cost(A3, Y)) + np.multiply(lambd / (m := Y.shape[1]) * 0.5, squares)
        """,
        }
    ),
    peer=_cost_by_scikit_learn,
)


# -- backward_propagation_with_regularization --------------------------------------------------------------

_FLOW = ("dZ", "dA")

SHARED_BACKWARD_MISTAKES = (
    mistake(
        "dA1 is computed from dA2: it comes from dZ2, after the ReLU's derivative",
        "W2.T @ dZ2",
        "W2.T @ dA2",
    ),
    mistake(
        "the derivative of the ReLU is missing: dZ2 and dZ1 are 0 where the unit was not active",
        "np.where(A2 > 0, dA2, 0.0)",
        "dA2",
        "np.where(A1 > 0, dA1, 0.0)",
        "dA1",
    ),
    mistake(
        "the derivative of the ReLU of layer 1 looks at A2: it should look at A1 (or Z1)",
        "np.where(A1 > 0",
        "np.where(A2 > 0",
    ),
    mistake("dZ3 has the wrong sign: it is A3 - Y", "dZ3 = A3 - Y", "dZ3 = Y - A3"),
    mistake(
        "dZ3 is divided by m already: here only dW and db are means over the examples, dZ and dA are not",
        "dZ3 = A3 - Y",
        "dZ3 = (A3 - Y) / m",
        "@ A2.T / m",
        "@ A2.T",
        "@ A1.T / m",
        "@ A1.T",
        "@ X.T / m",
        "@ X.T",
        "keepdims=True) / m",
        "keepdims=True)",
    ),
    mistake(
        "m counts the rows of X, which are inputs: the examples are its columns, X.shape[1]",
        "X.shape[1]",
        "X.shape[0]",
    ),
    mistake("the db lost their second axis: sum with axis=1 and keepdims=True", ", keepdims=True", ""),
)

L2_BACKWARD = Exercise(
    backward_propagation_with_regularization,
    (
        Behaviour("weights", "each dWl gains lambd / m * Wl", _passes, ("dW",)),
        Behaviour("rest", "dZ, dA and db are those without regularization", _passes, ("dZ", "dA", "db")),
    ),
    (
        mistake(
            "the factor is lambd / (2 * m): the derivative of W ** 2 is 2 * W, so that the 2 cancels",
            "lambd / m",
            "lambd / (2 * m)",
        ),
        mistake(
            "the factor is 2 * lambd / m: the 1/2 of the penalty cancels this 2", "lambd / m", "2 * lambd / m"
        ),
        mistake("lambd * W is not divided by m", "lambd / m", "lambd"),
        mistake("lambd is missing: the factor is lambd / m", "lambd / m", "1 / m"),
        mistake(
            "lambd / m is missing: W itself is added",
            "lambd / m * W",
            "W",
        ),
        mistake(
            "W is missing: the number lambd / m is added to every entry of dW",
            *(text for l in (3, 2, 1) for text in (f" + lambd / m * W{l}", " + lambd / m")),
        ),
        mistake("dW1 lacks its lambd / m * W1", " + lambd / m * W1", ""),
        mistake("dW2 lacks its lambd / m * W2", " + lambd / m * W2", ""),
        mistake("dW3 lacks its lambd / m * W3", " + lambd / m * W3", ""),
        mistake(
            "no dW has its lambd / m * W",
            *(text for l in (3, 2, 1) for text in (f" + lambd / m * W{l}", "")),
        ),
        *(
            mistake(f"dW{l} lacks the 1/m of lambd / m", f"lambd / m * W{l}", f"lambd * W{l}")
            for l in (1, 2, 3)
        ),
        *(
            mistake(
                f"dW{l} gains the weights of layer {other}: it should gain those of its own layer, W{l}",
                f"lambd / m * W{l}",
                f"lambd / m * W{other}",
            )
            for l in (1, 2, 3)
            for other in (1, 2, 3)
            if other != l
        ),
        mistake("lambd / m * W is subtracted: it should be added", "+ lambd / m", "- lambd / m"),
        mistake(
            "the square of W is added: its derivative is W, without the square",
            *(text for l in (3, 2, 1) for text in (f"m * W{l}", f"m * W{l} ** 2")),
        ),
        mistake(
            "lambd / m * b is added to db as well: the penalty holds no b, so that db stays as it is",
            *(
                text
                for l in (3, 2, 1)
                for text in (
                    f"np.sum(dZ{l}, axis=1, keepdims=True) / m",
                    f"(np.sum(dZ{l}, axis=1, keepdims=True) + lambd * cache[{4 * l - 1}]) / m",
                )
            ),
        ),
        mistake(
            "lambd / m is added to db: the penalty holds no b, so that db stays as it is",
            "keepdims=True) / m",
            "keepdims=True) / m + lambd / m",
        ),
        mistake(
            "lambd is added to dZ3: the penalty does not depend on Z3, only the dW change",
            "dZ3 = A3 - Y",
            "dZ3 = A3 - Y + lambd / m",
        ),
        *SHARED_BACKWARD_MISTAKES,
    ),
    variants=_styles(
        {
            "loop from the last layer, masks by multiplication": """
            def backward_propagation_with_regularization(X, y, cache, lam):
                grads, m, dZ = {}, X.shape[1], cache[9] - y
                A, W = [X, cache[1], cache[5]], [cache[2], cache[6], cache[10]]
                for l in range(3, 0, -1):
                    grads["dZ%d" % l] = dZ
                    grads["dW%d" % l] = 1.0 / m * (np.dot(dZ, A[l - 1].T) + lam * W[l - 1])
                    grads["db%d" % l] = np.mean(dZ, axis=1).reshape(-1, 1)
                    if l > 1:
                        grads["dA%d" % (l - 1)] = np.dot(W[l - 1].T, dZ)
                        dZ = grads["dA%d" % (l - 1)] * np.int64(A[l - 1] > 0)
                return dict(sorted(grads.items()))
        """,
            "einsum, masks from Z, copies changed in place": """
            def backward_propagation_with_regularization(X, Y, cache, lambd):
                (Z1, A1, W1, b1, Z2, A2, W2, b2, Z3, A3, W3, b3) = cache
                m = X.shape[1]
                def weights(dZ, A, W):
                    d = np.einsum("ij,kj->ik", dZ, A) / m
                    d += np.multiply(lambd, W) / m
                    return d
                dZ3 = A3 - Y
                dA2 = np.matmul(W3.T, dZ3)
                dZ2 = np.array(dA2, copy=True)
                dZ2[Z2 <= 0] = 0
                dA1 = np.matmul(W2.T, dZ2)
                dZ1 = np.array(dA1, copy=True)
                dZ1[Z1 <= 0] = 0
                return {
                    "dZ3": dZ3, "dW3": weights(dZ3, A2, W3), "db3": np.sum(dZ3, axis=1, keepdims=True) / m,
                    "dA2": dA2, "dZ2": dZ2, "dW2": weights(dZ2, A1, W2), "db2": np.sum(dZ2, 1)[:, None] / m,
                    "dA1": dA1, "dZ1": dZ1, "dW1": weights(dZ1, X, W1), "db1": dZ1 @ np.ones((m, 1)) / m,
                }
        """,
        }
    ),
    peer=_l2_by_autograd,
)


# -- forward_propagation_with_dropout ----------------------------------------------------------------------

_D1, _D2 = "np.random.random_sample(A1.shape)", "np.random.random_sample(A2.shape)"
_SCALED = ("A1 = A1 / keep_prob", "A2 = A2 / keep_prob")


_SEEDED = (
    "a seed is set inside the function, so that all calls draw the same masks (and D2 may repeat D1): "
    "leave seeding to the caller"
)


def _in_both(template: str) -> tuple[str, ...]:
    """Edits that put a text in the place of both layers' division by keep_prob."""
    return tuple(text for l, old in zip((1, 2), _SCALED, strict=True) for text in (old, template.format(l=l)))


FORWARD = Exercise(
    forward_propagation_with_dropout,
    (
        Behaviour(
            "masks",
            "each entry of D1 and D2 is 1 with probability keep_prob, independently of all others",
            _large,
            view="masks",
            expect=_drawn,
        ),
        Behaviour(
            "dropping",
            "A1 and A2 are 0 where D1 and D2 are",
            _small,
            view="activations_dropped",
            expect=_activations_applied,
        ),
        Behaviour(
            "scaling",
            "what is kept of A1 and A2 is divided by keep_prob",
            _small,
            view="activations_kept",
            expect=_activations_scaled,
        ),
        Behaviour(
            "pass",
            "the rest is an ordinary forward pass, without a mask on the output",
            _small_and_all_kept,
            view="consistency",
            expect=_consistent,
        ),
        Behaviour("fresh", "every call draws new masks", _fresh, view="renewal", expect=_renewed, repeats=2),
    ),
    (
        mistake(_SEEDED, "    W1, b1 =", "    np.random.seed(1)\n    W1, b1 ="),
        mistake(
            _SEEDED,
            "    D1 = ",
            "    np.random.seed(1)\n    D1 = ",
            "    D2 = ",
            "    np.random.seed(1)\n    D2 = ",
        ),
        mistake(
            "the masks are drawn with randn: use rand, which is below keep_prob with probability keep_prob",
            _D1,
            "np.random.randn(*A1.shape)",
            _D2,
            "np.random.randn(*A2.shape)",
        ),
        mistake(
            "the masks are turned round: they keep a unit with probability 1 - keep_prob",
            "< keep_prob",
            "> keep_prob",
        ),
        mistake("keep_prob is ignored: every mask keeps one half", "< keep_prob", "< 0.5"),
        mistake(
            "the masks hold the random numbers: compare them with keep_prob, so that they hold 0 and 1",
            " < keep_prob",
            "",
        ),
        mistake(
            "the masks hold 1 / keep_prob: they should hold 0 and 1, and A be divided by keep_prob",
            "D1 = np.random.random_sample(A1.shape) < keep_prob",
            "D1 = (np.random.random_sample(A1.shape) < keep_prob) / keep_prob",
            "D2 = np.random.random_sample(A2.shape) < keep_prob",
            "D2 = (np.random.random_sample(A2.shape) < keep_prob) / keep_prob",
            *_in_both("pass"),
        ),
        *(
            mistake(
                "the masks have one entry for each unit, so that all examples lose the same units: "
                "D has the shape of A",
                _D1,
                draw.format(1),
                _D2,
                draw.format(2),
            )
            for draw in (
                "np.random.random_sample((A{0}.shape[0], 1))",
                "np.random.random_sample((A{0}.shape[0], 1)) * np.ones(A{0}.shape)",
            )
        ),
        *(
            mistake(
                "the masks have one entry for each example, so that an example loses all units or none: "
                "D has the shape of A",
                _D1,
                draw.format(1),
                _D2,
                draw.format(2),
            )
            for draw in (
                "np.random.random_sample((1, A{0}.shape[1]))",
                "np.random.random_sample((1, A{0}.shape[1])) * np.ones(A{0}.shape)",
            )
        ),
        mistake(
            "D2 is D1: each layer draws its own mask",
            "D2 = np.random.random_sample(A2.shape) < keep_prob",
            "D2 = D1",
        ),
        mistake("A1 is not masked with D1", "A1 = A1 * D1", "pass"),
        mistake("A2 is not masked with D2", "A2 = A2 * D2", "pass"),
        mistake(
            "the masks are drawn and not used: multiply A1 by D1 and A2 by D2",
            "A1 = A1 * D1",
            "pass",
            "A2 = A2 * D2",
            "pass",
        ),
        mistake("A2 is masked with D1: it should be masked with D2", "A2 * D2", "A2 * D1"),
        mistake(
            "A1 and A2 are not divided by keep_prob: dropping units alone makes the activations smaller",
            *_in_both("pass"),
        ),
        mistake("A1 is not divided by keep_prob", _SCALED[0], "pass"),
        mistake("A2 is not divided by keep_prob", _SCALED[1], "pass"),
        mistake("A1 and A2 are divided by keep_prob twice", *_in_both("A{l} = A{l} / keep_prob / keep_prob")),
        mistake(
            "A1 and A2 are multiplied by keep_prob: they should be divided by it",
            *_in_both("A{l} = A{l} * keep_prob"),
        ),
        mistake(
            "A1 and A2 are divided by 1 - keep_prob: divide by keep_prob, the share that is kept",
            *_in_both("A{l} = A{l} / (1 - keep_prob)"),
        ),
        mistake(
            "the output A3 is divided by keep_prob: it should not be",
            "np.exp(-Z3))",
            "np.exp(-Z3)) / keep_prob",
        ),
        mistake(
            "A1 is divided by keep_prob only after Z2 has used it",
            "    A1 = A1 / keep_prob\n    Z2 = W2 @ A1 + b2\n",
            "    Z2 = W2 @ A1 + b2\n    A1 = A1 / keep_prob\n",
        ),
        mistake(
            "the ReLU is missing in a hidden layer: A1 = relu(Z1), A2 = relu(Z2)",
            "np.maximum(0, Z1)",
            "Z1",
            "np.maximum(0, Z2)",
            "Z2",
        ),
        mistake(
            "the ReLU is missing in a hidden layer: A1 = relu(Z1), A2 = relu(Z2)", "np.maximum(0, Z1)", "Z1"
        ),
        mistake(
            "the ReLU is missing in a hidden layer: A1 = relu(Z1), A2 = relu(Z2)", "np.maximum(0, Z2)", "Z2"
        ),
        mistake("the biases are missing", " + b1", "", " + b2", "", " + b3", ""),
        mistake(
            "Z2 is computed before A1 is masked and divided: mask first, then go on",
            "    Z2 = W2 @ A1 + b2\n",
            "",
            "    D1 = ",
            "    Z2 = W2 @ A1 + b2\n    D1 = ",
        ),
        mistake(
            "the output A3 is masked too: dropout belongs to the hidden layers",
            "A3 = 1 / (1 + np.exp(-Z3))",
            "A3 = 1 / (1 + np.exp(-Z3))\n"
            "    D3 = np.random.random_sample(A3.shape) < keep_prob\n"
            "    A3 = A3 * D3 / keep_prob",
        ),
        mistake(
            "the output A3 is masked too: dropout belongs to the hidden layers",
            "A3 = 1 / (1 + np.exp(-Z3))",
            "A3 = 1 / (1 + np.exp(-Z3)) * (np.random.random_sample(Z3.shape) < keep_prob)",
        ),
        mistake(
            "the output has a ReLU: it should have a sigmoid", "1 / (1 + np.exp(-Z3))", "np.maximum(0, Z3)"
        ),
    ),
    returns=("A3", "cache(Z1 D1 A1 W1 b1 Z2 D2 A2 W2 b2 Z3 A3 W3 b3)"),
    paired=False,
    variants=_styles(
        {
            "masks as nested lists, other names": """
            def forward_propagation_with_dropout(x, params, keep=0.5):
                import random
                def drop(A):
                    D = [[int(random.random() < keep) for _ in row] for row in A]
                    return D, np.multiply(A, D) / keep
                W1, b1, W2, b2, W3, b3 = [params[k] for k in ("W1", "b1", "W2", "b2", "W3", "b3")]
                Z1 = np.dot(W1, x) + b1
                D1, A1 = drop(np.maximum(Z1, 0))
                Z2 = np.dot(W2, A1) + b2
                D2, A2 = drop(np.maximum(Z2, 0))
                Z3 = np.dot(W3, A2) + b3
                A3 = 1 / (1 + np.exp(-Z3))
                return A3, (Z1, D1, A1, W1, b1, Z2, D2, A2, W2, b2, Z3, A3, W3, b3)
        """,
            "integer masks, >= 1 - keep_prob": """
            def forward_propagation_with_dropout(X, parameters, keep_prob=0.5):
                cache, A = [], X
                for l in range(1, 4):
                    W, b = parameters["W" + str(l)], parameters["b" + str(l)]
                    Z = np.matmul(W, A) + b
                    if l == 3:
                        A = np.reciprocal(1 + np.exp(-Z))
                        cache.extend([Z, A, W, b])
                    else:
                        A = Z * (Z > 0)
                        D = (np.random.uniform(size=Z.shape) >= 1 - keep_prob).astype(int)
                        A *= D
                        A /= keep_prob
                        cache.extend([Z, D, A, W, b])
                return A, tuple(cache)
        """,
            "its own generator, np.where, binomial": """
            def forward_propagation_with_dropout(X, parameters, keep_prob=0.5):
                from utils.network import relu, sigmoid
                rng = np.random.default_rng()
                W1, b1 = parameters["W1"], parameters["b1"]
                W2, b2 = parameters["W2"], parameters["b2"]
                W3, b3 = parameters["W3"], parameters["b3"]
                Z1 = W1 @ X + b1
                D1 = rng.binomial(1, keep_prob, size=Z1.shape)
                A1 = np.where(D1 == 1, relu(Z1) * (1 / keep_prob), 0)
                Z2 = W2 @ A1 + b2
                D2 = rng.choice([True, False], size=Z2.shape, p=[keep_prob, 1 - keep_prob])
                A2 = relu(Z2)
                A2[~D2] = 0
                A2 = A2 / keep_prob
                Z3 = W3 @ A2 + b3
                A3 = sigmoid(Z3)
                return (A3, [Z1, D1, A1, W1, b1, Z2, D2, A2, W2, b2, Z3, A3, W3, b3])
        """,
            "float masks from rand": """
            def forward_propagation_with_dropout(X, parameters, keep_prob=0.5):
                W1, b1 = parameters["W1"], parameters["b1"]
                W2, b2 = parameters["W2"], parameters["b2"]
                W3, b3 = parameters["W3"], parameters["b3"]
                Z1 = np.dot(W1, X) + b1
                A1 = np.maximum(0, Z1)
                D1 = np.random.rand(A1.shape[0], A1.shape[1])
                D1[D1 > keep_prob] = 2
                D1 = (D1 < 2) * 1.0
                A1 = A1 * D1 / keep_prob
                Z2 = np.dot(W2, A1) + b2
                A2 = np.maximum(0, Z2)
                D2 = np.round(np.random.rand(*A2.shape) - 0.5 + keep_prob)
                A2 = (A2 / keep_prob) * D2
                Z3 = np.dot(W3, A2) + b3
                A3 = 1. / (1. + np.exp(-Z3))
                return A3, (Z1, D1, A1, W1, b1, Z2, D2, A2, W2, b2, Z3, A3, W3, b3)
        """,
        }
    ),
)


# -- backward_propagation_with_dropout ---------------------------------------------------------------------

_MASKED = ("dA2 = dA2 * D2", "dA1 = dA1 * D1")
_DIVIDED = ("dA2 = dA2 / keep_prob", "dA1 = dA1 / keep_prob")


_UNMASKED = (
    "dA2 and dA1 are not masked: multiply dA2 by D2 and dA1 by D1 (dW and db are right all the same, as the "
    "ReLU stops dA where A is 0)"
)


def _divided(template: str) -> tuple[str, ...]:
    """Edits that put a text in the place of both divisions by keep_prob."""
    return tuple(t for l, old in zip((2, 1), _DIVIDED, strict=True) for t in (old, template.format(l=l)))


BACKWARD = Exercise(
    backward_propagation_with_dropout,
    (
        Behaviour(
            "dropping",
            "dA2 and dA1 are 0 where D2 and D1 are",
            _dropout_passes,
            view="gradients_dropped",
            expect=_gradients_dropped,
            extra_keys=True,
        ),
        Behaviour(
            "scaling",
            "what is kept of dA2 and dA1 is divided by keep_prob",
            _dropout_passes,
            view="gradients_kept",
            expect=_gradients_scaled,
            extra_keys=True,
        ),
        Behaviour(
            "gradients",
            "dZ, dW and db follow from dA2 and dA1 as ever",
            _dropout_passes,
            ("dZ", "dW", "db"),
            extra_keys=True,
        ),
    ),
    (
        mistake(
            _UNMASKED,
            _MASKED[0],
            "pass",
            _MASKED[1],
            "pass",
        ),
        mistake("dA2 is not 0 where D2 drops a unit: multiply it by D2", _MASKED[0], "pass"),
        mistake("dA1 is not 0 where D1 drops a unit: multiply it by D1", _MASKED[1], "pass"),
        mistake("dA1 is masked with D2: layer 1 was masked with D1", "dA1 * D1", "dA1 * D2"),
        mistake("dA2 is masked with D1: layer 2 was masked with D2", "dA2 * D2", "dA2 * D1"),
        mistake(
            "the masks are exchanged: dA2 belongs to D2, dA1 to D1",
            "dA2 * D2",
            "dA2 * D1",
            "dA1 * D1",
            "dA1 * D2",
        ),
        mistake(
            "the masks are turned round: they let the gradient of the dropped units through",
            "dA2 * D2",
            "dA2 * (1 - D2)",
            "dA1 * D1",
            "dA1 * (1 - D1)",
        ),
        mistake(
            "dA2 and dA1 are not divided by keep_prob: the forward pass divided A by it, so that dA is divided too",
            *_divided("pass"),
        ),
        mistake("dA2 is not divided by keep_prob", _DIVIDED[0], "pass"),
        mistake("dA1 is not divided by keep_prob", _DIVIDED[1], "pass"),
        mistake(
            "dA2 and dA1 are divided by keep_prob twice", *_divided("dA{l} = dA{l} / keep_prob / keep_prob")
        ),
        mistake(
            "dA2 and dA1 are multiplied by keep_prob: they should be divided by it",
            *_divided("dA{l} = dA{l} * keep_prob"),
        ),
        mistake(
            "dA2 and dA1 are divided by 1 - keep_prob: the forward pass divided by keep_prob",
            *_divided("dA{l} = dA{l} / (1 - keep_prob)"),
        ),
        mistake(
            "the output layer's dZ3 is divided by keep_prob: no mask touched it",
            "dZ3 = A3 - Y",
            "dZ3 = (A3 - Y) / keep_prob",
        ),
        mistake(
            "dW is divided by keep_prob once more: the division belongs to dA alone",
            "@ A1.T / m",
            "@ A1.T / m / keep_prob",
            "@ X.T / m",
            "@ X.T / m / keep_prob",
        ),
        mistake(
            "dZ2 and dA2 are one array, so that the ReLU's zeros land in dA2 too (and dZ1 in dA1): make a copy",
            "dZ2 = np.where(A2 > 0, dA2, 0.0)",
            "dA2 = dZ2 = np.where(A2 > 0, dA2, 0.0)",
            "dZ1 = np.where(A1 > 0, dA1, 0.0)",
            "dA1 = dZ1 = np.where(A1 > 0, dA1, 0.0)",
        ),
        mistake(
            _UNMASKED,
            _MASKED[0],
            "pass",
            "dZ2 = np.where(A2 > 0, dA2, 0.0)",
            "dZ2 = np.where(A2 > 0, dA2, 0.0) * D2",
            _MASKED[1],
            "pass",
        ),
        mistake(
            "new masks are drawn: the backward pass needs those of the forward pass, which the cache holds",
            "    m = X.shape[1]",
            "    m = X.shape[1]\n    stream = np.random.RandomState(0)",  # as the cases seed the global one
            "dA2 * D2",
            "dA2 * (stream.random_sample(D2.shape) < keep_prob)",
            "dA1 * D1",
            "dA1 * (stream.random_sample(D1.shape) < keep_prob)",
        ),
        *SHARED_BACKWARD_MISTAKES,
    ),
    variants=_styles(
        {
            "loop, np.where on the masks": """
            def backward_propagation_with_dropout(X, Y, cache, p):
                Z1, D1, A1, W1, b1, Z2, D2, A2, W2, b2, Z3, A3, W3, b3 = cache
                m, dZ, grads = X.shape[1], A3 - Y, {}
                layers = [(3, A2, W3, D2, Z2), (2, A1, W2, D1, Z1), (1, X, W1, None, None)]
                for l, A, W, D, Z in layers:
                    grads[f"dZ{l}"] = dZ
                    grads[f"dW{l}"] = np.matmul(dZ, np.transpose(A)) * (1 / m)
                    grads[f"db{l}"] = (1 / m) * np.sum(dZ, axis=1, keepdims=True)
                    if l > 1:
                        dA = np.where(D, W.T.dot(dZ), 0) / p
                        grads[f"dA{l - 1}"] = dA
                        dZ = dA * np.int64(Z > 0)
                return grads
        """,
            "in place, an extra entry": """
            def backward_propagation_with_dropout(X, Y, cache, keep_prob):
                (Z1, D1, A1, W1, b1, Z2, D2, A2, W2, b2, Z3, A3, W3, b3) = cache
                m = X.shape[1]
                dZ3 = A3 - Y
                dA2 = np.dot(W3.T, dZ3)
                dA2[~D2] = 0
                dA2 /= keep_prob
                dZ2 = dA2.copy()
                dZ2[A2 == 0] = 0
                dA1 = np.dot(W2.T, dZ2)
                dA1 *= D1
                dA1 *= 1 / keep_prob
                dZ1 = dA1 * (A1 > 0)
                return {
                    "dA3": (1 - Y) / (1 - A3) - Y / A3,
                    "dW1": dZ1 @ X.T / m, "dW2": dZ2 @ A1.T / m, "dW3": dZ3 @ A2.T / m,
                    "db1": dZ1.mean(axis=1, keepdims=True), "db2": dZ2.mean(axis=1, keepdims=True),
                    "db3": dZ3.mean(axis=1, keepdims=True),
                    "dZ1": dZ1, "dZ2": dZ2, "dZ3": dZ3, "dA1": dA1, "dA2": dA2,
                }
        """,
        }
    ),
    peer=_dropout_by_autograd,
)


# -- frozen masks, and questions ---------------------------------------------------------------------------

FROZEN = Exercise(
    forward_propagation_with_frozen_masks,
    (
        Behaviour("ordinary", "with nothing dropped it is the ordinary forward pass", _all_kept),
        Behaviour("masked", "the given masks are applied, and the rest divided by keep_prob", _frozen),
    ),
    (
        mistake("the division by keep_prob is missing", " / keep_prob", ""),
        mistake("the activations are divided by keep_prob twice", " / keep_prob", " / keep_prob**2"),
        mistake("the masks are not applied", " * D1", "", " * D2", ""),
        mistake("A1 is not masked with D1", " * D1", ""),
        mistake("A2 is not masked with D2", " * D2", ""),
        mistake("the masks are exchanged", " * D1", " * D0", " * D2", " * D1", " * D0", " * D2"),
        mistake("A2 is masked with D1: it should be masked with D2", " * D2", " * D1"),
        mistake("Z3 is returned: the output is sigmoid(Z3)", "1 / (1 + np.exp(-Z3))", "Z3"),
        mistake(
            "the output has a ReLU: it should have a sigmoid", "1 / (1 + np.exp(-Z3))", "np.maximum(0, Z3)"
        ),
        mistake("the ReLU is missing", "np.maximum(0, Z1)", "Z1", "np.maximum(0, Z2)", "Z2"),
        mistake(
            "the output is divided by keep_prob: it should not be", "np.exp(-Z3))", "np.exp(-Z3)) / keep_prob"
        ),
        mistake(
            "the biases are missing",
            ' + parameters["b1"]',
            "",
            ' + parameters["b2"]',
            "",
            ' + parameters["b3"]',
            "",
        ),
        mistake(
            "new masks are drawn: use D1 and D2, which are given",
            "    Z1 = ",
            "    stream = np.random.RandomState(0)\n    Z1 = ",
            " * D1",
            " * (stream.random_sample(D1.shape) < keep_prob)",
            " * D2",
            " * (stream.random_sample(D2.shape) < keep_prob)",
        ),
    ),
    variants=_styles(
        {
            "loop": """
            def forward_propagation_with_frozen_masks(X, p, M1, M2, keep):
                A = X
                for l, M in ((1, M1), (2, M2)):
                    A = np.multiply(np.maximum(np.dot(p[f"W{l}"], A) + p[f"b{l}"], 0.0), np.array(M) / keep)
                return 1.0 / (1.0 + np.exp(-(np.dot(p["W3"], A) + p["b3"])))
        """,
        }
    ),
)

QUANTITIES = ("A1", "Z2", "A2", "A3", "cost")


def _judge_kept(answer: Any, rng: np.random.Generator) -> str:
    given = set(answer)
    if given == {"A1", "Z2"}:
        return ""
    if "cost" in given:
        return "the cost is larger on average: compare the two numbers in the last row of the table"
    if given & {"A2", "A3"}:
        return (
            "one of these lies behind a ReLU or a sigmoid of something random, where the mean of the values is "
            "not the value at the mean"
        )
    return "one is missing: think of what is computed from A2 without bending it"


def _judge_seeded(answer: Any, rng: np.random.Generator) -> str:
    return (
        ""
        if float(answer) == 1
        else "count again: with the seed inside, does anything differ between two calls?"
    )


def _judge_test_time(answer: Any, rng: np.random.Generator) -> str:
    if "nothing" in ([answer] if isinstance(answer, str) else answer):
        return ""
    return "the division by keep_prob during training has put the activations right already"


EXERCISES = (
    COST,
    L2_BACKWARD,
    FORWARD,
    BACKWARD,
    FROZEN,
    Question(
        "kept_on_average",
        "which quantities dropout leaves as they are on average",
        {"kind": "set", "choices": ", ".join(QUANTITIES)},
        _judge_kept,
    ),
    Question(
        "masks_seen", "how many different masks D1 the seeded pass draws", {"kind": "number"}, _judge_seeded
    ),
    Question(
        "at_test_time",
        "what is done to the activations at test time",
        {"kind": "choice", "choices": "masks, multiply, divide, nothing"},
        _judge_test_time,
    ),
)
