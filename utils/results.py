"""What a function returned, copied once into plain data.

A result may be anything: views that change later, objects with their own idea of ``==`` or ``len``, a generator,
an array that would fill the memory. It is copied right after the call, and only the copy is looked at: dicts,
lists, tuples, sets, strings, numbers, arrays of numbers, None, and `Strange` for all else.
"""

from __future__ import annotations

import inspect
import numbers
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

MOST_ENTRIES = 2_000_000
"""The largest array that is copied; of a larger one only the shape is kept."""

MOST_ITEMS = 200_000
"""The most items of lists, tuples, sets and dicts that are copied."""

DEEPEST = 12


_IMMUTABLE = {type(None), bool, int, float, complex, np.float64, np.float32, np.int64, np.int32, np.bool_}


@dataclass(frozen=True)
class Strange:
    """Something that is no plain data; ``kind`` says what it is, ``public`` without a word of the student's code."""

    kind: str
    public: str = "something else"


class _TooMuch(Exception):  # noqa: N818
    """More items than anything that was asked for."""


def copied(arguments: Any) -> Any:
    """A deep copy of a case's arguments, which hold plain data only."""
    kind = type(arguments)
    if kind is np.ndarray:
        return arguments.copy()
    if kind is dict:
        return {key: copied(value) for key, value in arguments.items()}
    if kind is list or kind is tuple:
        return kind([copied(item) for item in arguments])
    return arguments


def plain(result: Any) -> Any:
    """The result as plain data. Raises nothing, whatever the result is."""
    try:
        return _Copy().of(result, 0)
    except _TooMuch:
        return Strange(f"{_called(result)} of more than {MOST_ITEMS} items")
    except Exception:
        return Strange(_type_name(result))


class _Copy:
    """One walk through a result, with a count of its items."""

    def __init__(self) -> None:
        self.items = 0
        self.dicts: dict[int, tuple[Any, dict[Any, Any]]] = {}

    def of(self, value: Any, depth: int) -> Any:
        """The plain copy of a value."""
        kind = type(value)
        if kind in _IMMUTABLE:
            return value
        if isinstance(value, str):
            return str.__str__(value)
        if kind is np.ndarray or isinstance(value, (np.ndarray, np.generic)):
            return _array(value)
        if depth > DEEPEST:
            return Strange("something nested too deeply (does it contain itself?)")
        if isinstance(value, Mapping):
            return self._dict(value, depth)
        if kind in (list, tuple) and _IMMUTABLE.issuperset(map(type, value)):
            return kind(self._counted_at_once(value))
        if isinstance(value, (list, tuple)):
            items = [self.of(item, depth + 1) for item in self._counted(value)]
            return items if isinstance(value, list) else tuple(items)
        if isinstance(value, (set, frozenset)):
            return {_key(item) for item in self._counted(value)}
        return _other(value)

    def _dict(self, value: Mapping[Any, Any], depth: int) -> dict[Any, Any]:
        """A dictionary's copy; one that comes again is one again, so that ``return v, v`` can be told."""
        if id(value) not in self.dicts:
            copy = {_key(key): self.of(value[key], depth + 1) for key in self._counted(value)}
            self.dicts[id(value)] = value, copy  # the value too, so that its id stays its own
        return self.dicts[id(value)][1]

    def _counted_at_once(self, values: Sequence[Any]) -> Sequence[Any]:
        self.items += len(values)
        if self.items > MOST_ITEMS:
            raise _TooMuch
        return values

    def _counted(self, values: Iterable[Any]) -> Iterable[Any]:
        for value in values:
            self.items += 1
            if self.items > MOST_ITEMS:
                raise _TooMuch
            yield value


def _array(value: Any) -> Any:
    """A plain array of numbers or strings, or what there is instead."""
    array = np.asarray(value)
    if array.dtype.kind in "biuf" and array.size <= MOST_ENTRIES:
        return array.copy()
    if array.dtype.kind == "U" and array.size <= MOST_ITEMS:
        return array.tolist()
    if array.dtype.kind not in "biufc":
        what = "objects" if array.dtype.kind == "O" else str(array.dtype)
        return Strange(f"an array of {what}, not of numbers", "an array, but not of numbers")
    if array.size > MOST_ENTRIES:
        return np.broadcast_to(np.float64(0), array.shape)
    if array.dtype.kind == "c" and not array.imag.any():
        array = array.real
    return np.array(array, copy=True, subok=False)


def _key(key: Any) -> Any:
    """A dict's key or a set's item as plain data."""
    if isinstance(key, str):
        return str.__str__(key)
    if type(key) in (bool, int, float, type(None)):
        return key
    if isinstance(key, np.generic):
        return key.item()
    return Strange(_type_name(key))


def _other(value: Any) -> Any:
    """A number or an array of another library, or `Strange`."""
    if isinstance(value, numbers.Number):
        return float(value)  # type: ignore[arg-type]  # Fraction, Decimal
    if hasattr(type(value), "__array__"):
        return _array(np.asarray(value))
    if inspect.isgenerator(value) or isinstance(value, (map, filter, zip)):
        return Strange(f"{_called(value)}, which holds no values yet: make a list of it", _UNMADE)
    if callable(value):
        return Strange(_FUNCTION, _FUNCTION)
    return Strange(_type_name(value))


_UNMADE = "something that holds no values yet: make a list of it"
_FUNCTION = "a function: are the parentheses of a call missing?"


def _called(value: Any) -> str:
    name = type(value).__name__
    return f"{'an' if name[:1] in 'aeiou' else 'a'} {name}"


def _type_name(value: Any) -> str:
    return f"an object of type {str(type(value).__name__)[:40]}"
