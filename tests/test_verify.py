"""The hidden half: fresh cases for each student, the sentences of the visible checks, nothing given away."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from grading import session
from grading.exercise import ExerciseError, registry
from grading.exercises.initialization import (
    initialize_parameters_he,
    initialize_parameters_random,
    initialize_parameters_zeros,
)
from grading.verify import verify, verify_answer
from utils.checks import CheckFailed, check
from utils.results import copied


@pytest.fixture(autouse=True)
def _author() -> Iterator[None]:
    yield
    session.begin("author", "", 0)


def seen_by(
    student: str, seed: int, function: Any = initialize_parameters_zeros, behaviour: str = "values"
) -> list[Any]:
    """What a function is called with when a student's work is graded."""
    session.begin(student, "initialization", seed)
    calls: list[Any] = []

    def watched(*arguments: Any) -> Any:
        calls.append(copied(arguments))
        return function(*arguments)

    watched.__name__ = function.__name__
    verify(watched, behaviour)
    return calls


def test_a_right_answer_passes_in_silence(capsys: pytest.CaptureFixture[str]) -> None:
    verify(initialize_parameters_zeros, "shapes")
    verify(initialize_parameters_he, "scale")
    assert capsys.readouterr().out == ""


def test_a_student_has_the_same_cases_each_time_and_another_has_others() -> None:
    assert seen_by("anna", 1) == seen_by("anna", 1)
    assert seen_by("anna", 1) != seen_by("bert", 2)
    assert seen_by("anna", 2**127) != seen_by("anna", 2**127 + 1)


def test_behaviours_have_cases_of_their_own() -> None:
    assert seen_by("anna", 1, behaviour="values") != seen_by("anna", 1, behaviour="shapes")


def test_hidden_and_visible_checks_say_the_same() -> None:
    wrong = dict(registry()["initialize_parameters_he"].singles)  # type: ignore[union-attr]
    for sentence, variant in wrong.items():
        said = []
        for judge in (check, verify):
            for behaviour in ("shapes", "biases", "scale"):
                try:
                    judge(variant, behaviour)
                except CheckFailed as failure:
                    said.append((judge is check, behaviour, sentence in str(failure)))
        visible = {(behaviour, named) for is_visible, behaviour, named in said if is_visible}
        hidden = {(behaviour, named) for is_visible, behaviour, named in said if not is_visible}
        assert visible == hidden, sentence
        assert any(named for _, named in visible), sentence


def test_a_hidden_failure_tells_neither_case_nor_numbers() -> None:
    def initialize_parameters_zeros(layers_dims: list[int]) -> dict[str, Any]:
        return {f"W{l}": np.zeros((999, 998)) for l in range(1, len(layers_dims))}

    session.begin("anna", "initialization", 3)
    with pytest.raises(CheckFailed) as failure:
        verify(initialize_parameters_zeros, "shapes")
    assert "seen with" not in str(failure.value)
    assert "999" not in str(failure.value)


def test_a_function_that_seeds_itself_gets_a_note_and_loses_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def initialize_parameters_random(layers_dims: list[int]) -> dict[str, Any]:
        np.random.seed(3)
        return reference(layers_dims)

    verify(initialize_parameters_random, "weights")
    assert capsys.readouterr().out.startswith("Note: the function seeds NumPy's generator itself")
    check(initialize_parameters_random, "weights")
    assert capsys.readouterr().out.startswith("Note: the function seeds NumPy's generator itself")


reference = initialize_parameters_random


def test_what_is_left_undefined_is_told() -> None:
    def initialize_parameters_he(*arguments: Any) -> Any:
        raise NameError("initialize_parameters_he is not defined")

    with pytest.raises(
        CheckFailed, match="it is not defined: write it in its answer cell, and run that cell"
    ):
        verify(initialize_parameters_he, "scale")


def test_numpys_generator_is_left_alone() -> None:
    np.random.seed(11)
    verify(initialize_parameters_he, "scale")
    with pytest.raises(CheckFailed):
        verify(initialize_parameters_zeros_of_ones, "values")
    assert np.random.random_sample() == np.random.RandomState(11).random_sample()


def initialize_parameters_zeros_of_ones(layers_dims: list[int]) -> Any:
    return {key: value + 1 for key, value in initialize_parameters_zeros(layers_dims).items()}


initialize_parameters_zeros_of_ones.__name__ = "initialize_parameters_zeros"


def test_wrong_names_are_the_authors_mistakes() -> None:
    with pytest.raises(ExerciseError, match="has no behaviour 'scale'; it has shapes, values"):
        verify(initialize_parameters_zeros, "scale")
    with pytest.raises(ValueError, match="There is no check for seen_by"):
        verify(seen_by, "scale")
    with pytest.raises(ExerciseError, match="There is no question 'x'"):
        verify_answer("x", 1)
    with pytest.raises(ExerciseError, match="There is no question 'initialize_parameters_he'"):
        verify_answer("initialize_parameters_he", 1)


def test_a_question_given_to_verify_is_the_authors_mistake() -> None:
    def factor_relu() -> None: ...

    with pytest.raises(ExerciseError, match="factor_relu is a question: use verify_answer"):
        verify(factor_relu, "answer")


def test_answers_are_judged(capsys: pytest.CaptureFixture[str]) -> None:
    verify_answer("factor_relu", 2)
    verify_answer("factor_relu", np.array(2.05))
    for answer, sentence in ((None, "not answered"), (..., "not answered"), ("two", "a number is asked for")):
        with pytest.raises(CheckFailed, match=f"^factor_relu: {sentence}"):
            verify_answer("factor_relu", answer)
    with pytest.raises(CheckFailed, match="the spread shrinks"):
        verify_answer("factor_relu", 1.0)
    assert capsys.readouterr().out == ""
