"""Optimization: averages with bias correction, gradient descent, mini-batches, momentum, RMSprop, Adam, decay."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from math import factorial, log, sqrt
from textwrap import dedent
from typing import Any

import numpy as np

from grading.exercise import Behaviour, Draw, Exercise, Mistake, mistake
from grading.statistics import ALPHA
from utils.cases import Band

POINTS = 100

Array = np.ndarray[Any, Any]
Arrays = dict[str, Array]
Generator = np.random.Generator


# -- references ------------------------------------------------------------------------------------------


def exponentially_weighted_average(values: Array, beta: float) -> tuple[Array, Array]:
    v = 0.0
    averages, corrected = [], []
    for t, value in enumerate(values, start=1):
        v = beta * v + (1 - beta) * value
        averages.append(v)
        corrected.append(v / (1 - beta**t))
    return np.array(averages), np.array(corrected)


def update_parameters_with_gd(parameters: Arrays, grads: Arrays, learning_rate: float) -> Arrays:
    L = len(parameters) // 2
    for l in range(1, L + 1):
        for name in ("W" + str(l), "b" + str(l)):
            slope = grads["d" + name]
            parameters[name] = parameters[name] - learning_rate * slope
    return parameters


def random_mini_batches(
    X: Array, Y: Array, mini_batch_size: int = 64, seed: int = 0
) -> list[tuple[Array, Array]]:
    m = X.shape[1]
    rng = np.random.RandomState(seed)
    order = rng.permutation(m)
    X_mixed, Y_mixed = X[:, order], Y[:, order]
    batches = []
    for start in range(0, m, mini_batch_size):
        stop = start + mini_batch_size
        batches.append((X_mixed[:, start:stop], Y_mixed[:, start:stop]))
    return batches


def initialize_velocity(parameters: Arrays) -> Arrays:
    v = {}
    L = len(parameters) // 2
    for l in range(1, L + 1):
        for name in ("W" + str(l), "b" + str(l)):
            v["d" + name] = np.zeros(parameters[name].shape)
    return v


def update_parameters_with_momentum(
    parameters: Arrays, grads: Arrays, v: Arrays, beta: float, learning_rate: float
) -> tuple[Arrays, Arrays]:
    L = len(parameters) // 2
    for l in range(1, L + 1):
        for name in ("W" + str(l), "b" + str(l)):
            slope = grads["d" + name]
            old = v["d" + name]
            new = beta * old + (1 - beta) * slope
            v["d" + name] = new
            parameters[name] = parameters[name] - learning_rate * new
    return parameters, v


def convert_learning_rate(learning_rate: float, beta: float, to: str) -> float:
    if to == "undamped":
        return learning_rate * (1 - beta)
    return learning_rate / (1 - beta)


def update_parameters_with_rmsprop(
    parameters: Arrays, grads: Arrays, s: Arrays, beta: float, learning_rate: float, epsilon: float = 1e-8
) -> tuple[Arrays, Arrays]:
    L = len(parameters) // 2
    for l in range(1, L + 1):
        for name in ("W" + str(l), "b" + str(l)):
            slope = grads["d" + name]
            old = s["d" + name]
            new = beta * old + (1 - beta) * slope**2
            s["d" + name] = new
            step = slope / (np.sqrt(new) + epsilon)
            parameters[name] = parameters[name] - learning_rate * step
    return parameters, s


def initialize_adam(parameters: Arrays) -> tuple[Arrays, Arrays]:
    v, s = {}, {}
    L = len(parameters) // 2
    for l in range(1, L + 1):
        for name in ("W" + str(l), "b" + str(l)):
            v["d" + name] = np.zeros(parameters[name].shape)
            s["d" + name] = np.zeros(parameters[name].shape)
    return v, s


def update_parameters_with_adam(
    parameters: Arrays,
    grads: Arrays,
    v: Arrays,
    s: Arrays,
    t: int,
    learning_rate: float = 0.01,
    beta1: float = 0.9,
    beta2: float = 0.999,
    epsilon: float = 1e-8,
) -> tuple[Arrays, Arrays, Arrays]:
    L = len(parameters) // 2
    for l in range(1, L + 1):
        for name in ("W" + str(l), "b" + str(l)):
            slope = grads["d" + name]
            old_v, old_s = v["d" + name], s["d" + name]
            new_v = beta1 * old_v + (1 - beta1) * slope
            new_s = beta2 * old_s + (1 - beta2) * slope**2
            v_hat = new_v / (1 - beta1**t)
            s_hat = new_s / (1 - beta2**t)
            v["d" + name] = new_v
            s["d" + name] = new_s
            step = v_hat / (np.sqrt(s_hat) + epsilon)
            parameters[name] = parameters[name] - learning_rate * step
    return parameters, v, s


def update_lr(learning_rate0: float, epoch_num: int, decay_rate: float) -> float:
    return learning_rate0 / (1 + decay_rate * epoch_num)


def schedule_lr_decay(
    learning_rate0: float, epoch_num: int, decay_rate: float, time_interval: int = 1000
) -> float:
    drops = np.floor(epoch_num / time_interval)
    return float(learning_rate0 / (1 + decay_rate * drops))


# -- established implementations ---------------------------------------------------------------------------


def _average_peer(values: Array, beta: float) -> tuple[Array, Array]:
    """SciPy's recursive filter, and the weights of the average summed up."""
    from scipy.signal import lfilter

    averages = lfilter([1 - beta], [1, -beta], values)
    return averages, averages / lfilter([1 - beta], [1, -beta], np.ones(len(values)))


def _stepped(parameters: Arrays, grads: Arrays, optimizer: Any) -> Arrays:
    """The parameters after one step of an optimizer of scikit-learn."""
    steps = optimizer._get_updates([grads["d" + name] for name in parameters])
    return {name: value + step for (name, value), step in zip(parameters.items(), steps, strict=True)}


def _gd_peer(parameters: Arrays, grads: Arrays, learning_rate: float) -> Arrays:
    from sklearn.neural_network._stochastic_optimizers import SGDOptimizer

    shapes = list(parameters.values())
    return _stepped(parameters, grads, SGDOptimizer(shapes, learning_rate, momentum=0, nesterov=False))


def _momentum_peer(
    parameters: Arrays, grads: Arrays, v: Arrays, beta: float, learning_rate: float
) -> tuple[Arrays, Arrays]:
    """scikit-learn's velocity is undamped and holds the learning rate: -learning_rate * v."""
    from sklearn.neural_network._stochastic_optimizers import SGDOptimizer

    rate = learning_rate * (1 - beta)
    optimizer = SGDOptimizer(list(parameters.values()), rate, momentum=beta, nesterov=False)
    optimizer.velocities = [-learning_rate * v["d" + name] for name in parameters]
    moved = _stepped(parameters, grads, optimizer)
    pairs = zip(parameters, optimizer.velocities, strict=True)
    return moved, {"d" + name: -velocity / learning_rate for name, velocity in pairs}


def _adam_peer(
    parameters: Arrays,
    grads: Arrays,
    v: Arrays,
    s: Arrays,
    t: int,
    learning_rate: float = 0.01,
    beta1: float = 0.9,
    beta2: float = 0.999,
    epsilon: float = 1e-8,
) -> tuple[Arrays, Arrays, Arrays]:
    """scikit-learn adds its epsilon before the bias correction of s: so it gets a smaller one."""
    from sklearn.neural_network._stochastic_optimizers import AdamOptimizer

    smaller = epsilon * sqrt(1 - beta2**t)
    optimizer = AdamOptimizer(list(parameters.values()), learning_rate, beta1, beta2, smaller)
    optimizer.ms = [v["d" + name] for name in parameters]
    optimizer.vs = [s["d" + name] for name in parameters]
    optimizer.t = t - 1
    moved = _stepped(parameters, grads, optimizer)
    new_v = {"d" + name: value for name, value in zip(parameters, optimizer.ms, strict=True)}
    new_s = {"d" + name: value for name, value in zip(parameters, optimizer.vs, strict=True)}
    return moved, new_v, new_s


def _batches_peer(X: Array, Y: Array, mini_batch_size: int = 64, seed: int = 0) -> list[tuple[Array, Array]]:
    from sklearn.utils import gen_batches, shuffle

    rows, labels = shuffle(X.T, Y.T, random_state=seed)
    slices = gen_batches(len(rows), mini_batch_size)
    return [(rows[part].T, labels[part].T) for part in slices]


# -- cases -----------------------------------------------------------------------------------------------


def _net(rng: Generator, depth: int) -> Arrays:
    """Parameters of a net of widths 3, 4 and 5, no two neighbouring layers of one width; biases are not 0."""
    dims = [int(rng.integers(3, 6))]
    while len(dims) <= depth:
        dims.append(int(rng.choice([n for n in (3, 4, 5) if n != dims[-1]])))
    parameters = {}
    for l in range(1, depth + 1):
        parameters[f"W{l}"] = rng.normal(size=(dims[l], dims[l - 1])) * 0.5
        parameters[f"b{l}"] = rng.normal(size=(dims[l], 1)) * 0.5
    return parameters


def _slopes(rng: Generator, parameters: Arrays, size: float = 1.0) -> Arrays:
    """Gradients away from 0, last layer first, as backpropagation makes them."""
    layers = range(len(parameters) // 2, 0, -1)
    names = [kind + str(l) for l in layers for kind in ("W", "b")]
    return {"d" + name: size * _away_from_zero(rng, parameters[name].shape) for name in names}


def _away_from_zero(rng: Generator, shape: tuple[int, ...]) -> Array:
    return np.asarray(rng.uniform(0.2, 2.0, shape) * rng.choice([-1.0, 1.0], shape))


def _velocity(rng: Generator, parameters: Arrays) -> Arrays:
    return {"d" + name: _away_from_zero(rng, value.shape) for name, value in parameters.items()}


def _squares(rng: Generator, parameters: Arrays) -> Arrays:
    return {"d" + name: np.asarray(rng.uniform(0.1, 2.0, value.shape)) for name, value in parameters.items()}


def _rate(rng: Generator) -> float:
    """A learning rate so large that a wrong step shows beside the parameters."""
    return float(rng.uniform(0.3, 0.9))


def _beta(rng: Generator) -> float:
    return float(rng.uniform(0.6, 0.95))


def _layers(depth: int) -> str:
    return f"a net of {depth} layer{'s' if depth > 1 else ''}"


def _series(rng: Generator) -> Iterator[Draw]:
    for length, beta in ((1, 0.8), (6, float(rng.uniform(0.4, 0.7))), (25, float(rng.uniform(0.85, 0.98)))):
        plural = "s" if length > 1 else ""
        yield Draw((rng.uniform(2, 30, length), beta), f"{length} value{plural}, beta = {beta:.2f}")


def _gd(*depths: int) -> Callable[[Generator], Iterator[Draw]]:
    def draw(rng: Generator) -> Iterator[Draw]:
        for depth in depths:
            parameters = _net(rng, depth)
            yield Draw((parameters, _slopes(rng, parameters), _rate(rng)), _layers(depth))

    return draw


def _data(rng: Generator, m: int) -> tuple[Array, Array]:
    """Examples and labels that are all different, so that each can be recognised."""
    return rng.normal(size=(3, m)), rng.normal(size=(1, m))


def _batch_draw(rng: Generator, m: int, size: int) -> Draw:
    X, Y = _data(rng, m)
    return Draw((X, Y, size, int(rng.integers(1, 10_000))), f"{m} examples, mini_batch_size = {size}")


def _sizes(rng: Generator) -> Iterator[Draw]:
    """Ragged, multiples, one batch, batches of one, and the default size."""
    size = int(rng.integers(4, 8))
    for m, each in ((3 * size, size), (2 * size + 3, size), (size, size), (5, 1)):
        yield _batch_draw(rng, m, each)
    yield Draw((*_data(rng, 131),), "131 examples, the default mini_batch_size")


def _many(rng: Generator) -> Iterator[Draw]:
    """Enough examples, in full batches, to tell a shuffle from none."""
    for _ in range(2):
        yield _batch_draw(rng, 120, 10)


def _few(rng: Generator) -> Iterator[Draw]:
    for m, size in ((int(rng.integers(2, 7)), 8), (int(rng.integers(9, 20)), 64)):
        yield _batch_draw(rng, m, size)


def _seeds(rng: Generator) -> Iterator[Draw]:
    """One seed, another one, and the first again."""
    X, Y = _data(rng, 60)
    one = int(rng.integers(1, 10_000))
    other = one + int(rng.integers(1, 100))
    yield Draw((X, Y, 20, one), "60 examples", then=((X, Y, 20, other), (X, Y, 20, one)))


def _factorial_band() -> Band:
    """How many of m examples may stay in place: a random order keeps k or more with probability <= 1 / k!.

    The same bound holds for the examples that still follow their left (or their right) neighbour. The number
    of those that stay is nearly Poisson's with mean 1, so its standard deviation is 1.
    """
    return Band(0.0, next(k for k in range(1, 100) if 1 / factorial(k) <= ALPHA) - 1.0, 1.0)


def _batch_band(size: int) -> Band:
    """How many examples may stay in their batch of ``size``: ``size`` on average, and at least t more with
    probability <= 2 exp(-t^2 / (4 size + 2 t)) (Chatterjee, "Stein's method for concentration inequalities", 2007).
    """
    c = log(2 / ALPHA)
    return Band(0.0, size + c + sqrt(c * c + 4 * c * size), sqrt(size))


def _expect_shuffled(X: Array, Y: Array, mini_batch_size: int, seed: int) -> dict[str, Band]:
    return {
        "the number of examples left in their place": _factorial_band(),
        "the number of examples still beside their left neighbour": _factorial_band(),
        "the number of examples still beside their right neighbour": _factorial_band(),
        "the number of examples left in their batch": _batch_band(mini_batch_size),
    }


def _expect_seeded(*arguments: Any) -> dict[str, Band]:
    return {
        "the number of places that two calls with one seed fill differently": Band(0.0, 0.0, 1.0),
        "the number of places that calls with two seeds fill alike": _factorial_band(),
    }


def _expect_all(X: Array, *others: Any) -> dict[str, Band]:
    """Bands of width 0. Their chance is that of m draws with replacement, the only random mistake here."""
    chance = 0.35 * sqrt(X.shape[1])
    return {
        "the number of examples in no batch": Band(0.0, 0.0, chance),
        "the number of examples that come again": Band(0.0, 0.0, chance),
        "the number of columns that are no example": Band(0.0, 0.0, chance),
    }


def _nets(rng: Generator) -> Iterator[Draw]:
    for depth in (1, 2, 4):
        yield Draw((_net(rng, depth),), _layers(depth))


def _momentum(rng: Generator) -> Iterator[Draw]:
    for depth in (2, 3):
        parameters = _net(rng, depth)
        state = _slopes(rng, parameters), _velocity(rng, parameters)
        yield Draw((parameters, *state, _beta(rng), _rate(rng)), _layers(depth))


def _conversion(to: str) -> Callable[[Generator], Iterator[Draw]]:
    def draw(rng: Generator) -> Iterator[Draw]:
        for beta in (0.9, float(rng.uniform(0.2, 0.8)), 0.0):
            rate = float(rng.uniform(0.01, 0.5))
            yield Draw((rate, beta, to), f'to = "{to}", beta = {beta:.2f}')

    return draw


def _rmsprop(rng: Generator) -> Iterator[Draw]:
    for depth in (2, 3):
        parameters = _net(rng, depth)
        state = _slopes(rng, parameters), _squares(rng, parameters)
        yield Draw((parameters, *state, _beta(rng), _rate(rng), 1e-8), _layers(depth))


def _rmsprop_epsilon(rng: Generator) -> Iterator[Draw]:
    """Without memory (beta = 0), so that the average of squares is not judged again; the default epsilon too."""
    for depth, size, epsilon in ((3, 0.1, (1e-2,)), (2, 1e-8, ())):
        parameters = _net(rng, depth)
        state = _slopes(rng, parameters, size), _squares(rng, parameters)
        label = f"epsilon = {epsilon[0]}" if epsilon else "the default epsilon, tiny gradients"
        yield Draw((parameters, *state, 0.0, _rate(rng), *epsilon), label)


def _adam_state(rng: Generator, depth: int, size: float = 1.0) -> tuple[Arrays, Arrays, Arrays, Arrays]:
    parameters = _net(rng, depth)
    return parameters, _slopes(rng, parameters, size), _velocity(rng, parameters), _squares(rng, parameters)


def _moments(rng: Generator) -> Iterator[Draw]:
    for depth, t in ((2, 3), (3, 50)):
        betas = _beta(rng), float(rng.uniform(0.96, 0.999))
        yield Draw((*_adam_state(rng, depth), t, _rate(rng), *betas, 1e-8), f"t = {t}")
    yield Draw((*_adam_state(rng, 2), 7), "t = 7, the default betas")


def _memoryless(rng: Generator) -> Iterator[Draw]:
    """Without memory (both betas 0) nothing is left of the averages, and nothing to correct."""
    for depth, t in ((2, 2), (3, 7)):
        yield Draw((*_adam_state(rng, depth), t, _rate(rng), 0.0, 0.0, 1e-8), f"t = {t}, both betas 0")


def _times(rng: Generator) -> Iterator[Draw]:
    for t in (1, 2, 3, 7, 50):
        betas = float(rng.uniform(0.8, 0.95)), float(rng.uniform(0.97, 0.999))
        yield Draw((*_adam_state(rng, 3 if t == 7 else 2), t, _rate(rng), *betas, 1e-8), f"t = {t}")
    yield Draw((*_adam_state(rng, 2), 2), "t = 2, the default learning rate and betas")


def _adam_epsilon(rng: Generator) -> Iterator[Draw]:
    """Neither the averages nor the correction of v matter (beta1 = 0), nor that of s: beta2 = 0, or s is tiny."""
    yield Draw((*_adam_state(rng, 3, 0.1), 3, _rate(rng), 0.0, 0.0, 1e-2), "epsilon = 0.01, both betas 0")
    yield Draw((*_tiny_state(rng), 7, _rate(rng), 0.0, 0.0), "the default epsilon, tiny gradients")
    arguments = (*_tiny_state(rng), 3, 5e5 * _rate(rng), 0.0, 0.9, 1e-2)
    yield Draw(arguments, "epsilon = 0.01, tiny gradients, beta1 = 0")


def _tiny_state(rng: Generator) -> tuple[Arrays, Arrays, Arrays, Arrays]:
    """Gradients of the size of the default epsilon."""
    parameters, grads, v, s = _adam_state(rng, 2, 1e-8)
    tiny_v, tiny_s = ({name: scale * old[name] for name in old} for old, scale in ((v, 1e-8), (s, 1e-18)))
    return parameters, grads, tiny_v, tiny_s


def _at_start(rng: Generator) -> Iterator[Draw]:
    for _ in range(2):
        yield Draw((float(rng.uniform(0.01, 0.5)), 0, float(rng.uniform(0.2, 3))), "epoch_num = 0")


def _epochs(rng: Generator) -> Iterator[Draw]:
    for epoch in (1, 2, 7, 150):
        rates = float(rng.uniform(0.1, 0.5)), float(rng.choice([0.05, 0.3, 2.0]) * rng.uniform(0.8, 1.2))
        yield Draw((rates[0], epoch, rates[1]), f"epoch_num = {epoch}, decay_rate = {rates[1]:.2f}")


def _schedule(*epochs: int) -> Callable[[Generator], Iterator[Draw]]:
    """Epochs for an interval of 100, and the same ones in proportion for an interval drawn at random."""

    def draw(rng: Generator) -> Iterator[Draw]:
        for epoch in epochs:
            rates = float(rng.uniform(0.1, 0.5)), float(rng.choice([0.3, 0.6, 2.0]) * rng.uniform(0.8, 1.2))
            label = f"epoch_num = {epoch}, time_interval = 100, decay_rate = {rates[1]:.2f}"
            yield Draw((rates[0], epoch, rates[1], 100), label)
        interval = int(rng.integers(30, 60))
        epoch = epochs[-1] * interval // 100
        yield Draw((0.2, epoch, 0.7, interval), f"epoch_num = {epoch}, time_interval = {interval}")

    return draw


def _default_interval(rng: Generator) -> Iterator[Draw]:
    for epoch in (999, 1000, 3400):
        yield Draw((0.3, epoch, float(rng.uniform(0.4, 0.8))), f"epoch_num = {epoch}")


# -- mistakes that many functions share -----------------------------------------------------------------

LOOPS: tuple[Mistake, ...] = (
    mistake(
        "the weights stay as they were: is their step stored in parameters?",
        '("W" + str(l), "b" + str(l))',
        '("b" + str(l),)',
    ),
    mistake(
        "the biases stay as they were: is their step stored in parameters?",
        '("W" + str(l), "b" + str(l))',
        '("W" + str(l),)',
    ),
    mistake(
        "the parameters stay as they were: is the step stored in parameters, for every layer?",
        "parameters[name] = parameters",
        "moved = parameters",
    ),
    mistake(
        "only layer 1 is updated: the return is inside the loop, one indentation too deep",
        "\n    return parameters",
        "\n        return parameters",
    ),
    mistake(
        "the last layer stays as it was: the loop should go up to and including L",
        "range(1, L + 1)",
        "range(1, L)",
    ),
    mistake(
        "the first layer stays as it was: the loop should begin at layer 1",
        "range(1, L + 1)",
        "range(2, L + 1)",
    ),
    mistake(
        "L is the number of layers, len(parameters) // 2: each layer has a W and a b",
        "len(parameters) // 2",
        "len(parameters)",
    ),
    mistake(
        "L = len(parameters) / 2 is a float: a number of layers is whole, use //",
        "len(parameters) // 2",
        "len(parameters) / 2",
    ),
    mistake("the loop counts layers from 0: they are numbered from 1 to L", "range(1, L + 1)", "range(L)"),
    mistake(
        "every layer is updated with the gradients of layer 1: use those of layer l",
        'slope = grads["d" + name]',
        'slope = grads["d" + name[0] + "1"]',
    ),
)

STEPS = (
    mistake(
        "what belongs to b is made from the gradient of W: it should be db",
        'slope = grads["d" + name]',
        'slope = grads["dW" + str(l)]',
    ),
    mistake("the step goes uphill: subtract it, do not add it", "- learning_rate", "+ learning_rate"),
    mistake("the learning rate is missing from the step", "learning_rate * ", ""),
)

STATES = (
    mistake("the keys lack their d: they should be dW1, db1, ...", '["d" + name]', "[name]"),
    mistake(
        "each entry is a single 0: it should be an array of the shape of its parameter",
        "np.zeros(parameters[name].shape)",
        "0.0",
    ),
    mistake(
        "the entries are transposed: each has the shape of its parameter",
        "parameters[name].shape",
        "parameters[name].T.shape",
    ),
    mistake(
        "the entries lost an axis: each has the shape of its parameter",
        "parameters[name].shape",
        "parameters[name].shape[0]",
    ),
    mistake(
        "the entries are copies of the parameters: they should be 0",
        "np.zeros(parameters[name].shape)",
        "parameters[name].copy()",
    ),
    mistake("the entries are 1: they should be 0", "np.zeros(", "np.ones("),
    mistake(
        "the entries are random: they should be 0",
        "np.zeros(parameters[name].shape)",
        "np.random.randn(*parameters[name].shape)",
    ),
    mistake(
        "the biases are missing: each layer has dW and db", '("W" + str(l), "b" + str(l))', '("W" + str(l),)'
    ),
    mistake(
        "the last layer is missing: the loop should go up to and including L",
        "range(1, L + 1)",
        "range(1, L)",
    ),
    mistake(
        "only layer 1 is there: the return is inside the loop, one indentation too deep",
        "\n    return ",
        "\n        return ",
    ),
    mistake("the loop counts layers from 0: they are numbered from 1 to L", "range(1, L + 1)", "range(L)"),
    mistake(
        "L is the number of layers, len(parameters) // 2: each layer has a W and a b",
        "len(parameters) // 2",
        "len(parameters)",
    ),
    mistake(
        "L = len(parameters) / 2 is a float: a number of layers is whole, use //",
        "len(parameters) // 2",
        "len(parameters) / 2",
    ),
)


def _alone(exercise: Exercise, mistakes: Sequence[Mistake]) -> tuple[Mistake, ...]:
    """Mistakes that are tried by themselves only: every two of so many would take seconds, and tell little."""
    return tuple(Mistake(m.sentence, variant=exercise.wrong(m), like=m.like) for m in mistakes)


def _styles(texts: dict[str, str]) -> dict[str, str]:
    """Right answers in other styles, without the indentation they have here."""
    return {name: dedent(text) for name, text in texts.items()}


def _shapes(draw: Any) -> Behaviour:
    return Behaviour(
        "shapes", "dWl and dbl of every layer have the shapes of Wl and bl", draw, view="structure"
    )


# -- exercises ---------------------------------------------------------------------------------------------

AVERAGE = Exercise(
    exponentially_weighted_average,
    (
        Behaviour(
            "averages",
            "v starts at 0, and each value moves it to beta * v + (1 - beta) * value",
            _series,
            ("averages",),
        ),
        Behaviour(
            "correction",
            "corrected is averages divided by 1 - beta^t, with t = 1 for the first value",
            _series,
            view="corrections",
        ),
    ),
    (
        mistake("the factor (1 - beta) before the value is missing", "+ (1 - beta) * value", "+ value"),
        mistake(
            "the parentheses around 1 - beta are missing: write (1 - beta) * value",
            "(1 - beta) * value",
            "1 - beta * value",
        ),
        mistake(
            "v / 1 - beta**t is (v / 1) - beta**t: write v / (1 - beta**t)",
            "v / (1 - beta**t)",
            "v / 1 - beta**t",
        ),
        mistake(
            "beta and 1 - beta are swapped: beta goes with the old average",
            "beta * v + (1 - beta) * value",
            "(1 - beta) * v + beta * value",
        ),
        mistake(
            "beta**i + 1 is (beta**i) + 1: write beta**(i + 1)",
            "(1 - beta**t)",
            "(1 - beta ** (t - 1) + 1)",
        ),
        mistake(
            "the power belongs to beta alone: 1 - beta**t, not (1 - beta)**t",
            "(1 - beta**t)",
            "(1 - beta) ** t",
        ),
        mistake("v starts at the first value: it should start at 0", "v = 0.0", "v = values[0]"),
        mistake(
            "t counts from 0: the first value has t = 1, else the correction divides by 0",
            "start=1",
            "start=0",
        ),
        mistake("t counts from 2: the first value has t = 1", "start=1", "start=2"),
        mistake("the correction has beta * t: it should be beta to the power t", "beta**t", "beta * t"),
        mistake(
            "the correction is the same for all t: divide by 1 - beta**t, not by 1 - beta",
            "beta**t",
            "beta",
        ),
        mistake(
            "the corrected average is carried on to the next value: keep the plain v for that",
            "corrected.append(v / (1 - beta**t))",
            "v = v / (1 - beta**t)\n        corrected.append(v)",
        ),
        mistake(
            "corrected is smaller than averages: it should be divided by 1 - beta**t; averages come first",
            "v / (1 - beta**t)",
            "v * (1 - beta**t)",
        ),
        mistake(
            "the two results are the same: the second should be divided by 1 - beta**t, the first should not",
            "v / (1 - beta**t)",
            "v",
        ),
        mistake(
            "the first result is corrected: it should be the plain averages, which the second corrects",
            "averages.append(v)",
            "averages.append(v / (1 - beta**t))",
        ),
        mistake(
            "the two results are in the wrong order: averages first, then corrected",
            "return np.array(averages), np.array(corrected)",
            "return np.array(corrected), np.array(averages)",
            like="the first result is corrected: it should be the plain averages, which the second corrects",
        ),
    ),
    returns=("averages", "corrected"),
    variants=_styles(
        {
            "lists": """
            def exponentially_weighted_average(x, b):
                out, fixed, running = [], [], 0
                for i in range(len(x)):
                    running = b * running + x[i] * (1 - b)
                    out += [running]
                    fixed += [running / (1 - b ** (i + 1))]
                return out, fixed
            """,
            "arrays filled in place": """
            def exponentially_weighted_average(values, beta):
                T = len(values)
                v = np.zeros(T)
                for t in range(T):
                    v[t] = (beta * v[t - 1] if t else 0) + (1 - beta) * values[t]
                return v, v / (1 - np.power(beta, np.arange(1, T + 1)))
            """,
            "weights in closed form": """
            def exponentially_weighted_average(values, beta):
                t = np.arange(1, len(values) + 1)
                weights = np.tril((1 - beta) * beta ** np.abs(t[:, None] - t[None, :]).astype(float))
                averages = weights @ values
                return [averages, averages / weights.sum(axis=1)]
            """,
        }
    ),
    peer=_average_peer,
)

GD = Exercise(
    update_parameters_with_gd,
    (
        Behaviour("one layer", "a net of one layer takes a step downhill", _gd(1)),
        Behaviour("weights", "W of every layer moves by -learning_rate * dW", _gd(2, 3), ("W",)),
        Behaviour("biases", "b of every layer moves by -learning_rate * db", _gd(2, 4), ("b",)),
    ),
    (
        *LOOPS,
        *STEPS,
        mistake(
            "the loop counts layers from 0: they are numbered from 1 to L",
            "range(1, L + 1)",
            "range(L)",
            'slope = grads["d" + name]',
            'slope = 0 * parameters[name] + grads["d" + name]',
        ),
        mistake(
            "the step is divided by the learning rate: it should be multiplied by it",
            "learning_rate * slope",
            "slope / learning_rate",
        ),
        mistake(
            "the parameter is replaced by the step: the step should be subtracted from it",
            "parameters[name] - learning_rate",
            "-learning_rate",
        ),
    ),
    variants=_styles(
        {
            "in place": """
            def update_parameters_with_gd(parameters, grads, learning_rate):
                for key in parameters:
                    parameters[key] -= learning_rate * grads["d" + key]
                return parameters
            """,
            "a new dictionary, last layer first": """
            def update_parameters_with_gd(p: dict, g: dict, alpha: float) -> dict:
                new = {}
                for l in range(len(p) // 2, 0, -1):
                    new["b%d" % l] = np.subtract(p["b%d" % l], np.multiply(alpha, g["db%d" % l]))
                    new["W%d" % l] = np.subtract(p["W%d" % l], np.multiply(alpha, g["dW%d" % l]))
                return new
            """,
            "range(L)": """
            def update_parameters_with_gd(parameters, grads, learning_rate):
                L = len(parameters) // 2
                for l in range(L):
                    print("layer", l)
                    parameters[f"W{l+1}"] = parameters[f"W{l+1}"] - learning_rate * grads[f"dW{l+1}"]
                    parameters[f"b{l+1}"] = parameters[f"b{l+1}"] - learning_rate * grads[f"db{l+1}"]
                return parameters
            """,
            "a comprehension": """
            def update_parameters_with_gd(parameters, grads, learning_rate):
                return {k: parameters[k] + -learning_rate * grads["d" + k] for k in sorted(parameters)}
            """,
        }
    ),
    peer=_gd_peer,
)

BATCHES = Exercise(
    random_mini_batches,
    (
        Behaviour(
            "sizes",
            "the batches hold mini_batch_size examples each, the last one what is left",
            _sizes,
            view="structure",
        ),
        Behaviour(
            "every example once",
            "every example is in exactly one batch",
            _sizes,
            view="membership",
            expect=_expect_all,
            any_kind=True,
        ),
        Behaviour("pairs", "every example keeps its own label", _many, view="pairing", any_kind=True),
        Behaviour(
            "shuffled",
            "the order of the examples is random",
            _many,
            view="disorder",
            expect=_expect_shuffled,
            any_kind=True,
        ),
        Behaviour(
            "seed",
            "the same seed gives the same batches, another seed gives others",
            _seeds,
            view="seeds",
            expect=_expect_seeded,
            any_kind=True,
        ),
        Behaviour(
            "few examples",
            "fewer examples than mini_batch_size make one batch of all of them",
            _few,
            view="membership",
            expect=_expect_all,
        ),
    ),
    (
        mistake(
            "the last batch is missing where mini_batch_size does not divide m",
            "range(0, m, mini_batch_size)",
            "range(0, m - mini_batch_size + 1, mini_batch_size)",
        ),
        mistake(
            "the last batch takes its examples from the start: take those that are left at the end",
            "stop = start + mini_batch_size",
            "stop = start + mini_batch_size\n        start, stop = (0, m - start) if stop > m else (start, stop)",
        ),
        mistake(
            "the last batch is one example short where mini_batch_size does not divide m",
            "stop = start + mini_batch_size",
            "stop = start + mini_batch_size if start + mini_batch_size <= m else m - 1",
        ),
        mistake(
            "the last batch begins one example too early where mini_batch_size does not divide m",
            "stop = start + mini_batch_size",
            "stop = start + mini_batch_size\n        start -= stop > m and start > 0",
        ),
        mistake(
            "one example is lost in every batch: a slice start:stop ends before stop",
            "stop = start + mini_batch_size",
            "stop = start + mini_batch_size - 1",
        ),
        mistake(
            "every batch begins with the last example of the one before",
            "X_mixed[:, start:stop], Y_mixed[:, start:stop]",
            "X_mixed[:, max(start - 1, 0):stop], Y_mixed[:, max(start - 1, 0):stop]",
        ),
        mistake(
            "the last batch holds as many examples as the others, some of them a second time",
            "stop = start + mini_batch_size",
            "stop = min(start + mini_batch_size, m)\n        start = max(stop - mini_batch_size, 0)",
        ),
        mistake(
            "X and Y are shuffled differently: use the same permutation for both",
            "Y[:, order]",
            "Y[:, rng.permutation(m)]",
        ),
        mistake(
            "Y is not shuffled: use the same permutation for both",
            "Y[:, order]",
            "Y",
            like="X and Y are shuffled differently: use the same permutation for both",
        ),
        mistake(
            "the order does not depend on the seed: another seed should give other batches",
            "RandomState(seed)",
            "RandomState(0)",
        ),
        mistake(
            "the examples are not shuffled: cut the batches from the shuffled arrays",
            "X_mixed, Y_mixed = X[:, order], Y[:, order]",
            "X_mixed, Y_mixed = X, Y",
        ),
        mistake(
            "X is not shuffled: use the same permutation for both",
            "X[:, order]",
            "X",
            like="X and Y are shuffled differently: use the same permutation for both",
        ),
        mistake(
            "the batches come in random order, but inside each the examples stand as they did: shuffle the examples",
            "return batches",
            "return [batches[i] for i in rng.permutation(len(batches))]",
            "X_mixed, Y_mixed = X[:, order], Y[:, order]",
            "X_mixed, Y_mixed = X, Y",
        ),
        mistake(
            "there is one batch too many where mini_batch_size divides m: an empty one, or the last one twice",
            "return batches",
            "return batches + batches[-1:] * (m % mini_batch_size == 0)",
        ),
        mistake(
            "there is one batch too many where mini_batch_size divides m: an empty one, or the last one twice",
            "range(0, m, mini_batch_size)",
            "range(0, m + 1, mini_batch_size)",
        ),
        mistake(
            "there is only one batch: append each one to the list, and return after the loop",
            "    return batches",
            "        return batches",
        ),
        mistake(
            "there is only one batch: append each one to the list, and return after the loop",
            "batches.append((X_mixed[:, start:stop], Y_mixed[:, start:stop]))",
            "batches = [(X_mixed[:, start:stop], Y_mixed[:, start:stop])]",
        ),
        mistake(
            "the seed is not used: the same seed should give the same batches",
            "RandomState(seed)",
            "RandomState(np.random.randint(2**31))",
        ),
        mistake(
            "examples are drawn with replacement: some come twice, others never; use a permutation",
            "order = rng.permutation(m)",
            "order = np.random.randint(0, m, m)",
        ),
        mistake(
            "mini_batch_size is ignored: it is 64 only by default",
            "    m = X.shape[1]",
            "    m = X.shape[1]\n    mini_batch_size = 64",
        ),
        mistake(
            "m is the number of columns, X.shape[1]: there is one example in each column",
            "X.shape[1]",
            "X.shape[0]",
        ),
        mistake(
            "the slices take rows: the examples are columns, so write X[:, start:stop] and Y[:, start:stop]",
            "X_mixed[:, start:stop], Y_mixed[:, start:stop]",
            "X_mixed[start:stop], Y_mixed[start:stop]",
        ),
        mistake(
            "the rows are shuffled: the examples are columns, so write X[:, permutation] and Y[:, permutation]",
            "X[:, order], Y[:, order]",
            "X[order], Y[order]",
        ),
        mistake(
            "each batch should be a pair (X_b, Y_b) of arrays with one example in each column",
            "(X_mixed[:, start:stop], Y_mixed[:, start:stop])",
            "X_mixed[:, start:stop]",
        ),
        mistake(
            "each batch should be (X_b, Y_b): the two are the wrong way round",
            "(X_mixed[:, start:stop], Y_mixed[:, start:stop])",
            "(Y_mixed[:, start:stop], X_mixed[:, start:stop])",
        ),
        mistake(
            "Y_b has lost its first axis: it should have shape (1, number of examples)",
            "Y_mixed[:, start:stop]",
            "Y_mixed[0, start:stop]",
        ),
    ),
    variants=_styles(
        {
            "the global generator": """
            def random_mini_batches(X, Y, mini_batch_size=64, seed=0):
                import math
                np.random.seed(seed)
                m = X.shape[1]
                mini_batches = []
                permutation = list(np.random.permutation(m))
                shuffled_X = X[:, permutation]
                shuffled_Y = Y[:, permutation].reshape((1, m))
                num = math.floor(m / mini_batch_size)
                for k in range(num):
                    part = slice(k * mini_batch_size, (k + 1) * mini_batch_size)
                    mini_batches.append((shuffled_X[:, part], shuffled_Y[:, part]))
                if m % mini_batch_size != 0:
                    rest = slice(num * mini_batch_size, m)
                    mini_batches.append((shuffled_X[:, rest], shuffled_Y[:, rest]))
                return mini_batches
            """,
            "another generator, lists": """
            def random_mini_batches(X, Y, size=64, seed=0):
                order = np.random.default_rng(seed).permutation(X.shape[1])
                parts = np.split(order, range(size, len(order), size))
                return [[X[:, part].copy(), Y[:, part].copy()] for part in parts]
            """,
            "sorting random keys": """
            def random_mini_batches(X, Y, mini_batch_size=64, seed=0):
                keys = np.random.RandomState(seed + 1).rand(X.shape[1])
                both = np.vstack([X, Y])[:, np.argsort(keys)]
                n = X.shape[0]
                return tuple(
                    (both[:n, i : i + mini_batch_size], both[n:, i : i + mini_batch_size])
                    for i in range(0, both.shape[1], mini_batch_size)
                )
            """,
            "Python's own shuffle": """
            def random_mini_batches(X, Y, mini_batch_size=64, seed=0):
                import random
                order = list(range(X.shape[1]))
                random.Random(seed).shuffle(order)
                batches = []
                while order:
                    now, order = order[:mini_batch_size], order[mini_batch_size:]
                    batches.append((np.take(X, now, axis=1), np.take(Y, now, axis=1)))
                return batches
            """,
        }
    ),
    peer=_batches_peer,
    paired=False,
)

VELOCITY = Exercise(
    initialize_velocity,
    (
        _shapes(_nets),
        Behaviour("zeros", "all entries are 0", _nets),
    ),
    STATES,
    variants=_styles(
        {
            "zeros_like": """
            def initialize_velocity(parameters):
                return {"d" + key: np.zeros_like(value) for key, value in parameters.items()}
            """,
            "a loop over range(L), float32": """
            def initialize_velocity(parameters):
                v = {}
                for l in range(len(parameters) // 2):
                    for kind in "bW":
                        v["d" + kind + str(l + 1)] = np.zeros(parameters[kind + str(l + 1)].shape, np.float32)
                return v
            """,
            "times 0": """
            def initialize_velocity(p):
                return {f"d{k}": p[k] * 0 for k in p}
            """,
        }
    ),
)

MOMENTUM = Exercise(
    update_parameters_with_momentum,
    (
        Behaviour(
            "velocity",
            "v becomes beta * v + (1 - beta) * gradient, and is returned",
            _momentum,
            ("v",),
        ),
        Behaviour(
            "step",
            "the parameters move by learning_rate times the velocity that is returned",
            _momentum,
            view="travel",
        ),
        Behaviour("parameters", "the parameters are where they should be", _momentum, ("parameters",)),
    ),
    (
        *STEPS,
        mistake("the factor (1 - beta) before the gradient is missing", "+ (1 - beta) * slope", "+ slope"),
        mistake(
            "the parentheses around 1 - beta are missing: write (1 - beta) * gradient",
            "(1 - beta) * slope",
            "1 - beta * slope",
        ),
        mistake(
            "beta and 1 - beta are swapped: beta goes with the old velocity",
            "beta * old + (1 - beta) * slope",
            "(1 - beta) * old + beta * slope",
        ),
        mistake(
            "the new velocity is not stored in v: it is used once, and the old one is returned",
            'v["d" + name] = new',
            'v["d" + name] = old',
        ),
        mistake(
            "the step uses the old velocity: update v first, then the parameters",
            "learning_rate * new",
            "learning_rate * old",
        ),
        mistake(
            "the step uses the gradient: it should use the velocity",
            "learning_rate * new",
            "learning_rate * slope",
        ),
        mistake(
            "v forgets the past: its old value is missing, beta * v",
            "beta * old + (1 - beta) * slope",
            "(1 - beta) * slope",
        ),
        mistake("the gradient enters v with a minus: it should be a plus", "old + (1", "old - (1"),
        mistake(
            "the gradient is squared: momentum averages the gradient itself", "* slope\n", "* slope**2\n"
        ),
        mistake(
            "the learning rate is inside v: v averages gradients, the rate comes in when the parameters move",
            "beta * old + (1 - beta) * slope",
            "beta * old + learning_rate * slope",
            "learning_rate * new",
            "new",
        ),
        mistake("v is not returned: return parameters, v", "return parameters, v", "return parameters"),
        mistake(
            "the results are in the wrong order: parameters first, then v",
            "return parameters, v",
            "return v, parameters",
        ),
    ),
    returns=("parameters", "v"),
    variants=_styles(
        {
            "in place": """
            def update_parameters_with_momentum(parameters, grads, v, beta, learning_rate):
                for key in parameters:
                    v["d" + key] *= beta
                    v["d" + key] += (1 - beta) * grads["d" + key]
                    parameters[key] -= learning_rate * v["d" + key]
                return parameters, v
            """,
            "new dictionaries": """
            def update_parameters_with_momentum(parameters, grads, v, beta, learning_rate):
                moved, speed = {}, {}
                for l in range(len(parameters) // 2):
                    for kind in ("b", "W"):
                        key = f"{kind}{l + 1}"
                        speed["d" + key] = v["d" + key] + (1 - beta) * (grads["d" + key] - v["d" + key])
                        moved[key] = parameters[key] - np.multiply(learning_rate, speed["d" + key])
                return moved, speed
            """,
            "line by line, a list returned": """
            def update_parameters_with_momentum(parameters, grads, v, beta, learning_rate):
                import numpy
                L = int(len(parameters) / 2)
                for l in range(1, L + 1):
                    W, b = "W" + str(l), "b" + str(l)
                    v["d" + W] = beta * v["d" + W] + (1 - beta) * grads["d" + W]
                    v["d" + b] = beta * v["d" + b] + (1 - beta) * grads["d" + b]
                    parameters[W] = numpy.subtract(parameters[W], learning_rate * v["d" + W])
                    parameters[b] = numpy.subtract(parameters[b], learning_rate * v["d" + b])
                return [parameters, v]
            """,
        }
    ),
    peer=_momentum_peer,
)

CONVERSION = Exercise(
    convert_learning_rate,
    (
        Behaviour(
            "to undamped", "the undamped form needs (1 - beta) times the rate", _conversion("undamped")
        ),
        Behaviour("to damped", "the damped form needs the rate divided by (1 - beta)", _conversion("damped")),
    ),
    (
        mistake("the factor is beta: it should be 1 - beta", "(1 - beta)", "beta"),
        mistake(
            "the damped form takes the shorter steps: it needs the larger rate, so divide by 1 - beta",
            "learning_rate / (1 - beta)",
            "learning_rate * (1 - beta)",
        ),
        mistake(
            "the undamped form takes the longer steps: it needs the smaller rate, so multiply by 1 - beta",
            "learning_rate * (1 - beta)",
            "learning_rate / (1 - beta)",
        ),
        mistake("the sign is wrong: it is 1 - beta, not 1 + beta", "(1 - beta)", "(1 + beta)"),
        mistake(
            "the learning rate comes back as it was: it has to be converted",
            "learning_rate * (1 - beta)",
            "learning_rate",
            "learning_rate / (1 - beta)",
            "learning_rate",
        ),
        mistake(
            "the factor is fixed to that of beta = 0.9: it depends on beta",
            "(1 - beta)",
            "0.1",
        ),
    ),
    variants=_styles(
        {
            "a dictionary": """
            def convert_learning_rate(lr, beta, to):
                return {"undamped": lr * (1 - beta), "damped": lr / (1 - beta)}[to]
            """,
            "a power": """
            def convert_learning_rate(learning_rate, beta, to="undamped"):
                sign = 1 if to == "undamped" else -1
                return np.array([[learning_rate * np.power(1 - beta, sign)]])
            """,
        }
    ),
)

SCALED = (
    mistake("the step uses the old s: update s first, then the parameters", "np.sqrt(new)", "np.sqrt(old)"),
    mistake(
        "beta and 1 - beta are swapped: beta goes with the old average",
        "beta * old + (1 - beta) * slope**2",
        "(1 - beta) * old + beta * slope**2",
    ),
    mistake("the factor (1 - beta) before the square is missing", "+ (1 - beta) * slope", "+ slope"),
    mistake(
        "the parentheses around 1 - beta are missing: write (1 - beta) * gradient**2",
        "(1 - beta) * slope",
        "1 - beta * slope",
    ),
    mistake("the gradient is not squared in s", "slope**2", "slope"),
    mistake(
        "s is squared together with its factor: it is (1 - beta) times the square",
        "(1 - beta) * slope**2",
        "((1 - beta) * slope) ** 2",
    ),
    mistake(
        "the new s is not stored: it is used once, and the old one is returned",
        's["d" + name] = new',
        's["d" + name] = old',
    ),
    mistake("s forgets the past: its old value is missing, beta * s", "beta * old + ", ""),
    mistake(
        "s of b is made from s of W: it should come from its own db",
        's["d" + name] = new',
        's["d" + name] = s["dW" + str(l)]',
        like="what belongs to b is made from the gradient of W: it should be db",
    ),
    mistake("the root is missing: the gradient should be divided by sqrt(s)", "np.sqrt(new)", "new"),
    mistake("the step is multiplied by the root: it should be divided by it", "slope / (np", "slope * (np"),
    mistake(
        "epsilon was added inside the square root: it belongs outside, sqrt(s) + epsilon",
        "np.sqrt(new) + epsilon",
        "np.sqrt(new + epsilon)",
    ),
    mistake("epsilon is missing: divide by sqrt(s) + epsilon", "np.sqrt(new) + epsilon", "np.sqrt(new)"),
    mistake(
        "epsilon is a fixed number: use the argument",
        "+ epsilon",
        "+ 1e-6",
    ),
    mistake(
        "epsilon is added to the whole quotient: it belongs to the denominator, in its parentheses",
        "(np.sqrt(new) + epsilon)",
        "np.sqrt(new) + epsilon",
    ),
    mistake("s is not returned: return parameters, s", "return parameters, s", "return parameters"),
    mistake(
        "the results are in the wrong order: parameters first, then s",
        "return parameters, s",
        "return s, parameters",
    ),
)

RMSPROP = Exercise(
    update_parameters_with_rmsprop,
    (
        Behaviour(
            "squares", "s becomes beta * s + (1 - beta) * gradient^2, and is returned", _rmsprop, ("s",)
        ),
        Behaviour(
            "step",
            "the parameters move by learning_rate * gradient / sqrt(s)",
            _rmsprop,
            ("parameters",),
        ),
        Behaviour(
            "epsilon", "epsilon is added to sqrt(s), outside the root", _rmsprop_epsilon, ("parameters",)
        ),
    ),
    (*STEPS, *SCALED),
    returns=("parameters", "s"),
    variants=_styles(
        {
            "in place": """
            def update_parameters_with_rmsprop(parameters, grads, s, beta, learning_rate, epsilon=1e-8):
                for key in parameters:
                    g = grads["d" + key]
                    s["d" + key] *= beta
                    s["d" + key] += (1 - beta) * g * g
                    parameters[key] -= learning_rate * g / (s["d" + key] ** 0.5 + epsilon)
                return parameters, s
            """,
            "new dictionaries": """
            def update_parameters_with_rmsprop(parameters, grads, s, beta, learning_rate, epsilon=1e-8):
                def mean_square(key):
                    return beta * s[key] + (1 - beta) * np.square(grads[key])

                new_s = {key: mean_square(key) for key in reversed(list(s))}
                moved = {}
                for l in range(len(parameters) // 2):
                    for kind in ("W", "b"):
                        key = kind + str(l + 1)
                        scale = np.add(np.sqrt(new_s["d" + key]), epsilon)
                        moved[key] = parameters[key] - np.divide(learning_rate, scale) * grads["d" + key]
                return moved, new_s
            """,
        }
    ),
)

ADAM_STATE = Exercise(
    initialize_adam,
    (
        _shapes(_nets),
        Behaviour("zeros", "all entries of v and of s are 0", _nets),
    ),
    (
        *STATES,
        mistake("there should be two dictionaries, v and s: return v, s", "return v, s", "return v"),
        mistake(
            "there should be two dictionaries, v and s: return v, s",
            "return v, s",
            'return {"v": v, "s": s}',
        ),
        mistake("s is empty: fill it as you fill v", 's["d" + name] =', "unused ="),
        mistake("v is empty: fill it as you fill s", 'v["d" + name] =', "unused ="),
        mistake(
            "v and s are one and the same dictionary, so that what is stored in s overwrites v: make two",
            "return v, s",
            "return v, v",
        ),
    ),
    returns=("v", "s"),
    variants=_styles(
        {
            "initialize_velocity twice": """
            def zeros(parameters):
                return {"d" + key: 0 * value for key, value in parameters.items()}

            def initialize_adam(parameters):
                return zeros(parameters), zeros(parameters)
            """,
            "a loop over range(L)": """
            def initialize_adam(parameters):
                v, s = dict(), dict()
                for l in range(len(parameters) // 2):
                    for name in (f"W{l+1}", f"b{l+1}"):
                        rows, columns = parameters[name].shape
                        v["d" + name] = np.zeros((rows, columns))
                        s["d" + name] = np.zeros_like(v["d" + name], dtype="float32")
                return [v, s]
            """,
        }
    ),
)

_BARE_V = ("(1 - beta1) * slope", "1 - beta1 * slope")
_BARE_S = ("(1 - beta2) * slope", "1 - beta2 * slope")

RARE = (
    *(
        mistake("parentheses are missing: write (1 - beta1) * gradient and (1 - beta2) * gradient**2", *texts)
        for texts in ((*_BARE_V, *_BARE_S), _BARE_V, _BARE_S)
    ),
    *(
        mistake(
            "v / 1 - beta1**t is (v / 1) - beta1**t: write v / (1 - beta1**t), and likewise for s",
            *texts,
        )
        for texts in (
            (
                "new_v / (1 - beta1**t)",
                "new_v / 1 - beta1**t",
                "new_s / (1 - beta2**t)",
                "new_s / 1 - beta2**t",
            ),
            ("new_v / (1 - beta1**t)", "new_v / 1 - beta1**t"),
            ("new_s / (1 - beta2**t)", "new_s / 1 - beta2**t"),
        )
    ),
    mistake("the corrections multiply beta by t: it should be the power beta**t", "**t", " * t"),
    mistake(
        "t is one too small in the corrections: the first update has t = 1",
        "**t",
        "**(t - 1)",
    ),
    mistake("t is one too large in the corrections: t is already 1 at the first update", "**t", "**(t + 1)"),
    mistake(
        "the power belongs to beta alone: 1 - beta1**t, not (1 - beta1)**t, and likewise for beta2",
        "(1 - beta1**t)",
        "(1 - beta1) ** t",
        "(1 - beta2**t)",
        "(1 - beta2) ** t",
    ),
    mistake("both moments are corrected with beta2: v needs beta1", "beta1**t", "beta2**t"),
    mistake(
        "the corrections multiply: they should divide",
        "new_v / (1",
        "new_v * (1",
        "new_s / (1",
        "new_s * (1",
    ),
    mistake(
        "the corrections of v and s have their betas swapped: v has beta1, s has beta2",
        "1 - beta1**t",
        "1 - BETA**t",
        "beta2**t",
        "beta1**t",
        "BETA",
        "beta2",
    ),
    mistake(
        "beta1 and beta2 are swapped everywhere: v has beta1, s has beta2",
        "beta1 * old_v + (1 - beta1)",
        "BETA * old_v + (1 - BETA)",
        "beta2 * old_s + (1 - beta2)",
        "beta1 * old_s + (1 - beta1)",
        "1 - beta1**t",
        "1 - BETA**t",
        "1 - beta2**t",
        "1 - beta1**t",
        "BETA",
        "beta2",
    ),
    mistake(
        "epsilon is added to the root of s before its correction: correct s first",
        "np.sqrt(s_hat) + epsilon",
        "(np.sqrt(new_s) + epsilon) / np.sqrt(1 - beta2**t)",
    ),
    mistake("epsilon is a fixed number: use the argument", "+ epsilon", "+ 1e-6"),
    mistake(
        "epsilon is added to the whole quotient: it belongs to the denominator, in its parentheses",
        "(np.sqrt(s_hat) + epsilon)",
        "np.sqrt(s_hat) + epsilon",
    ),
    mistake(
        "s is squared together with its factor: it is (1 - beta2) times the square",
        "(1 - beta2) * slope**2",
        "((1 - beta2) * slope) ** 2",
    ),
    mistake(
        "s of b is made from s of W: it should come from its own db",
        's["d" + name] = new_s',
        's["d" + name] = s["dW" + str(l)]',
        like="what belongs to b is made from the gradient of W: it should be db",
    ),
    mistake(
        "s averages the squares of v: it should average those of the gradient",
        "slope**2",
        "new_v**2",
    ),
    mistake(
        "the corrected v and s are stored: both should keep the uncorrected averages",
        'v["d" + name] = new_v',
        'v["d" + name] = v_hat',
        's["d" + name] = new_s',
        's["d" + name] = s_hat',
        like="the corrected v is stored: v should keep the uncorrected average",
    ),
    mistake("the step uses the old v: update v first", "v_hat = new_v", "v_hat = old_v"),
    mistake("the step uses the old s: update s first", "s_hat = new_s", "s_hat = old_s"),
    mistake(
        "beta1 and 1 - beta1 are swapped: beta1 goes with the old v",
        "beta1 * old_v + (1 - beta1)",
        "(1 - beta1) * old_v + beta1",
    ),
    mistake(
        "beta2 and 1 - beta2 are swapped: beta2 goes with the old s",
        "beta2 * old_s + (1 - beta2)",
        "(1 - beta2) * old_s + beta2",
    ),
    mistake("v forgets the past: its old value is missing, beta1 * v", "beta1 * old_v + ", ""),
    mistake("s forgets the past: its old value is missing, beta2 * s", "beta2 * old_s + ", ""),
    mistake("v is not updated: the old one is returned", 'v["d" + name] = new_v', 'v["d" + name] = old_v'),
    mistake("s is not updated: the old one is returned", 's["d" + name] = new_s', 's["d" + name] = old_s'),
    mistake("the step uses the gradient: it should use the corrected v", "step = v_hat", "step = slope"),
    mistake("s is not returned: return parameters, v, s", "return parameters, v, s", "return parameters, v"),
    mistake(
        "v and s are not returned: return parameters, v, s",
        "return parameters, v, s",
        "return parameters",
    ),
    mistake("v and s are returned in the wrong order", "return parameters, v, s", "return parameters, s, v"),
)

ADAM = Exercise(
    update_parameters_with_adam,
    (
        Behaviour(
            "first moment", "v becomes beta1 * v + (1 - beta1) * gradient, uncorrected", _moments, ("v",)
        ),
        Behaviour(
            "second moment", "s becomes beta2 * s + (1 - beta2) * gradient^2, uncorrected", _moments, ("s",)
        ),
        Behaviour(
            "step",
            "the parameters move by learning_rate * v / sqrt(s), seen where there is nothing to correct",
            _memoryless,
            ("parameters",),
        ),
        Behaviour(
            "bias correction",
            "v is divided by 1 - beta1^t and s by 1 - beta2^t before the step",
            _times,
            ("parameters",),
        ),
        Behaviour(
            "epsilon",
            "epsilon is added to the root of the corrected s, outside it",
            _adam_epsilon,
            ("parameters",),
        ),
    ),
    (
        *STEPS,
        mistake(
            "the bias of v and s is not corrected: divide by 1 - beta1**t and 1 - beta2**t",
            "new_v / (1 - beta1**t)",
            "new_v",
            "new_s / (1 - beta2**t)",
            "new_s",
        ),
        mistake("v is not corrected: divide it by 1 - beta1**t", "new_v / (1 - beta1**t)", "new_v"),
        mistake("s is not corrected: divide it by 1 - beta2**t", "new_s / (1 - beta2**t)", "new_s"),
        mistake(
            "the corrections have no t: divide by 1 - beta1**t and 1 - beta2**t, not by 1 - beta1 and 1 - beta2",
            "**t",
            "",
        ),
        mistake(
            "beta is raised to the number of the layer: it should be raised to t, which counts the updates",
            "**t",
            "**l",
        ),
        mistake("beta is squared in the corrections: it should be raised to the power t", "**t", "**2"),
        mistake("both moments are corrected with beta1: s needs beta2", "beta2**t", "beta1**t"),
        mistake(
            "beta1 and beta2 are swapped: v is averaged with beta1, s with beta2",
            "beta1 * old_v + (1 - beta1)",
            "beta2 * old_v + (1 - beta2)",
            "beta2 * old_s + (1 - beta2)",
            "beta1 * old_s + (1 - beta1)",
        ),
        mistake(
            "epsilon was added inside the square root: it belongs outside, sqrt(s) + epsilon",
            "np.sqrt(s_hat) + epsilon",
            "np.sqrt(s_hat + epsilon)",
        ),
        mistake(
            "epsilon is missing: divide by sqrt(s) + epsilon, with the corrected s",
            "np.sqrt(s_hat) + epsilon",
            "np.sqrt(s_hat)",
        ),
        mistake("the root is missing: v should be divided by sqrt(s)", "np.sqrt(s_hat)", "s_hat"),
        mistake("the gradient is not squared in s", "slope**2", "slope"),
        mistake("the factor (1 - beta1) before the gradient is missing", "+ (1 - beta1) * slope", "+ slope"),
        mistake("the factor (1 - beta2) before the square is missing", "+ (1 - beta2) * slope", "+ slope"),
        mistake(
            "the corrected v is stored: v should keep the uncorrected average",
            'v["d" + name] = new_v',
            'v["d" + name] = v_hat',
        ),
        mistake(
            "the corrected s is stored: s should keep the uncorrected average",
            's["d" + name] = new_s',
            's["d" + name] = s_hat',
        ),
    ),
    returns=("parameters", "v", "s"),
    variants=_styles(
        {
            "line by line": """
            def update_parameters_with_adam(parameters, grads, v, s, t, learning_rate=0.01,
                                            beta1=0.9, beta2=0.999, epsilon=1e-8):
                L = len(parameters) // 2
                v_corrected = {}
                s_corrected = {}
                for l in range(L):
                    for k in ["dW" + str(l + 1), "db" + str(l + 1)]:
                        v[k] = beta1 * v[k] + (1 - beta1) * grads[k]
                        v_corrected[k] = v[k] / (1 - np.power(beta1, t))
                        s[k] = beta2 * s[k] + (1 - beta2) * np.power(grads[k], 2)
                        s_corrected[k] = s[k] / (1 - np.power(beta2, t))
                    W, b = "W" + str(l + 1), "b" + str(l + 1)
                    parameters[W] = parameters[W] - learning_rate * v_corrected["d" + W] / (
                        np.sqrt(s_corrected["d" + W]) + epsilon)
                    parameters[b] = parameters[b] - learning_rate * v_corrected["d" + b] / (
                        np.sqrt(s_corrected["d" + b]) + epsilon)
                return parameters, v, s
            """,
            "in place": """
            def update_parameters_with_adam(parameters, grads, v, s, t, learning_rate=0.01,
                                            beta1=0.9, beta2=0.999, epsilon=1e-8):
                for key in parameters:
                    g, d = grads["d" + key], "d" + key
                    v[d] *= beta1
                    v[d] += (1 - beta1) * g
                    s[d] *= beta2
                    s[d] += (1 - beta2) * g * g
                    parameters[key] -= learning_rate * (v[d] / (1 - beta1**t)) / (
                        (s[d] / (1 - beta2**t)) ** 0.5 + epsilon)
                return parameters, v, s
            """,
            "new dictionaries, helpers": """
            def blend(old, new, beta):
                return {k: beta * old[k] + (1 - beta) * new[k] for k in old}

            def update_parameters_with_adam(p, g, v, s, t, lr=0.01, b1=0.9, b2=0.999, eps=1e-8):
                import math
                v2 = blend(v, g, b1)
                s2 = blend(s, {k: np.square(g[k]) for k in g}, b2)
                c1, c2 = 1 - math.pow(b1, t), 1 - math.pow(b2, t)
                new = {}
                for k in reversed(list(p)):
                    new[k] = np.subtract(p[k], lr * np.divide(v2["d" + k] / c1, np.sqrt(s2["d" + k] / c2) + eps))
                return new, v2, s2
            """,
            "the corrections pulled out of the root": """
            def update_parameters_with_adam(parameters, grads, v, s, t, learning_rate=0.01,
                                            beta1=0.9, beta2=0.999, epsilon=1e-8):
                root = np.sqrt(1 - beta2**t)
                for key in list(parameters):
                    v["d" + key] = v["d" + key] + (1 - beta1) * (grads["d" + key] - v["d" + key])
                    s["d" + key] = s["d" + key] + (1 - beta2) * (grads["d" + key] ** 2 - s["d" + key])
                    denominator = np.sqrt(s["d" + key]) + epsilon * root
                    step = learning_rate * root / (1 - beta1**t)
                    parameters[key] = parameters[key] - step * v["d" + key] / denominator
                return parameters, v, s
            """,
        }
    ),
    peer=_adam_peer,
)

DECAY = Exercise(
    update_lr,
    (
        Behaviour("start", "at epoch 0 the rate is learning_rate0", _at_start),
        Behaviour("decay", "the rate is learning_rate0 / (1 + decay_rate * epoch_num)", _epochs),
    ),
    (
        mistake("epochs count from 0 here: epoch_num, not epoch_num + 1", "epoch_num)", "(epoch_num + 1))"),
        mistake(
            "the decay is exponential, with exp: divide by 1 + decay_rate * epoch_num",
            "/ (1 + decay_rate * epoch_num)",
            "* np.exp(-decay_rate * epoch_num)",
        ),
        mistake(
            "the decay is a power: divide by 1 + decay_rate * epoch_num",
            "(1 + decay_rate * epoch_num)",
            "(1 + decay_rate) ** epoch_num",
        ),
        mistake(
            "the decay compounds: each epoch starts from the rate of the one before; start from learning_rate0",
            "(1 + decay_rate * epoch_num)",
            "np.prod(1.0 + decay_rate * np.arange(1, epoch_num + 1))",
        ),
        mistake("the 1 is missing: divide by 1 + decay_rate * epoch_num", "1 + decay_rate", "decay_rate"),
        mistake(
            "decay_rate is missing: divide by 1 + decay_rate * epoch_num",
            "decay_rate * epoch_num",
            "epoch_num",
        ),
        mistake(
            "decay_rate and epoch_num are added: they should be multiplied",
            "decay_rate * epoch_num",
            "decay_rate + epoch_num",
        ),
        mistake("the rate grows: divide by 1 + decay_rate * epoch_num, do not multiply", "/ (1", "* (1"),
        mistake(
            "parentheses are missing: the whole sum 1 + decay_rate * epoch_num is the divisor",
            "learning_rate0 / (1 + decay_rate * epoch_num)",
            "learning_rate0 / 1 + decay_rate * epoch_num",
        ),
        mistake("the decay has a minus: divide by 1 + decay_rate * epoch_num", "1 + decay", "1 - decay"),
        mistake(
            "the rate never changes: divide by 1 + decay_rate * epoch_num",
            " / (1 + decay_rate * epoch_num)",
            "",
        ),
    ),
    variants=_styles(
        {
            "a product": """
            def update_lr(lr0, epoch, rate):
                return (1 / (1 + rate * epoch)) * lr0
            """,
            "a power, as an array": """
            def update_lr(learning_rate0: float, epoch_num: int, decay_rate: float):
                return np.array([[learning_rate0 * np.power(1 + epoch_num * decay_rate, -1.0)]])
            """,
        }
    ),
)

SCHEDULE = Exercise(
    schedule_lr_decay,
    (
        Behaviour(
            "at the drops", "the rate drops at every multiple of time_interval", _schedule(0, 100, 1000)
        ),
        Behaviour(
            "between the drops",
            "between two drops the rate stays as it is",
            _schedule(99, 150, 199, 1000, 1230),
        ),
        Behaviour(
            "default interval", "without time_interval the rate drops every 1000 epochs", _default_interval
        ),
    ),
    (
        mistake(
            "the rate stays at learning_rate0: divide it by 1 + decay_rate times the number of drops",
            " / (1 + decay_rate * drops)",
            "",
        ),
        mistake(
            "the floor is missing: between two drops the rate should stay",
            "np.floor(epoch_num / time_interval)",
            "(epoch_num / time_interval)",
        ),
        mistake("round goes up from the middle of an interval: use floor", "np.floor", "np.round"),
        mistake("ceil drops one interval too early: use floor", "np.floor", "np.ceil"),
        mistake(
            "the rate drops at the exact multiples only and jumps back after them: use floor for all epochs",
            "np.floor(epoch_num / time_interval)",
            "(epoch_num / time_interval if epoch_num % time_interval == 0 else 0)",
        ),
        mistake(
            "the decay compounds: each drop starts from the rate of the one before; start from learning_rate0",
            "(1 + decay_rate * drops)",
            "np.prod(1.0 + decay_rate * np.arange(1, drops + 1))",
        ),
        mistake(
            "the decay is a power: divide by 1 + decay_rate * the number of drops",
            "(1 + decay_rate * drops)",
            "(1 + decay_rate) ** drops",
        ),
        mistake(
            "the decay is exponential, with exp: divide by 1 + decay_rate * the number of drops",
            "/ (1 + decay_rate * drops)",
            "* np.exp(-decay_rate * drops)",
        ),
        mistake(
            "the decay uses the remainder, epoch_num % time_interval: use floor(epoch_num / time_interval)",
            "np.floor(epoch_num / time_interval)",
            "(epoch_num % time_interval)",
        ),
        mistake(
            "time_interval is not used, so that the rate drops at every epoch: it should drop once in "
            "time_interval epochs",
            "np.floor(epoch_num / time_interval)",
            "epoch_num",
        ),
        mistake(
            "decay_rate is inside the floor: only epoch_num / time_interval is rounded down",
            "np.floor(epoch_num / time_interval)",
            "np.floor(decay_rate * epoch_num / time_interval)",
            "1 + decay_rate * drops",
            "1 + drops",
        ),
        mistake(
            "decay_rate is missing: divide by 1 + decay_rate * the number of drops",
            "1 + decay_rate * drops",
            "1 + drops",
        ),
        mistake(
            "the 1 is missing: divide by 1 + decay_rate * the number of drops", "1 + decay_rate", "decay_rate"
        ),
        mistake("the rate grows: divide, do not multiply", "learning_rate0 / (1", "learning_rate0 * (1"),
        mistake(
            "parentheses are missing: the whole sum 1 + decay_rate * the number of drops is the divisor",
            "(1 + decay_rate * drops)",
            "1 + decay_rate * drops",
        ),
        mistake("there is one drop too many: at epoch 0 none has happened", "* drops", "* (drops + 1)"),
        mistake("time_interval is a fixed number: use the argument", "/ time_interval", "/ 1000"),
    ),
    variants=_styles(
        {
            "whole division": """
            def schedule_lr_decay(learning_rate0, epoch_num, decay_rate, time_interval=1000):
                return learning_rate0 / (1 + decay_rate * (epoch_num // time_interval))
            """,
            "math.floor, an array": """
            def schedule_lr_decay(lr0, epoch, rate, interval=1000):
                import math
                return np.array(lr0 * (1 + rate * math.floor(epoch / interval)) ** -1)
            """,
            "int": """
            def schedule_lr_decay(learning_rate0, epoch_num, decay_rate, time_interval=1000):
                done = 0
                while (done + 1) * time_interval <= epoch_num:
                    done += 1
                return 1 / (1 + decay_rate * int(done)) * learning_rate0
            """,
        }
    ),
)

MOMENTUM = replace(MOMENTUM, mistakes=(*_alone(MOMENTUM, LOOPS), *MOMENTUM.mistakes))
RMSPROP = replace(RMSPROP, mistakes=(*_alone(RMSPROP, LOOPS), *RMSPROP.mistakes))
ADAM = replace(ADAM, mistakes=(*_alone(ADAM, LOOPS), *ADAM.mistakes, *_alone(ADAM, RARE)))

EXERCISES: Sequence[Exercise] = (
    AVERAGE,
    GD,
    BATCHES,
    VELOCITY,
    MOMENTUM,
    CONVERSION,
    RMSPROP,
    ADAM_STATE,
    ADAM,
    DECAY,
    SCHEDULE,
)
