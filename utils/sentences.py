"""What is wrong with a result, in words: structure first, then the pattern of the difference.

The sentences name entries and patterns, never an expected value. About a hidden case they tell less: no shape,
no key and no number that came out of the student's code, because that code may put the inputs there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import combinations
from math import sqrt
from typing import Any

import numpy as np

from utils.cases import ANYTHING, Band, Promise, Tree, margin
from utils.results import Strange


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
    """One structural difference between a result and what was promised; ``public`` is what a hidden case tells."""

    rank: Rank
    path: str
    text: str
    public: str = ""


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
    """Plain data as a numeric array, or None where it is no such thing."""
    if isinstance(value, (Strange, Mapping, str, set)):
        return None
    try:
        array = np.asarray(value)
    except (ValueError, TypeError, OverflowError):
        return None
    return array if array.dtype.kind in "biufc" else None


def kind_of(value: Any) -> str:
    """The kind of plain data in the student's words."""
    if isinstance(value, Strange):
        return value.kind
    for kind, name in ((Mapping, "a dictionary"), (str, "a string"), (set, "a set")):
        if isinstance(value, kind):
            return name
    if isinstance(value, (tuple, list)):
        return f"a {type(value).__name__} of {len(value)}"
    array = as_numbers(value)
    if array is None:
        return "no number" if value is not None else "None"
    return "a number" if array.ndim == 0 else f"an array of shape {array.shape}"


def _public_kind(value: Any) -> str:
    """The same without any size."""
    if isinstance(value, (tuple, list)):
        return f"a {type(value).__name__}"
    if isinstance(value, Strange):
        return value.public
    array = as_numbers(value)
    return "an array" if array is not None and array.ndim else kind_of(value)


class Comparison:
    """Walks a plain result beside a right one.

    ``problems`` are the structural differences, ``leaves`` what to compare.
    """

    def __init__(self, promise: Promise, right: Tree, result: Tree) -> None:
        self.promise = promise
        self.problems: list[Problem] = []
        self.leaves: dict[str, tuple[Any, Any]] = {}
        self._names = entry_names(promise.returns)
        self._walk(right, result, "", [name for name, _ in self._names])
        if isinstance(right, tuple) and isinstance(result, (tuple, list)) and len(right) == len(result):
            self._look_for_shared(right, result)

    def _asked(self, path: str) -> bool:
        """Whether this behaviour is about the entry (or about something inside it)."""
        entries = tuple(self.promise.entries)
        if not entries or path.startswith(entries):
            return True
        return any(entry.startswith(f"{path}[") for entry in entries)

    def _add(self, rank: Rank, path: str, text: str, public: str = "") -> None:
        self.problems.append(Problem(rank, path, text, public or text))

    def _walk(self, right: Tree, got: Tree, path: str, names: Sequence[str] = ()) -> None:
        if path and not self._asked(path):
            return
        if isinstance(right, np.ndarray):
            self._walk_array(right, got, path)
        elif got is None and right is not None:
            text = f"{path} is None: is a line unfinished?"
            whole = "it returned None: is a line unfinished, or the return missing?"
            self._add(Rank.NOTHING, path, text if path else whole)
        elif isinstance(right, str) and right == ANYTHING:
            self._walk_collection(got, path)
        elif isinstance(right, Mapping):
            self._walk_dict(right, got, path)
        elif isinstance(right, (tuple, list)):
            self._walk_sequence(right, got, path, names)
        elif right is None or isinstance(right, str):
            if type(got) is not type(right) or got != right:
                self._add(Rank.KIND, path, f"{_the(path)} is not what was asked for")
        else:
            self._walk_array(np.asarray(right), got, path)

    def _walk_collection(self, got: Tree, path: str) -> None:
        """Any list, set or the like will do."""
        if not isinstance(got, (Mapping, list, tuple, set)) and not (
            isinstance(got, np.ndarray) and got.ndim
        ):
            text = f"{_the(path)} should be a list, and is "
            self._add(Rank.KIND, path, text + kind_of(got), text + _public_kind(got))

    def _walk_dict(self, right: Mapping[Any, Any], got: Tree, path: str) -> None:
        if not isinstance(got, Mapping):
            text = f"{_the(path)} should be a dictionary, and is "
            self._add(Rank.KIND, path, text + kind_of(got), text + _public_kind(got))
            return
        where = f"in {path}" if path else "in the dictionary"
        missing = [key for key in right if key not in got and self._asked(_child(path, key))]
        if missing:
            self._add(Rank.KEYS, path, f"{where} {listed(missing)} {_is(missing)} missing")
        if not self.promise.extra_keys:
            self._look_for_extra(right, got, path, where)
        for key, value in right.items():
            if key in got:
                self._walk(value, got[key], _child(path, key))

    def _look_for_extra(
        self, right: Mapping[Any, Any], got: Mapping[Any, Any], path: str, where: str
    ) -> None:
        names = [key for key in got if key not in right]
        extra = [
            _key_text(key) for key in names if not isinstance(key, str) or self._asked(_child(path, key))
        ]
        if extra:
            count = "an entry" if len(extra) == 1 else "entries"
            public = f"{where} {_is(extra)} {count} that should not be there"
            self._add(Rank.KEYS, path, f"{where} {listed(extra)} should not be there", public)

    def _walk_sequence(self, right: Sequence[Any], got: Tree, path: str, names: Sequence[str]) -> None:
        if isinstance(got, np.ndarray) and got.ndim and isinstance(right, list):
            got = list(got)
        if not isinstance(got, (tuple, list)) or len(got) != len(right):
            self._add_sequence(right, got, path, names)
            return
        for index, (expected, part) in enumerate(zip(right, got, strict=True)):
            inner = self._names[index][1] if names and not path else []
            self._walk(expected, part, _child(path, index, names), inner)

    def _add_sequence(self, right: Sequence[Any], got: Tree, path: str, names: Sequence[str]) -> None:
        if names and not path:
            text = f"it should return {len(names)} things ({', '.join(names)}), and returns "
            public = kind_of(got) if isinstance(got, tuple) else _public_kind(got)
            self._add(Rank.KIND, path, text + kind_of(got), text + public)
            return
        text = f"{_the(path)} should be {kind_of(right)}, and is {kind_of(got)}"
        known = f"{_the(path)} should be a {type(right).__name__}, and is {_public_kind(got)}"
        if isinstance(got, (tuple, list)):
            known = f"{_the(path)} has {'too many' if len(got) > len(right) else 'too few'} items"
        self._add(Rank.KIND, path, text, known)

    def _look_for_shared(self, right: Sequence[Any], got: Sequence[Any]) -> None:
        """Two returned dictionaries that are one: whatever is stored in the first appears in the second."""
        names = [name for name, _ in self._names] or [f"part {n}" for n in range(1, len(got) + 1)]
        for (i, one), (j, other) in combinations(enumerate(got), 2):
            if one is other and isinstance(one, dict) and right[i] is not right[j]:
                text = f"{names[i]} and {names[j]} are one and the same dictionary: make two"
                self._add(Rank.KIND, "", text)

    def _walk_array(self, right: np.ndarray[Any, Any], got: Tree, path: str) -> None:
        if got is None:
            text = f"{path} is None: is a line unfinished?"
            whole = "it returned None: is a line unfinished, or the return missing?"
            self._add(Rank.NOTHING, path, text if path else whole)
            return
        array = got if isinstance(got, np.ndarray) else as_numbers(got)
        if array is None:
            text = (
                f"{_the(path)} should be {'a number' if right.ndim == 0 else 'an array of numbers'}, and is "
            )
            self._add(Rank.KIND, path, text + kind_of(got), text + _public_kind(got))
            return
        if right.ndim == 0 and array.size == 1:
            array = array.reshape(())
        if array.shape != right.shape:
            self._add(Rank.SHAPE, path, *_shape_sentences(_the(path), right.shape, array.shape))
        elif not np.isfinite(array).all() and np.isfinite(right).all():
            what = "nan" if np.isnan(array).any() else "inf"
            self._add(Rank.FINITE, path, f"{_the(path)} {'is' if right.ndim == 0 else 'holds'} {what}")
        else:
            self.leaves[path or "the result"] = (right, array)


def _the(path: str) -> str:
    return path or "the result"


def _key_text(key: Any) -> str:
    return key[:40] if isinstance(key, str) else key.kind if isinstance(key, Strange) else f"the key {key}"


def _shape_sentences(path: str, right: tuple[int, ...], got: tuple[int, ...]) -> tuple[str, str]:
    """A wrong shape, with its usual reason where there is one: in full, and without sizes."""
    text, public = f"{path} has shape {got}, and should have {right}", f"{path} has a wrong shape"
    reason = ""
    if len(right) == 2 and got == right[::-1]:
        reason = "it is transposed"
    elif len(right) == 2 and len(got) == 1 and got[0] in right:
        reason = "the second axis got lost (write it out, or use keepdims=True in a sum)"
    elif got == ():
        reason = "it is a single number"
    elif right == ():
        reason = "a single number is asked for"
    return (f"{text}: {reason}", f"{public}: {reason}") if reason else (text, public)


def listed(names: Sequence[Any], most: int = 4) -> str:
    """Names in a row: W1, b1 and W2; many are cut short."""
    texts = [str(name) for name in names]
    if len(texts) > most:
        return f"{', '.join(texts[:most])} and {len(texts) - most} more"
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}"


def _is(names: Sequence[Any]) -> str:
    return "is" if len(names) == 1 else "are"


def structural_sentence(problems: Sequence[Problem], hidden: bool = False) -> str:
    """The problems of the first rank, in one sentence; what is said of several entries is said once."""
    rank = min(problem.rank for problem in problems)
    alike: dict[str, list[str]] = {}
    for problem in problems:
        if problem.rank == rank:
            text = problem.public if hidden else problem.text
            of_path = bool(problem.path) and text.startswith(problem.path)
            alike.setdefault(text.removeprefix(problem.path) if of_path else text, []).append(
                problem.path if of_path else ""
            )
    told = [f"{paths[0]}{said}" + _too(paths[1:]) for said, paths in alike.items()]
    more = f" (and {len(told) - 2} more like it)" if len(told) > 2 else ""
    return "; ".join(told[:2]) + more


def joined(one: str, word: str, other: str) -> str:
    """Two sentences as one, the first of which may be a question."""
    return f"{one} {word.capitalize()} {other}" if one.endswith("?") else f"{one}; {word} {other}"


def _too(paths: Sequence[str]) -> str:
    return f" ({listed(paths)} too)" if paths and all(paths) else ""


def close(right: Any, got: Any, tolerance: float) -> bool:
    """Whether a value is right: inside its band, or equal up to ``tolerance`` times the size of the entries."""
    return within(right, margin(right, tolerance), got)


def within(right: Any, allowed: Any, got: Any) -> bool:
    """Whether a value is right: inside its band, or no further off than is ``allowed`` by `utils.cases.margin`."""
    if isinstance(right, Band):
        return right.holds(float(got))
    if isinstance(right, float) and isinstance(got, float) and abs(float(got) - float(right)) <= allowed:
        return True
    right, got = np.asarray(right, dtype=float), np.asarray(got)
    if right.shape != got.shape:
        return False
    if got.dtype.kind == "c":
        got = np.where(got.imag == 0, got.real, np.nan)
    elif got.dtype.kind != "f":
        got = got.astype(float)
    with np.errstate(all="ignore"):
        near = np.abs(got - right) <= allowed
    if near.all() or np.isfinite(right).all():
        return bool(near.all())
    return bool(np.all(near | (got == right) | (np.isnan(got) & np.isnan(right))))


def value_sentence(
    wrong: Mapping[str, tuple[Any, Any]], fine: Sequence[str], tolerance: float, hidden: bool = False
) -> str:
    """Which entries are wrong, and the pattern of the difference where there is one."""
    name = next(iter(wrong))
    patterns = {key: _pattern(right, got, tolerance, hidden) for key, (right, got) in wrong.items()}
    pattern = patterns[name]
    if name.startswith("the ") and name != "the result":
        return _measured_sentence(name, wrong, pattern)
    if pattern and len(set(patterns.values())) > 1:
        pattern = (
            f"{name} {pattern}" if pattern.startswith(("in ", "only ", "off ")) else f"in {name} {pattern}"
        )
    beside = f", while {listed(list(fine))} {_is(fine)} right" if fine else ""
    text = f"the values of {listed(list(wrong))} are wrong"
    if len(wrong) == 1 and np.ndim(wrong[name][0]) == 0:
        text = f"{name} is wrong"
    if list(wrong) == ["the result"]:
        text = "the returned value is wrong"
    return f"{text}{beside}" + (f": {pattern}" if pattern else "")


def _measured_sentence(name: str, wrong: Mapping[str, tuple[Any, Any]], pattern: str) -> str:
    """About a number that a view has measured, whose name reads as "the ... of ..."."""
    yes_or_no = not isinstance(wrong[name][0], Band) and all(np.isin(v, (0, 1)).all() for v in wrong[name])
    text = f"{name} is not as promised" + (f": {pattern}" if pattern and not yes_or_no else "")
    if isinstance(wrong[name][0], Band) and pattern:
        text = f"{name} is {pattern}"
    more = len(wrong) - 1
    return f"{text} (and {more} more {'number is' if more == 1 else 'numbers are'} off)" if more else text


def has_pattern(wrong: Mapping[str, tuple[Any, Any]], tolerance: float, hidden: bool) -> bool:
    """Whether a sentence about these values could say how the first of them differs."""
    right, got = next(iter(wrong.values()))
    return bool(_pattern(right, got, tolerance, hidden))


def _pattern(right: Any, got: Any, tolerance: float, hidden: bool) -> str:
    """How a wrong value differs: sign, factor, offset, transposed, some entries only; else by how much."""
    if isinstance(right, Band):
        return _band_pattern(right, float(got), hidden)
    right, got = np.asarray(right, dtype=float), np.asarray(got)
    if got.dtype.kind == "c":
        return "it is complex"
    with np.errstate(all="ignore"):
        return next(_patterns(right, got.astype(float), max(tolerance, 1e-6), hidden), "")


def _band_pattern(band: Band, got: float, hidden: bool) -> str:
    if not np.isfinite(got):
        return "not a finite number"
    middle = (band.low + band.high) / 2
    side = "too large" if got > band.high else "too small"
    if band.low > 0 and got > 0 and not hidden:
        return f"{side}, about {got / middle:.2g} times what it should be"
    return side


def _patterns(
    right: np.ndarray[Any, Any], got: np.ndarray[Any, Any], tol: float, hidden: bool
) -> Iterator[str]:
    """Patterns from the most to the least telling."""
    if right.shape != got.shape or not np.isfinite(right).all() or not np.isfinite(got).all():
        return
    it, many = ("every entry", True) if right.size > 1 else ("it", False)
    if right.any() and close(-right, got, tol):
        yield "the sign is reversed"
    if right.ndim == 2 and right.shape[0] == right.shape[1] and close(right.T, got, tol):
        yield "it is transposed"
    if not got.any():
        yield "all entries are 0" if many else "it is 0"
    factor = _factor(right, got, tol)
    if factor in NICE:
        yield f"{it} is {NICE[factor]} what it should be"
    if factor and many and not hidden:
        yield f"{it} is about {factor:.3g} times what it should be"
    if many and close(right + float(np.mean(got - right)), got, tol):
        yield f"{it} is off by the same amount"
    if right.ndim == 2 and min(right.shape) > 1:
        yield from _row_patterns(right, got, tol, hidden)
    if not many and right * got > 0:
        yield f"it is too {'large' if abs(got.item()) > abs(right.item()) else 'small'}"
    scale = float(np.abs(right).max()) if right.size else 0.0
    if scale and many and not hidden:
        yield f"off by up to {float(np.abs(got - right).max()) / scale:.1g} of the largest entry"


NICE = {
    2.0: "twice",
    0.5: "half of",
    3.0: "3 times",
    4.0: "4 times",
    0.25: "a quarter of",
    10.0: "10 times",
    0.1: "a tenth of",
    100.0: "100 times",
    0.01: "a hundredth of",
    1000.0: "1000 times",
    0.001: "a thousandth of",
    sqrt(2): "sqrt(2) times",
    sqrt(0.5): "1/sqrt(2) times",
}
"""Factors that tell of a slip and nothing of the value, in words."""


def _factor(right: np.ndarray[Any, Any], got: np.ndarray[Any, Any], tol: float) -> float:
    """The factor between two arrays, one of the nice ones where it is near; 0 where there is none."""
    norm = float(np.sum(right * right))
    factor = float(np.sum(right * got)) / norm if norm else 0.0
    if not factor or not close(factor * right, got, tol):
        return 0.0
    return next((nice for nice in NICE if abs(factor - nice) <= 10 * tol * nice), factor)


def _row_patterns(
    right: np.ndarray[Any, Any], got: np.ndarray[Any, Any], tol: float, hidden: bool
) -> Iterator[str]:
    """Which rows or columns are wrong, where some are right."""
    far = np.abs(got - right) > tol * (np.abs(right) + np.abs(right).max())
    for axis, name in ((1, "row"), (0, "column")):
        bad = np.flatnonzero(far.any(axis=axis))
        size = right.shape[1 - axis]
        if not 0 < bad.size < size or size < 3:
            continue
        if bad.size == 1 and bad[0] in (0, size - 1):
            yield f"only in its {'first' if bad[0] == 0 else 'last'} {name}"
        elif hidden:
            yield f"in some of its {name}s only"
        elif bad.size <= 3:
            yield f"only in {name}{'s' if bad.size > 1 else ''} {listed(bad.tolist())}"
        else:
            yield f"in {bad.size} of {size} {name}s"
