"""Views: what is compared when a result is random or may be right in many ways.

A view turns the arguments and the results of a function into named numbers: statistics of drawn weights,
the share of kept units, the sizes of batches. It measures; it holds no solution and no expected value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

View = Callable[[Sequence[Any], Sequence[Any]], Mapping[str, Any]]


def draws(arguments: Sequence[Any], results: Sequence[Any]) -> dict[str, Any]:
    """Statistics of drawn weights W1..WL, from the first result.

    For each weight matrix: mean, root mean square (``spread``), and the shares of entries within one and
    beyond two of its own spreads (which tell a normal from a uniform distribution at any scale). For each two
    layers: the correlation of the entries they could have in common.
    """
    parameters = results[0]
    weights = {key: np.asarray(parameters[key], dtype=float) for key in parameters if key.startswith("W")}
    values: dict[str, Any] = {}
    for key, weight in weights.items():
        spread = float(np.sqrt(np.mean(weight**2)))
        size = np.abs(weight) / spread if spread else np.abs(weight)
        values[f"the mean of {key}"] = float(np.mean(weight))
        values[f"the spread of {key}"] = spread
        values[f"the share of {key} within one spread"] = float(np.mean(size < 1))
        values[f"the share of {key} beyond two spreads"] = float(np.mean(size > 2))
    keys = list(weights)
    for one, other in ((a, b) for i, a in enumerate(keys) for b in keys[i + 1 :]):
        values[f"the correlation of {one} and {other}"] = _correlation(weights[one], weights[other])
    return values


def _correlation(one: np.ndarray[Any, Any], other: np.ndarray[Any, Any]) -> float:
    """Correlation of the first entries of two matrices, read row by row."""
    count = min(one.size, other.size)
    a, b = one.ravel()[:count], other.ravel()[:count]
    scale = float(np.sqrt(np.sum(a * a) * np.sum(b * b)))
    return float(a @ b) / scale if scale else 0.0


def structure(arguments: Sequence[Any], results: Sequence[Any]) -> dict[str, Any]:
    """Nothing beyond the structure: kinds, keys and shapes are compared anyway."""
    return {}


VIEWS: dict[str, View] = {"draws": draws, "structure": structure}
"""The views by name, as `utils.cases.Case.view` calls them."""


def misfit(rule: Mapping[str, str], answer: Any) -> str:
    """What is wrong with the kind of an answer, or an empty string.

    ``rule["kind"]`` is ``choice`` (one of ``rule["choices"]``, separated by ", "), ``set`` (some of them) or
    ``number``.
    """
    kind, choices = rule["kind"], rule.get("choices", "").split(", ")
    if kind == "number":
        is_number = np.ndim(answer) == 0 and np.asarray(answer).dtype.kind in "iuf"
        return "" if is_number else "a number is asked for"
    given = [answer] if kind == "choice" and not isinstance(answer, (set, list, tuple)) else answer
    if isinstance(given, str) or not hasattr(given, "__iter__"):
        return f"give a set of names, for example {{{choices[0]!r}}}"
    strange = [str(item) for item in given if str(item) not in choices]
    if strange:
        return f"{strange[0]} is not one of {', '.join(choices)}"
    return "give one choice" if kind == "choice" and len(list(given)) != 1 else ""
