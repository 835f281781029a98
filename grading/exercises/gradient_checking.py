"""Gradient checking: one dimension, a whole network, a repaired backward pass, and a hunt for wrong entries."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from textwrap import dedent
from typing import Any

import numpy as np

from grading.exercise import Behaviour, Draw, Exercise, Question, mistake
from utils.cases import Band

POINTS = 50

Array = np.ndarray[Any, Any]
Arrays = dict[str, Array]

WIDTHS = (4, 5, 3, 1)
ENTRIES = ("dW1", "db1", "dW2", "db2", "dW3", "db3")


# -- references ------------------------------------------------------------------------------------------


def forward_propagation(x: float, theta: float) -> float:
    return theta * x


def backward_propagation(x: float, theta: float) -> float:
    return x


def gradient_check(x: float, theta: float, epsilon: float = 1e-7) -> float:
    theta_plus = theta + epsilon
    theta_minus = theta - epsilon
    approx = (theta_plus * x - theta_minus * x) / (2 * epsilon)
    grad = x
    return float(abs(grad - approx) / (abs(grad) + abs(approx)))


def _costs(thetas: Array, X: Array, Y: Array) -> Array:
    """The costs (k,) of k nets 4-5-3-1, each with its 47 parameters in a row of ``thetas`` (k, 47)."""
    pieces = np.split(thetas, [20, 25, 40, 43, 46], axis=1)
    shapes = [(5, 4), (5, 1), (3, 5), (3, 1), (1, 3), (1, 1)]
    W1, b1, W2, b2, W3, b3 = (piece.reshape(-1, *shape) for piece, shape in zip(pieces, shapes, strict=True))
    A1 = np.maximum(0, W1 @ X + b1)
    A2 = np.maximum(0, W2 @ A1 + b2)
    Z3 = (W3 @ A2 + b3)[:, 0]
    return np.asarray(np.mean(np.logaddexp(0, Z3) - Y * Z3, axis=1))


def _flat(arrays: Arrays, prefix: str = "") -> Array:
    names = [prefix + kind + str(layer) for layer in (1, 2, 3) for kind in ("W", "b")]
    return np.concatenate([np.asarray(arrays[name], dtype=float).ravel() for name in names])


def gradient_check_n(
    parameters: Arrays, gradients: Arrays, X: Array, Y: Array, epsilon: float = 1e-7
) -> float:
    theta = _flat(parameters)
    grad = _flat(gradients, "d")
    shift = epsilon * np.eye(theta.size)
    J_plus = _costs(theta + shift, X, Y)
    J_minus = _costs(theta - shift, X, Y)
    approx = (J_plus - J_minus) / (2 * epsilon)
    numerator = np.linalg.norm(grad - approx)
    denominator = np.linalg.norm(grad) + np.linalg.norm(approx)
    return float(numerator / denominator)


def backward_propagation_n(X: Array, Y: Array, cache: tuple[Array, ...]) -> Arrays:
    A1, A2, W2, A3, W3 = cache[1], cache[5], cache[6], cache[9], cache[10]
    m = X.shape[1]
    dZ3 = A3 - Y
    dA2 = W3.T @ dZ3
    dZ2 = np.where(A2 > 0, dA2, 0.0)
    dA1 = W2.T @ dZ2
    dZ1 = np.where(A1 > 0, dA1, 0.0)
    dW3 = dZ3 @ A2.T / m
    dW2 = dZ2 @ A1.T / m
    dW1 = dZ1 @ X.T / m
    db3 = np.sum(dZ3, axis=1, keepdims=True) / m
    db2 = np.sum(dZ2, axis=1, keepdims=True) / m
    db1 = np.sum(dZ1, axis=1, keepdims=True) / m
    return {"dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2, "dW3": dW3, "db3": db3}


def wrong_entries(parameters: Arrays, gradients: Arrays, X: Array, Y: Array) -> list[str]:
    theta = _flat(parameters)
    shift = 1e-5 * np.eye(theta.size)
    approx = (_costs(theta + shift, X, Y) - _costs(theta - shift, X, Y)) / 2e-5
    found = []
    start = 0
    for name in ENTRIES:
        grad = np.asarray(gradients[name], dtype=float).ravel()
        part = approx[start : start + grad.size]
        start = start + grad.size
        gap = np.linalg.norm(grad - part)
        size = np.linalg.norm(grad) + np.linalg.norm(part)
        if gap / size > 1e-3:
            found.append(name)
    return found


# -- cases -----------------------------------------------------------------------------------------------


def _forward_pass(parameters: Arrays, X: Array) -> tuple[Array, ...]:
    """The cache (Z1, A1, W1, b1, ..., Z3, A3, W3, b3)."""
    cache: list[Array] = []
    A = X
    for layer in (1, 2, 3):
        W, b = parameters[f"W{layer}"], parameters[f"b{layer}"]
        Z = W @ A + b
        A = np.maximum(Z, 0) if layer < 3 else 1 / (1 + np.exp(-Z))
        cache += [Z, A, W, b]
    return tuple(cache)


Net = tuple[Arrays, Arrays, Array, Array, tuple[Array, ...]]


def _weights(rng: np.random.Generator) -> Arrays:
    parameters = {}
    for layer, (n_prev, n) in enumerate(pairwise(WIDTHS), start=1):
        parameters[f"W{layer}"] = rng.normal(size=(n, n_prev))
        parameters[f"b{layer}"] = rng.normal(size=(n, 1))
    return parameters


def _from_kinks(cache: tuple[Array, ...]) -> Array:
    """How far each example is from the kinks of the ReLUs."""
    return np.asarray(np.minimum(np.abs(cache[0]).min(axis=0), np.abs(cache[4]).min(axis=0)))


def _solved(parameters: Arrays, X: Array, Y: Array, cache: tuple[Array, ...]) -> tuple[Net, list[float]]:
    """The net with its right gradients, and the norms of these."""
    gradients = backward_propagation_n(X, Y, cache)
    sizes = [float(np.linalg.norm(gradients[name])) for name in ENTRIES]
    return (parameters, gradients, X, Y, cache), sizes


def _net(rng: np.random.Generator, m: int) -> Net:
    """Parameters, their right gradients, data and cache: no kink near, no entry with a vanishing gradient."""
    while True:
        parameters = _weights(rng)
        X, Y = rng.normal(size=(WIDTHS[0], m)), rng.integers(0, 2, (1, m))
        cache = _forward_pass(parameters, X)
        tame = np.abs(cache[8]).max() < 6  # beyond, 1 - A3 has lost the digits that a numerical slope needs
        if tame and _from_kinks(cache).min() > 0.02:
            net, sizes = _solved(parameters, X, Y, cache)
            if min(sizes) > 0.02:
                return net


def _trained_net(rng: np.random.Generator, m: int) -> Net:
    """A net that gets its examples right, so that its gradients are small, one of them very small.

    Only the gap beside the sum of the norms can judge them all.
    """
    while True:
        parameters, pool = _weights(rng), rng.normal(size=(WIDTHS[0], 60))
        cache = _forward_pass(parameters, pool)
        Z3 = np.where(_from_kinks(cache) > 0.02, np.abs(cache[8][0]), 0.0)
        X, scale = pool[:, np.argsort(Z3)[-m:]], 7 / Z3.max()
        for _ in range(3):  # a larger scale makes the examples surer and the gradients smaller
            parameters["W3"], parameters["b3"] = parameters["W3"] * scale, parameters["b3"] * scale
            cache = _forward_pass(parameters, X)
            net, sizes = _solved(parameters, X, (cache[9] > 0.5).astype(int), cache)
            if min(sizes) < 1e-9:
                break
            scale = 1 + np.log(min(sizes) / 2e-5) / np.abs(cache[8]).max()
        if _from_kinks(cache).min() > 0.02 and 1e-5 < min(sizes) < 3e-5 and max(sizes) < 3e-3:
            return net


def _numbers(rng: np.random.Generator) -> Iterator[Draw]:
    for _ in range(4):
        x, theta = (float(v) for v in rng.uniform(2, 9, 2) * rng.choice([-1, 1], 2))
        yield Draw((x, theta), f"x = {x:.3g}, theta = {theta:.3g}")


def _zeros(rng: np.random.Generator) -> Iterator[Draw]:
    x, theta = (float(v) for v in rng.uniform(2, 9, 2))
    yield Draw((x, 0.0), f"x = {x:.3g}, theta = 0")
    yield Draw((x, 1.0), f"x = {x:.3g}, theta = 1")
    yield Draw((-x, -theta), f"x = {-x:.3g}, theta = {-theta:.3g}")


def _checked_numbers(rng: np.random.Generator) -> Iterator[Draw]:
    for epsilon, sign in ((None, 1), (1e-3, -1), (0.25, 1)):
        x, theta = (float(v) for v in rng.permutation(rng.uniform([2, 6], [4, 9])) * sign)
        label = f"x = {x:.3g}, theta = {theta:.3g}"
        more = () if epsilon is None else (epsilon,)
        yield Draw((x, theta, *more), label + (f", epsilon = {epsilon:g}" if more else ""))


def _large_numbers(rng: np.random.Generator) -> Iterator[Draw]:
    """Numbers and steps at which rounding leaves a difference that is large, and the same for every right answer."""
    found = 0
    while found < 3:
        x, theta = float(rng.uniform(2e9, 9e9)), float(rng.uniform(2e3, 9e3))
        if gradient_check(x, theta, 1e-10) > 1e-3:
            found += 1
            yield Draw(
                (x, theta, 1e-10), f"x = {x:.1g}, theta = {theta:.1g}, epsilon = 1e-10", tolerance=1e-6
            )


def _spoilt(gradients: Arrays, rng: np.random.Generator, count: int, first: int = 0) -> Arrays:
    """The gradients with ``count`` entries spoilt, each in another way, beginning with way number ``first``."""
    spoilt = {name: gradients[name].copy() for name in ENTRIES}
    for way, name in enumerate(rng.permutation(np.array(ENTRIES))[:count], start=first):
        spoilt[str(name)] = _spoil(spoilt[str(name)], rng, way % 5)
    return spoilt


def _spoil(entry: Array, rng: np.random.Generator, way: int) -> Array:
    """A gradient spoilt in one of the usual ways, by at least a tenth of its size."""
    if way == 0:
        return -entry
    if way == 1:
        return entry * float(rng.choice([0.5, 0.8, 2.0, 3.0, 4.0]))
    if way == 2:
        return np.zeros_like(entry)
    if way == 3 and entry.shape[0] > 1 and np.linalg.norm(np.roll(entry, 1, axis=0) - entry) > 0.1:
        return np.roll(entry, 1, axis=0)
    spoilt = entry.copy()
    spoilt.flat[int(rng.integers(entry.size))] += 0.3 * np.linalg.norm(entry)
    return spoilt


def _right_gradients(rng: np.random.Generator) -> Iterator[Draw]:
    for m, epsilon in ((3, None), (4, 1e-4), (6, 1e-5)):
        parameters, gradients, X, Y, _ = _net(rng, m)
        more = () if epsilon is None else (epsilon,)
        label = "right gradients" + (f", epsilon = {epsilon:g}" if more else "")
        yield Draw((parameters, gradients, X, Y, *more), label)


def _wrong_gradients(rng: np.random.Generator) -> Iterator[Draw]:
    for m, count in ((3, 1), (5, 2), (4, 6)):
        parameters, gradients, X, Y, _ = _net(rng, m)
        spoilt = _spoilt(gradients, rng, count)
        yield Draw((parameters, spoilt, X, Y, 1e-4), f"{count} wrong of 6 entries")


def _coarse_steps(rng: np.random.Generator) -> Iterator[Draw]:
    for m, epsilon in ((3, 0.3), (5, 0.1)):
        parameters, gradients, X, Y, _ = _net(rng, m)
        yield Draw((parameters, gradients, X, Y, epsilon), f"epsilon = {epsilon:g}")


def _passes(rng: np.random.Generator) -> Iterator[Draw]:
    for m in (3, 5, 8):
        _, _, X, Y, cache = _net(rng, m)
        yield Draw((X, Y, cache), f"m = {m}")


def _hunts(*faults: tuple[int, int]) -> Any:
    """Draw a net for each (number of wrong entries, first way in which they are wrong); the last one is trained."""

    def draw(rng: np.random.Generator) -> Iterator[Draw]:
        for number, (count, first) in enumerate(faults, start=1):
            net = _trained_net if number == len(faults) else _net
            parameters, gradients, X, Y, _ = net(rng, int(rng.integers(3, 7)))
            label = f"{count} wrong of 6 entries"
            yield Draw((parameters, _spoilt(gradients, rng, count, first), X, Y), label)

    return draw


# -- established implementations and other styles ----------------------------------------------------------


def _gradients_by_autograd(X: Array, Y: Array, parameters: Arrays) -> Arrays:
    """The gradients of the net's cost that HIPS autograd finds."""
    import autograd.numpy as anp
    from autograd import grad

    def cost(weights: Any) -> Any:
        A = X
        for layer in (1, 2, 3):
            Z = anp.dot(weights[f"W{layer}"], A) + weights[f"b{layer}"]
            A = anp.maximum(0, Z)
        return anp.mean(anp.logaddexp(0, Z) - Y * Z)

    return {f"d{name}": value for name, value in grad(cost)(parameters).items()}


def _repaired_by_autograd(X: Array, Y: Array, cache: tuple[Array, ...]) -> Arrays:
    places = {"W1": 2, "b1": 3, "W2": 6, "b2": 7, "W3": 10, "b3": 11}
    return _gradients_by_autograd(X, Y, {name: cache[place] for name, place in places.items()})


def _hunt_by_autograd(parameters: Arrays, gradients: Arrays, X: Array, Y: Array) -> set[str]:
    right = _gradients_by_autograd(X, Y, parameters)
    return {name for name in ENTRIES if not np.allclose(gradients[name], right[name], rtol=1e-6, atol=1e-12)}


def _styles(texts: dict[str, str]) -> dict[str, str]:
    """Right answers in other styles, by name: programs without the indentation that they have here."""
    return {name: dedent(text) for name, text in texts.items()}


_A_LOOP = """
    def _cost(parameters, X, Y):
        A1 = np.maximum(0, np.dot(parameters["W1"], X) + parameters["b1"])
        A2 = np.maximum(0, np.dot(parameters["W2"], A1) + parameters["b2"])
        A3 = 1 / (1 + np.exp(-(np.dot(parameters["W3"], A2) + parameters["b3"])))
        return float(np.squeeze(-np.sum(Y * np.log(A3) + (1 - Y) * np.log(1 - A3)) / X.shape[1]))

    def _slopes(parameters, X, Y, epsilon):
        slopes = {}
        for name, W in parameters.items():
            slopes["d" + name] = np.zeros(W.shape)
            for place in np.ndindex(*W.shape):
                kept = W[place]
                W[place] = kept + epsilon
                above = _cost(parameters, X, Y)
                W[place] = kept - epsilon
                below = _cost(parameters, X, Y)
                W[place] = kept
                slopes["d" + name][place] = (above - below) / epsilon / 2
        return slopes
"""


def _small(limit: float) -> Any:
    """Expect a difference that is no more than rounding leaves."""
    return lambda *arguments: {"the difference": Band(0.0, limit)}


# -- questions ---------------------------------------------------------------------------------------------


def _judge_planted(answer: Any, rng: np.random.Generator) -> str:
    given, right = {str(item) for item in answer}, {"dW2", "db1"}
    if given == right:
        return ""
    if not given & right:
        return "none of those you name is faulty: compare entry by entry"
    if given - right:
        return "you name an entry that is right as well; compare entry by entry"
    return "one more entry is wrong: the others may hide it, compare entry by entry"


def _judge_epsilon(answer: Any, rng: np.random.Generator) -> str:
    if 3e-6 <= float(answer) <= 3e-4:
        return ""
    side = (
        "rounding: the two costs share most digits" if float(answer) < 3e-6 else "the curvature of the cost"
    )
    return f"at this epsilon the error is larger than it need be, and most of it is {side}"


def _judge_verdict(answer: Any, rng: np.random.Generator) -> str:
    given = answer if isinstance(answer, str) else next(iter(answer))
    if given == "not decided":
        return ""
    return "at this epsilon rounding alone leaves about as much, so the number speaks neither for nor against"


# -- the exercises -----------------------------------------------------------------------------------------

FORWARD = Exercise(
    forward_propagation,
    (
        Behaviour("value", "J = theta * x", _numbers),
        Behaviour("special values", "J = theta * x also where theta is 0, 1 or negative", _zeros),
    ),
    (
        mistake("x and theta are added: J is their product", "theta * x", "theta + x"),
        mistake("it returns theta: it should return J = theta * x", "theta * x", "theta"),
        mistake("theta is squared: J = theta * x", "theta * x", "theta**2 * x"),
        mistake("x is squared: J = theta * x", "theta * x", "theta * x**2"),
    ),
)

BACKWARD = Exercise(
    backward_propagation,
    (
        Behaviour("value", "dJ/dtheta = x", _numbers),
        Behaviour("any theta", "dJ/dtheta does not depend on theta", _zeros),
    ),
    (
        mistake(
            "it returns theta, which is dJ/dx: the derivative is asked for by theta",
            "return x",
            "return theta",
        ),
        mistake(
            "it returns J itself: the derivative of theta * x by theta is x", "return x", "return theta * x"
        ),
        mistake("it returns 1: the derivative of theta * x by theta is x", "return x", "return 1.0"),
    ),
)

SIZES = "theta minus epsilon is taken from theta plus epsilon: both start at theta"
HALF = "the slope is off by a factor of 2: theta plus and theta minus both start at theta, and lie 2 epsilon apart"
MIXED = "x and theta are mixed up: theta is what is shifted, and the derivative of theta * x by theta is x"
LEVEL = "the numerical slope is 0 or has the wrong sign: subtract J at theta minus from J at theta plus"
UNBRACKETED = (
    "parentheses are missing around the sum of the two norms: without them only the first one divides"
)

CHECK = Exercise(
    gradient_check,
    (
        Behaviour(
            "right gradient",
            "the difference is tiny for a right gradient, whatever epsilon is",
            _checked_numbers,
            view="difference",
            expect=_small(1e-6),
        ),
        Behaviour(
            "relative",
            "the difference is relative: it does not grow with the gradient",
            _large_numbers,
        ),
    ),
    (
        mistake(HALF, "theta_minus = theta - epsilon", "theta_minus = theta_plus - epsilon"),
        mistake(
            MIXED,
            "theta_plus * x - theta_minus * x",
            "theta * (x + epsilon) - theta * (x - epsilon)",
        ),
        mistake(LEVEL, "theta_minus * x", "theta_plus * x"),
        mistake(
            HALF,
            "/ (2 * epsilon)",
            "/ epsilon",
        ),
        mistake(
            "/ 2 * epsilon multiplies by epsilon: write / (2 * epsilon)", "/ (2 * epsilon)", "/ 2 * epsilon"
        ),
        mistake(
            LEVEL,
            "theta_plus * x - theta_minus * x",
            "theta_minus * x - theta_plus * x",
        ),
        mistake(
            "the difference is not divided by the size of the gradients", " / (abs(grad) + abs(approx))", ""
        ),
        mistake(
            "the size of the gradients is subtracted: it should divide",
            " / (abs(grad) + abs(approx))",
            " - (abs(grad) + abs(approx))",
        ),
        mistake(UNBRACKETED, "/ (abs(grad) + abs(approx))", "/ abs(grad) + abs(approx)"),
        mistake(MIXED, "grad = x", "grad = theta"),
    ),
    variants=_styles(
        {
            "a list, norms of arrays": """
            def gradient_check(x, theta, eps=1e-7):
                J = [np.multiply(t, x) for t in (theta + eps, theta - eps)]
                slope = np.array([[(J[0] - J[1]) / 2 / eps]])
                return np.linalg.norm(np.array([[x]]) - slope) / (np.linalg.norm(x) + np.linalg.norm(slope))
        """,
            "arrays of one number, changed in place, printed": """
            def gradient_check(x, theta, epsilon=1e-7):
                x, theta = np.array(x, dtype=float), np.array(theta, dtype=float)
                theta += epsilon
                J_plus = theta * x
                theta -= epsilon + epsilon
                J_minus = theta * x
                approx = (J_plus - J_minus) / (epsilon + epsilon)
                difference = np.hypot(x - approx, 0.0) / (np.abs(x) + np.abs(approx))
                print("the gradient is", "right" if difference < 1e-7 else "wrong")
                return difference
        """,
        }
    ),
)


def _with_pairs_for_costs(*arguments: Any) -> Any:
    """What comes of subtracting two results of `forward_propagation_n`."""
    J_plus: Any = (0.0, ())
    return J_plus - J_plus


PAIR = mistake(
    "forward_propagation_n returns two things, cost and cache: take them apart, J_plus, _ = forward_propagation_n(...)",
    variant=_with_pairs_for_costs,
)

CHECK_N = Exercise(
    gradient_check_n,
    (
        Behaviour(
            "right gradients",
            "the difference is tiny when all gradients are right",
            _right_gradients,
            view="difference",
            expect=_small(1e-5),
        ),
        Behaviour(
            "wrong gradients",
            "the difference is that of the formula when gradients are wrong",
            _wrong_gradients,
        ),
        Behaviour(
            "centred", "each slope is taken between theta_i + epsilon and theta_i - epsilon", _coarse_steps
        ),
    ),
    (
        mistake(
            "the slope is one-sided, from theta to theta plus: use theta plus and theta minus",
            "(J_plus - J_minus) / (2 * epsilon)",
            "(J_plus - _costs(theta[np.newaxis], X, Y)) / epsilon",
        ),
        mistake(SIZES, "theta - shift", "theta + shift - shift"),
        mistake("J minus is computed from theta plus", "theta - shift", "theta + shift"),
        mistake(
            "only the last component gets its slope: the loop should fill approx[i] for every i",
            "numerator =",
            "approx[:-1] = 0\n    numerator =",
        ),
        mistake(
            "the denominator is subtracted: the numerator should be divided by it",
            "numerator / denominator",
            "numerator - denominator",
        ),
        mistake(
            "the difference is not divided by the size of the gradients",
            "numerator / denominator",
            "numerator",
        ),
        mistake(
            "the norms are squared: take np.linalg.norm itself",
            "np.linalg.norm(grad - approx)",
            "np.linalg.norm(grad - approx) ** 2",
            "np.linalg.norm(grad) + np.linalg.norm(approx)",
            "np.linalg.norm(grad) ** 2 + np.linalg.norm(approx) ** 2",
        ),
        mistake(
            "the denominator is the norm of the sum: it should be the sum of the norms",
            "np.linalg.norm(grad) + np.linalg.norm(approx)",
            "np.linalg.norm(grad + approx)",
        ),
        mistake(
            "the denominator holds one norm only: it should be the sum of both",
            "np.linalg.norm(grad) + np.linalg.norm(approx)",
            "np.linalg.norm(grad)",
        ),
        mistake(
            "it is divided by epsilon: theta plus and theta minus are 2 epsilon apart",
            "/ (2 * epsilon)",
            "/ epsilon",
        ),
        mistake(
            "/ 2 * epsilon multiplies by epsilon: write / (2 * epsilon)", "/ (2 * epsilon)", "/ 2 * epsilon"
        ),
        mistake(
            "theta keeps the shift of the components before: work on a copy of theta each time",
            "theta + shift",
            "theta + epsilon * np.tri(theta.size)",
            "theta - shift",
            "theta + epsilon * np.tri(theta.size, k=-1)",
        ),
        mistake(
            "all components are shifted at once: shift theta[i] alone",
            "np.eye(theta.size)",
            "np.ones((theta.size, theta.size))",
        ),
        mistake(
            "J plus and J minus are swapped: the sign of the slope is reversed",
            "(J_plus - J_minus)",
            "(J_minus - J_plus)",
        ),
        mistake(
            UNBRACKETED,
            "numerator / denominator",
            "numerator / np.linalg.norm(grad) + np.linalg.norm(approx)",
        ),
        mistake(
            "one of grad and gradapprox has shape (n,), the other (n, 1), so that their difference is an n by n "
            "table: give both the shape (n, 1)",
            "np.linalg.norm(grad - approx)",
            "np.linalg.norm(grad[:, np.newaxis] - approx)",
        ),
        PAIR,
        mistake(
            "epsilon is fixed at 1e-7: use the argument",
            "shift = epsilon",
            "epsilon = 1e-7\n    shift = epsilon",
        ),
    ),
    variants=_styles(
        {
            "entry by entry in the parameters themselves": _A_LOOP
            + """
    def gradient_check_n(parameters, gradients, X, Y, epsilon=1e-7):
        slopes = _slopes(parameters, X, Y, epsilon)
        approx = np.concatenate([slopes[name].reshape(-1, 1) for name in sorted(slopes)])
        grad = np.concatenate([gradients[name].reshape(-1, 1) for name in sorted(slopes)])
        return np.linalg.norm(grad - approx) / (np.linalg.norm(grad) + np.linalg.norm(approx))
        """,
            "all shifted nets at once, sums of squares": """
            def gradient_check_n(parameters, gradients, X, Y, epsilon=1e-7):
                names = [kind + str(l) for l in (1, 2, 3) for kind in "Wb"]
                theta = np.hstack([np.ravel(parameters[name]) for name in names])
                grad = np.hstack([np.ravel(gradients["d" + name]) for name in names])
                rows = np.vstack([theta + epsilon * np.eye(47), theta - epsilon * np.eye(47)])
                W1, b1, W2, b2, W3, b3 = np.split(rows, [20, 25, 40, 43, 46], axis=1)
                A = np.maximum(0, np.einsum("kij,jm->kim", W1.reshape(-1, 5, 4), X) + b1[:, :, None])
                A = np.maximum(0, np.einsum("kij,kjm->kim", W2.reshape(-1, 3, 5), A) + b2[:, :, None])
                A = 1 / (1 + np.exp(-np.einsum("kj,kjm->km", W3, A) - b3))
                J = -(Y * np.log(A) + (1 - Y) * np.log(1 - A)).mean(axis=1)
                slope = (J[:47] - J[47:]) / (2 * epsilon)
                return np.sqrt(((grad - slope) ** 2).sum()) / (np.sqrt(grad @ grad) + np.sqrt(slope @ slope))
        """,
        }
    ),
)

REPAIRED = Exercise(
    backward_propagation_n,
    (
        Behaviour("dW2", "dW2 is the gradient of the cost by W2", _passes, ("dW2",), extra_keys=True),
        Behaviour("db1", "db1 is the gradient of the cost by b1", _passes, ("db1",), extra_keys=True),
        Behaviour(
            "the rest", "what was right stays right", _passes, ("dW1", "db2", "dW3", "db3"), extra_keys=True
        ),
    ),
    (
        mistake("dW2 is still twice what it should be", "dZ2 @ A1.T / m", "dZ2 @ A1.T / m * 2"),
        mistake(
            "db1 is still four times what it should be",
            "np.sum(dZ1, axis=1, keepdims=True) / m",
            "np.sum(dZ1, axis=1, keepdims=True) * 4 / m",
        ),
        mistake(
            "db1 is not divided by m",
            "np.sum(dZ1, axis=1, keepdims=True) / m",
            "np.sum(dZ1, axis=1, keepdims=True)",
        ),
        mistake("dW2 is not divided by m", "dZ2 @ A1.T / m", "dZ2 @ A1.T"),
        mistake(
            "db1 lost its second axis: keepdims=True keeps it",
            "np.sum(dZ1, axis=1, keepdims=True)",
            "np.sum(dZ1, axis=1)",
        ),
        mistake(
            "db1 is summed over the units: sum over the examples, axis=1",
            "np.sum(dZ1, axis=1, keepdims=True)",
            "np.sum(dZ1, axis=0, keepdims=True)",
        ),
        mistake(
            "dW2 is computed from A2: the activations that enter layer 2 are A1",
            "dW2 = dZ2 @ A1.T / m",
            "dW2 = dZ2 @ A2.T / m",
        ),
        mistake("dW1 is doubled: it was right before", "dZ1 @ X.T / m", "2 * dZ1 @ X.T / m"),
    ),
    variants=_styles(
        {
            "a loop from the last layer": """
            def backward_propagation_n(X, Y, cache):
                A, W = [X, cache[1], cache[5]], [cache[2], cache[6], cache[10]]
                grads, dZ = {}, (cache[9] - Y) / X.shape[1]
                for l in (3, 2, 1):
                    grads[f"dW{l}"], grads[f"db{l}"] = np.matmul(dZ, A[l - 1].T), dZ.sum(axis=1, keepdims=True)
                    dZ = (W[l - 1].T @ dZ) * (A[l - 1] > 0)
                return grads
        """,
            "einsum, dZ and dA as well, masks from Z": """
            def backward_propagation_n(X, Y, cache):
                (Z1, A1, W1, b1, Z2, A2, W2, b2, Z3, A3, W3, b3) = cache
                m = X.shape[1]
                dZ3 = A3 - Y
                dZ2 = np.dot(W3.T, dZ3)
                dZ2[Z2 <= 0] = 0
                dZ1 = np.dot(W2.T, dZ2)
                dZ1[Z1 <= 0] = 0
                grads = {"dZ3": dZ3, "dZ2": dZ2, "dZ1": dZ1}
                for l, dZ, A in ((1, dZ1, X), (2, dZ2, A1), (3, dZ3, A2)):
                    grads["dW" + str(l)] = np.einsum("ik,jk->ij", dZ, A) / m
                    grads["db" + str(l)] = np.mean(dZ, axis=1).reshape(-1, 1)
                return grads
        """,
        }
    ),
    peer=_repaired_by_autograd,
)

HUNT = Exercise(
    wrong_entries,
    (
        Behaviour(
            "one",
            "the one wrong entry is found",
            _hunts((1, 0), (1, 4), (1, 1)),
            view="verdicts",
            any_kind=True,
        ),
        Behaviour(
            "several",
            "all wrong entries are found",
            _hunts((2, 0), (5, 0), (3, 2)),
            view="verdicts",
            any_kind=True,
        ),
        Behaviour(
            "none", "right gradients are not accused", _hunts((0, 0), (0, 0)), view="verdicts", any_kind=True
        ),
    ),
    (
        mistake("it names the entries that are right", "> 1e-3", "<= 1e-3"),
        mistake(
            "it judges by the gap of the norms: an entry of the right length can point the wrong way",
            "np.linalg.norm(grad - part)",
            "abs(np.linalg.norm(grad) - np.linalg.norm(part))",
        ),
        mistake("it stops at the first wrong entry: look at all six", "found.append(name)", "return [name]"),
        mistake(
            "it compares absolute values: a reversed sign goes unseen",
            "grad - part",
            "np.abs(grad) - np.abs(part)",
            like="it judges by the gap of the norms: an entry of the right length can point the wrong way",
        ),
        mistake(
            "it looks at the weights only: biases have gradients too",
            "if gap / size > 1e-3",
            'if name[1] == "W" and gap / size > 1e-3',
        ),
        mistake(
            "the names are those of the parameters, without the d: name the gradients",
            "found.append(name)",
            "found.append(name[1:])",
        ),
        mistake(
            "right entries are named along with a wrong one: judge each by its own gap, against 1e-3",
            "return found",
            "return list(ENTRIES) if found else []",
        ),
        mistake(
            "the list holds single letters: += takes a name apart, use append",
            "found.append(name)",
            "found += name",
        ),
        mistake(
            "of a gradient and its slopes one has shape (n,), the other (n, 1), so that their difference is an n by n "
            "table: give both the same shape",
            "np.linalg.norm(grad - part)",
            "np.linalg.norm(grad[:, np.newaxis] - part)",
        ),
        PAIR,
        mistake(
            "the limit is below what rounding leaves, so that right gradients are accused: use 1e-3",
            "> 1e-3",
            "> 1e-14",
            like="right entries are named along with a wrong one: judge each by its own gap, against 1e-3",
        ),
    ),
    variants=_styles(
        {
            "a set, relative gap by the larger norm": _A_LOOP
            + """
    def wrong_entries(parameters, gradients, X, Y):
        slopes, names = _slopes(parameters, X, Y, 1e-5), set()
        for name in slopes:
            g, s = gradients[name], slopes[name]
            if np.linalg.norm(g - s) > 1e-3 * max(np.linalg.norm(g), np.linalg.norm(s)):
                names.add(name)
        return names
        """,
            "a tuple, from gradients computed anew": """
            def wrong_entries(parameters, gradients, X, Y):
                Zs, As = [], [X]
                for l in (1, 2, 3):
                    Zs.append(parameters[f"W{l}"] @ As[-1] + parameters[f"b{l}"])
                    As.append(np.maximum(0, Zs[-1]))
                dZ, wrong = (1 / (1 + np.exp(-Zs[-1])) - Y) / Y.size, ()
                for l in (3, 2, 1):
                    for name, g in (("dW%d" % l, dZ @ As[l - 1].T), ("db%d" % l, dZ.sum(axis=1, keepdims=True))):
                        if not np.allclose(g, gradients[name], rtol=1e-4, atol=1e-4 * np.abs(g).max()):
                            wrong += (name,)
                    dZ = parameters[f"W{l}"].T @ dZ
                    if l > 1:
                        dZ[Zs[l - 2] <= 0] = 0
                return wrong
        """,
        }
    ),
    peer=_hunt_by_autograd,
)

CHOICES = "dW1, db1, dW2, db2, dW3, db3"

PLANTED = Question(
    "planted",
    "a set of names such as dW1",
    {"kind": "set", "choices": CHOICES},
    _judge_planted,
)

BEST_EPSILON = Question("best_epsilon", "a number", {"kind": "number"}, _judge_epsilon)

VERDICT = Question(
    "verdict",
    "one of three",
    {"kind": "choice", "choices": "a bug, no bug, not decided"},
    _judge_verdict,
)

EXERCISES = (FORWARD, BACKWARD, CHECK, CHECK_N, PLANTED, REPAIRED, BEST_EPSILON, VERDICT, HUNT)
