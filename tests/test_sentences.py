"""Words for what is wrong: the pattern of a difference, shapes, lists of names; less of it about hidden cases."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from utils.cases import Band, Promise
from utils.results import Strange
from utils.sentences import (
    Comparison,
    Problem,
    Rank,
    close,
    entry_names,
    has_pattern,
    kind_of,
    structural_sentence,
    value_sentence,
)

RNG = np.random.default_rng(0)
A = RNG.normal(size=(4, 3)) + 3
SQUARE = RNG.normal(size=(3, 3)) + 3
NUMBER = np.array(2.5)


def pattern(right: Any, got: Any, hidden: bool = False) -> str:
    """The pattern that is told of a wrong value."""
    text = value_sentence({"W1": (right, got)}, [], 1e-5, hidden)
    assert text.startswith("the values of W1 are wrong")
    return text.removeprefix("the values of W1 are wrong").removeprefix(": ")


PATTERNS: dict[str, tuple[Any, Any, str, str]] = {
    "sign": (A, -A, "the sign is reversed", "the sign is reversed"),
    "sign of a number": (NUMBER, -NUMBER, "the sign is reversed", "the sign is reversed"),
    "transposed": (SQUARE, SQUARE.T, "it is transposed", "it is transposed"),
    "zeros": (A, 0 * A, "all entries are 0", "all entries are 0"),
    "zero": (NUMBER, 0 * NUMBER, "it is 0", "it is 0"),
    "twice": (A, 2 * A, "every entry is twice what it should be", "every entry is twice what it should be"),
    "half": (NUMBER, NUMBER / 2, "it is half of what it should be", "it is half of what it should be"),
    "root of two": (
        A,
        A / np.sqrt(2),
        "every entry is 1/sqrt(2) times what it should be",
        "every entry is 1/sqrt(2) times what it should be",
    ),
    "any factor": (A, 1.7 * A, "every entry is about 1.7 times what it should be", ""),
    "any factor of a number": (NUMBER, 1.7 * NUMBER, "it is too large", "it is too large"),
    "a small number": (-NUMBER, -0.3 * NUMBER, "it is too small", "it is too small"),
    "offset": (A, A + 0.5, "every entry is off by the same amount", "every entry is off by the same amount"),
    "a row": (A, A + np.array([[0], [0.1], [0], [0]]), "only in row 1", "in some of its rows only"),
    "two rows": (
        A,
        A + np.array([[0], [0.1], [0.2], [0]]),
        "only in rows 1 and 2",
        "in some of its rows only",
    ),
    "the first row": (
        A,
        A + np.array([[0.1], [0], [0], [0]]),
        "only in its first row",
        "only in its first row",
    ),
    "the last column": (A, A + np.array([[0, 0, 0.1]]), "only in its last column", "only in its last column"),
    "anything": (A, A**2, "off by up to", ""),
    "complex": (A, A + 1j, "it is complex", "it is complex"),
}


@pytest.mark.parametrize("case", PATTERNS)
def test_the_pattern_of_a_difference_is_told(case: str) -> None:
    right, got, visible, hidden = PATTERNS[case]
    assert pattern(right, got).startswith(visible)
    if hidden:
        assert pattern(right, got, hidden=True) == hidden
    else:
        assert "times" not in pattern(right, got, hidden=True)
        assert "off by up to" not in pattern(right, got, hidden=True)
    assert has_pattern({"W1": (right, got)}, 1e-5, hidden=False)


@pytest.mark.parametrize("factor", [1.3, 0.123, 7.7, -2.2])
def test_no_factor_of_a_single_number_is_told_that_would_give_it_away(factor: float) -> None:
    for hidden in (False, True):
        assert not any(sign.isdigit() for sign in pattern(NUMBER, factor * NUMBER, hidden))


def test_some_entries_are_told_beside_those_that_are_right() -> None:
    wrong = {"W1": (A, -A), "W2": (A, -A)}
    text = value_sentence(wrong, ["b1", "b2"], 1e-5)
    assert text == "the values of W1 and W2 are wrong, while b1 and b2 are right: the sign is reversed"
    mixed = value_sentence({"W1": (A, -A), "W2": (A, 2 * A)}, [], 1e-5)
    assert mixed == "the values of W1 and W2 are wrong: in W1 the sign is reversed"


def test_many_names_are_cut_short() -> None:
    wrong = {f"W{l}": (A, -A) for l in range(1, 8)}
    assert "W1, W2, W3, W4 and 3 more are wrong" in value_sentence(wrong, [], 1e-5)


BAND = Band(1.0, 2.0)


@pytest.mark.parametrize(
    ("got", "visible", "hidden"),
    [
        (
            3.0,
            "the spread of W1 is too large, about 2 times what it should be",
            "the spread of W1 is too large",
        ),
        (
            0.5,
            "the spread of W1 is too small, about 0.33 times what it should be",
            "the spread of W1 is too small",
        ),
        (-1.0, "the spread of W1 is too small", "the spread of W1 is too small"),
        (np.nan, "the spread of W1 is not a finite number", "the spread of W1 is not a finite number"),
    ],
)
def test_a_measured_number_is_told_in_words(got: float, visible: str, hidden: str) -> None:
    wrong = {"the spread of W1": (BAND, got)}
    assert value_sentence(wrong, ["the mean of W1"], 1e-5) == visible
    assert value_sentence(wrong, ["the mean of W1"], 1e-5, hidden=True) == hidden


def test_several_measured_numbers_are_counted() -> None:
    wrong = {"the spread of W1": (BAND, 3.0), "the spread of W2": (BAND, 3.0), "the mean of W2": (BAND, 3.0)}
    assert value_sentence(wrong, [], 1e-5, hidden=True).endswith("too large (and 2 more numbers are off)")
    assert value_sentence({"the share of D1 that is 2": (0.0, 0.5)}, [], 1e-5) == (
        "the share of D1 that is 2 is not as promised"
    )


# -- equality ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("right", "got", "same"),
    [
        (A, A, True),
        (A, A.astype(np.float32), True),
        (A, A * (1 + 1e-4), False),
        (A, A[:3], False),
        (A, A + 0j, True),
        (A, A + 1j, False),
        (np.array([np.inf, 1.0]), np.array([np.inf, 1.0]), True),
        (np.array([np.inf, 1.0]), np.array([1e300, 1.0]), False),
        (np.array([np.inf, 1.0]), np.array([-np.inf, 1.0]), False),
        (np.array([np.nan, 1.0]), np.array([np.nan, 1.0]), True),
        (np.array([1.0, 2.0]), np.array([np.nan, 2.0]), False),
        (np.array([1.0, 2.0]), np.array([np.inf, 2.0]), False),
        (np.array([True, False]), np.array([1, 0]), True),
        (np.array([True, False]), np.array([1.0, 1.0]), False),
        (np.zeros((0, 3)), np.zeros((0, 3)), True),
        (np.zeros(3), np.full(3, 1e-9), True),
        (np.zeros(3), np.full(3, 1e-3), False),
        (np.uint8(1), np.uint8(2), False),
        (np.array([1e-6, 1.0]), np.array([3e-6, 1.0]), True),  # beside an entry of 1 this is rounding
        (BAND, 1.5, True),
        (BAND, np.nan, False),
    ],
)
def test_values_are_equal_up_to_rounding(right: Any, got: Any, same: bool) -> None:
    assert close(right, got, 1e-5) is same


# -- structure -----------------------------------------------------------------------------------------------------


def problems(
    right: Any, got: Any, returns: tuple[str, ...] = (), entries: tuple[str, ...] = ()
) -> list[Problem]:
    return Comparison(Promise("f", "b", "", (), returns, entries), right, got).problems


def test_names_of_parts() -> None:
    assert entry_names(("A3", "cache(Z1 A1)")) == [("A3", []), ("cache", ["Z1", "A1"])]
    (problem,) = problems((A, (A, A)), (A, (A, A.T)), ("A3", "cache(Z1 A1)"))
    assert problem == Problem(
        Rank.SHAPE,
        "A1",
        "A1 has shape (3, 4), and should have (4, 3): it is transposed",
        "A1 has a wrong shape: it is transposed",
    )


def test_only_what_a_behaviour_is_about_is_compared() -> None:
    right = {"W1": A, "b1": A}
    assert problems(right, {"b1": A}, entries=("b",)) == []
    assert problems(right, {"b1": A, "W9": 0, "c": 1}, entries=("b",)) == []
    assert [p.rank for p in problems(right, {"b1": A, "b9": 0}, entries=("b",))] == [Rank.KEYS]
    nested = (A, {"dW1": A})
    assert problems(nested, (None, {"dW1": A}), ("A", "v"), ("v",)) == []
    assert [p.path for p in problems(nested, (A, {"dW1": None}), ("A", "v"), ("v",))] == ['v["dW1"]']


def test_lists_and_arrays_may_stand_for_each_other() -> None:
    assert problems([A, A], np.array([A, A])) == []
    assert problems([A, A], (A, A)) == []
    assert problems(A, A.tolist()) == []
    assert problems([np.array(1.0)], np.array([1.0])) == []


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ({"a": 1}, "a dictionary"),
        ("text", "a string"),
        ({1}, "a set"),
        ((1, 2), "a tuple of 2"),
        ([], "a list of 0"),
        (None, "None"),
        (3, "a number"),
        (A, "an array of shape (4, 3)"),
        (10**400, "no number"),
        (Strange("a thing"), "a thing"),
    ],
)
def test_kinds_have_names(value: Any, kind: str) -> None:
    assert kind_of(value) == kind


def test_of_several_problems_the_first_rank_is_told_and_the_rest_counted() -> None:
    shapes = [Problem(Rank.SHAPE, f"W{l}", f"W{l} is off", "a shape is off") for l in range(4)]
    mixed = [*shapes, Problem(Rank.NOTHING, "b1", "b1 is None", "b1 is None")]
    assert structural_sentence(mixed) == "b1 is None"
    assert structural_sentence(shapes) == "W0 is off; W1 is off (and 2 more like it)"
    assert structural_sentence(shapes[:1], hidden=True) == "a shape is off"
