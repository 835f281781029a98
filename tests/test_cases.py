"""The store of visible cases: numbers and sentences, back as they went in, the same bytes each time."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest

from grading.exercise import build_expected, registry
from utils.cases import (
    STORE,
    Band,
    Case,
    Promise,
    Trace,
    fingerprint,
    fingerprint_width,
    read_promises,
    stored_functions,
    stores_agree,
    write_store,
)


def promise(function: str = "f", behaviour: str = "one", weight: float = 1.5) -> Promise:
    """A promise with everything in it that a store must hold."""
    case = Case(
        arguments=({"W1": np.array([[weight, -2.0]])}, [3, 4], 7, 0.1, "text", None, True, (1.0, -0.0)),
        returned=(np.zeros((2, 1), dtype=np.float32), {"a": [1.0, np.inf]}, np.array([True, False])),
        values={"W1": np.array([[1.0, np.nan]]), "the mean": Band(-1.0, 2.0, 0.3, relative=True)},
        label="a case – with a dash",
        tolerance=1e-4,
        seed=11,
        view="draws",
        repeats=2,
        then=((1.0,), (np.arange(3),)),
        traces=(
            Trace("first", "", {"W1": (1.0, 0.5), "the mean": (2.0, 0.25)}, varies=True),
            Trace("second", "W1 is None", {}),
        ),
    )
    notes = {"kind": "number"}
    return Promise(function, behaviour, "a promise", [case], ("p", "c(a b)"), ("W",), True, "a note", notes)


def same(one: object, other: object) -> bool:
    """Deep equality that knows arrays and counts nan as equal."""
    if isinstance(one, np.ndarray) or isinstance(other, np.ndarray):
        a, b = np.asarray(one), np.asarray(other)
        return (
            a.dtype == b.dtype and a.shape == b.shape and np.array_equal(a, b, equal_nan=a.dtype.kind == "f")
        )
    if isinstance(one, dict) and isinstance(other, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    if isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)):
        return type(one) is type(other) and len(one) == len(other) and all(map(same, one, other))
    return type(one) is type(other) and one == other


def test_a_promise_comes_back_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "store.h5"
    write_store(path, [promise(), promise(behaviour="two", weight=4.0), promise("g")])
    assert stored_functions(path) == ["f", "g"]
    back = list(read_promises("f", path))
    assert [p.behaviour for p in back] == ["one", "two"]
    before, after = promise().cases[0], back[0].cases[0]
    for name in ("arguments", "returned", "values", "label", "tolerance", "seed", "view", "repeats", "then"):
        assert same(getattr(before, name), getattr(after, name)), name
    for name in ("sentence", "returns", "entries", "extra_keys", "seeding", "notes"):
        assert same(getattr(promise(), name), getattr(back[0], name)), name
    first, second = after.traces
    assert (first.sentence, first.problems, first.varies) == ("first", "", True)
    assert first.prints == {"W1": (1.0, 0.5), "the mean": (2.0, 0.25)}
    assert (second.sentence, second.problems, second.varies) == ("second", "W1 is None", False)


def test_behaviours_come_back_in_the_order_they_were_written(tmp_path: Path) -> None:
    names = [f"b{number}" for number in (11, 3, 7, 1, 10, 2, 9, 8, 6, 5, 4)]
    write_store(tmp_path / "store.h5", [promise(behaviour=name) for name in names])
    assert [p.behaviour for p in read_promises("f", tmp_path / "store.h5")] == names


def test_the_same_promises_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one.h5", "other.h5"):
        write_store(tmp_path / name, [promise(), promise("g")])
    assert (tmp_path / "one.h5").read_bytes() == (tmp_path / "other.h5").read_bytes()


def test_what_is_no_number_cannot_be_stored(tmp_path: Path) -> None:
    broken = Promise("f", "one", "", [Case((np.array(["a"], dtype=object),), None, {})])
    with pytest.raises(TypeError, match="arrays of numbers"):
        write_store(tmp_path / "store.h5", [broken])


def test_an_unknown_function_is_a_key_error(tmp_path: Path) -> None:
    write_store(tmp_path / "store.h5", [promise()])
    with pytest.raises(KeyError):
        list(read_promises("nothing", tmp_path / "store.h5"))


@pytest.mark.parametrize(
    ("weight", "behaviour", "agree"),
    [(1.5, "one", True), (1.5 * (1 + 1e-12), "one", True), (1.5001, "one", False), (1.5, "two", False)],
)
def test_stores_agree_up_to_rounding(tmp_path: Path, weight: float, behaviour: str, agree: bool) -> None:
    write_store(tmp_path / "one.h5", [promise()])
    write_store(tmp_path / "other.h5", [promise(behaviour=behaviour, weight=weight)])
    assert stores_agree(tmp_path / "one.h5", tmp_path / "other.h5") is agree


def test_stores_of_different_size_do_not_agree(tmp_path: Path) -> None:
    write_store(tmp_path / "one.h5", [promise()])
    write_store(tmp_path / "other.h5", [promise(), promise("g")])
    assert not stores_agree(tmp_path / "one.h5", tmp_path / "other.h5")


def test_a_fingerprint_tells_arrays_apart() -> None:
    rng = np.random.default_rng(0)
    for shape in ((1,), (3, 4), (20, 30)):
        a = rng.normal(size=shape)
        width = fingerprint_width(a, 1e-5)
        assert abs(fingerprint(a * (1 + 1e-7)) - fingerprint(a)) < width
        for other in (a + 0.01, 1.01 * a, -a, *([a[::-1], a[:, ::-1]] if a.ndim == 2 else [])):
            assert abs(fingerprint(other) - fingerprint(a)) > width


def test_a_fingerprint_is_a_number_whatever_the_array() -> None:
    assert np.isnan(fingerprint(np.array([np.nan, 1.0])))
    assert fingerprint(np.zeros((0, 3))) == 0
    assert fingerprint(np.array([True, False])) == fingerprint(np.array([1, 0]))
    assert fingerprint(np.array([1j, 2.0])) != fingerprint(np.array([-1j, 2.0]))
    assert fingerprint_width(np.array([np.inf]), 1e-5) > 0


# -- the store that students get -------------------------------------------------------------------------------


def test_the_store_is_small_and_holds_numbers_and_text_only() -> None:
    assert STORE.stat().st_size < 2_000_000
    kinds = set()

    def visit(name: str, item: object) -> None:
        if isinstance(item, h5py.Dataset):
            kinds.add(item.dtype.str)

    with h5py.File(STORE, "r") as store:
        store.visititems(visit)
    assert kinds == {"<f8", "|u1"}


def test_the_store_holds_no_code() -> None:
    for name in stored_functions():
        with h5py.File(STORE, "r") as store:
            texts = [group["structure"][()].tobytes().decode() for group in store[name].values()]
        assert not [text for text in texts if "\\n" in text or "def " in text], name


def test_every_exercise_and_question_of_the_course_is_in_the_store() -> None:
    assert set(stored_functions()) == set(registry())


@pytest.mark.slow
def test_the_exercises_give_the_same_bytes_twice(tmp_path: Path, once: Callable[[str], Path]) -> None:
    build_expected(tmp_path / "again.h5")
    assert (tmp_path / "again.h5").read_bytes() == once("first").read_bytes()


@pytest.mark.slow
def test_the_store_says_what_the_exercises_make(once: Callable[[str], Path]) -> None:
    assert stores_agree(STORE, once("first")), "run `course build`"


@pytest.mark.slow
def test_building_the_store_leaves_numpys_generator_alone(tmp_path: Path) -> None:
    np.random.seed(5)
    expected = np.random.RandomState(5).random_sample(3)
    build_expected(tmp_path / "store.h5")
    assert np.array_equal(np.random.random_sample(3), expected)


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """A store built from the exercises, made once for this file."""
    folder = tmp_path_factory.mktemp("store")

    def built(name: str) -> Path:
        path = folder / f"{name}.h5"
        if not path.exists():
            build_expected(path)
        return path

    return built
