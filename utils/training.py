"""The training loops that the notebooks run, around functions that the student wrote.

    history = train(X, Y, parameters, learning_rate=0.01, num_iterations=15000)
    history.costs, history.parameters

`train` works with any forward pass, backward pass, cost and optimizer of the right signature. With the given
passes of utils.network it takes a short cut through memory that is allocated once: the same numbers, in a
third of the time.
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from utils.network import (
    Array,
    Gradients,
    Parameters,
    backward_propagation,
    compute_cost,
    forward_propagation,
    layer_sizes,
)

Forward = Callable[[Array, Parameters], tuple[Array, Any]]
Backward = Callable[[Array, Array, Any], Gradients]
Cost = Callable[[Array, Array, Parameters], float]
Batches = Callable[[int], Iterable[tuple[Array, Array]]]
Schedule = Callable[[int], float]
T = TypeVar("T")


@dataclass(frozen=True)
class History:
    """What a training run leaves behind."""

    parameters: Parameters
    """The trained parameters."""
    costs: NDArray[np.float64]
    """The cost at every recorded iteration: before its update, or the mean over its epoch's examples, each
    batch before its update."""
    iterations: NDArray[np.int64]
    """The number of each recorded iteration, counted from 0."""
    last_batch_costs: NDArray[np.float64]
    """The cost of the last batch alone, which some courses print; without batches the same as costs."""
    learning_rates: NDArray[np.float64]
    """The learning rate of every recorded iteration."""
    unit: str
    """What one iteration is: "step" on all examples, or "epoch" of mini-batches."""
    seconds: float
    """Wall-clock time of the run."""

    def cost_at(self, iteration: int) -> float:
        """The cost recorded at this iteration; ValueError when none was recorded there."""
        (found,) = np.nonzero(self.iterations == iteration)
        if found.size == 0:
            raise ValueError(f"No cost was recorded at {self.unit} {iteration}.")
        return float(self.costs[found[0]])


@dataclass(frozen=True)
class Optimizer:
    """A rule for updates that may remember something from step to step."""

    initialize: Callable[[Parameters], Any]
    """parameters -> what is remembered before the first step."""
    step: Callable[[Parameters, Gradients, Any, int, float], tuple[Parameters, Any]]
    """(parameters, gradients, remembered, t, learning rate) -> (parameters, remembered); t counts from 1."""


def gradient_descent(update: Callable[..., Parameters]) -> Optimizer:
    """An optimizer made of `update(parameters, grads, learning_rate) -> parameters`."""

    def step(
        parameters: Parameters, grads: Gradients, state: None, t: int, rate: float
    ) -> tuple[Parameters, None]:
        return update(parameters, grads, rate), None

    return Optimizer(lambda parameters: None, step)


def momentum(
    initialize: Callable[[Parameters], Any], update: Callable[..., Any], beta: float = 0.9
) -> Optimizer:
    """Made of `initialize(parameters) -> v` and
    `update(parameters, grads, v, beta, learning_rate) -> parameters, v`."""

    def step(parameters: Parameters, grads: Gradients, v: Any, t: int, rate: float) -> tuple[Parameters, Any]:
        parameters, v = _returned(update(parameters, grads, v, beta, rate), "parameters, v")
        return parameters, v

    return Optimizer(initialize, step)


def rmsprop(
    initialize: Callable[[Parameters], Any],
    update: Callable[..., Any],
    beta: float = 0.9,
    epsilon: float = 1e-8,
) -> Optimizer:
    """Made of `initialize(parameters) -> s` and
    `update(parameters, grads, s, beta, learning_rate, epsilon) -> parameters, s`."""

    def step(parameters: Parameters, grads: Gradients, s: Any, t: int, rate: float) -> tuple[Parameters, Any]:
        parameters, s = _returned(update(parameters, grads, s, beta, rate, epsilon), "parameters, s")
        return parameters, s

    return Optimizer(initialize, step)


def adam(
    initialize: Callable[[Parameters], Any],
    update: Callable[..., Any],
    beta1: float = 0.9,
    beta2: float = 0.999,
    epsilon: float = 1e-8,
) -> Optimizer:
    """Made of `initialize(parameters) -> v, s` and
    `update(parameters, grads, v, s, t, learning_rate, beta1, beta2, epsilon) -> parameters, v, s`."""

    def step(
        parameters: Parameters, grads: Gradients, state: Any, t: int, rate: float
    ) -> tuple[Parameters, Any]:
        v, s = state
        result = update(parameters, grads, v, s, t, rate, beta1, beta2, epsilon)
        parameters, v, s = _returned(result, "parameters, v, s")
        return parameters, (v, s)

    return Optimizer(lambda parameters: _returned(initialize(parameters), "v, s"), step)


def _returned(result: Any, names: str) -> Any:
    """The values that a function returned, if they are as many as these names."""
    wanted = names.count(",") + 1
    if isinstance(result, tuple | list) and len(result) == wanted:
        return result
    got = f"{len(result)} values" if isinstance(result, tuple | list) else type(result).__name__
    raise ValueError(f"A function that must return {names} returned {got}.")


def decayed(schedule: Callable[..., float], learning_rate0: float, *args: float) -> Schedule:
    """The learning rate as the courses' loops set it: `schedule(learning_rate0, epoch, *args)` after each epoch.

    So epoch 0 runs at `learning_rate0`, and epoch k at what the schedule says about epoch k - 1.
    """
    return lambda epoch: schedule(learning_rate0, epoch - 1, *args) if epoch else learning_rate0


def train(
    X: Array,
    Y: Array,
    parameters: Mapping[str, Array],
    *,
    learning_rate: float | Schedule,
    num_iterations: int,
    forward: Forward = forward_propagation,
    backward: Backward = backward_propagation,
    cost: Cost | None = None,
    optimizer: Optimizer | None = None,
    batches: Batches | None = None,
    record_every: int = 1,
    progress: bool | str = True,
) -> History:
    """Train a network and return its `History`; the caller's parameters stay as they are.

    X (n_x, m), Y (1, m); `learning_rate` is a number or a function of the iteration's number (from 0).
    `forward(X, parameters) -> A_L, cache`, `backward(X, Y, cache) -> gradients` and
    `cost(A_L, Y, parameters) -> float` default to the passes and the cross-entropy of utils.network,
    `optimizer` to plain gradient descent. Without `batches` each iteration is one step on all examples; with
    it, one epoch: `batches(iteration)` returns its list of (X_b, Y_b). A cost is recorded at iterations 0,
    `record_every`, 2 `record_every`, ... `progress` draws a bar; a string is drawn before it.

    Raises ValueError with one sentence when shapes or numbers do not make sense.
    """
    _check_run(X, Y, layer_sizes(parameters), num_iterations, record_every)
    start = {name: np.array(value, dtype=float) for name, value in parameters.items()}
    if forward is forward_propagation and backward is backward_propagation and cost is None:
        stepper: _Stepper = _FusedStepper(start, optimizer)
    else:
        stepper = _GeneralStepper(start, optimizer, forward, backward, cost)
    schedule = learning_rate if callable(learning_rate) else lambda iteration: learning_rate
    unit = "epoch" if batches else "step"
    whole = [(X, np.asarray(Y, dtype=float))]
    rows = []
    began = time.perf_counter()
    t = 0
    with _one_thread(), _Bar(num_iterations, unit, progress) as bar:
        for iteration in range(num_iterations):
            rate = schedule(iteration)
            recording = iteration % record_every == 0
            pairs = batches(iteration) if batches else whole
            t, mean, last = _run_iteration(stepper, pairs, t, rate, recording)
            if recording:
                rows.append((iteration, mean, last, rate))
            bar.advance(iteration + 1, rows[-1][1])
    iterations, costs, last_costs, rates = np.array(rows).T
    return History(
        parameters=stepper.result(),
        costs=costs,
        iterations=iterations.astype(np.int64),
        last_batch_costs=last_costs,
        learning_rates=rates,
        unit=unit,
        seconds=time.perf_counter() - began,
    )


def _run_iteration(
    stepper: _Stepper, pairs: Iterable[tuple[Array, Array]], t: int, rate: float, recording: bool
) -> tuple[int, float, float]:
    """One update for each (X_b, Y_b); returns t, the mean cost over the examples, the cost of the last batch."""
    total = last = 0.0
    examples = 0
    for X_b, Y_b in pairs:
        t += 1
        last = stepper.step(X_b, Y_b, t, rate, recording)
        total += last * Y_b.shape[1]
        examples += Y_b.shape[1]
    if examples == 0:
        raise ValueError("An epoch has no mini-batches: its list of (X_b, Y_b) is empty.")
    return t, total / examples, last


def with_bar(items: Sequence[T], label: str) -> Iterator[T]:
    """The items one after another, while a bar fills; without tqdm, just the items."""
    bar = _tqdm(items, desc=label)
    yield from items if bar is None else bar


def descend(
    gradient: Callable[[float, float], tuple[float, float]],
    start: tuple[float, float],
    optimizer: Optimizer,
    *,
    learning_rate: float,
    num_steps: int,
) -> Array:
    """The path of an optimizer on a surface over the plane: (num_steps + 1, 2), from `start` on.

    `gradient(x, y)` returns the two slopes. The point is handed to the optimizer as a network of one weight
    W1 = [[x]] and one bias b1 = [[y]], so that update functions written for networks work unchanged.
    """
    path = np.empty((num_steps + 1, 2))
    path[0] = start
    parameters = {"W1": np.full((1, 1), float(start[0])), "b1": np.full((1, 1), float(start[1]))}
    state = optimizer.initialize(parameters)
    for t in range(1, num_steps + 1):
        slope_x, slope_y = gradient(*path[t - 1])
        grads = {"dW1": np.full((1, 1), float(slope_x)), "db1": np.full((1, 1), float(slope_y))}
        parameters, state = optimizer.step(parameters, grads, state, t, learning_rate)
        path[t] = parameters["W1"].item(), parameters["b1"].item()
    return path


class _Stepper(Protocol):
    def step(self, X: Array, Y: Array, t: int, rate: float, want_cost: bool) -> float:
        """Make one update; return the cost before it, or 0 when it is not wanted."""

    def result(self) -> Parameters:
        """The parameters as they are now."""


class _GeneralStepper:
    """Calls whatever functions it was given."""

    def __init__(
        self,
        parameters: Parameters,
        optimizer: Optimizer | None,
        forward: Forward,
        backward: Backward,
        cost: Cost | None,
    ) -> None:
        self.parameters = parameters
        self.optimizer = optimizer or Optimizer(lambda parameters: None, _descend_in_place)
        self.state = self.optimizer.initialize(parameters)
        self.forward, self.backward = forward, backward
        self.cost = cost or (lambda A_L, Y, parameters: compute_cost(A_L, Y))

    def step(self, X: Array, Y: Array, t: int, rate: float, want_cost: bool) -> float:
        A_L, cache = self.forward(X, self.parameters)[:2]
        cost = float(np.squeeze(self.cost(A_L, Y, self.parameters))) if want_cost else 0.0
        gradients = self.backward(X, Y, cache)
        if t == 1:
            _check_entries(gradients, ["d" + name for name in self.parameters], "The backward pass")
        updated, self.state = self.optimizer.step(self.parameters, gradients, self.state, t, rate)
        if t == 1:
            _check_entries(updated, list(self.parameters), "The optimizer's update")
        self.parameters = updated
        return cost

    def result(self) -> Parameters:
        return self.parameters


class _FusedStepper:
    """The given passes in memory that is allocated once for each batch size.

    [W b] is stored as one matrix and every layer's input gets a row of ones, so that one product does the
    weights and the biases of a layer, and one subtraction updates the whole network.
    """

    def __init__(self, parameters: Parameters, optimizer: Optimizer | None) -> None:
        self.sizes = layer_sizes(parameters)
        shapes = [(n, n_prev + 1) for n_prev, n in pairwise(self.sizes)]
        self.theta, self.layers = _stacked(shapes)
        self.slope, self.slopes = _stacked(shapes)
        self.parameters = _named(self.layers)
        self.gradients = {"d" + name: view for name, view in _named(self.slopes).items()}
        self.memory: dict[int, _Memory] = {}
        self.optimizer = optimizer
        self.updated = parameters
        self._load(parameters)
        self.state = optimizer.initialize(parameters) if optimizer else None

    def step(self, X: Array, Y: Array, t: int, rate: float, want_cost: bool) -> float:
        memory = self._remember(X, Y)
        memory.forward()
        cost = memory.cost() if want_cost else 0.0
        memory.backward()
        if self.optimizer is None:
            self.slope *= rate
            self.theta -= self.slope
        else:
            self.updated, self.state = self.optimizer.step(self.updated, self.gradients, self.state, t, rate)
            if t == 1:
                _check_entries(self.updated, list(self.parameters), "The optimizer's update")
            self._load(self.updated)
        return cost

    def result(self) -> Parameters:
        return {name: view.copy() for name, view in self.parameters.items()}

    def _load(self, parameters: Parameters) -> None:
        for name, view in self.parameters.items():
            view[...] = parameters[name]

    def _remember(self, X: Array, Y: Array) -> _Memory:
        m = X.shape[1]
        if m not in self.memory:
            self.memory[m] = _Memory(self.sizes, m, self.layers, self.slopes)
        memory = self.memory[m]
        if memory.source is not X:  # all examples are the same array in every step
            memory.load(X, Y)
        return memory


class _Memory:
    """Room for one forward and backward pass of m examples."""

    def __init__(self, sizes: list[int], m: int, layers: list[Array], slopes: list[Array]) -> None:
        self.source: Array | None = None
        self.m = m
        inputs = [np.ones((n + 1, m)) for n in sizes[:-1]]
        self.X = inputs[0][:-1]
        self.Y = np.empty((sizes[-1], m))
        self.not_Y = np.empty((sizes[-1], m))
        self.losses = np.empty((sizes[-1], m))
        self.output = np.empty((sizes[-1], m))
        outs = [A[:-1] for A in inputs[1:]] + [self.output]
        self.forward_plan = list(zip(layers, inputs, outs, strict=True))
        errors = [np.empty((n, m)) for n in sizes[1:]]
        masks = [np.empty((n, m)) for n in sizes[1:-1]]
        self.error = errors[-1]
        self.backward_plan = [
            (errors[i], inputs[i].T, slopes[i], layers[i][:, :-1].T, outs[i - 1], masks[i - 1], errors[i - 1])
            for i in range(len(layers) - 1, 0, -1)
        ]
        self.first = (errors[0], inputs[0].T, slopes[0])

    def load(self, X: Array, Y: Array) -> None:
        self.X[...] = X
        self.Y[...] = Y
        np.subtract(1.0, self.Y, out=self.not_Y)
        self.source = X

    def forward(self) -> None:
        for layer, A_prev, A in self.forward_plan:
            np.dot(layer, A_prev, out=A)
            if A is not self.output:
                np.maximum(A, 0.0, out=A)
        A = self.output
        np.negative(A, out=A)
        with np.errstate(over="ignore"):
            np.exp(A, out=A)
        A += 1.0
        np.reciprocal(A, out=A)

    def cost(self) -> float:
        """`compute_cost`, to the last digit: the right class was given the probability |1 - Y - A|."""
        np.subtract(self.not_Y, self.output, out=self.losses)
        np.abs(self.losses, out=self.losses)
        with np.errstate(divide="ignore"):
            np.log(self.losses, out=self.losses)
        return float(0.0 - self.losses.sum() / self.m)

    def backward(self) -> None:
        np.subtract(self.output, self.Y, out=self.error)
        self.error *= 1.0 / self.m
        for dZ, A_prev_T, slope, W_T, A_prev, mask, dZ_prev in self.backward_plan:
            np.dot(dZ, A_prev_T, out=slope)
            np.dot(W_T, dZ, out=dZ_prev)
            np.sign(A_prev, out=mask)  # A_prev is relu(Z): its sign is 1 where Z > 0, else 0
            dZ_prev *= mask
        dZ, X_T, slope = self.first
        np.dot(dZ, X_T, out=slope)


def _stacked(shapes: list[tuple[int, int]]) -> tuple[Array, list[Array]]:
    """One row of memory, and matrices of these shapes that are windows on it."""
    ends = np.cumsum([rows * columns for rows, columns in shapes])
    memory = np.zeros(ends[-1])
    pieces = np.split(memory, ends[:-1])
    return memory, [piece.reshape(shape) for piece, shape in zip(pieces, shapes, strict=True)]


def _named(layers: list[Array]) -> Parameters:
    """W_l and b_l as windows on the matrices [W b]."""
    named = {}
    for number, layer in enumerate(layers, start=1):
        named[f"W{number}"] = layer[:, :-1]
        named[f"b{number}"] = layer[:, -1:]
    return named


def _descend_in_place(
    parameters: Parameters, gradients: Gradients, state: None, t: int, rate: float
) -> tuple[Parameters, None]:
    for name, value in parameters.items():
        value -= rate * gradients["d" + name]
    return parameters, None


def _check_run(X: Array, Y: Array, sizes: list[int], num_iterations: int, record_every: int) -> None:
    if np.ndim(X) != 2 or np.shape(X)[0] != sizes[0]:
        raise ValueError(
            f"X has shape {np.shape(X)}, but the network reads {sizes[0]} rows, one for each input."
        )
    if np.shape(Y) != (sizes[-1], np.shape(X)[1]):
        raise ValueError(
            f"Y has shape {np.shape(Y)}, but X {np.shape(X)} needs {(sizes[-1], np.shape(X)[1])}."
        )
    if num_iterations < 1 or record_every < 1:
        raise ValueError(
            f"num_iterations and record_every must be at least 1, not {num_iterations} and {record_every}."
        )


def _check_entries(result: Any, names: list[str], who: str) -> None:
    """A first result must be a dictionary with all these names."""
    if not isinstance(result, Mapping):
        raise ValueError(
            f"{who} returns {type(result).__name__}, not a dictionary: is its return line right?"
        )
    missing = [name for name in names if name not in result]
    if missing:
        raise ValueError(f"{who} returns no {missing[0]}.")


def _one_thread() -> AbstractContextManager[Any]:
    """Keep BLAS to one thread for a while, where threadpoolctl (a part of scikit-learn's installation) is there.

    Matrices this small gain nothing from a second one, and where cores are shared the threads wait for each
    other: a step took 115 ms instead of 15 on a busy machine of two cores.
    """
    try:
        from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]
    except ImportError:
        return nullcontext()
    limits: AbstractContextManager[Any] = threadpool_limits(1, user_api="blas")
    return limits


class _Bar:
    """A tqdm bar with the cost behind it, drawn at most ten times a second; nothing without tqdm."""

    def __init__(self, total: int, unit: str, progress: bool | str) -> None:
        self.tqdm: Any = None
        self.total = total
        self.next_look = math.inf
        if progress is not False:
            self._open(unit, progress if isinstance(progress, str) else None)

    def _open(self, unit: str, label: str | None) -> None:
        self.tqdm = _tqdm(total=self.total, desc=label, unit=f" {unit}s", mininterval=0.0, miniters=1)
        self.next_look = time.perf_counter() + 0.1

    def advance(self, done: int, cost: float) -> None:
        if done < self.total and (self.tqdm is None or time.perf_counter() < self.next_look):
            return
        if self.tqdm is not None:
            self.next_look = time.perf_counter() + 0.1
            self.tqdm.set_postfix_str(f"cost {cost:.4f}", refresh=False)
            self.tqdm.update(done - self.tqdm.n)

    def __enter__(self) -> _Bar:
        return self

    def __exit__(self, *exception: object) -> None:
        if self.tqdm is not None:
            self.tqdm.close()


def _tqdm(*items: Any, **settings: Any) -> Any:
    """A tqdm bar, or None where tqdm is not installed."""
    try:
        from tqdm import tqdm
    except ImportError:
        return None
    # Standard output, because notebooks paint standard error red; no widgets, so that it survives saving.
    return tqdm(*items, file=_Line() if _in_notebook() else sys.stdout, ncols=92, **settings)


def _in_notebook() -> bool:
    """Whether somebody sees the output of this process through Jupyter."""
    from_ipython = sys.modules.get("IPython")
    return from_ipython is not None and hasattr(from_ipython.get_ipython(), "kernel")


class _Line:
    """A file for tqdm to write to: one output of the notebook's cell, whose text is replaced.

    A page made of a notebook shows every state of a bar that went to standard output, in a staircase of lines.
    """

    encoding = "utf-8"

    def __init__(self) -> None:
        self.output: Any = None

    def write(self, text: str) -> None:
        from IPython.display import display

        line = {"text/plain": text.strip("\r\n").rstrip()}
        if not line["text/plain"]:
            return
        if self.output is None:
            self.output = display(line, raw=True, display_id=True)  # type: ignore[no-untyped-call]
        else:
            self.output.update(line, raw=True)

    def flush(self) -> None:
        """Every line is on its way at once."""
