"""What a student gets from a check: the order of messages, their words, and what costs nothing."""

from __future__ import annotations

import functools
import re
import sys
import warnings
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from grading.exercise import Behaviour, Draw, Exercise, mistake, promised, solve, visible_promise
from utils import checks
from utils.cases import Promise, read_promises, write_store
from utils.checks import CheckFailed, Finding, check, check_answer, function_name, judge, named_mistake
from utils.results import Strange, plain
from utils.sentences import Problem, Rank

Array = np.ndarray[Any, Any]


# -- a small exercise ----------------------------------------------------------------------------------------


def scaled(parameters: dict[str, Array], rate: float) -> dict[str, Array]:
    W = parameters["W1"] * rate
    b = parameters["b1"] + 1
    return {"W1": W, "b1": b}


def total(values: Array) -> float:
    return float(np.sum(values))


def both(values: Array) -> tuple[Array, dict[str, Array]]:
    return values * 2, {"dW1": values + 1, "dW2": values - 1}


def _nets(rng: np.random.Generator) -> Iterator[Draw]:
    for rate in (0.5, 3.0):
        net = {"W1": rng.normal(size=(4, 3)), "b1": rng.normal(size=(4, 1))}
        yield Draw((net, rate), f"rate = {rate}")


def _arrays(rng: np.random.Generator) -> Iterator[Draw]:
    yield Draw((rng.normal(size=(3, 3)) + 2,), "an array")


FORGOTTEN = "the rate is forgotten: W1 should be multiplied by it"
MINUS = "1 is taken away from b1: it should be added"
HALVED = "W1 is divided by the rate: it should be multiplied"

SCALED = Exercise(
    scaled,
    (Behaviour("values", "both are right", _nets),),
    (
        mistake(FORGOTTEN, " * rate", ""),
        mistake(HALVED, "* rate", "/ rate"),
        mistake(MINUS, "+ 1", "- 1"),
        mistake("b1 is a row: it should be a column", '"b1": b}', '"b1": b.T}'),
    ),
)
TOTAL = Exercise(total, (Behaviour("values", "the sum", _arrays),))
BOTH = Exercise(both, (Behaviour("values", "both parts", _arrays),), returns=("A", "grads"))
PROMISES = {e.name: visible_promise(e, e.behaviours[0]) for e in (SCALED, TOTAL, BOTH)}


def told(function: Any, name: str = "scaled", where: bool = True) -> str:
    """What a student is told, or "" where the function passes."""
    try:
        judge(PROMISES[name], function, where=where)
    except CheckFailed as failure:
        return str(failure)
    return ""


def changed(**entries: Any) -> Callable[..., Any]:
    """The right answer with entries replaced, or made from the right ones by a function."""

    def scaled(parameters: dict[str, Array], rate: float) -> Any:
        right = {"W1": parameters["W1"] * rate, "b1": parameters["b1"] + 1}
        made = {k: v(right) if callable(v) and not isinstance(v, type) else v for k, v in entries.items()}
        return right | made

    return scaled


def raising(error: BaseException) -> Callable[..., Any]:
    def scaled(parameters: Any, rate: Any) -> Any:
        raise error

    return scaled


# -- the order of messages -----------------------------------------------------------------------------------


def test_the_right_answer_passes() -> None:
    assert told(scaled) == ""


MESSAGES: dict[str, tuple[Any, str]] = {
    "not written": (
        raising(NotImplementedError()),
        "the answer is not written yet: replace the line raise Not",
    ),
    "not defined": (
        raising(NameError("scaled is not defined")),
        "it is not defined: write it in its answer cell",
    ),
    "misspelt": (
        raising(NameError("name 'np2' is not defined")),
        "it raised NameError: name 'np2' is not defined (",
    ),
    "raised": (
        raising(ZeroDivisionError("division by zero")),
        "it raised ZeroDivisionError: division by zero",
    ),
    "its own kind": (raising(type("Mine", (ValueError,), {})("so")), "it raised Mine: so"),
    "ended": (raising(SystemExit(3)), "it raised SystemExit: 3 (do not end the program within a function)"),
    "no arguments": (lambda: 1, "keep the first line of your own as it was given)"),
    "float": (lambda p, r: range(len(p) / 2), "(use // for a whole number, / gives a float)"),
    "list": (lambda p, r: range([1]), "(is a len() missing?)"),
    "None inside": (lambda p, r: None + 1, "(a value is still None where a number or an array is needed)"),
    "index": (
        lambda p, r: [][1],
        "it raised IndexError: list index out of range (an index goes beyond the end: is",
    ),
    "returned None": (lambda p, r: None, "it returned None: is a line unfinished, or the return missing?"),
    "left None": (changed(W1=None), "W1 is None: is a line unfinished?"),
    "an array": (lambda p, r: p["W1"], "the result should be a dictionary, and is an array of shape (4, 3)"),
    "a string entry": (changed(b1="b"), "b1 should be an array of numbers, and is a string"),
    "a function entry": (
        changed(b1=lambda p: np.zeros),
        "b1 should be an array of numbers, and is a function: are the paren",
    ),
    "a generator": (
        lambda p, r: (x for x in p),
        "and is a generator, which holds no values yet: make a list of it",
    ),
    "missing": (lambda p, r: {"W1": p["W1"]}, "in the dictionary b1 is missing"),
    "both missing": (lambda p, r: {}, "in the dictionary W1 and b1 are missing"),
    "extra": (changed(W2=np.zeros(1)), "in the dictionary W2 should not be there"),
    "transposed": (
        changed(W1=lambda p: p["W1"].T),
        "W1 has shape (3, 4), and should have (4, 3): it is transposed",
    ),
    "keepdims": (
        changed(b1=lambda p: p["b1"][:, 0]),
        "b1 has shape (4,), and should have (4, 1): the second axis got",
    ),
    "a number": (changed(b1=0.0), "b1 has shape (), and should have (4, 1): it is a single number"),
    "nan": (changed(b1=lambda p: p["b1"] * np.nan), "b1 holds nan"),
    "inf": (changed(b1=lambda p: p["b1"] + np.inf), "b1 holds inf"),
    "sign": (
        changed(W1=lambda p: -p["W1"]),
        "the values of W1 are wrong, while b1 is right: the sign is reversed",
    ),
    "zeros": (changed(W1=lambda p: 0 * p["W1"]), "while b1 is right: all entries are 0"),
    "twice": (changed(W1=lambda p: 2 * p["W1"]), "while b1 is right: every entry is twice what it should be"),
    "a factor": (changed(W1=lambda p: 1.7 * p["W1"]), "every entry is about 1.7 times what it should be"),
    "an offset": (changed(W1=lambda p: p["W1"] + 0.3), "every entry is off by the same amount"),
    "a row": (
        changed(W1=lambda p: p["W1"] + np.array([[0], [0], [0.1], [0]])),
        "the values of W1 are wrong, while b1 is right: only in row 2",
    ),
    "the last column": (
        changed(W1=lambda p: p["W1"] + np.array([[0, 0, 0.1]])),
        "the values of W1 are wrong, while b1 is right: only in its last column",
    ),
    "everywhere": (changed(W1=lambda p: p["W1"] ** 2), "off by up to "),
    "complex": (changed(W1=lambda p: p["W1"] + 1j), "while b1 is right: it is complex"),
}


@pytest.mark.parametrize("case", MESSAGES)
def test_a_message_says_what_is_wrong(case: str) -> None:
    function, sentence = MESSAGES[case]
    text = told(function)
    assert text.startswith("scaled: ")
    assert sentence in text
    assert text.count("\n") == 0


ORDER = [
    raising(ValueError("x")),
    changed(W1=None, b1="text"),
    changed(W1="text", W2=1.0),
    changed(W2=1.0, b1=lambda p: p["b1"].T),
    changed(b1=lambda p: p["b1"].T, W1=lambda p: p["W1"] * np.nan),
    changed(b1=lambda p: p["b1"] * np.nan, W1=lambda p: -p["W1"]),
    changed(W1=lambda p: -p["W1"]),
]


@pytest.mark.parametrize(
    ("number", "word"), list(enumerate(["raised", "None", "string", "W2", "shape", "nan", "values"]))
)
def test_of_several_problems_the_first_is_told(number: int, word: str) -> None:
    text = told(ORDER[number])
    assert word in text
    later = ["None", "string", "should not be there", "shape", "nan", "values"][number:]
    assert not [other for other in later if other in text and other != word]


def test_many_problems_of_one_kind_are_counted() -> None:
    text = told(lambda values: (None, {"dW1": None, "dW2": None}), "both")
    assert 'A is None: is a line unfinished? (grads["dW1"] and grads["dW2"] too)' in text


def test_parts_of_a_tuple_have_their_names() -> None:
    assert 'grads["dW2"]' in told(lambda v: (v * 2, {"dW1": v + 1, "dW2": v}), "both")
    assert "it should return 2 things (A, grads), and returns an array" in told(lambda v: v * 2, "both")
    assert "and returns a tuple of 3" in told(lambda v: (v, v, v), "both")


def test_a_single_value_is_called_the_returned_value() -> None:
    assert "the returned value is wrong: it is twice what it should be" in told(
        lambda v: 2 * v.sum(), "total"
    )
    assert "the returned value is wrong: it is too large" in told(lambda v: 1.37 * v.sum(), "total")


# -- known mistakes ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("sentence", "number"), [(FORGOTTEN, 0), (HALVED, 1), (MINUS, 2)])
def test_a_known_mistake_is_named(sentence: str, number: int) -> None:
    assert told(SCALED.singles[number][1]) == f"scaled: {sentence} (seen with rate = 0.5)."


def test_a_known_mistake_of_structure_is_named() -> None:
    assert "b1 is a row: it should be a column" in told(SCALED.singles[3][1])


def test_two_mistakes_at_once_are_both_named() -> None:
    text = told(lambda p, r: {"W1": p["W1"], "b1": p["b1"] - 1})
    assert f"as after two mistakes: {FORGOTTEN}; and {MINUS}" in text


def test_two_mistakes_at_once_are_no_explanation_of_an_exception() -> None:
    both: Any = SimpleNamespace(
        sentence="as after two mistakes: a; and b", explains=lambda *seen: True, surprise=lambda *seen: 0.0
    )
    wrong = Finding([], {"W1": 1.0}, {"W1": (0.0, 1.0)})
    raised = Finding([Problem(Rank.RAISED, "", "it raised KeyError: 'W0'")], {}, {})
    assert named_mistake([both], [wrong]) == "as after two mistakes: a; and b"
    assert named_mistake([both], [wrong, raised]) == ""


def test_a_mistake_is_named_in_another_style_too() -> None:
    assert FORGOTTEN in told(lambda p, r: {"b1": np.add(1, p["b1"]), "W1": p["W1"].astype(np.float32)})


def test_a_mistake_is_not_named_where_another_one_is_made() -> None:
    text = told(changed(W1=lambda p: 1.7 * p["W1"]))
    assert not [sentence for sentence, _ in SCALED.singles if sentence in text]


# -- nothing is given away -----------------------------------------------------------------------------------


def numbers_of(promise: Promise) -> Iterator[float]:
    """All numbers that are expected, and all inputs."""
    for case in promise.cases:
        trees = [*case.values.values(), *case.arguments]
        for tree in trees:
            for array in tree.values() if isinstance(tree, dict) else [tree]:
                yield from np.asarray(array, dtype=float).ravel().tolist()


@pytest.mark.parametrize("name", ["scaled", "total", "both"])
@pytest.mark.parametrize("answer", [1.0, 2.5, 0.0, -1.0])
def test_no_message_holds_an_expected_value_or_a_hidden_input(name: str, answer: float) -> None:
    def constant(*arguments: Any) -> Any:
        right = {"scaled": scaled, "total": total, "both": both}[name](*arguments)  # type: ignore[operator]
        return filled(right, answer)

    text = told(constant, name, where=False)
    said = [float(number) for number in re.findall(r"-?\d+\.\d+(?:e-?\d+)?", text)]
    secret = [value for value in numbers_of(PROMISES[name]) if value not in (0.5, 1.0, 3.0)]
    for number in said:
        ratios = [abs(number * answer / value - 1) for value in secret if value and answer]
        assert min([abs(number - value) for value in secret] + ratios) > 1e-3, text


def filled(tree: Any, value: float) -> Any:
    if isinstance(tree, dict):
        return {key: filled(item, value) for key, item in tree.items()}
    if isinstance(tree, tuple):
        return tuple(filled(item, value) for item in tree)
    return np.full_like(tree, value) if isinstance(tree, np.ndarray) else value


LEAKS: dict[str, Callable[..., Any]] = {
    "an exception's text": lambda p, r: (_ for _ in ()).throw(ValueError(str(p))),
    "an exception's name": lambda p, r: (_ for _ in ()).throw(type(f"R{r}", (ValueError,), {})()),
    "keys": lambda p, r: {**p, f"rate {r}": 0},
    "the number of keys": lambda p, r: {**p, **{f"k{i}": 0 for i in range(17)}},
    "a shape": lambda p, r: {"W1": np.zeros((17, 23)), "b1": p["b1"]},
    "a length": lambda p, r: [0] * 17,
    "a length inside": lambda p, r: {"W1": [[0] * 17, [0]], "b1": p["b1"]},
    "a type's name": lambda p, r: {"W1": type("T17", (), {})(), "b1": p["b1"]},
    "the key of an error": lambda p, r: {}[f"W{17}"],
}


@pytest.mark.parametrize("way", LEAKS)
def test_about_a_hidden_case_nothing_is_told_that_the_students_code_wrote(way: str) -> None:
    text = told(LEAKS[way], where=False)
    assert text
    assert "seen with" not in text
    assert not re.search(r"17|23|0\.5|3\.0|rate|T1|R[03]", text)


# -- right in any style --------------------------------------------------------------------------------------


class Lazy:
    """An array of another library."""

    def __init__(self, array: Array) -> None:
        self.array = array

    def __array__(self, dtype: Any = None, copy: Any = None) -> Array:
        return self.array


def in_place(parameters: dict[str, Array], rate: float) -> dict[str, Array]:
    parameters["W1"] *= rate
    parameters["b1"] += 1
    return parameters


def noisy(parameters: dict[str, Array], rate: float) -> dict[str, Array]:
    print("so far so good")
    print("to stderr", file=sys.stderr)
    warnings.warn("careful", RuntimeWarning, stacklevel=1)
    np.array([1e308]) * 10
    np.log(np.zeros(1))
    return scaled(parameters, rate)


def meddling(parameters: dict[str, Array], rate: float) -> dict[str, Array]:
    np.random.seed(0)
    np.seterr(all="raise")
    warnings.simplefilter("error")
    return scaled(parameters, rate)


SINGLE_PRECISION = changed(W1=lambda p: p["W1"].astype(np.float32), b1=lambda p: p["b1"].astype(np.float32))
STYLES: dict[str, Any] = {
    "in place": in_place,
    "prints and warnings": noisy,
    "changes the state of NumPy": meddling,
    "another order": lambda p, r: {"b1": p["b1"] + 1, "W1": r * p["W1"]},
    "float32": SINGLE_PRECISION,
    "nested lists": changed(W1=lambda p: p["W1"].tolist(), b1=lambda p: [[x] for x in p["b1"][:, 0]]),
    "a matrix": changed(W1=lambda p: np.asmatrix(p["W1"])),
    "a masked array": changed(W1=lambda p: np.ma.masked_array(p["W1"])),
    "complex without an imaginary part": changed(W1=lambda p: p["W1"].astype(complex)),
    "Fortran order, a view": changed(W1=lambda p: np.asfortranarray(np.vstack([p["W1"]] * 2))[:4]),
    "another library's array": changed(W1=lambda p: Lazy(p["W1"])),
    "an ordered dict": lambda p, r: __import__("collections").OrderedDict(scaled(p, r)),
    "a read-only mapping": lambda p, r: __import__("types").MappingProxyType(scaled(p, r)),
    "a dict with defaults": lambda p, r: __import__("collections").defaultdict(list, scaled(p, r)),
    "a lambda": lambda a, b: scaled(a, b),
    "a partial": functools.partial(scaled),
    "a callable object": type("Answer", (), {"__call__": lambda self, p, r: scaled(p, r)})(),
    "keyword names, defaults, *args": lambda theta, step=None, *more, **rest: scaled(theta, step),
    "a decorated function": functools.lru_cache(maxsize=None)(lambda *a: a)
    and functools.wraps(scaled)(in_place),
}


@pytest.mark.parametrize("style", STYLES)
def test_a_right_answer_passes_in_any_style(style: str) -> None:
    assert told(STYLES[style]) == ""


@pytest.mark.parametrize(
    "cost",
    [
        lambda v: np.sum(v, keepdims=True),
        lambda v: [[float(v.sum())]],
        lambda v: np.float32(v.sum()),
        lambda v: Fraction(float(v.sum())),
        lambda v: complex(v.sum()),
        lambda v: np.array(v.sum()),
        lambda v: sum(x for row in v for x in row),
    ],
)
def test_a_cost_passes_as_any_kind_of_number(cost: Callable[..., Any]) -> None:
    assert told(cost, "total") == ""


def test_masks_pass_as_bools_ints_and_lists() -> None:
    def mask(values: Array) -> Array:
        return values > 2

    exercise = Exercise(mask, (Behaviour("values", "", _arrays),))
    promise = visible_promise(exercise, exercise.behaviours[0])
    for make in (mask, lambda v: (v > 2).astype(int), lambda v: (v > 2) * 1.0, lambda v: (v > 2).tolist()):
        assert judge(promise, make) == []


def test_arguments_are_fresh_for_each_call() -> None:
    seen = []

    def greedy(parameters: dict[str, Array], rate: float) -> dict[str, Array]:
        seen.append({key: value.copy() for key, value in parameters.items()})
        right = scaled(parameters, rate)
        for key in list(parameters):
            parameters[key] *= 0
            del parameters[key]
        return right

    assert told(greedy) == ""
    assert told(greedy) == ""
    assert np.array_equal(seen[0]["W1"], seen[2]["W1"])


# -- results that mean harm ----------------------------------------------------------------------------------


class Liar:
    """Equal to everything, of every length, and another array each time it is looked at."""

    def __init__(self) -> None:
        self.looks = 0

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = None  # type: ignore[assignment]

    def __len__(self) -> int:
        return 4

    def __getattr__(self, name: str) -> Any:
        return self

    def __call__(self, *arguments: Any) -> Any:
        return True

    def __array__(self, dtype: Any = None, copy: Any = None) -> Array:
        self.looks += 1
        return np.full((4, 3), float(self.looks))


class LyingDict(dict):  # type: ignore[type-arg]
    """Answers for every key."""

    def __contains__(self, key: object) -> bool:
        return True

    def __getitem__(self, key: object) -> Any:
        return Liar()

    def keys(self) -> Any:
        return ["W1", "b1"]

    def __iter__(self) -> Any:
        return iter(["W1", "b1"])


class LyingArray(np.ndarray):  # type: ignore[type-arg]
    """An array that claims to be equal, close and finite."""

    def __array_ufunc__(self, *arguments: Any, **keywords: Any) -> Any:
        return True

    def __array_function__(self, *arguments: Any, **keywords: Any) -> Any:
        return True

    def all(self, *arguments: Any, **keywords: Any) -> Any:
        return True


class Angry:
    """Raises whatever is done to it."""

    def __getattribute__(self, name: str) -> Any:
        raise RuntimeError(name)


def cyclic(p: Any, r: Any) -> Any:
    p["W1"] = p
    return p


def endless(p: Any, r: Any) -> Any:
    class Endless(dict):  # type: ignore[type-arg]
        def __iter__(self) -> Any:
            yield from iter(int, 1)

        def __getitem__(self, key: object) -> int:
            return 0

    return Endless(W1=1)


HARM: dict[str, Any] = {
    "a liar": lambda p, r: Liar(),
    "lying entries": changed(W1=lambda p: Liar()),
    "a lying dict": lambda p, r: LyingDict(),
    "a lying array": changed(W1=lambda p: (0 * p["W1"]).view(LyingArray)),
    "an angry object": changed(W1=lambda p: Angry()),
    "an angry result": lambda p, r: Angry(),
    "a string that says it is equal": lambda p, r: type("S", (str,), {"__eq__": lambda s, o: True})("W1"),
    "a huge array": changed(W1=np.broadcast_to(1.0, (10**6, 10**6))),
    "a long list": changed(W1=[0] * 300_000),
    "objects": changed(W1=lambda p: p["W1"].astype(object)),
    "ragged": changed(W1=[[1, 2], [3]]),
    "dates": changed(W1=np.zeros((4, 3), dtype="M8[s]")),
    "structured": changed(W1=np.zeros((4, 3), dtype=[("a", float)])),
    "text": changed(W1=np.full((4, 3), "a")),
    "nan everywhere": changed(W1=np.full((4, 3), np.nan)),
    "a class": lambda p, r: dict,
    "a set": lambda p, r: {1, 2},
    "bytes": lambda p, r: b"123",
    "nested for ever": cyclic,
    "endless": endless,
    "an enormous integer": changed(W1=10**400),
    "keys of all kinds": lambda p, r: {1: 2, None: 3, (1, 2): 4, 2.5: 1, frozenset(): 0},
    "an exception that raises": raising(type("Bad", (ValueError,), {"__str__": lambda self: 1 / 0})()),
    "an exception of many lines": raising(ValueError("one\n" * 1000)),
    "a failed check of its own": raising(CheckFailed("visible checks passed")),
    "recursion": lambda p, r: HARM["recursion"](p, r),
    "all memory": lambda p, r: np.ones((10**7, 10**7)),
}


@pytest.mark.parametrize("way", HARM)
@pytest.mark.parametrize("where", [True, False])
def test_no_result_passes_by_deceit_or_breaks_the_check(way: str, where: bool) -> None:
    text = told(HARM[way], where=where)
    assert text.startswith("scaled: ")
    assert len(text) < 600
    assert "\n" not in text


def test_a_result_that_changes_later_is_judged_as_it_was() -> None:
    kept: list[Array] = []

    def late(parameters: dict[str, Array], rate: float) -> dict[str, Array]:
        for array in kept:
            array *= 0
        right = scaled(parameters, rate)
        kept.extend(right.values())
        return right

    assert told(late) == ""

    def early(parameters: dict[str, Array], rate: float) -> dict[str, Array]:
        right, wrong = scaled(parameters, rate), scaled(parameters, 2 * rate)
        for old, now in zip(kept, right.values(), strict=False):
            old[:] = now
        kept[:] = wrong.values()
        return wrong

    assert told(early)


def test_a_view_that_cannot_read_a_result_becomes_a_sentence() -> None:
    def weights(dims: list[int]) -> dict[str, Array]:
        return {"W1": np.random.randn(3, 3), "W2": np.random.randn(3, 3)}

    def any_dims(rng: np.random.Generator) -> Iterator[Draw]:
        yield Draw(([3, 3],))

    bad = Behaviour(
        "values", "", any_dims, view="draws", any_kind=True, expect=lambda d: {"the mean of W1": 0.0}
    )
    exercise = Exercise(weights, (bad,))
    promise = promised(
        exercise, bad, [solve(exercise, bad, draw) for draw in any_dims(np.random.default_rng(0))]
    )
    for result in ({"W1": "text"}, {"W1": None}, [1, 2], 7, {"W1": {"a": 1}}, Angry(), {1: 2}):
        with pytest.raises(CheckFailed, match=r"not have the form|not as promised|is too|should be a list"):
            judge(promise, lambda dims, result=result: result)


def test_plain_copies_of_odd_results() -> None:
    assert plain(np.float32(2)).dtype == np.float32
    assert plain({"a": (1, [2, None])}) == {"a": (1, [2, None])}
    assert plain(np.array(["dW1", "db2"])) == ["dW1", "db2"]
    assert plain({"dW1", "db2"}) == {"dW1", "db2"}
    assert plain(np.broadcast_to(1.0, (10**6, 10**6))).shape == (10**6, 10**6)
    assert plain([[0] * 150_000, [0] * 150_000]) == Strange("a list of more than 200000 items")
    assert plain(Fraction(1, 2)) == 0.5
    source = np.zeros(3)
    copy = plain([source])
    source += 1
    assert not copy[0].any()


# -- what a check leaves behind ------------------------------------------------------------------------------


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store with the exercises of this file, in the place of the course's own."""
    path = tmp_path / "expected.h5"
    question = Promise("best", "answer", "a number", (), notes={"kind": "number"})
    names = Promise("wrong", "answer", "names", (), notes={"kind": "set", "choices": "dW1, db1, dW2"})
    write_store(path, [*PROMISES.values(), question, names])
    monkeypatch.setattr(checks, "read_promises", lambda name: read_promises(name, path))
    monkeypatch.setattr(checks, "stored_functions", lambda: checks_functions(path))
    return path


def checks_functions(path: Path) -> list[str]:
    from utils.cases import stored_functions

    return stored_functions(path)


def test_a_check_says_that_the_visible_checks_passed(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    check(scaled)
    assert capsys.readouterr().out == "scaled: visible checks passed (values)\n"


def test_a_check_leaves_everything_as_it_was(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    np.random.seed(7)
    np.random.randn()  # leaves a second normal number waiting
    before = np.random.get_state(), np.geterr(), list(warnings.filters)
    assert told(raising(ValueError("x")))
    assert told(noisy) == told(meddling) == ""
    assert told(lambda p, r: np.random.randn(5) is not None and scaled(p, r)) == ""
    after = np.random.get_state(), np.geterr(), list(warnings.filters)
    assert all(np.array_equal(a, b) for a, b in zip(before[0], after[0], strict=True))
    assert before[1:] == after[1:]
    assert capsys.readouterr() == ("", "")


def test_one_behaviour_can_be_checked_alone(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    check(scaled, "values")
    assert "passed (values)" in capsys.readouterr().out
    with pytest.raises(ValueError, match="scaled has no behaviour 'else'; it has values"):
        check(scaled, "else")


def test_what_has_no_check_is_told(store: Path) -> None:
    with pytest.raises(ValueError, match=r"There is no check for totl\. Is total meant?"):
        check(type("F", (), {"__name__": "totl", "__call__": lambda self: 0})())
    with pytest.raises(ValueError, match="write its name without parentheses"):
        check(3.0)  # type: ignore[arg-type]


# -- which function is meant ---------------------------------------------------------------------------------


def name_in(space: dict[str, Any], line: str, known: tuple[str, ...] = ("he", "zeros")) -> str:
    """The name found for the argument of ``f(...)`` in a line of code run with these globals."""
    import linecache

    linecache.cache["<cell>"] = (len(line), None, [line + "\n"], "<cell>")
    found: list[str] = []
    space["f"] = lambda function: found.append(function_name(function, known, 2))
    exec(compile(line, "<cell>", "exec"), space)
    return found[0]


def test_a_function_is_known_by_its_name_or_by_that_of_its_variable() -> None:
    def zeros() -> None: ...

    def other() -> None: ...

    assert name_in({"zeros": zeros}, "f(zeros)") == "zeros"
    assert name_in({"zeros": other}, "f(zeros)") == "zeros"
    assert name_in({"he": lambda: 0}, "f(he)") == "he"
    assert name_in({"he": functools.partial(other)}, "f(he)") == "he"
    assert name_in({"box": {"a": zeros}}, "f(box['a'])") == "zeros"


def test_one_function_under_two_names_is_judged_by_the_name_in_the_line() -> None:
    def zeros() -> None: ...

    both_names = {"zeros": zeros, "he": zeros}
    assert name_in(dict(both_names), "f(he)") == "he"
    assert name_in(dict(both_names), "f(zeros)") == "zeros"
    assert name_in({"he": zeros}, "f(he)") == "he"


def test_a_name_used_for_something_else_is_told() -> None:
    assert "it is a dictionary, not a function" in told({"W1": 0})
    assert "it is a number, not a function" in told(np.float64(3))


# -- the line at which it raised, and hints ------------------------------------------------------------------


def in_cell(text: str, name: str) -> Any:
    """A function defined as in a cell of a notebook."""
    import linecache

    filename = "/tmp/ipykernel_1/123.py"
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    space: dict[str, Any] = {"np": np}
    exec(compile(text, filename, "exec"), space)
    return space[name]


def test_the_line_is_told_at_which_the_students_own_code_raised() -> None:
    text = "def scaled(p, r):\n    W = p['W1']\n    return {'W1': np.linalg.inv(W)}\n"
    assert told(in_cell(text, "scaled")).endswith(
        "The line: return {'W1': np.linalg.inv(W)} (line 3 of its cell)"
    )


def test_the_line_comes_from_a_remote_exception_where_there_is_one() -> None:
    error = ZeroDivisionError("division by zero")
    error.line, error.source_line = 7, "  x = 1 / 0"  # type: ignore[attr-defined]
    assert told(raising(error)).endswith("The line: x = 1 / 0 (line 7 of its cell)")


def test_a_variable_of_the_notebook_is_suspected() -> None:
    function = in_cell(
        "rate = 9.0\ndef scaled(p, r):\n    return {'W1': p['W1'] * rate, 'b1': p['b1'] + 1}\n", "scaled"
    )
    assert "(it reads rate of the notebook: was an argument meant?)" in told(function)


def test_in_jupyter_a_failure_is_one_line_without_a_traceback() -> None:
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.utils.io import capture_output

    shell = InteractiveShell.instance()
    try:
        shell.push({"judge": judge, "promise": PROMISES["scaled"], "wrong": changed(W1=None)})
        with capture_output() as shown:
            result = shell.run_cell("judge(promise, wrong)")
        assert isinstance(result.error_in_exec, CheckFailed)
        lines = [line for line in shown.stdout.splitlines() if line.strip()]
        assert lines == ["CheckFailed: scaled: W1 is None: is a line unfinished? (seen with rate = 0.5)."]
    finally:
        InteractiveShell.clear_instance()


# -- random functions ----------------------------------------------------------------------------------------


def drawn(size: int) -> dict[str, Array]:
    return {"W1": np.random.randn(size, 10), "b1": np.zeros((size, 1))}


def _sizes(rng: np.random.Generator) -> Iterator[Draw]:
    yield Draw((30,), seed=int(rng.integers(2**31)))


NOISE = "the biases are random: they should be 0"
DRAWN = Exercise(
    drawn,
    (Behaviour("biases", "biases are 0", _sizes, entries=("b",)),),
    (mistake(NOISE, "np.zeros((size, 1))", "np.random.randn(size, 1)"),),
)


def test_a_random_mistake_is_named_whatever_it_draws_but_a_constant_one_is_not() -> None:
    promise = visible_promise(DRAWN, DRAWN.behaviours[0])
    for draw in (
        np.random.randn,
        np.random.standard_cauchy,
        lambda *s: np.random.default_rng().normal(size=s),
    ):
        with pytest.raises(CheckFailed) as failure:
            judge(promise, lambda size, draw=draw: {"W1": 0 * np.ones((size, 10)), "b1": draw(size, 1)})
        assert draw is np.random.standard_cauchy or NOISE in str(failure.value)
    with pytest.raises(CheckFailed) as failure:
        judge(promise, lambda size: {"W1": np.ones((size, 10)), "b1": np.full((size, 1), 0.5)})
    assert NOISE not in str(failure.value)
    assert "every entry is off by the same amount" in str(failure.value)


# -- questions -----------------------------------------------------------------------------------------------


def test_an_answer_of_the_right_kind_is_noted(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for answer in (0.1, 3, np.float32(2), np.array(2.0)):
        check_answer("best", answer)
        noted = f"best: your answer is noted: {answer:g}. Grading tells whether it is right.\n"
        assert capsys.readouterr().out == noted
    for answer in ({"dW1"}, ["dW1", "db1"], (), np.array(["dW2"])):
        check_answer("wrong", answer)
        assert "noted" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "answer", "sentence"),
    [
        ("best", None, "best: not answered yet."),
        ("best", ..., "best: not answered yet."),
        ("best", "1e-4", "best: a number is asked for."),
        ("best", [1.0], "best: a number is asked for."),
        ("best", True, "best: a number is asked for."),
        ("best", float("nan"), "best: a number is asked for."),
        ("best", Angry, "best: a number is asked for."),
        ("wrong", 3, "wrong: give a set of names, for example {'dW1'}."),
        ("wrong", {"dW9"}, "wrong: 'dW9' is not one of 'dW1', 'db1', 'dW2'."),
        ("wrong", {"dW1": 3, "x": 1}, "wrong: give a set of names, for example {'dW1'}."),
        ("wrong", Liar, "wrong: give a set of names, for example {'dW1'}."),
        ("wrong", [3], "wrong: what you gave is not one of 'dW1', 'db1', 'dW2'."),
        ("wrong", Angry, "wrong: give a set of names, for example {'dW1'}."),
    ],
)
def test_an_answer_of_another_kind_is_told_so(store: Path, name: str, answer: Any, sentence: str) -> None:
    with pytest.raises(CheckFailed) as failure:
        check_answer(name, answer() if isinstance(answer, type) else answer)
    assert str(failure.value) == sentence


def test_an_unknown_question_is_told(store: Path) -> None:
    with pytest.raises(ValueError, match="There is no question 'x'"):
        check_answer("x", 1)
