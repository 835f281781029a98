"""Plain data crosses whole, everything else is refused with a sentence, and no bytes can harm the reader."""

from __future__ import annotations

import collections
import enum
import random
import struct
from typing import Any

import numpy as np
import pytest

from grading.wire import Limits, WireError, decode, encode, random_state, set_random_state


def cross(value: Any) -> Any:
    return decode(encode(value))


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        False,
        0,
        -1,
        2**200,
        -(2**64),
        0.1,
        float("inf"),
        1 + 2j,
        "",
        "naïve 😀",
        b"\x00\xff",
        [],
        (1, [2, (3,)]),
        {"W1": [1.0], 2: None, (1, "a"): {}},
        {1, 2, 3},
    ],
)
def test_plain_values_arrive_as_they_were(value: Any) -> None:
    arrived = cross(value)
    assert arrived == value
    assert type(arrived) is type(value)


@pytest.mark.parametrize("dtype", ["f8", "f4", "f2", "i8", "i1", "u2", "c16", "?", ">f8"])
@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (0, 4), (2, 1, 2)])
def test_arrays_keep_kind_shape_and_values(dtype: str, shape: tuple[int, ...]) -> None:
    array = np.arange(np.prod(shape, dtype=int)).reshape(shape).astype(dtype)
    arrived = cross(array)
    assert arrived.dtype == array.dtype.newbyteorder("=")
    assert arrived.shape == shape
    assert np.array_equal(arrived, array)
    assert arrived.flags.writeable
    assert not np.shares_memory(arrived, array)


def test_order_of_a_dictionary_and_signed_zero_survive() -> None:
    assert list(cross({"b": 1, "a": 2})) == ["b", "a"]
    assert np.signbit(cross(-0.0))
    assert np.isnan(cross(float("nan")))


def test_numpy_scalars_stay_scalars() -> None:
    assert type(cross(np.float32(0.1))) is np.float32
    assert cross(np.float32(0.1)) == np.float32(0.1)
    assert type(cross(np.int64(3))) is np.int64


def test_subclasses_arrive_as_what_they_are_built_on() -> None:
    Point = collections.namedtuple("Point", "x y")
    Colour = enum.IntEnum("Colour", "RED")
    assert type(cross(Point(1, 2))) is tuple
    assert type(cross(collections.OrderedDict(a=1))) is dict
    assert type(cross(Colour.RED)) is int
    assert type(cross(np.ones((1, 1)).view(np.matrix))) is np.ndarray


def test_anything_with_array_becomes_an_array() -> None:
    class Tensor:
        def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
            return np.ones(3)

    assert np.array_equal(cross(Tensor()), np.ones(3))


def test_a_lying_subclass_tells_the_truth_once_it_has_crossed() -> None:
    class Liar(float):
        def __eq__(self, other: object) -> bool:
            return True

        __hash__ = float.__hash__

    assert cross(Liar(1.0)) != 2.0


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (print, "a function"),
        (object(), "an object of class object"),
        ((i for i in ()), "a generator"),
        (np.array([None]), "array of objects"),
        (np.array(["a"]), "array of text"),
        ([10**5000], "integer"),
        (np.zeros(10**7), "larger than 64 MiB"),
        ([0] * 1_000_001, "1,000,000 items"),
        (dict.fromkeys(range(20_001)), "20,000 keys"),
    ],
)
def test_what_cannot_cross_is_named(value: Any, words: str) -> None:
    with pytest.raises(WireError, match=words):
        encode(value)


def test_depth_is_limited_and_cycles_end() -> None:
    loop: list[Any] = []
    loop.append(loop)
    with pytest.raises(WireError, match="nested"):
        encode(loop)


def test_text_that_cannot_be_written_is_made_writable() -> None:
    cross("\ud800").encode("utf-8")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"?",
        b"l\xff\xff\xff\xff",
        b"l\x01\x00\x00\x00" * 1000,
        b"NN",
        b"i\xff\xff\xff\x7f1",
        b"d\x01\x00\x00\x00l\x00\x00\x00\x00N",  # a list as a key
        b"a\x03\x00\x00\x00|O8\x00\x00\x00\x00" + b"\x00" * 8,
        b"a\x03\x00\x00\x00<f8\x02\x00\x00\x00" + struct.pack("<QQ", 0, 2**62),
        b"a\x03\x00\x00\x00<f8\x01\x00\x00\x00" + struct.pack("<Q", 2**63),
        b"a\x03\x00\x00\x00<f8\xff\xff\xff\xff",
        b"a\x08\x00\x00\x00f8,(9,)O\x00\x00\x00\x00",
        b"n\x03\x00\x00\x00<f8\x01\x00\x00\x00" + struct.pack("<Q", 1) + b"\x00" * 8,
        b"s\x05\x00\x00\x00abc",
    ],
)
def test_malformed_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(WireError):
        decode(data)


def test_no_random_bytes_raise_anything_else() -> None:
    generator = random.Random(1)
    good = encode({"a": [1, 2.5, np.arange(3), (None, "x")], "b": {1, 2}})
    for _ in range(3000):
        data = bytearray(good)
        for _ in range(generator.randint(1, 6)):
            data[generator.randrange(len(data))] = generator.randrange(256)
        try:
            decode(bytes(data))
        except WireError:
            continue


def test_limits_are_counted_while_reading() -> None:
    data = encode([[0.0] * 10] * 10)
    assert decode(data)
    for limits in (Limits(items=50), Limits(size=100), Limits(depth=1)):
        with pytest.raises(WireError):
            decode(data, limits)


def test_numpys_generator_crosses() -> None:
    np.random.seed(3)
    state = cross(random_state())
    expected = np.random.normal(size=3)
    np.random.seed(4)
    set_random_state(state)
    assert np.array_equal(np.random.normal(size=3), expected)


@pytest.mark.parametrize(
    "state",
    [
        1,
        ("MT19937",),
        ("PCG64", np.ones(624, np.uint32), 0, 0, 0.0),
        ("MT19937", np.zeros(624, np.uint32), 0, 0, 0.0),
        ("MT19937", np.ones(624, np.float64), 0, 0, 0.0),
        ("MT19937", np.ones(624, np.uint32), 625, 0, 0.0),
        ("MT19937", np.ones(624, np.uint32), 1.0, 0, 0.0),
    ],
)
def test_a_state_that_is_no_state_is_refused(state: Any) -> None:
    with pytest.raises(WireError, match="generator"):
        set_random_state(state)
