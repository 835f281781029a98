"""A right answer gets full marks in any style: every exercise's reference dressed up, and right answers of others.

Each is judged on the visible cases, called as in the notebook, and on hidden cases whose arguments and results
cross between two processes as plain data, as they do in grading.
"""

from __future__ import annotations

import ast
import warnings
from collections import OrderedDict
from collections.abc import Callable, Iterator
from functools import cache, partial
from textwrap import dedent
from typing import Any

import numpy as np
import pytest
from trees import mapped

from grading import wire
from grading.exercise import Behaviour, Exercise, draw_promise, registry, visible_draws
from utils.cases import Promise
from utils.checks import CheckFailed, generator_kept, judge
from utils.results import copied

Function = Callable[..., Any]
Style = Callable[[Function], Function]
EXERCISES = {item.name: item for item in registry().values() if isinstance(item, Exercise)}


@cache
def promises(name: str, behaviour: str) -> tuple[Promise, Promise]:
    """A behaviour's visible cases, and hidden ones of one student."""
    exercise = EXERCISES[name]
    asked = exercise.behaviour(behaviour)
    with generator_kept():
        hidden = draw_promise(exercise, asked, np.random.default_rng(len(name)))
        return visible_draws(exercise, asked), hidden


def crossing(function: Function) -> Function:
    """The function as a hidden test calls it: what goes in and what comes out are bytes in between."""

    def answer(*arguments: Any) -> Any:
        return wire.decode(wire.encode(function(*wire.decode(wire.encode(arguments)))))

    return answer


def refusals(exercise: Exercise, function: Function, *behaviours: str) -> list[str]:
    """What is told about a function, by behaviour: all of them, or those that are named."""
    said = []
    for behaviour in behaviours or tuple(b.name for b in exercise.behaviours):
        visible, hidden = promises(exercise.name, behaviour)
        for promise, called in ((visible, function), (hidden, crossing(function))):
            try:
                judge(promise, called, levels=list)
            except CheckFailed as failure:
                said.append(f"{behaviour}: {failure}")
    return said


# -- the kind of what is returned ----------------------------------------------------------------------------


def of_results(leaf: Callable[[Any], Any]) -> Style:
    """A style that changes the kind of every returned array and number."""

    def style(function: Function) -> Function:
        return lambda *arguments: mapped(function(*arguments), leaf)

    return style


def is_mask(value: Any) -> bool:
    """Whether it may be a dropout mask: more than one entry, all of them 0 or 1."""
    array = np.asarray(value)
    return array.ndim == 2 and array.size > 1 and bool(np.isin(array, (0, 1)).all())


def single_precision(value: Any) -> Any:
    array = np.asarray(value)
    return array.astype(np.float32) if array.dtype.kind == "f" else value


def as_view(value: Any) -> Any:
    """Every second column of something larger."""
    if not isinstance(value, np.ndarray) or value.ndim == 0:
        return value
    return np.stack([value, value], axis=-1).reshape(*value.shape[:-1], -1)[..., ::2]


def as_matrix(value: Any) -> Any:
    return np.asmatrix(value) if isinstance(value, np.ndarray) and value.ndim == 2 else value


KINDS: dict[str, Style] = {
    "float32": of_results(single_precision),
    "nested lists": of_results(lambda value: value.tolist() if isinstance(value, np.ndarray) else value),
    "np.matrix": of_results(as_matrix),
    "numbers as (1, 1) arrays": of_results(lambda value: value if np.ndim(value) else np.array([[value]])),
    "numbers as np.float64": of_results(lambda v: np.float64(v) if isinstance(v, float) else v),
    "numbers as float": of_results(lambda v: float(v) if np.ndim(v) == 0 else v),
    "views": of_results(as_view),
    "columns first in memory": of_results(lambda v: np.asfortranarray(v) if np.ndim(v) else v),
    "masks of 0 and 1": of_results(lambda value: np.asarray(value).astype(int) if is_mask(value) else value),
    "masks of True and False": of_results(lambda v: np.asarray(v).astype(bool) if is_mask(v) else v),
    "masks as nested lists": of_results(lambda v: np.asarray(v).tolist() if is_mask(v) else v),
}


# -- what happens around the right value ---------------------------------------------------------------------


def other_order(function: Function) -> Function:
    def turned(tree: Any) -> Any:
        if isinstance(tree, dict):
            return OrderedDict((key, turned(tree[key])) for key in reversed(list(tree)))
        return tuple(map(turned, tree)) if isinstance(tree, tuple) else tree

    return lambda *arguments: turned(function(*arguments))


def noisy(function: Function) -> Function:
    def answer(*arguments: Any) -> Any:
        print("here I am", arguments)
        warnings.warn("overflow encountered in exp", RuntimeWarning, stacklevel=1)
        np.exp(np.array([1e4]))
        return function(*arguments)

    return answer


def written_into(arguments: list[Any], result: Any) -> Any:
    """The result, stored in the caller's own dictionaries where one has the same entries."""
    if isinstance(result, tuple):
        return tuple(written_into(arguments, part) for part in result)
    place = next((n for n, a in enumerate(arguments) if isinstance(a, dict) and _alike(a, result)), None)
    if place is None:
        return result
    own = arguments.pop(place)
    for key, value in result.items():
        np.copyto(own[key], value, casting="same_kind")  # fails on integers, as -= does
    return own


def _alike(one: dict[str, Any], other: Any) -> bool:
    return isinstance(other, dict) and one.keys() == other.keys() and bool(one)


def in_place(function: Function) -> Function:
    return lambda *arguments: written_into(list(arguments), function(*copied(arguments)))


def used_up(function: Function) -> Function:
    """Spoils all that it was given, after the work is done."""

    def spoil(value: Any) -> None:
        if isinstance(value, np.ndarray) and value.dtype.kind == "f":
            value[...] = np.nan
        elif isinstance(value, (dict, list)):
            for item in value.values() if isinstance(value, dict) else value:
                spoil(item)
            value.clear()

    def answer(*arguments: Any) -> Any:
        result = function(*copied(arguments))
        for argument in arguments:
            spoil(argument)
        return result

    return answer


def meddling(function: Function) -> Function:
    """Leaves NumPy's settings and the filters of warnings otherwise than it found them."""

    def answer(*arguments: Any) -> Any:
        result = function(*arguments)
        np.seterr(all="raise")
        np.set_printoptions(precision=3)
        warnings.simplefilter("error")
        return result

    return answer


MANNERS: dict[str, Style] = {
    "another order of keys": other_order,
    "prints and warnings": noisy,
    "in place, in the caller's dictionaries": in_place,
    "arguments used up": used_up,
    "settings changed": meddling,
    "a partial": partial,
}


@pytest.fixture(autouse=True)
def _print_options() -> Iterator[None]:
    with np.printoptions():
        yield


@pytest.mark.parametrize("style", [*KINDS, *MANNERS])
@pytest.mark.parametrize("name", EXERCISES)
def test_a_right_answer_passes_in_every_style(name: str, style: str) -> None:
    assert refusals(EXERCISES[name], (KINDS | MANNERS)[style](EXERCISES[name].reference)) == []


# -- the same program in other words -------------------------------------------------------------------------


class _Renamed(ast.NodeTransformer):
    """Gives the function's arguments and variables other names, and drops all annotations."""

    def __init__(self, names: set[str]) -> None:
        self.names = names

    def visit_Name(self, node: ast.Name) -> ast.Name:
        return ast.Name(f"my_{node.id}", node.ctx) if node.id in self.names else node

    def visit_arg(self, node: ast.arg) -> ast.arg:
        return ast.arg(f"my_{node.arg}")

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        node.returns = None
        self.generic_visit(node)
        return node


def renamed(exercise: Exercise) -> str:
    tree = ast.parse(exercise.text)
    bound = {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    bound |= {
        n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, (ast.Store, ast.Del))
    }
    return ast.unparse(ast.fix_missing_locations(_Renamed(bound).visit(tree)))


def with_imports_inside(exercise: Exercise) -> str:
    tree = ast.parse(exercise.text)
    body = next(node for node in tree.body if isinstance(node, ast.FunctionDef)).body
    body[:0] = ast.parse("'''Docstring.'''\nimport math\nimport numpy as np\nfrom math import sqrt").body
    return ast.unparse(ast.fix_missing_locations(tree))


def with_a_helper(exercise: Exercise) -> str:
    """All the work in a helper of the same or an earlier cell."""
    helper = exercise.text.replace(f"def {exercise.name}(", "def do_the_work(", 1)
    return f"{helper}\ndef {exercise.name}(*given, **named):\n    return do_the_work(*given, **named)\n"


WORDS = {
    "other names, no type hints": renamed,
    "imports inside": with_imports_inside,
    "a helper function": with_a_helper,
}


@pytest.mark.parametrize("words", WORDS)
@pytest.mark.parametrize("name", EXERCISES)
def test_a_right_answer_passes_in_other_words(name: str, words: str) -> None:
    exercise = EXERCISES[name]
    assert refusals(exercise, exercise.define(WORDS[words](exercise))) == []


# -- right answers of other authors --------------------------------------------------------------------------

GIVEN = """
def forward_propagation_n(X, Y, parameters):
    from utils.network import relu, sigmoid
    A, cache = X, ()
    for l in (1, 2, 3):
        W, b = parameters[f"W{l}"], parameters[f"b{l}"]
        Z = np.dot(W, A) + b
        A = relu(Z) if l < 3 else sigmoid(Z)
        cache += (Z, A, W, b)
    return np.mean(-np.log(A) * Y - np.log(1 - A) * (1 - Y)), cache

"""
"""A cell that the notebook on gradient checking gives."""

OTHERS: dict[str, dict[str, str]] = {
    "forward_propagation": {
        "np.multiply": "def forward_propagation(x, theta):\n    return np.multiply(theta, x)",
        "a dot product": "def forward_propagation(x, theta):\n    return np.dot([[theta]], [[x]])",
    },
    "backward_propagation": {
        "a slope": """
            def backward_propagation(x, theta):
                return ((theta + 1) * x - (theta - 1) * x) / 2
        """,
        "a float": "def backward_propagation(x, theta):\n    dtheta = float(x)\n    return dtheta",
    },
    "gradient_check": {
        "by the functions before": """
            def forward_propagation(x, theta):
                return theta * x

            def backward_propagation(x, theta):
                return x

            def gradient_check(x, theta, epsilon=1e-7):
                thetaplus, thetaminus = theta + epsilon, theta - epsilon
                J_plus, J_minus = forward_propagation(x, thetaplus), forward_propagation(x, thetaminus)
                gradapprox = (J_plus - J_minus) / (2 * epsilon)
                grad = backward_propagation(x, theta)
                numerator = np.linalg.norm(grad - gradapprox)
                denominator = np.linalg.norm(grad) + np.linalg.norm(gradapprox)
                difference = numerator / denominator
                if difference < 1e-7:
                    print("The gradient is correct!")
                else:
                    print("The gradient is wrong!")
                return difference
        """,
        "roots of squares": """
            def gradient_check(x, theta, eps=1e-7):
                approx = ((theta + eps) * x - (theta - eps) * x) / 2 / eps
                return np.sqrt((x - approx) ** 2) / (np.sqrt(x**2) + np.sqrt(approx**2))
        """,
    },
    "gradient_check_n": {
        "by the given functions": """
            def gradient_check_n(parameters, gradients, X, Y, epsilon=1e-7):
                from utils.vectors import dictionary_to_vector, gradients_to_vector, vector_to_dictionary
                parameters_values, _ = dictionary_to_vector(parameters)
                grad = gradients_to_vector(gradients)
                num_parameters = parameters_values.shape[0]
                J_plus = np.zeros((num_parameters, 1))
                J_minus = np.zeros((num_parameters, 1))
                gradapprox = np.zeros((num_parameters, 1))
                for i in range(num_parameters):
                    thetaplus = np.copy(parameters_values)
                    thetaplus[i][0] = thetaplus[i][0] + epsilon
                    J_plus[i], _ = forward_propagation_n(X, Y, vector_to_dictionary(thetaplus))
                    thetaminus = np.copy(parameters_values)
                    thetaminus[i][0] = thetaminus[i][0] - epsilon
                    J_minus[i], _ = forward_propagation_n(X, Y, vector_to_dictionary(thetaminus))
                    gradapprox[i] = (J_plus[i] - J_minus[i]) / (2 * epsilon)
                numerator = np.linalg.norm(grad - gradapprox)
                denominator = np.linalg.norm(grad) + np.linalg.norm(gradapprox)
                return numerator / denominator
        """,
        "entries of the dictionary shifted in place and back": """
            def gradient_check_n(parameters, gradients, X, Y, epsilon=1e-7):
                near, far = [], []
                for kind in (k + str(l) for l in (1, 2, 3) for k in "Wb"):
                    for place, value in np.ndenumerate(parameters[kind]):
                        costs = []
                        for shift in (epsilon, -epsilon):
                            parameters[kind][place] = value + shift
                            costs.append(float(forward_propagation_n(X, Y, parameters)[0]))
                        parameters[kind][place] = value
                        near.append(gradients["d" + kind][place])
                        far.append((costs[0] - costs[1]) / (2 * epsilon))
                near, far = np.array(near), np.array(far)
                return np.linalg.norm(near - far) / (np.linalg.norm(near) + np.linalg.norm(far))
        """,
    },
    "backward_propagation_n": {
        "with dZ and dA": """
            def backward_propagation_n(X, Y, cache):
                m = X.shape[1]
                (Z1, A1, W1, b1, Z2, A2, W2, b2, Z3, A3, W3, b3) = cache
                dZ3 = A3 - Y
                dW3 = 1. / m * np.dot(dZ3, A2.T)
                db3 = 1. / m * np.sum(dZ3, axis=1, keepdims=True)
                dA2 = np.dot(W3.T, dZ3)
                dZ2 = np.multiply(dA2, np.int64(A2 > 0))
                dW2 = 1. / m * np.dot(dZ2, A1.T)
                db2 = 1. / m * np.sum(dZ2, axis=1, keepdims=True)
                dA1 = np.dot(W2.T, dZ2)
                dZ1 = np.multiply(dA1, np.int64(A1 > 0))
                dW1 = 1. / m * np.dot(dZ1, X.T)
                db1 = 1. / m * np.sum(dZ1, axis=1, keepdims=True)
                return {"dZ3": dZ3, "dW3": dW3, "db3": db3, "dA2": dA2, "dZ2": dZ2, "dW2": dW2,
                        "db2": db2, "dA1": dA1, "dZ1": dZ1, "dW1": dW1, "db1": db1}
        """,
        "a loop": """
            def backward_propagation_n(X, Y, cache):
                grads, dZ = {}, cache[9] - Y
                for l in (3, 2, 1):
                    A = cache[4 * l - 7] if l > 1 else X
                    grads[f"dW{l}"] = np.einsum("im,jm->ij", dZ, A) / X.shape[1]
                    grads[f"db{l}"] = dZ.mean(axis=1)[:, None]
                    dZ = (cache[4 * l - 2].T @ dZ) * (A > 0)
                return grads
        """,
    },
    "wrong_entries": {
        "entry by entry, a set": """
            def wrong_entries(parameters, gradients, X, Y):
                wrong = set()
                for name in parameters:
                    slopes = np.zeros_like(parameters[name])
                    for i in np.ndindex(slopes.shape):
                        old = parameters[name][i]
                        parameters[name][i] = old + 1e-5
                        up = forward_propagation_n(X, Y, parameters)[0]
                        parameters[name][i] = old - 1e-5
                        down = forward_propagation_n(X, Y, parameters)[0]
                        parameters[name][i] = old
                        slopes[i] = (up - down) / 2e-5
                    gap = np.linalg.norm(gradients["d" + name] - slopes)
                    if gap > 1e-3 * (np.linalg.norm(gradients["d" + name]) + np.linalg.norm(slopes)):
                        wrong.add("d" + name)
                return wrong
        """,
        "against backpropagation itself": """
            def wrong_entries(parameters, gradients, X, Y):
                _, (Z1, A1, W1, b1, Z2, A2, W2, b2, Z3, A3, W3, b3) = forward_propagation_n(X, Y, parameters)
                d3 = (A3 - Y) / X.shape[1]
                d2 = W3.T @ d3 * (A2 > 0)
                d1 = W2.T @ d2 * (A1 > 0)
                right = {"dW1": d1 @ X.T, "dW2": d2 @ A1.T, "dW3": d3 @ A2.T}
                right |= {"db" + str(n): d.sum(1, keepdims=True) for n, d in enumerate((d1, d2, d3), 1)}
                return tuple(k for k in right if not np.allclose(right[k], gradients[k], 1e-3, 1e-9))
        """,
    },
}


def right_answers(name: str) -> dict[str, str]:
    """The exercise's own variants, and those above."""
    above = {style: GIVEN + dedent(text) for style, text in OTHERS.get(name, {}).items()}
    return {**EXERCISES[name].variants, **above}


@pytest.mark.parametrize("name", EXERCISES)
def test_right_answers_of_others_pass(name: str) -> None:
    exercise = EXERCISES[name]
    assert len(right_answers(name)) >= (1 if name.endswith("frozen_masks") else 2)
    for style, text in right_answers(name).items():
        assert refusals(exercise, exercise.define(text)) == [], style


BACKWARD = ["backward_propagation_with_regularization", "backward_propagation_n"]


@pytest.mark.parametrize("name", BACKWARD)
def test_gradients_that_nobody_asked_for_may_be_left_out(name: str) -> None:
    exercise = EXERCISES[name]

    def answer(*arguments: Any) -> Any:
        grads = exercise.reference(*arguments)
        return {key: value for key, value in grads.items() if key[:2] in ("dW", "db")}

    about = [b.name for b in exercise.behaviours if not {"dZ", "dA"} & set(b.entries)]
    assert about
    assert refusals(exercise, answer, *about) == []


# -- rulings: what costs its own share, or nothing -----------------------------------------------------------


def lost(name: str, text: str) -> set[str]:
    """The behaviours that a program loses."""
    return {told.split(":")[0] for told in refusals(EXERCISES[name], EXERCISES[name].define(text))}


def edited(name: str, old: str, new: str) -> str:
    assert old in EXERCISES[name].text
    return EXERCISES[name].text.replace(old, new)


def test_epsilon_inside_the_root_costs_its_own_share() -> None:
    adam = edited("update_parameters_with_adam", "np.sqrt(s_hat) + epsilon", "np.sqrt(s_hat + epsilon)")
    assert lost("update_parameters_with_adam", adam) == {"epsilon"}
    rmsprop = edited("update_parameters_with_rmsprop", "np.sqrt(new) + epsilon", "np.sqrt(new + epsilon)")
    assert lost("update_parameters_with_rmsprop", rmsprop) == {"epsilon"}


def test_fewer_examples_than_a_batch_cost_their_own_share() -> None:
    text = edited(
        "random_mini_batches", "    batches = []\n", "    batches = []\n    assert m >= mini_batch_size\n"
    )
    assert lost("random_mini_batches", text) == {"few examples"}


@pytest.mark.parametrize("name", ["initialize_parameters_random", "initialize_parameters_he"])
def test_a_seed_inside_an_initialization_is_told_and_costs_nothing(name: str) -> None:
    text = edited(name, "    parameters = {}\n", "    parameters = {}\n    np.random.seed(3)\n")
    assert lost(name, text) == set()
    notes = [
        note
        for behaviour in EXERCISES[name].behaviours
        for promise in promises(name, behaviour.name)
        for note in judge(promise, EXERCISES[name].define(text))
    ]
    assert len(notes) == 2
    assert notes[0].startswith("the function seeds NumPy's generator itself")


# -- the other side ------------------------------------------------------------------------------------------


def compares_values(behaviour: Behaviour) -> bool:
    """Whether the very values are compared, and some are not 0."""
    asked = promises_of(behaviour)
    return not behaviour.view and any(np.any(v) for case in asked.cases for v in case.values.values())


def promises_of(behaviour: Behaviour) -> Promise:
    name = next(n for n, exercise in EXERCISES.items() if behaviour in exercise.behaviours)
    return promises(name, behaviour.name)[0]


@pytest.mark.parametrize("name", EXERCISES)
def test_one_part_in_a_thousand_is_told_from_rounding(name: str) -> None:
    exercise = EXERCISES[name]
    nudged = of_results(lambda value: value * 1.001 if np.asarray(value).dtype.kind == "f" else value)
    for behaviour in exercise.behaviours:
        if compares_values(behaviour):
            assert refusals(exercise, nudged(exercise.reference), behaviour.name), behaviour.name
