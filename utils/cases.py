"""Cases: what a function is called with and what is expected of the result.

A visible case is made by the course's authors, stored in ``expected.h5`` and read here; a hidden case is made
for one student while grading. Both are the same `Case`, and `utils.checks.judge` treats them alike. A case
holds numbers and sentences only: no code, and of the known mistakes no result, just a fingerprint by which
a result can be recognised.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np

Tree = Any
"""Nested dicts, lists and tuples of arrays, numbers, strings, bands and None."""

ANYTHING = "<anything>"
"""In the place of a right result: any kind of result will do, a view reads it."""

STORE = Path(__file__).with_name("expected.h5")


@dataclass(frozen=True)
class Band:
    """An expected number known only up to chance: ``low <= value <= high``.

    ``chance`` is the standard deviation of the number, where it is known; ``relative`` tells that it grows with
    the number. Both serve to recognise mistakes when cases are made, and are not stored.
    """

    low: float
    high: float
    chance: float = field(default=0.0, compare=False)
    relative: bool = field(default=False, compare=False)

    def holds(self, value: float) -> bool:
        return bool(self.low <= value <= self.high)


@dataclass(frozen=True)
class Trace:
    """How a known mistake shows on one case.

    ``problems`` is the text of its structural problems (empty if there is none); ``prints`` maps the name of
    each compared value to its fingerprint and the width within which a result counts as the same. ``varies``
    tells whether its results differ from call to call.
    """

    sentence: str
    problems: str
    prints: Mapping[str, tuple[float, float]]
    varies: bool = False


@dataclass(frozen=True)
class Case:
    """One call and what is expected of it.

    ``arguments`` are passed by position. ``returned`` is a right result, for its structure; ``values`` are
    the numbers compared, by name, each an array or a `Band`. ``view`` names a function of `utils.properties` that
    turns results into such values (empty: the result's own entries). ``seed`` is set on NumPy's global
    generator before the call, ``repeats`` is how often the function is called for one judgement. ``then`` holds
    the arguments of further calls that are judged together with the first (other seeds, say).
    """

    arguments: tuple[Any, ...]
    returned: Tree
    values: Mapping[str, Any]
    label: str = ""
    tolerance: float = 1e-5
    seed: int = 0
    view: str = ""
    repeats: int = 1
    then: tuple[tuple[Any, ...], ...] = ()
    traces: Sequence[Trace] = ()

    @cached_property
    def margins(self) -> dict[str, Any]:
        """How far each value may lie off: a case is held against many results."""
        return {name: margin(right, self.tolerance) for name, right in self.values.items()}


@dataclass(frozen=True)
class Promise:
    """One behaviour of a function, as a check knows it: what is promised, where to look, and the cases."""

    function: str
    behaviour: str
    sentence: str
    cases: Sequence[Case]
    returns: tuple[str, ...] = ()
    entries: tuple[str, ...] = ()
    extra_keys: bool = False
    seeding: str = ""
    notes: Mapping[str, str] = field(default_factory=dict)


def margin(right: Any, tolerance: float) -> Any:
    """How far each entry of a right value may lie off: ``tolerance`` times its own size and the largest one's.

    Nothing (nan) at entries that are not finite, and for a band, which says itself how far it reaches.
    """
    if isinstance(right, Band):
        return np.nan
    size = np.abs(np.asarray(right, dtype=float))
    finite = np.isfinite(size)
    largest = size.max(initial=0.0, where=finite)
    return tolerance * (np.where(finite, size, np.nan) + (largest + 1e-3))


def fingerprint(value: Any) -> float:
    """One number that stands for an array: its entries summed with fixed, incommensurable weights.

    Arrays that differ by more than rounding differ in it for all practical purposes; a scalar is its own.
    """
    flat = np.asarray(value).ravel()
    if flat.dtype.kind == "c":
        flat = flat.real + np.pi * flat.imag
    if flat.size == 1:
        return float(flat[0])
    with np.errstate(all="ignore"):
        return float(_weights(flat.size) @ flat.astype(float))


@lru_cache(maxsize=256)
def _weights(count: int) -> np.ndarray[Any, Any]:
    return np.asarray(1.5 + np.cos(1.0 + np.arange(count)))


def fingerprint_norm(value: Any) -> float:
    """The standard deviation of the fingerprint of an array whose entries each have the standard deviation 1."""
    size = np.size(value)
    return 1.0 if size <= 1 else float(np.sqrt(np.sum(_weights(size) ** 2)))


def fingerprint_width(value: Any, tolerance: float) -> float:
    """How far fingerprints of equal arrays may lie apart, at a relative ``tolerance`` of the entries."""
    total = float(np.abs(value).sum())
    if not math.isfinite(total):
        flat = np.abs(np.asarray(value).ravel())
        total = float(flat[np.isfinite(flat)].sum())
    return tolerance * (2.5 * total + 1e-12) if total else 1e-12


class _Packer:
    """Turns a tree into a JSON-able structure and one vector of numbers, and back."""

    def __init__(self, numbers: Sequence[float] = ()) -> None:
        self.numbers: list[float] = list(numbers)
        self.position = 0

    def pack(self, tree: Tree) -> Any:
        if tree is None or isinstance(tree, (str, bool, int, float)):
            return self._pack_plain(tree)
        if isinstance(tree, Band):
            return {"band": [self.pack(float(tree.low)), self.pack(float(tree.high))]}
        if isinstance(tree, Mapping):
            return {"dict": [[self.pack(key), self.pack(value)] for key, value in tree.items()]}
        if isinstance(tree, (list, tuple)):
            return {type(tree).__name__: [self.pack(item) for item in tree]}
        array = np.asarray(tree)
        if array.dtype.kind not in "biuf":
            raise TypeError(f"a case holds arrays of numbers, not of {array.dtype}")
        self.numbers.extend(array.astype(float).ravel().tolist())
        return {"array": [list(array.shape), array.dtype.str]}

    def _pack_plain(self, tree: Tree) -> Any:
        if isinstance(tree, float) and not isinstance(tree, bool):
            self.numbers.append(tree)
            return {"float": 1}
        return tree

    def unpack(self, structure: Any) -> Tree:
        if not isinstance(structure, dict):
            return structure
        ((kind, content),) = structure.items()
        if kind == "float":
            return self._take(1)[0]
        if kind == "array":
            shape, dtype = content
            return np.array(self._take(math.prod(shape)), dtype=dtype).reshape(shape)
        if kind == "dict":
            return {self.unpack(key): self.unpack(value) for key, value in content}
        items = [self.unpack(item) for item in content]
        return Band(*items) if kind == "band" else tuple(items) if kind == "tuple" else items

    def _take(self, count: int) -> list[float]:
        start, self.position = self.position, self.position + count
        return self.numbers[start : self.position]


_CASE_FIELDS = ("arguments", "returned", "label", "tolerance", "seed", "view", "repeats", "then")
_PROMISE_FIELDS = (
    "function",
    "behaviour",
    "sentence",
    "returns",
    "entries",
    "extra_keys",
    "seeding",
    "notes",
)


def _plain_traces(case: Case) -> Tree:
    """The traces of a case as plain data: the prints of all mistakes in one array."""
    names = list(case.values)
    prints = [[trace.prints.get(name, (math.nan, math.nan)) for name in names] for trace in case.traces]
    varies = [index for index, trace in enumerate(case.traces) if trace.varies]
    return [[trace.problems for trace in case.traces], np.array(prints, dtype=float), varies]


def _plain(promise: Promise) -> Tree:
    """A promise as a tree of plain data."""
    cases = [
        {field: getattr(case, field) for field in _CASE_FIELDS}
        | {"values": dict(case.values), "traces": _plain_traces(case)}
        for case in promise.cases
    ]
    sentences = [trace.sentence for trace in promise.cases[0].traces] if promise.cases else []
    fields = {field: getattr(promise, field) for field in _PROMISE_FIELDS}
    return {**fields, "mistakes": sentences, "cases": cases}


def _promise(plain: Tree) -> Promise:
    """The promise that `_plain` made a tree of."""
    sentences = plain.pop("mistakes")
    cases = []
    for entry in plain.pop("cases"):
        problems, table, varies = entry.pop("traces")
        traces = [
            Trace(
                sentence,
                problem,
                {name: (row[0], row[1]) for name, row in zip(entry["values"], rows, strict=True)},
                index in varies,
            )
            for index, (sentence, problem, rows) in enumerate(
                zip(sentences, problems, table.tolist(), strict=True)
            )
        ]
        cases.append(Case(**entry, traces=traces))
    return Promise(**plain, cases=cases)


def write_store(path: Path, promises: Sequence[Promise], made_from: str = "") -> None:
    """Write promises to an HDF5 file; the same promises give the same bytes.

    Layout: ``/<function>/<behaviour>/{structure, numbers}``, the structure as UTF-8 JSON bytes. ``made_from``
    says what the promises were made from (see `store_made_from`).
    """
    import h5py

    with h5py.File(path, "w", libver="earliest") as store:
        store.attrs["made_from"] = made_from
        for promise in promises:
            packer = _Packer()
            text = json.dumps(packer.pack(_plain(promise)), separators=(",", ":"), ensure_ascii=False)
            group = store.require_group(promise.function).create_group(promise.behaviour)
            order = len(store[promise.function]) - 1
            group.attrs["order"] = order
            for name, data in (
                ("structure", np.frombuffer(text.encode(), dtype=np.uint8)),
                ("numbers", np.array(packer.numbers, dtype=np.float64)),
            ):
                group.create_dataset(
                    name, data=data, compression="gzip", compression_opts=9, track_times=False
                )


def store_made_from(path: Path = STORE) -> str:
    """What a store says it was made from; empty when there is none that can be read."""
    import h5py

    try:
        with h5py.File(path, "r") as store:
            return str(store.attrs.get("made_from", ""))
    except OSError:
        return ""


def stored_functions(path: Path = STORE) -> list[str]:
    """Names of the functions that have visible checks."""
    import h5py

    with h5py.File(path, "r") as store:
        return list(store)


def read_promises(function: str, path: Path = STORE) -> Iterator[Promise]:
    """The visible promises of a function, in the order in which they were written.

    Raises KeyError if there is none.
    """
    return iter(_promises(function, path, path.stat().st_mtime_ns))


@lru_cache(maxsize=64)
def _promises(function: str, path: Path, changed: int) -> list[Promise]:
    """Read once for all the checks of a notebook, as long as the file is not ``changed``."""
    import h5py

    with h5py.File(path, "r") as store:
        groups = sorted(store[function].values(), key=lambda group: int(group.attrs["order"]))
        texts = [json.loads(group["structure"][()].tobytes().decode()) for group in groups]
        numbers = [group["numbers"][()].tolist() for group in groups]
    return [_promise(_Packer(row).unpack(text)) for text, row in zip(texts, numbers, strict=True)]


def stores_agree(one: Path, other: Path) -> bool:
    """Whether two stores say the same; numbers may differ in the last digits, as they do between processors."""
    left, right = (
        [promise for name in stored_functions(path) for promise in read_promises(name, path)]
        for path in (one, other)
    )
    packers = _Packer(), _Packer()
    structures = [
        [packer.pack(_plain(p)) for p in side] for packer, side in zip(packers, (left, right), strict=True)
    ]
    numbers = [np.array(packer.numbers) for packer in packers]
    return structures[0] == structures[1] and np.allclose(
        numbers[0], numbers[1], rtol=1e-7, atol=1e-12, equal_nan=True
    )
