"""What is wrong with a result, in words: structure first, then the pattern of the difference.

The sentences name entries and patterns, never an expected value or an input.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np

from utils.cases import ANYTHING, Band, Promise, Tree


class Rank(IntEnum):
    """What is looked at first; of several problems those of the lowest rank are told."""

    RAISED = 0
    NOTHING = 1
    KIND = 2
    KEYS = 3
    SHAPE = 4
    FINITE = 5


@dataclass(frozen=True)
class Problem:
    """One structural difference between a result and what was promised."""

    rank: Rank
    path: str
    text: str


def entry_names(returns: Sequence[str]) -> list[tuple[str, list[str]]]:
    """Names of a returned tuple's parts; ``cache(Z1 A1)`` names the parts of a nested tuple too."""
    parts = []
    for text in returns:
        name, _, inner = text.rstrip(")").partition("(")
        parts.append((name, inner.split()))
    return parts


def _child(path: str, key: Any, names: Sequence[str] = ()) -> str:
    """The name under which a student knows an entry: W1, v["dW1"], batches[0]."""
    if names and isinstance(key, int):
        return names[key]
    if isinstance(key, str):
        return f'{path}["{key}"]' if path else key
    return f"{path or 'result'}[{key}]"


def as_numbers(value: Any) -> np.ndarray[Any, Any] | None:
    """The value as a numeric array, or None where it is no such thing."""
    try:
        array = np.asarray(value)
    except (ValueError, TypeError):
        return None
    return array if array.dtype.kind in "biufc" else None


def _kind(value: Any) -> str:
    """The kind of a value in the student's words."""
    if isinstance(value, Mapping):
        return "a dictionary"
    if isinstance(value, tuple):
        return f"a tuple of {len(value)}"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    if isinstance(value, str):
        return "a string"
    if callable(value):
        return "a function (are the parentheses of a call missing?)"
    array = as_numbers(value)
    if array is None:
        return f"an object of type {type(value).__name__}"
    return "a number" if array.ndim == 0 else f"an array of shape {array.shape}"


def _article(path: str) -> str:
    return path or "the result"


class Comparison:
    """Walks a result beside a right one: `problems` are the structural differences, `leaves` what to compare."""

    def __init__(self, promise: Promise, right: Tree, result: Tree) -> None:
        self.promise = promise
        self.problems: list[Problem] = []
        self.leaves: dict[str, tuple[Any, Any]] = {}
        self._names = entry_names(promise.returns)
        self._walk(right, result, "", [name for name, _ in self._names])

    def _asked(self, path: str) -> bool:
        """Whether this behaviour is about the entry (or about something inside it)."""
        entries = self.promise.entries
        return not entries or any(path.startswith(e) or e.startswith(f"{path}[") for e in entries)

    def _add(self, rank: Rank, path: str, text: str) -> None:
        self.problems.append(Problem(rank, path, text))

    def _walk(self, right: Tree, got: Tree, path: str, names: Sequence[str] = ()) -> None:
        if path and not self._asked(path):
            return
        if got is None and right is not None:
            where = f"{path} is None" if path else "it returned None"
            self._add(Rank.NOTHING, path, f"{where}: is a line unfinished, or the return missing?")
        elif isinstance(right, str) and right == ANYTHING:
            return
        elif isinstance(right, Mapping):
            self._walk_dict(right, got, path)
        elif isinstance(right, (tuple, list)):
            self._walk_sequence(right, got, path, names)
        elif right is None or isinstance(right, str):
            if got != right:
                self._add(Rank.KIND, path, f"{_article(path)} is {_kind(got)}, not what was asked for")
        else:
            self._walk_array(np.asarray(right), got, path)

    def _walk_dict(self, right: Mapping[Any, Any], got: Tree, path: str) -> None:
        if not isinstance(got, Mapping):
            self._add(Rank.KIND, path, f"{_article(path)} should be a dictionary, and is {_kind(got)}")
            return
        missing = [key for key in right if key not in got and self._asked(_child(path, key))]
        extra = [key for key in got if key not in right and self._asked(_child(path, str(key)))]
        where = f"in {path}" if path else "in the dictionary"
        if missing:
            self._add(Rank.KEYS, path, f"{where} {_listed(missing)} {_is(missing)} missing")
        if extra and not self.promise.extra_keys:
            self._add(Rank.KEYS, path, f"{where} {_listed(extra)} should not be there")
        for key in right:
            if key in got:
                self._walk(right[key], got[key], _child(path, key))

    def _walk_sequence(self, right: Sequence[Any], got: Tree, path: str, names: Sequence[str]) -> None:
        if isinstance(got, np.ndarray) and isinstance(right, list):
            got = list(got)
        if not isinstance(got, (tuple, list)) or len(got) != len(right):
            what = f" ({', '.join(names)})" if names else ""
            text = f"{_article(path)} should be {_kind(right)}{what}, and is {_kind(got)}"
            self._add(Rank.KIND, path, text)
            return
        for index, (expected, part) in enumerate(zip(right, got, strict=True)):
            inner = self._names[index][1] if names and not path else []
            self._walk(expected, part, _child(path, index, names), inner)

    def _walk_array(self, right: np.ndarray[Any, Any], got: Tree, path: str) -> None:
        array = as_numbers(got)
        if array is None or isinstance(got, Mapping):
            wanted = "a number" if right.ndim == 0 else "an array of numbers"
            self._add(Rank.KIND, path, f"{_article(path)} should be {wanted}, and is {_kind(got)}")
            return
        if right.ndim == 0 and array.size == 1:
            array = array.reshape(())
        if array.shape != right.shape:
            self._add(Rank.SHAPE, path, _shape_sentence(_article(path), right.shape, array.shape))
        elif np.isfinite(right.astype(float)).all() and not np.isfinite(array).all():
            self._add(Rank.FINITE, path, f"{_article(path)} holds nan or inf")
        else:
            self.leaves[path or "the result"] = (right, array)


def _shape_sentence(path: str, right: tuple[int, ...], got: tuple[int, ...]) -> str:
    """A wrong shape, with its usual reason where there is one."""
    text = f"{path} has shape {got}, and should have {right}"
    if len(right) == 2 and got == right[::-1]:
        return f"{text}: it is transposed"
    if len(right) == 2 and len(got) == 1 and got[0] in right:
        return f"{text}: the second axis got lost (write it out, or keepdims=True in a sum)"
    if got == ():
        return f"{text}: it is a single number"
    return text


def _listed(names: Sequence[Any], most: int = 4) -> str:
    """Names in a row: W1, b1 and W2; many are cut short."""
    texts = [str(name) for name in names]
    if len(texts) > most:
        return f"{', '.join(texts[:most])} and {len(texts) - most} more"
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}"


def _is(names: Sequence[Any]) -> str:
    return "is" if len(names) == 1 else "are"


def structural_sentence(problems: Sequence[Problem]) -> str:
    """The problems of the first rank, in one sentence."""
    rank = min(problem.rank for problem in problems)
    texts = [problem.text for problem in problems if problem.rank == rank]
    more = f" (and {len(texts) - 2} more like it)" if len(texts) > 2 else ""
    return "; ".join(texts[:2]) + more


def close(right: Any, got: Any, tolerance: float) -> bool:
    """Whether a value is right: inside its band, or equal up to ``tolerance`` times the size of the entries."""
    if isinstance(right, Band):
        return right.holds(float(got))
    right, got = np.asarray(right, dtype=float), np.asarray(got)
    if right.shape != got.shape:
        return False
    if got.dtype.kind == "c":
        got = np.where(got.imag == 0, got.real, np.nan)
    finite = np.abs(right[np.isfinite(right)])
    scale = float(finite.max()) if finite.size else 0.0
    with np.errstate(all="ignore"):
        near = np.abs(got - right) <= tolerance * (np.abs(right) + scale + 1e-3)
    return bool(np.all(near | (got == right) | (np.isnan(got) & np.isnan(right))))


def value_sentence(wrong: Mapping[str, tuple[Any, Any]], fine: Sequence[str], tolerance: float) -> str:
    """Which entries are wrong, and the pattern of the difference where there is one."""
    name, (right, got) = next(iter(wrong.items()))
    patterns = {_pattern(r, g, tolerance) for r, g in wrong.values()}
    pattern = patterns.pop() if len(patterns) == 1 else _pattern(right, got, tolerance)
    if len(wrong) > 1 and pattern and len({_pattern(r, g, tolerance) for r, g in wrong.values()}) > 1:
        pattern = f"{name} {pattern}"
    names = list(wrong)
    beside = f", while {_listed(list(fine))} {_is(fine)} right" if fine else ""
    text = (
        f"the values of {_listed(names)} are wrong"
        if names != ["the result"]
        else "the returned value is wrong"
    )
    return f"{text}{beside}" + (f": {pattern}" if pattern else "")


def _pattern(right: Any, got: Any, tolerance: float) -> str:
    """How a wrong value differs: sign, factor, offset, transposed, some entries only; else by how much."""
    if isinstance(right, Band):
        return _band_pattern(right, float(got))
    right, got = np.asarray(right, dtype=float), np.asarray(got, dtype=float)
    return next(_patterns(right, got, max(tolerance, 1e-6)), "")


def _band_pattern(band: Band, got: float) -> str:
    if not np.isfinite(got):
        return "not a finite number"
    middle = (band.low + band.high) / 2
    side = "too large" if got > band.high else "too small"
    if band.low > 0 and got > 0:
        return f"{side}, about {got / middle:.2g} times what it should be"
    return side


def _patterns(right: np.ndarray[Any, Any], got: np.ndarray[Any, Any], tol: float) -> Iterator[str]:
    """Patterns from the most to the least telling."""
    if not np.isfinite(right).all() or not np.isfinite(got).all():
        return
    if close(-right, got, tol):
        yield "the sign is reversed"
    if right.ndim == 2 and right.shape[0] == right.shape[1] and close(right.T, got, tol):
        yield "it is transposed"
    if not got.any():
        yield "all entries are 0"
    norm = float(np.sum(right * right))
    factor = float(np.sum(right * got)) / norm if norm else 0.0
    if norm and factor and close(factor * right, got, tol):
        yield f"every entry is {factor:.4g} times what it should be"
    offset = float(np.mean(got - right))
    if right.size > 1 and close(right + offset, got, tol):
        yield "every entry is off by the same amount"
    if right.ndim == 2 and min(right.shape) > 1:
        yield from _row_patterns(right, got, tol)
    scale = float(np.abs(right).max())
    if scale:
        yield f"off by up to {float(np.abs(got - right).max()) / scale:.1g} of the largest entry"


def _row_patterns(right: np.ndarray[Any, Any], got: np.ndarray[Any, Any], tol: float) -> Iterator[str]:
    for axis, name in ((1, "row"), (0, "column")):
        bad = ~np.all(np.abs(got - right) <= tol * (np.abs(right) + np.abs(right).max()), axis=axis)
        if 0 < bad.sum() < bad.size and bad.size > 2:
            where = ", ".join(str(i) for i in np.flatnonzero(bad)[:3])
            yield f"only in {name} {where}" if bad.sum() <= 3 else f"in {bad.sum()} of {bad.size} {name}s"
