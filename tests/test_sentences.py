"""What a student reads: in each situation the whole sentence, in the notebook and about a hidden case.

First through the checks, with a small exercise; then over the bridge, where limits and missing names come in; at the
end the words themselves: patterns of a difference, shapes, equality.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from source_cells import cells_of
from student_end import Student
from student_end import options as cell_options
from trees import mapped

from grading import cells, notebooks, samples
from grading.batch import grade
from grading.bridge import Link, MissingFunction, RemoteFunction
from grading.client import Ran
from grading.current import Course
from grading.demo import scratch_course
from grading.exercise import Behaviour, Draw, Exercise, draw_promise, mistake, registry, visible_promise
from grading.kernels import Grader, _reasons, _why_missing
from grading.sandbox import bubblewrap_problem
from grading.student import GradingFault, Step
from grading.verify import _levels, verify, verify_answer
from utils.cases import Band, Promise
from utils.checks import CheckFailed, check, check_answer, judge
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

Array = np.ndarray[Any, Any]
Arrays = dict[str, Array]


# -- a small exercise ----------------------------------------------------------------------------------------


def step(parameters: Arrays, rate: float) -> Arrays:
    W = parameters["W1"] * rate
    b = parameters["b1"] + 1
    return {"W1": W, "b1": b}


def halves(values: Array) -> tuple[Array, float]:
    return values / 2, float(np.mean(values))


def _nets(rng: np.random.Generator) -> Iterator[Draw]:
    for rate in (0.5, 3.0):
        net = {"W1": rng.normal(size=(4, 3)) + 3, "b1": rng.normal(size=(4, 1)) + 3}
        yield Draw((net, rate), f"rate = {rate}")


def _squares(rng: np.random.Generator) -> Iterator[Draw]:
    yield Draw((rng.normal(size=(3, 3)) + 2,), "9 values")


FORGOTTEN = "the rate is forgotten: W1 should be multiplied by it"
MINUS = "1 is taken away from b1: it should be added"
STEP = Exercise(
    step,
    (Behaviour("values", "both are right", _nets),),
    (mistake(FORGOTTEN, " * rate", ""), mistake(MINUS, "+ 1", "- 1")),
)
HALVES = Exercise(halves, (Behaviour("values", "both parts", _squares),), returns=("A", "mean"))
PROMISES = {
    exercise.name: (
        visible_promise(exercise, exercise.behaviours[0]),
        draw_promise(exercise, exercise.behaviours[0], np.random.default_rng(1)),
    )
    for exercise in (STEP, HALVES)
}


def told(function: Any, exercise: Exercise = STEP, hidden: bool = False) -> str:
    """What a student is told in the notebook, or after grading, about a hidden case; "" for a right answer."""
    visible, drawn = PROMISES[exercise.name]
    try:
        if hidden:
            judge(drawn, function, lambda: _levels(exercise, drawn), where=False)
        else:
            judge(visible, function)
    except CheckFailed as failure:
        return str(failure)
    return ""


def changed(**entries: Any) -> Callable[..., Any]:
    """The right answer with entries replaced, or made from the right ones by a function."""

    def step(parameters: Arrays, rate: float) -> Any:
        right = {"W1": parameters["W1"] * rate, "b1": parameters["b1"] + 1}
        made = {k: v(right[k]) if callable(v) else v for k, v in entries.items()}
        return right | made

    return step


def raising(error: BaseException) -> Callable[..., Any]:
    def step(*arguments: Any) -> Any:
        raise error

    return step


# -- the sentences -------------------------------------------------------------------------------------------

SEEN = " (seen with rate = 0.5)."
NOT_WRITTEN = "step: the answer is not written yet: replace the line raise NotImplementedError()."
NOT_DEFINED = "step: it is not defined: write it in its answer cell, and run that cell."

SITUATIONS: dict[str, tuple[Callable[..., Any], str, str]] = {
    "not written": (raising(NotImplementedError()), NOT_WRITTEN, NOT_WRITTEN),
    "not defined": (raising(NameError("name 'step' is not defined")), NOT_DEFINED, NOT_DEFINED),
    "not a function": (
        3.0,  # type: ignore[dict-item]
        "step: it is a number, not a function: is its name used for something else?",
        "step: it is a number, not a function: is its name used for something else?",
    ),
    "raised": (
        raising(ZeroDivisionError("division by zero")),
        "step: it raised ZeroDivisionError: division by zero" + SEEN,
        "step: it raised ZeroDivisionError.",
    ),
    "raised, with a hint": (
        lambda p, r: p["W2"],
        "step: it raised KeyError: 'W2' (there is no such key: is its name or its number off?)" + SEEN,
        "step: it raised KeyError (there is no such key: is its name or its number off?).",
    ),
    "misspelt": (
        raising(NameError("name 'npp' is not defined")),
        "step: it raised NameError: name 'npp' is not defined"
        " (is a name misspelt, or does it live in another cell only?)" + SEEN,
        "step: it raised NameError (is a name misspelt, or does it live in another cell only?).",
    ),
    "returned nothing": (
        lambda p, r: None,
        "step: it returned None: is a line unfinished, or the return missing?" + SEEN,
        "step: it returned None: is a line unfinished, or the return missing?",
    ),
    "left None": (
        changed(W1=None),
        "step: W1 is None: is a line unfinished?" + SEEN,
        "step: W1 is None: is a line unfinished?",
    ),
    "kind": (
        lambda p, r: (p["W1"], p["b1"]),
        "step: the result should be a dictionary, and is a tuple of 2" + SEEN,
        "step: the result should be a dictionary, and is a tuple.",
    ),
    "kind of an entry": (
        changed(b1="b"),
        "step: b1 should be an array of numbers, and is a string" + SEEN,
        "step: b1 should be an array of numbers, and is a string.",
    ),
    "a missing key": (
        lambda p, r: {"W1": p["W1"] * r},
        "step: in the dictionary b1 is missing" + SEEN,
        "step: in the dictionary b1 is missing.",
    ),
    "an extra key": (
        changed(W2=0),
        "step: in the dictionary W2 should not be there" + SEEN,
        "step: in the dictionary is an entry that should not be there.",
    ),
    "shape": (
        changed(W1=lambda W: W[:, :2]),
        "step: W1 has shape (4, 2), and should have (4, 3)" + SEEN,
        "step: W1 has a wrong shape.",
    ),
    "transposed": (
        changed(W1=lambda W: W.T),
        "step: W1 has shape (3, 4), and should have (4, 3): it is transposed" + SEEN,
        "step: W1 has a wrong shape: it is transposed.",
    ),
    "keepdims": (
        changed(b1=lambda b: b[:, 0]),
        "step: b1 has shape (4,), and should have (4, 1): the second axis got lost"
        " (write it out, or use keepdims=True in a sum)" + SEEN,
        "step: b1 has a wrong shape: the second axis got lost (write it out, or use keepdims=True in a sum).",
    ),
    "not finite": (
        changed(W1=lambda W: W * np.nan, b1=lambda b: b * np.inf),
        "step: W1 holds nan; b1 holds inf" + SEEN,
        "step: W1 holds nan; b1 holds inf.",
    ),
    "all left None": (
        lambda p, r: {"W1": None, "b1": None},
        "step: W1 is None: is a line unfinished? (b1 too)" + SEEN,
        "step: W1 is None: is a line unfinished? (b1 too).",
    ),
    "a known mistake": (
        lambda p, r: {"W1": p["W1"], "b1": p["b1"] + 1},
        f"step: {FORGOTTEN}{SEEN}",
        f"step: {FORGOTTEN}.",
    ),
    "two mistakes": (
        lambda p, r: {"W1": p["W1"], "b1": p["b1"] - 1},
        f"step: as after two mistakes: {FORGOTTEN}; and {MINUS}{SEEN}",
        f"step: as after two mistakes: {FORGOTTEN}; and {MINUS}.",
    ),
    "the sign": (
        changed(W1=lambda W: -W),
        "step: the values of W1 are wrong, while b1 is right: the sign is reversed" + SEEN,
        "step: the values of W1 are wrong, while b1 is right: the sign is reversed.",
    ),
    "a plain factor": (
        changed(W1=lambda W: 2 * W),
        "step: the values of W1 are wrong, while b1 is right: every entry is twice what it should be" + SEEN,
        "step: the values of W1 are wrong, while b1 is right: every entry is twice what it should be.",
    ),
    "another factor": (
        changed(W1=lambda W: 1.7 * W),
        "step: the values of W1 are wrong, while b1 is right: every entry is about 1.7 times what it should be"
        + SEEN,
        "step: the values of W1 are wrong, while b1 is right.",
    ),
    "an offset": (
        changed(b1=lambda b: b + 0.3),
        "step: the values of b1 are wrong, while W1 is right: every entry is off by the same amount" + SEEN,
        "step: the values of b1 are wrong, while W1 is right: every entry is off by the same amount.",
    ),
    "one row": (
        changed(W1=lambda W: W + np.array([[0], [0], [0.1], [0]])),
        "step: the values of W1 are wrong, while b1 is right: only in row 2" + SEEN,
        "step: the values of W1 are wrong, while b1 is right: in some of its rows only.",
    ),
    "two entries": (
        changed(W1=lambda W: -W, b1=lambda b: b / 10),
        "step: the values of W1 and b1 are wrong: in W1 the sign is reversed" + SEEN,
        "step: the values of W1 and b1 are wrong: in W1 the sign is reversed.",
    ),
    "no pattern": (
        changed(W1=lambda W: W**2 / 2),
        "step: the values of W1 are wrong, while b1 is right: off by up to 0.2 of the largest entry" + SEEN,
        "step: the values of W1 are wrong, while b1 is right.",
    ),
}


@pytest.mark.parametrize("situation", SITUATIONS)
def test_in_every_situation_there_is_one_whole_sentence(situation: str) -> None:
    function, visible, hidden = SITUATIONS[situation]
    assert told(function) == visible
    assert told(function, hidden=True) == hidden


STOPS = {
    "np.random.rand(W.shape)": "the sizes are asked for one by one: take the tuple apart with *, as in rand(*A.shape)",
    "np.zeros(4, 3)": "the shape is asked for as one tuple: np.zeros((a, b))",
    "W[:, : W.shape[1] / 2]": "use // for a whole number, / gives a float",
    "W @ W": "two arrays do not fit together: is a transpose missing, or one of another layer taken?",
    "W.dot(W)": "two arrays do not fit together: is a transpose missing, or one of another layer taken?",
    "W + W.T": "two arrays do not fit together: is a transpose missing, or one of another layer taken?",
    "(W, b)['W1']": "a tuple has no names: take it apart, as in a, b, c = cache",
    "(W, b) - (W, b)": "several values stand where one is needed: if a function returns more than one, unpack them, "
    "a, b = f(...)",
    "p('W1')": "round brackets call a function: are square ones meant, or is a * missing?",
    "2(rate)": "round brackets call a function: are square ones meant, or is a * missing?",
    "np.zeros[W.shape]": "square brackets take an entry: are round ones meant?",
    "rate ^ 2": "^ is no power in Python: write **",
    "W ^ 2": "^ is no power in Python: write **",
    "np.sqrt(W, W, W, W, W)": "a function got too many or too few arguments; keep the first line of your own as it was "
    "given",
    "__import__('math').sqrt(-rate)": "a root or a logarithm of a negative number: is a parenthesis off?",
    "W[:, :, 0]": "the array has fewer axes than there are indices",
    "W['W1']": "an index is a whole number: / gives a float, and names go with dictionaries",
    "[late for late in [1] if late > later] or later": "is a name misspelt, or does it live in another cell only?",
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("source", STOPS)
def test_what_usually_stops_a_program_has_a_hint(source: str) -> None:
    def step(p: Arrays, rate: float) -> Any:
        return eval(source, {"np": np}, {"W": p["W1"], "b": p["b1"], "p": p, "rate": rate})

    assert told(step).endswith(f" ({STOPS[source]}){SEEN}")
    assert told(step, hidden=True).endswith(f" ({STOPS[source]}).")


def test_a_variable_that_has_no_value_yet_has_a_hint() -> None:
    def step(p: Arrays, rate: float) -> Any:
        if rate < 0:
            W = p["W1"]
        return W

    hint = "a variable is read before it has a value: is it set in a branch or a loop only?"
    assert told(step, hidden=True) == f"step: it raised UnboundLocalError ({hint})."


PARTS: dict[str, tuple[Callable[[Array], Any], str, str]] = {
    "one part only": (
        lambda values: values / 2,
        "halves: it should return 2 things (A, mean), and returns an array of shape (3, 3) (seen with 9 values).",
        "halves: it should return 2 things (A, mean), and returns an array.",
    ),
    "a part transposed": (
        lambda values: (values.T / 2, np.mean(values)),
        "halves: the values of A are wrong, while mean is right: it is transposed (seen with 9 values).",
        "halves: the values of A are wrong, while mean is right: it is transposed.",
    ),
    "an array for a number": (
        lambda values: (values / 2, np.mean(values, axis=0)),
        "halves: mean has shape (3,), and should have (): a single number is asked for (seen with 9 values).",
        "halves: mean has a wrong shape: a single number is asked for.",
    ),
    "a number that is not finite": (
        lambda values: (values / 2, np.inf),
        "halves: mean is inf (seen with 9 values).",
        "halves: mean is inf.",
    ),
    "a number": (
        lambda values: (values / 2, 1.37 * np.mean(values)),
        "halves: mean is wrong, while A is right: it is too large (seen with 9 values).",
        "halves: mean is wrong, while A is right: it is too large.",
    ),
}


@pytest.mark.parametrize("situation", PARTS)
def test_parts_of_a_tuple_are_called_by_their_names(situation: str) -> None:
    function, visible, hidden = PARTS[situation]
    assert told(function, HALVES) == visible
    assert told(function, HALVES, hidden=True) == hidden


@pytest.mark.parametrize("situation", [*SITUATIONS, *PARTS])
def test_about_a_hidden_case_no_number_is_told(situation: str) -> None:
    hidden = (SITUATIONS | PARTS)[situation][2]
    ours = f"{FORGOTTEN}|{MINUS}|[Wb][12]|2 things"
    assert not re.search(r"\d", re.sub(ours, "", hidden))


# -- mistakes made at midnight in the course's own answers ---------------------------------------------------


def answered(assignment: str, cell: str, *edits: str) -> dict[str, Any]:
    """The names of a notebook whose answer in one cell is changed: old text, new text, and more such pairs."""
    cells = cells_of(assignment)
    text = cells[cell]
    for old, new in zip(edits[::2], edits[1::2], strict=True):
        assert old in text
        text = text.replace(old, new)
    given = [name for name in ("imports", "forward", "backward", "given_forward") if name in cells]
    space: dict[str, Any] = {}
    for source in (*(cells[name] for name in given), text):
        exec(source, space)
    return space


N = "gradient_check_n"
PAIR = (
    "forward_propagation_n returns two things, cost and cache: take them apart, "
    "J_plus, _ = forward_propagation_n(...)"
)
SEVERAL = "several values stand where one is needed: if a function returns more than one, unpack them, a, b = f(...)"
TAKEN = ("J_plus, _ =", "J_plus =", "J_minus, _ =", "J_minus =")
UNBRACKETED = (
    "parentheses are missing around the sum of the two norms: without them only the first one divides"
)
TABLE = "has shape (n,), the other (n, 1), so that their difference is an n by n table: give both the"
SQUARES = 'L2_cost += np.sum(parameters["W" + str(l)] ** 2)'
EACH = [
    'np.square(parameters["W1"])',
    'np.sum(np.square(parameters["W2"]))',
    'np.sum(np.square(parameters["W3"]))',
]
MIDNIGHT: dict[str, tuple[str, str, str, str, tuple[str, ...], str]] = {
    "a pair for a cost": ("gradient_checking", "check_n", N, "wrong gradients", TAKEN, PAIR),
    "a cache for a cost": (
        "gradient_checking",
        "check_n",
        N,
        "centred",
        ("J_plus, _ =", "_, J_plus =", "J_minus, _ =", "_, J_minus ="),
        PAIR,
    ),
    "a pair put into an array": (
        "gradient_checking",
        "check_n",
        N,
        "right gradients",
        ("J_plus, _ = ", "gradapprox[i] = "),
        f"it raised ValueError ({SEVERAL})",
    ),
    "a pair for a cost, in the hunt": (
        "gradient_checking",
        "wrong_entries",
        "wrong_entries",
        "one",
        TAKEN,
        PAIR,
    ),
    "a flat array of slopes": (
        "gradient_checking",
        "check_n",
        N,
        "right gradients",
        ("np.zeros((num_parameters, 1))", "np.zeros(num_parameters)"),
        f"one of grad and gradapprox {TABLE} shape (n, 1)",
    ),
    "a flat gradient": (
        "gradient_checking",
        "check_n",
        N,
        "wrong gradients",
        ("grad = gradients_to_vector(gradients)", "grad = gradients_to_vector(gradients).ravel()"),
        f"one of grad and gradapprox {TABLE} shape (n, 1)",
    ),
    "a flat gradient, in the hunt": (
        "gradient_checking",
        "wrong_entries",
        "wrong_entries",
        "none",
        (
            'gradients["d" + name]',
            'gradients["d" + name].ravel()',
            "grad - slope",
            "grad - slope.reshape(-1, 1)",
        ),
        f"of a gradient and its slopes one {TABLE} same shape",
    ),
    "a sum of norms without parentheses": (
        "gradient_checking",
        "check",
        "gradient_check",
        "relative",
        ("numerator / denominator", "numerator / np.linalg.norm(grad) + np.linalg.norm(gradapprox)"),
        UNBRACKETED,
    ),
    "the same over all parameters": (
        "gradient_checking",
        "check_n",
        N,
        "wrong gradients",
        ("numerator / denominator", "numerator / np.linalg.norm(grad) + np.linalg.norm(gradapprox)"),
        UNBRACKETED,
    ),
    "a string of names": (
        "gradient_checking",
        "wrong_entries",
        "wrong_entries",
        "none",
        ("return wrong", 'return ", ".join(wrong)'),
        "the result should be a list, and is a string",
    ),
    "a name taken apart": (
        "gradient_checking",
        "wrong_entries",
        "wrong_entries",
        "one",
        ('wrong.append("d" + name)', 'wrong += "d" + name'),
        "the list holds single letters: += takes a name apart, use append",
    ),
    "a bracket too early": (
        "initialization",
        "he",
        "initialize_parameters_he",
        "shapes",
        ("layers_dims[l - 1]", "layers_dims[l] - 1"),
        "layers_dims[l] - 1 is one less than the units of layer l: the layer before has layers_dims[l - 1]",
    ),
    "a key without its f": (
        "initialization",
        "zeros",
        "initialize_parameters_zeros",
        "values",
        ('f"W{l}"', '"W{l}"', 'f"b{l}"', '"b{l}"'),
        'the key is the text W{l} itself: the f before the quotes is missing, f"W{l}"',
    ),
    "a bias for the layer before": (
        "initialization",
        "zeros",
        "initialize_parameters_zeros",
        "shapes",
        ("(layers_dims[l], 1)", "(layers_dims[l - 1], 1)"),
        "each bias has the size of the layer before: bl has a row for each unit of layer l",
    ),
    "a root as ** 1/2": (
        "initialization",
        "he",
        "initialize_parameters_he",
        "scale",
        ("np.sqrt(2 / n_prev)", "(2 / n_prev) ** 1/2"),
        "** 1/2 is (** 1) / 2: write ** 0.5, or take the root with np.sqrt",
    ),
    "a sum written over in the loop": (
        "regularization",
        "cost",
        "compute_cost_with_regularization",
        "weights",
        ("L2_cost +=", "L2_cost ="),
        "only W3 is penalised: does the loop write over the sum of the layers before? Add to it with +=",
    ),
    "a sum that closes too late": (
        "regularization",
        "cost",
        "compute_cost_with_regularization",
        "weights",
        (SQUARES, f"L2_cost = np.sum({' + '.join(EACH)})"),
        "one np.sum closes too late, so that the other sums are added to every entry: close each behind its own "
        "np.square",
    ),
    "1 - beta without parentheses": (
        "optimization",
        "momentum",
        "update_parameters_with_momentum",
        "velocity",
        ("(1 - beta)", "1 - beta"),
        "the parentheses around 1 - beta are missing: write (1 - beta) * gradient",
    ),
    "1 - beta2 without parentheses": (
        "optimization",
        "adam",
        "update_parameters_with_adam",
        "second moment",
        ("(1 - beta2) *", "1 - beta2 *"),
        "parentheses are missing: write (1 - beta1) * gradient and (1 - beta2) * gradient**2",
    ),
    "a correction without parentheses": (
        "optimization",
        "average",
        "exponentially_weighted_average",
        "correction",
        ("v / (1 - beta ** (i + 1))", "v / 1 - beta ** (i + 1)"),
        "v / 1 - beta**t is (v / 1) - beta**t: write v / (1 - beta**t)",
    ),
    "a power without parentheses": (
        "optimization",
        "average",
        "exponentially_weighted_average",
        "correction",
        ("beta ** (i + 1)", "beta ** i + 1"),
        "beta**i + 1 is (beta**i) + 1: write beta**(i + 1)",
    ),
    "a power of 1 - beta": (
        "optimization",
        "adam",
        "update_parameters_with_adam",
        "bias correction",
        ("(1 - beta1**t)", "(1 - beta1)**t", "(1 - beta2**t)", "(1 - beta2)**t"),
        "the power belongs to beta alone: 1 - beta1**t, not (1 - beta1)**t, and likewise for beta2",
    ),
    "layers from 0": (
        "optimization",
        "gd",
        "update_parameters_with_gd",
        "weights",
        ("range(1, L + 1)", "range(L)"),
        "the loop counts layers from 0: they are numbered from 1 to L",
    ),
    "a rate without parentheses": (
        "optimization",
        "schedule",
        "schedule_lr_decay",
        "at the drops",
        (
            "(1 + decay_rate * np.floor(epoch_num / time_interval))",
            "1 + decay_rate * (epoch_num // time_interval)",
        ),
        "parentheses are missing: the whole sum 1 + decay_rate * the number of drops is the divisor",
    ),
    "slices of rows": (
        "optimization",
        "mini_batches",
        "random_mini_batches",
        "pairs",
        ("shuffled_X[:, columns]", "shuffled_X[columns]", "shuffled_Y[:, columns]", "shuffled_Y[columns]"),
        "the slices take rows: the examples are columns, so write X[:, start:stop] and Y[:, start:stop]",
    ),
    "a permutation of rows": (
        "optimization",
        "mini_batches",
        "random_mini_batches",
        "every example once",
        ("X[:, permutation]", "X[permutation]", "Y[:, permutation]", "Y[permutation]"),
        "the rows are shuffled: the examples are columns, so write X[:, permutation] and Y[:, permutation]",
    ),
    "a power by ^": (
        "optimization",
        "average",
        "exponentially_weighted_average",
        "correction",
        ("beta ** (i + 1)", "beta ^ (i + 1)"),
        "it raised TypeError (^ is no power in Python: write **)",
    ),
}


@pytest.mark.parametrize("slip", MIDNIGHT)
def test_a_mistake_of_midnight_is_named_in_the_notebook_and_in_grading(slip: str) -> None:
    assignment, cell, name, behaviour, edits, sentence = MIDNIGHT[slip]
    function = answered(assignment, cell, *edits)[name]
    with pytest.raises(CheckFailed) as hidden:
        verify(function, behaviour)
    assert str(hidden.value) == f"{name}: {sentence}."
    with pytest.raises(CheckFailed) as visible:
        check(function, behaviour)
    start, _, hint = sentence.partition(" (") if sentence.startswith("it raised") else (sentence, "", "")
    assert str(visible.value).startswith(f"{name}: {start}")
    assert hint in str(visible.value)
    assert "(seen with " in str(visible.value)


ANSWERS: dict[str, tuple[Any, str]] = {
    "verdict": (
        " Not  decided",
        "verdict: your answer is noted: not decided. Grading tells whether it is right.",
    ),
    "planted": (
        ["DB1", "dw2 "],
        "planted: your answer is noted: db1 and dW2. Grading tells whether it is right.",
    ),
    "kept_on_average": (
        {"Z2", "A1"},
        "kept_on_average: your answer is noted: A1 and Z2. Grading tells whether it is right.",
    ),
    "best_epsilon": (1e-4, "best_epsilon: your answer is noted: 0.0001. Grading tells whether it is right."),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_is_read_whatever_its_case_and_blanks(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    answer, noted = ANSWERS[name]
    check_answer(name, answer)
    assert capsys.readouterr().out == noted + "\n"
    verify_answer(name, answer)


@pytest.mark.parametrize("judged", [check_answer, verify_answer])
def test_an_answer_that_is_no_choice_is_told_the_choices(judged: Any) -> None:
    with pytest.raises(CheckFailed) as failure:
        judged("verdict", "bug")
    assert str(failure.value) == "verdict: 'bug' is not one of 'a bug', 'no bug', 'not decided'."


# -- the same of every exercise of the course ----------------------------------------------------------------


def spoken(*arguments: Any) -> Any:
    raise ValueError(str(arguments))


def named_after(*arguments: Any) -> Any:
    return {str(arguments)[:30]: 0}


SPOILT: dict[str, Callable[[Any], Any]] = {
    "twice": lambda v: 2 * np.asarray(v, dtype=float),
    "a factor": lambda v: 1.7 * np.asarray(v, dtype=float),
    "an offset": lambda v: v + 0.3,
    "the first entry": lambda v: np.where(np.arange(np.size(v)).reshape(np.shape(v)) == 0, 7.0, v),
    "zeros": lambda v: 0 * np.asarray(v, dtype=float),
    "nan": lambda v: np.asarray(v) * np.nan,
    "an axis more": lambda v: np.asarray(v)[None, None],
    "an entry more": lambda v: np.concatenate([np.asarray(v), np.asarray(v)]) if np.ndim(v) else [v, v],
    "None": lambda v: None,
    "text": str,
}
PLAIN_WORDS = re.compile(
    r"[A-Za-z]+\d|\[\d+\]|1/sqrt\(2\)|sqrt\(2\)|\b(2|3|4|10|100|1000) (times|things)|(and|are|is|that is|neither) \d+"
    r"|nor 1|\d more"
)


def refusals(exercise: Exercise, answer: Callable[..., Any]) -> Iterator[str]:
    """What is told about an answer on hidden cases, where it names no known mistake."""
    for behaviour in exercise.behaviours:
        promise = draw_promise(exercise, behaviour, np.random.default_rng(5))
        try:
            judge(promise, answer, levels=list, where=False)
        except CheckFailed as failure:
            yield str(failure)


@pytest.mark.parametrize("name", [name for name, item in registry().items() if isinstance(item, Exercise)])
def test_about_hidden_cases_of_the_course_no_number_is_told(name: str) -> None:
    exercise = registry()[name]
    assert isinstance(exercise, Exercise)

    def spoilt(*arguments: Any, leaf: Callable[[Any], Any]) -> Any:
        return mapped(exercise.reference(*arguments), leaf)

    answers: list[Callable[..., Any]] = [
        spoken,
        named_after,
        *(partial(spoilt, leaf=leaf) for leaf in SPOILT.values()),
    ]
    said = {sentence for answer in answers for sentence in refusals(exercise, answer)}
    assert len(said) > 2
    assert not {sentence for sentence in said if re.search(r"\d", PLAIN_WORDS.sub("", sentence))}


# -- over the bridge: limits, missing names, and what the student's code can write --------------------------


def remote(student: Student, text: str, seconds: float = 5) -> RemoteFunction:
    """The student's function ``step``, as graded."""
    student.define(text)
    link = Link(
        str(student.path), seconds, 30, "more than 30 s", [line.strip() for line in text.splitlines()]
    )
    student.links.append(link)
    return RemoteFunction(link, "step")


BOTH = (False, True)


@pytest.mark.parametrize("hidden", BOTH)
def test_a_call_that_takes_too_long_is_told_and_nothing_else(student: Student, hidden: bool) -> None:
    function = remote(student, "import time\ndef step(p, r):\n    time.sleep(5)", seconds=0.2)
    assert told(function, hidden=hidden) == "step took more than 0.2 s, the limit for one call."


@pytest.mark.parametrize("hidden", BOTH)
def test_a_process_that_ends_is_told_and_nothing_else(student: Student, hidden: bool) -> None:
    def die(connection: Any) -> None:
        connection.recv(1)

    student.serve = die
    assert told(remote(student, ""), hidden=hidden) == "step ended the Python process that it ran in."


@pytest.mark.parametrize("hidden", BOTH)
def test_memory_that_runs_out_is_told_with_its_line(student: Student, hidden: bool) -> None:
    text = told(remote(student, "def step(p, r):\n    raise MemoryError('17')"), hidden=hidden)
    assert text == (
        "step ran out of memory (the limit is 2 GiB). The line: raise MemoryError('17') (line 2 of its cell)"
    )


def test_a_result_that_cannot_cross_is_told(student: Student) -> None:
    function = remote(student, "class Net17: pass\ndef step(p, r):\n    return {'W1': Net17()}")
    assert told(function) == (
        "step returned a value that the tests cannot read: it holds an object of class Net17."
    )
    assert told(function, hidden=True) == (
        "step returned something other than numbers, text, arrays, lists and dictionaries."
    )


def test_an_exception_is_told_with_its_line(student: Student) -> None:
    function = remote(student, "def step(p, r):\n    return p / r")
    line = " The line: return p / r (line 2 of its cell)"
    wrong = "unsupported operand type(s) for /: 'dict' and 'float'"
    assert told(function) == f"step: it raised TypeError: {wrong}{SEEN}{line}"
    assert told(function, hidden=True) == f"step: it raised TypeError.{line}"


WRITTEN: dict[str, str] = {
    "a message": "    raise ValueError(f'input {r}')",
    "the name of a type": "    raise type(f'Rate{r}'.replace('.', '_'), (ValueError,), {})()",
    "a key": "    return {f'rate {r}': 0}",
    "the text of a name": "    raise NameError(f'step is not defined: the rate is {r}')",
    "a type that cannot cross": "    return type(f'Rate{r}', (), {})()",
    "a number of items": "    return [0] * 17",
    "a forged sentence": "    e = ValueError(f'the rate is {r}'); e.whole = True; e.public = str(r); raise e",
    "a forged class": "    raise type('CallTimeout', (Exception,), {'whole': True, 'public': f'rate {r}'})()",
    "memory": "    raise MemoryError(f'rate {r}')",
    "not written": "    raise NotImplementedError(f'rate {r}')",
}


@pytest.mark.parametrize("way", WRITTEN)
def test_about_a_hidden_case_nothing_is_quoted_that_the_students_code_made(
    student: Student, way: str
) -> None:
    text = told(remote(student, f"def step(p, r):\n{WRITTEN[way]}"), hidden=True)
    said = text.split(" The line: ")[0]
    assert said.startswith("step")
    assert not re.search(r"rate|Rate|0\.5|0_5|17", said)


def test_a_line_that_was_not_handed_in_is_not_quoted(student: Student) -> None:
    made = "    exec(compile('1 / 0  # ' + str(r), '/tmp/ipykernel_1/made.py', 'exec'))"
    text = told(remote(student, f"def step(p, r):\n{made}"), hidden=True)
    assert text == "step: it raised ZeroDivisionError."


# -- names that are not there --------------------------------------------------------------------------------

STOPPED = "This cell was stopped: it ran for more than 30 s."


@pytest.mark.parametrize(
    ("stopped", "failed", "sentence"),
    [
        (STOPPED, "", "The cell that defines step was stopped: it ran for more than 30 s."),
        ("", "SyntaxError", "step is not defined: its cell stopped with SyntaxError."),
        ("", "NotImplementedError", "step: not answered yet."),
        ("", "FullMarksPlease", "step is not defined: its cell stopped with an error."),
        ("", "print", "step is not defined: its cell stopped with an error."),
    ],
)
@pytest.mark.parametrize("hidden", BOTH)
def test_a_function_whose_cell_stopped_is_told_why(
    stopped: str, failed: str, sentence: str, hidden: bool
) -> None:
    reasons = _reasons(Step(None, "", names=["step"], stopped=stopped, failed=failed))
    assert told(MissingFunction("step", reasons["step"]), hidden=hidden) == sentence


def test_a_cell_that_ran_gives_no_reason() -> None:
    assert _reasons(Step(None, "", names=["step"])) == {}
    assert told(MissingFunction("step", "step is not defined")) == NOT_DEFINED


def ask(source: str, path: str = "", **changes: Any) -> dict[str, Any]:
    """How a test cell of the grader's ends, in a notebook that defines nothing."""
    space: dict[str, Any] = {"check_answer": check_answer, "verify_answer": verify_answer}
    cells.begin_cell(cell_options(path, **changes), space)
    try:
        exec(compile(source, "<test>", "exec"), space)
    except Exception as error:
        sys.last_value = error
    return cells.end_cell()


ASKED = 'check_answer("factor_relu", factor_relu)'
FREE = ["check_answer", "factor_relu"]


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (Step(None, "", failed="NotImplementedError"), "factor_relu: not answered yet."),
        (Step(None, ""), "factor_relu: not answered yet (no cell gives it a value)."),
        (None, "factor_relu: not answered yet (no cell gives it a value)."),
        (
            Step(None, "", failed="SyntaxError"),
            "factor_relu is not defined: its cell stopped with SyntaxError.",
        ),
        (
            Step(None, "", stopped=STOPPED),
            "The cell that defines factor_relu was stopped: it ran for more than 30 s.",
        ),
    ],
)
def test_a_question_without_its_variable_is_told_so(
    student: Student, answer: Step | None, sentence: str
) -> None:
    unanswered = {name: _why_missing(name, answer) for name in FREE}
    ended = ask(ASKED, path=str(student.path), free=FREE, unanswered=unanswered)
    assert ended["sentence"] == sentence


def test_a_question_whose_process_is_gone_is_told_so() -> None:
    ended = ask(ASKED, free=FREE, unanswered={"factor_relu": "factor_relu: not answered yet."})
    assert ended["sentence"] == "The student's notebook ended the Python process that it ran in."


def test_a_name_that_a_hidden_line_lacks_is_not_told(student: Student) -> None:
    unanswered = {"expected_value": "expected_value: not answered yet."}
    ended = ask(
        "expected_value",
        path=str(student.path),
        free=["expected_value"],
        unanswered=unanswered,
        hidden=[(1, 1)],
    )
    assert ended["sentence"] == "A hidden test of this cell did not pass."


@pytest.mark.parametrize("judged", [check_answer, verify_answer])
@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (None, "factor_relu: not answered yet."),
        (..., "factor_relu: not answered yet."),
        (MissingFunction("factor_relu", "factor_relu is not defined"), "factor_relu: not answered yet."),
        (
            MissingFunction("factor_relu", "factor_relu is not defined: its cell stopped with SyntaxError."),
            "factor_relu is not defined: its cell stopped with SyntaxError.",
        ),
        (step, "factor_relu: a number is asked for."),
    ],
)
def test_an_answer_that_is_not_there_is_told_so(judged: Any, answer: Any, sentence: str) -> None:
    with pytest.raises(CheckFailed) as failure:
        judged("factor_relu", answer)
    assert str(failure.value) == sentence


# -- what the course got wrong is never the student's fault ---------------------------------------------


@pytest.mark.parametrize(
    "source",
    [
        "from grading.verify import a_function_that_is_not_there",
        "import a_module_that_is_not_there",
        "raise ImportError('DLL load failed')",
        "from grading.verify import verify_answer; verify_answer('a_question_that_is_not_there', 1)",
    ],
)
def test_what_the_course_got_wrong_is_its_own_fault(source: str) -> None:
    ended = ask(source, hidden=[(1, 1)])
    assert ended["fault"] is True
    grader = Grader.__new__(Grader)
    ran = Ran("ok", expressions={"it": repr(json.dumps(ended))})
    grader.kernel = SimpleNamespace(client=SimpleNamespace(run=lambda *a, **how: ran))  # type: ignore[assignment]
    with pytest.raises(GradingFault, match=r"A test cell of the course cannot be run: .*Error"):
        grader.run_cell(source, {"seconds": 1})


@pytest.mark.parametrize(
    "text",
    [
        "import a_module_of_the_students",
        "from math import a_function_that_is_not_there",
        "raise type('ModuleNotFoundError', (Exception,), {})()",
    ],
)
def test_what_the_student_cannot_import_is_the_students(student: Student, text: str) -> None:
    student.define(f"def step(x):\n    {text}")
    ended = ask("step(1)", path=str(student.path), names=["step"], hidden=[(1, 1)])
    assert ended["fault"] is False
    assert ended["sentence"].startswith("step stopped with ")


def test_a_known_mistake_that_raises_is_named_in_grading_too(student: Student) -> None:
    text = "def gradient_check_n(p, g, X, Y, epsilon=1e-7):\n    return (0.0, ()) - (0.0, ())"
    student.define(text)
    link = Link(str(student.path), 5, 30, "more than 30 s", [line.strip() for line in text.splitlines()])
    student.links.append(link)
    with pytest.raises(CheckFailed) as failure:
        verify(RemoteFunction(link, N), "right gradients")
    line = "The line: return (0.0, ()) - (0.0, ()) (line 2 of its cell)"
    assert str(failure.value) == f"{N}: {PAIR}. {line}"


def test_in_a_judged_test_it_costs_the_student_the_points(student: Student) -> None:
    student.define("def initialize_parameters_zeros(dims):\n    import a_module_of_the_students")
    link = Link(str(student.path), 5, 30, "more than 30 s")
    student.links.append(link)
    with pytest.raises(CheckFailed) as failure:
        verify(RemoteFunction(link, "initialize_parameters_zeros"), "values")
    assert str(failure.value) == "initialize_parameters_zeros: it raised ModuleNotFoundError."


# -- as graded, with kernels and all -------------------------------------------------------------------------

HANDED_IN = """# mark: 11
# shows: Cells that stop, a variable under another name, a call that ends the process.

# %% zeros
def initialize_parameters_zeros(layers_dims):
    import os
    os._exit(0)

# %% random
def initialize_parameters_random(layers_dims)
    return {}

# %% relu_factor
factor_relu = 2 2

# %% he
def he(layers_dims):
    return {}

# %% leaky_factor
factor = 1.6
"""

READ = {
    "zeros": "initialize_parameters_zeros ended the Python process that it ran in.",
    "random": "initialize_parameters_random is not defined: its cell stopped with SyntaxError.",
    "relu_factor": "factor_relu is not defined: its cell stopped with SyntaxError.",
    "he": "initialize_parameters_he: it is not defined: write it in its answer cell, and run that cell.",
    "leaky_factor": "factor_leaky: not answered yet (no cell gives it a value).",
}
BLANK = {"relu_factor": "factor_relu: not answered yet.", "leaky_factor": "factor_leaky: not answered yet."}


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.skipif(bool(bubblewrap_problem()), reason=bubblewrap_problem())
def test_graded_submissions_hold_these_sentences(this_course: Course, tmp_path: Path) -> None:
    course = scratch_course(this_course, tmp_path / "course")
    (course.root / "samples" / "initialization" / "stopped.py").write_text(HANDED_IN)
    notebooks.release(course, "initialization")
    for name in ("blank", "stopped"):
        samples.hand_in(course, "initialization", name)
    marks = {mark.submission: mark for mark in grade(course, "initialization")}
    assert marks["stopped"].sentences == READ
    functions = {name: text for name, text in marks["blank"].sentences.items() if name not in BLANK}
    assert {name: marks["blank"].sentences[name] for name in BLANK} == BLANK
    assert len(functions) == 4
    written = ": the answer is not written yet: replace the line raise NotImplementedError()."
    assert all(text.endswith(written) for text in functions.values())


# -- words: the pattern of a difference ----------------------------------------------------------------------

RNG = np.random.default_rng(0)
A = RNG.normal(size=(4, 3)) + 3
SQUARE = RNG.normal(size=(3, 3)) + 3
NUMBER = np.array(2.5)


def pattern(right: Any, got: Any, hidden: bool = False) -> str:
    """The pattern that is told of a wrong value."""
    text = value_sentence({"W1": (right, got)}, [], 1e-5, hidden)
    start = "W1 is wrong" if np.ndim(right) == 0 else "the values of W1 are wrong"
    assert text.startswith(start)
    return text.removeprefix(start).removeprefix(": ")


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
    rows = value_sentence({"W1": (A, A + np.array([[0], [0.1], [0], [0]])), "W2": (A, -A)}, [], 1e-5)
    assert rows == "the values of W1 and W2 are wrong: W1 only in row 1"


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
    for right, got in ((1.0, 0.0), (np.array([0.0, 1.0]), np.array([0.0, 0.0]))):
        assert value_sentence({"the choice of entries": (right, got)}, [], 1e-5) == (
            "the choice of entries is not as promised"
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
    assert structural_sentence(shapes) == "W0 is off (W1, W2 and W3 too)"
    sizes = [Problem(Rank.SHAPE, f"W{l}", f"W{l} has {l} rows", f"W{l} is off") for l in range(4)]
    assert structural_sentence(sizes) == "W0 has 0 rows; W1 has 1 rows (and 2 more like it)"
    assert structural_sentence(sizes, hidden=True) == "W0 is off (W1, W2 and W3 too)"
    assert structural_sentence(shapes[:1], hidden=True) == "a shape is off"
