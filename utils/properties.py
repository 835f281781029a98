"""Views: what is compared when a result is random or may be right in many ways.

A view turns the arguments and the results of a function into named numbers: statistics of drawn weights,
the share of kept units, the sizes of batches. It measures; it holds no solution and no expected value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

View = Callable[[Sequence[Any], Sequence[Any]], Mapping[str, Any]]


class Unreadable(Exception):  # noqa: N818  (a state of the result, told in a sentence)
    """A result that a view cannot read; its text says why, in words that hold nothing of the result."""


def draws(arguments: Sequence[Any], results: Sequence[Any]) -> dict[str, Any]:
    """Statistics of drawn weights W1..WL, from the first result.

    For each weight matrix: root mean square (``spread``), mean in units of it, and the shares of entries within
    one and beyond two of its own spreads (which tell a normal from a uniform distribution at any scale), and of
    entries that are there already. For each two layers: the correlation of the entries they could have in common.
    """
    parameters = results[0]
    weights = {
        key: np.asarray(parameters[key], dtype=float).ravel() for key in parameters if key.startswith("W")
    }
    values: dict[str, Any] = {}
    for key, weight in weights.items():
        squares = weight * weight
        mean_square = float(squares.sum()) / squares.size
        spread = mean_square**0.5
        values[f"the mean of {key}"] = float(weight.sum()) / weight.size / spread if spread else 0.0
        values[f"the spread of {key}"] = spread
        values[f"the share of {key} within one spread"] = (
            np.count_nonzero(squares < mean_square) / squares.size
        )
        values[f"the share of {key} beyond two spreads"] = (
            np.count_nonzero(squares > 4 * mean_square) / squares.size
        )
        values[f"the share of repeated entries in {key}"] = 1 - _distinct(weight) / weight.size
    keys = list(weights)
    for one, other in ((a, b) for i, a in enumerate(keys) for b in keys[i + 1 :]):
        values[f"the correlation of {one} and {other}"] = _correlation(weights[one], weights[other])
    return values


def _distinct(series: np.ndarray[Any, Any]) -> int:
    """How many different numbers a series holds; without what `np.unique` does besides."""
    ordered = np.sort(series)
    return int(series.size > 0) + int(np.count_nonzero(ordered[1:] != ordered[:-1]))


def _correlation(one: np.ndarray[Any, Any], other: np.ndarray[Any, Any]) -> float:
    """Correlation of two series, as far as the shorter one goes."""
    count = min(one.size, other.size)
    a, b = one[:count], other[:count]
    scale = float((a @ a) * (b @ b)) ** 0.5
    return float(a @ b) / scale if scale else 0.0


def structure(arguments: Sequence[Any], results: Sequence[Any]) -> dict[str, Any]:
    """Nothing beyond the structure: kinds, keys and shapes are compared anyway."""
    return {}


def difference(arguments: Sequence[Any], results: Sequence[Any]) -> dict[str, Any]:
    """The one number that a gradient check returns."""
    return {"the difference": float(np.asarray(results[0]).reshape(()))}


def verdicts(arguments: Sequence[Any], results: Sequence[Any]) -> dict[str, Any]:
    """Which entries of ``gradients`` (the second argument) a list or set of names accuses, 1 or 0 each."""
    named = {str(name) for name in results[0]}
    entries = [name for name in arguments[1] if name.startswith(("dW", "db"))]
    return {
        "the choice of entries": np.array([float(name in named) for name in entries]),
        "the number of names that are no entries": float(len(named.difference(entries))),
    }


DROPOUT_CACHE = ("Z1", "D1", "A1", "W1", "b1", "Z2", "D2", "A2", "W2", "b2", "Z3", "A3", "W3", "b3")
"""The layout of the cache of a forward pass with dropout."""


def _opened(cache: Sequence[Any]) -> dict[str, np.ndarray[Any, Any]]:
    """A dropout cache by name, as numbers."""
    return {name: np.asarray(part, dtype=float) for name, part in zip(DROPOUT_CACHE, cache, strict=True)}


def masks(arguments: Sequence[Any], results: Sequence[Any]) -> dict[str, Any]:
    """What D1 and D2 look like in the first result ``(A3, cache)``: shares of places, each 0 to 1.

    The shares of neighbours alike pair row 0 with 1, 2 with 3, ... (units), and columns likewise (examples).
    """
    cache = _opened(results[0][1])
    kept = {name: cache[name] != 0 for name in ("D1", "D2")}
    values: dict[str, Any] = {}
    for name, D in kept.items():
        n, m = D.shape[0] // 2 * 2, D.shape[1] // 2 * 2
        values[f"the share of {name} that is neither 0 nor 1"] = float(np.mean(D & (cache[name] != 1)))
        values[f"the share of kept units in {name}"] = float(np.mean(D))
        values[f"the share of neighbouring units alike in {name}"] = _alike(D[0:n:2], D[1:n:2])
        values[f"the share of neighbouring examples alike in {name}"] = _alike(D[:, 0:m:2], D[:, 1:m:2])
    n = min(len(D) for D in kept.values())
    values["the share of D1 and D2 alike"] = _alike(kept["D1"][:n], kept["D2"][:n])
    return values


def renewal(arguments: Sequence[Any], results: Sequence[Any]) -> dict[str, Any]:
    """How far the masks of two results ``(A3, cache)`` of equal calls agree: shares of places."""
    one, other = (_opened(result[1]) for result in results[:2])
    return {
        f"the share of {name} alike in two calls": _alike(one[name], other[name]) for name in ("D1", "D2")
    }


def _alike(one: np.ndarray[Any, Any], other: np.ndarray[Any, Any]) -> float:
    return float(np.mean(one == other))


def activations_dropped(arguments: Sequence[Any], results: Sequence[Any]) -> dict[str, Any]:
    """How much of A1 and A2 is left in the places that the masks in a result ``(A3, cache)`` drop."""
    cache = _opened(results[0][1])
    values: dict[str, Any] = {}
    for l in (1, 2):
        dropped = cache[f"D{l}"] == 0
        before = np.maximum(0, cache[f"Z{l}"])[dropped].sum()
        after = np.abs(cache[f"A{l}"][dropped]).sum()
        values[f"what is left of the dropped units of A{l}"] = float(after / before) if after else 0.0
    return values


def activations_kept(arguments: Sequence[Any], results: Sequence[Any]) -> dict[str, Any]:
    """By what the kept units of A1 and A2 in a result ``(A3, cache)`` were multiplied after the ReLU."""
    cache = _opened(results[0][1])
    values: dict[str, Any] = {}
    for l in (1, 2):
        before = np.maximum(0, cache[f"Z{l}"])
        values |= _factors(f"kept units of A{l}", cache[f"A{l}"], before, cache[f"D{l}"] != 0)
    return values


def _factors(what: str, after: Any, before: Any, kept: Any) -> dict[str, Any]:
    """The smallest, mean and largest ratio after / before among kept entries that are not nearly 0 before."""
    chosen = kept & (np.abs(before) > 1e-3 * np.abs(before).max())
    ratios = after[chosen] / before[chosen] if chosen.any() else np.array([np.nan])
    factors = {"smallest": ratios.min(), "mean": ratios.mean(), "largest": ratios.max()}
    return {f"the {which} factor on {what}": float(factor) for which, factor in factors.items()}


def consistency(arguments: Sequence[Any], results: Sequence[Any]) -> dict[str, Any]:
    """Whether a result ``(A3, cache)`` of dropout is a pass through the given net, given its own A1 and A2.

    Distances are relative (Frobenius norms); below 1e-5 they are rounding and count as 0.
    """
    X, parameters = arguments[0], arguments[1]
    A3, c = np.asarray(results[0][0], dtype=float), _opened(results[0][1])
    values: dict[str, Any] = {}
    for l, (A_prev, name) in enumerate([(X, "X"), (c["A1"], "A1"), (c["A2"], "A2")], start=1):
        Z = parameters[f"W{l}"] @ A_prev + parameters[f"b{l}"]
        values[f"the distance of Z{l} from W{l} {name} + b{l}"] = _distance(c[f"Z{l}"], Z)
        sent = Z - parameters[f"b{l}"]
        size = float(np.vdot(sent, sent))
        share = float(np.vdot(sent, c[f"Z{l}"] - parameters[f"b{l}"])) / size if size else 1.0
        values[f"the share of W{l} {name} in Z{l}"] = share
    for l in (1, 2):
        stopped = np.minimum(c[f"Z{l}"], 0)
        left = np.abs(c[f"A{l}"][stopped < 0]).sum()
        values[f"what is left in A{l} where Z{l} is negative"] = float(left / -stopped.sum()) if left else 0.0
    output = 1 / (1 + np.exp(-c["Z3"]))
    values["the distance of A3 from sigmoid(Z3)"] = _distance(c["A3"], output)
    ratios = (c["A3"] / output)[c["A3"] != 0]
    values["the mean of A3 / sigmoid(Z3) where A3 is not 0"] = float(ratios.mean()) if ratios.size else 0.0
    lost = (c["A3"] == 0) & (c["Z3"] > 0)
    values["the share of A3 that is 0 where Z3 is positive"] = float(np.mean(lost))
    values["the distance of the returned A3 from the cached one"] = _distance(A3, c["A3"])
    for name, given in parameters.items():
        values[f"the distance of the cached {name} from the given one"] = _distance(c[name], given)
    return values


def _distance(got: np.ndarray[Any, Any], right: np.ndarray[Any, Any]) -> float:
    size = float(np.linalg.norm(right))
    far = float(np.linalg.norm(got - right)) / (size or 1.0)
    return 0.0 if far < 1e-5 else far


def gradients_dropped(arguments: Sequence[Any], results: Sequence[Any]) -> dict[str, Any]:
    """What dA2 and dA1 hold where the masks of the cache (third argument) drop a unit."""
    cache, gradients = _opened(arguments[2]), results[0]
    return {
        f"dA{l} where D{l} drops a unit": np.where(cache[f"D{l}"] == 0, gradients[f"dA{l}"], 0.0)
        for l in (2, 1)
    }


def gradients_kept(arguments: Sequence[Any], results: Sequence[Any]) -> dict[str, Any]:
    """By what the kept entries of dA2 and dA1 differ from what the returned dZ of the layer above sends down."""
    cache, gradients = _opened(arguments[2]), results[0]
    values: dict[str, Any] = {}
    for l in (2, 1):
        sent = cache[f"W{l + 1}"].T @ np.asarray(gradients[f"dZ{l + 1}"], dtype=float)
        got = np.asarray(gradients[f"dA{l}"], dtype=float)
        values |= _factors(f"kept entries of dA{l}", got, sent, cache[f"D{l}"] != 0)
    return values


def corrections(arguments: Sequence[Any], results: Sequence[Any]) -> dict[str, Any]:
    """By what the second of two returned series differs from the first, place by place."""
    first, second = (np.asarray(series, dtype=float) for series in results[0])
    return {"corrected divided by averages": second / first}


def travel(arguments: Sequence[Any], results: Sequence[Any]) -> dict[str, Any]:
    """How far each parameter moved beside learning_rate times the returned velocity; 1 everywhere is just so.

    For ``update(parameters, grads, v, beta, learning_rate) -> parameters, v``; in units of the largest velocity.
    """
    before, rate, (after, v) = arguments[0], arguments[4], results[0]
    values = {}
    for name, start in before.items():
        velocity = np.asarray(v["d" + name], dtype=float)
        far = (start - np.asarray(after[name], dtype=float)) / rate - velocity
        values[f"the step of {name}"] = 1 + far / np.abs(velocity).max()
    return values


@dataclass(frozen=True)
class _Dealt:
    """Mini-batches as numbers of examples; -1 is a column of no example."""

    order: np.ndarray[Any, Any]
    """The examples of all batches in a row, read from X_b."""
    labels: np.ndarray[Any, Any]
    """The same read from Y_b."""
    batch: np.ndarray[Any, Any]
    """The number of the batch at each place."""


def _dealt(X: np.ndarray[Any, Any], Y: np.ndarray[Any, Any], batches: Any) -> _Dealt:
    """What a list of (X_b, Y_b) holds; raises Unreadable where it is no such list."""
    examples, labels = [], []
    for batch in batches:
        if not isinstance(batch, (tuple, list)) or len(batch) != 2:
            raise Unreadable("each batch should be a pair (X_b, Y_b)")
        examples.append(_part("X", X, batch[0]))
        labels.append(_part("Y", Y, batch[1]))
        if examples[-1].shape[1] != labels[-1].shape[1]:
            raise Unreadable("X_b and Y_b should have the same number of columns, one for each example")
    numbers = np.repeat(np.arange(len(examples)), [part.shape[1] for part in examples])
    return _Dealt(_columns(X, examples), _columns(Y, labels), numbers)


def _part(name: str, whole: np.ndarray[Any, Any], part: Any) -> np.ndarray[Any, Any]:
    """Some columns of ``whole`` as numbers. Raises Unreadable where they cannot be that."""
    try:
        numbers: np.ndarray[Any, Any] = np.asarray(part, dtype=float)
    except (TypeError, ValueError):
        raise Unreadable(f"{name}_b should be an array of numbers") from None
    if numbers.ndim != 2:
        raise Unreadable(f"{name}_b should have two axes, as {name} has")
    if len(numbers) != len(whole):
        few = "has no rows: it should have" if not len(numbers) else "should have"
        raise Unreadable(f"{name}_b {few} as many rows as {name}")
    return numbers


def _columns(whole: np.ndarray[Any, Any], parts: Sequence[np.ndarray[Any, Any]]) -> np.ndarray[Any, Any]:
    """Which columns of ``whole`` stand in the parts, one after the other; -1 for one that is not there."""
    row, found = np.concatenate([whole[:, :0], *parts], axis=1), []
    for some in np.array_split(row, row.shape[1] // 1000 + 1, axis=1):  # many at once would fill the memory
        far = np.abs(whole[:, :, np.newaxis] - some[:, np.newaxis, :]).max(axis=0)
        nearest = far.argmin(axis=0)
        found.append(np.where(far.min(axis=0) < 1e-5, nearest, -1))
    return np.concatenate(found)


def membership(arguments: Sequence[Any], results: Sequence[Any]) -> dict[str, Any]:
    """How many examples are in no batch, or come again, for ``batches(X, Y, ...)``."""
    X, Y = arguments[:2]
    dealt = _dealt(X, Y, results[0])
    names = (
        "the number of examples in no batch",
        "the number of examples that come again",
        "the number of columns that are no example",
    )
    counts = np.bincount(dealt.order[dealt.order >= 0], minlength=X.shape[1])
    numbers = (np.sum(counts == 0), np.sum(np.maximum(counts - 1, 0)), np.sum(dealt.order < 0))
    return {name: float(number) for name, number in zip(names, numbers, strict=True)}


def pairing(arguments: Sequence[Any], results: Sequence[Any]) -> dict[str, Any]:
    """Whether every example in the batches stands beside its own label: 1 or 0."""
    dealt = _dealt(arguments[0], arguments[1], results[0])
    name = "the pairing of examples and labels"
    if dealt.order.size == 0:
        return {name: np.nan}
    return {name: float(np.array_equal(dealt.order, dealt.labels))}


def disorder(arguments: Sequence[Any], results: Sequence[Any]) -> dict[str, Any]:
    """How much of the examples' order is left in ``batches(X, Y, mini_batch_size, seed)``."""
    X, Y, size = arguments[:3]
    dealt = _dealt(X, Y, results[0])
    names = (
        "the number of examples left in their place",
        "the number of examples still beside their left neighbour",
        "the number of examples still beside their right neighbour",
        "the number of examples left in their batch",
    )
    if dealt.order.size < 2:
        return dict.fromkeys(names, np.nan)
    order, steps = dealt.order, np.diff(dealt.order)
    numbers = (
        np.sum(order == np.arange(len(order))),
        np.sum(steps == 1),
        np.sum(steps == -1),
        np.sum(order // size == dealt.batch),
    )
    return {name: float(number) for name, number in zip(names, numbers, strict=True)}


def seeds(arguments: Sequence[Any], results: Sequence[Any]) -> dict[str, Any]:
    """Three results of ``batches(X, Y, size, seed)``: for a seed, for another one, and for the first again."""
    one, other, again = (_dealt(arguments[0], arguments[1], result).order for result in results[:3])
    same_length = one.shape == other.shape == again.shape and one.size > 0
    changed = float(np.sum(one != again)) if same_length else np.nan
    return {
        "the number of places that two calls with one seed fill differently": changed,
        "the number of places that calls with two seeds fill alike": float(np.sum(one == other))
        if same_length
        else np.nan,
    }


VIEWS: dict[str, View] = {
    "difference": difference,
    "verdicts": verdicts,
    "draws": draws,
    "structure": structure,
    "masks": masks,
    "renewal": renewal,
    "activations_dropped": activations_dropped,
    "activations_kept": activations_kept,
    "consistency": consistency,
    "gradients_dropped": gradients_dropped,
    "gradients_kept": gradients_kept,
    "corrections": corrections,
    "travel": travel,
    "membership": membership,
    "pairing": pairing,
    "disorder": disorder,
    "seeds": seeds,
}
"""The views by name, as `utils.cases.Case.view` calls them."""


def settled(rule: Mapping[str, str], answer: Any) -> Any:
    """An answer (plain data) with its words spelt as the choices are: case and blanks do not count."""
    spelt = {choice.casefold(): choice for choice in rule.get("choices", "").split(", ")}

    def of(item: Any) -> Any:
        return spelt.get(" ".join(item.split()).casefold(), item) if isinstance(item, str) else item

    return type(answer)(map(of, answer)) if isinstance(answer, (list, tuple, set)) else of(answer)


def misfit(rule: Mapping[str, str], answer: Any) -> str:
    """What is wrong with the kind of an answer (plain data), or an empty string.

    ``rule["kind"]`` is ``choice`` (one of ``rule["choices"]``, separated by ", "), ``set`` (some of them) or
    ``number``.
    """
    kind, choices = rule["kind"], rule.get("choices", "").split(", ")
    if kind == "number":
        number = isinstance(answer, (int, float, np.ndarray, np.generic)) and np.asarray(answer)
        is_number = number is not False and number.ndim == 0 and number.dtype.kind in "iuf"
        return "" if is_number and np.isfinite(number) else "a number is asked for"
    given = [answer] if kind == "choice" and isinstance(answer, str) else answer
    quoted = ", ".join(map(repr, choices))
    if not isinstance(given, (set, list, tuple)):
        asked = f"give one of {quoted}"
        return asked if kind == "choice" else f"give a set of names, for example {{{choices[0]!r}}}"
    strange = [
        repr(item[:40]) if isinstance(item, str) else "what you gave" for item in given if item not in choices
    ]
    if strange:
        return f"{strange[0]} is not one of {quoted}"
    return "give one choice" if kind == "choice" and len(given) != 1 else ""
