"""Exercises: mistakes as edits, cases from a generator, traces by which mistakes are recognised."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from grading import exercise as exercise_module
from grading.exercise import (
    Behaviour,
    Draw,
    Exercise,
    ExerciseError,
    Known,
    Question,
    draw_promise,
    exercises,
    mistake,
    question_promise,
    registry,
    single_suspects,
    traced,
    visible_promise,
)
from utils.cases import Band
from utils.checks import CheckFailed, compare, generator_kept, judge, observe


def scaled(values: Any, rate: float) -> Any:
    shifted = values + 1
    return shifted * rate


def noise(count: int) -> Any:
    return np.random.randn(count)


def _values(rng: np.random.Generator) -> Iterator[Draw]:
    for rate in (2.0, 0.5):
        yield Draw((rng.normal(size=(3, 2)), rate), f"rate = {rate}")


def _counts(rng: np.random.Generator) -> Iterator[Draw]:
    yield Draw((500,), seed=int(rng.integers(2**31)))


VALUES = Behaviour("values", "the values", _values)
FORGOTTEN = mistake("the rate is forgotten", " * rate", "")
MINUS = mistake("1 is taken away", "+ 1", "- 1")
EXERCISE = Exercise(scaled, (VALUES,), (FORGOTTEN, MINUS))


# -- mistakes ------------------------------------------------------------------------------------------------


def test_a_mistake_is_a_sentence_and_an_edit() -> None:
    assert FORGOTTEN.edits == ((" * rate", ""),)
    assert [sentence for sentence, _ in EXERCISE.singles] == ["the rate is forgotten", "1 is taken away"]
    values = np.array([1.0, 2.0])
    assert np.array_equal(EXERCISE.singles[0][1](values, 5.0), values + 1)
    assert np.array_equal(EXERCISE.singles[1][1](values, 5.0), (values - 1) * 5)


def test_more_edits_may_follow_and_an_edit_is_made_wherever_it_fits() -> None:
    both = mistake("renamed", "shifted", "moved", "+ 1", "+ 2")
    text = Exercise(scaled, (VALUES,), (both,)).singles[0][1]
    assert np.array_equal(text(np.zeros(2), 1.0), [2.0, 2.0])


@pytest.mark.parametrize("texts", [("a",), ("a", "b", "c"), ()])
def test_a_mistake_without_pairs_of_texts_is_refused(texts: tuple[str, ...]) -> None:
    with pytest.raises(ExerciseError, match="pairs of old and new text, or a variant"):
        mistake("wrong", *texts)


def test_a_mistake_is_either_edits_or_a_function() -> None:
    with pytest.raises(ExerciseError, match="or a variant"):
        mistake("wrong", "a", "b", variant=scaled)
    other = mistake("other", variant=noise)
    assert Exercise(scaled, (VALUES,), (other,)).singles == [("other", noise)]


def test_an_edit_that_does_not_fit_is_told_with_its_sentence() -> None:
    stray = Exercise(scaled, (VALUES,), (mistake("stray", "no such text", "x"),))
    with pytest.raises(ExerciseError, match=r"scaled: an edit finds no place in the reference: 'stray'"):
        stray.singles  # noqa: B018


def test_two_mistakes_that_can_be_made_at_once_make_a_pair() -> None:
    ((sentence, variant),) = EXERCISE.pairs
    assert sentence == "as after two mistakes: the rate is forgotten; and 1 is taken away"
    assert np.array_equal(variant(np.array([3.0]), 5.0), [2.0])


def test_two_mistakes_at_the_same_place_make_none() -> None:
    at_one = Exercise(scaled, (VALUES,), (MINUS, mistake("2 is added", "+ 1", "+ 2")))
    assert at_one.pairs == []


def test_two_variants_of_one_sentence_make_no_pair() -> None:
    twice = Exercise(scaled, (VALUES,), (MINUS, mistake("1 is taken away", " * rate", " * rate - rate")))
    assert twice.pairs == []


def test_two_edits_that_leave_no_program_make_no_pair() -> None:
    broken = Exercise(
        scaled,
        (VALUES,),
        (
            mistake("a", "shifted * rate", "(shifted * rate)"),
            mistake("b", "return shifted", "return (shifted)"),
        ),
    )
    assert all(callable(variant) for _, variant in broken.pairs)
    cut = Exercise(scaled, (VALUES,), (mistake("a", "* rate", "* (rate"), mistake("b", "+ 1", "+ 2")))
    assert cut.pairs == []


def test_a_right_answer_in_another_style_is_defined_among_the_references_names() -> None:
    function = EXERCISE.define("def scaled(v, r):\n    return np.multiply(v + 1, r)")
    assert np.array_equal(function(np.zeros(2), 3.0), [3.0, 3.0])


# -- cases ---------------------------------------------------------------------------------------------------


def test_the_same_generator_gives_the_same_cases_and_another_gives_others() -> None:
    def first(seed: int) -> Any:
        return draw_promise(EXERCISE, VALUES, np.random.default_rng(seed)).cases[0].arguments[0]

    assert np.array_equal(first(1), first(1))
    assert not np.array_equal(first(1), first(2))


def test_the_visible_cases_are_the_same_each_time() -> None:
    one, other = visible_promise(EXERCISE, VALUES), visible_promise(EXERCISE, VALUES)
    assert np.array_equal(one.cases[0].arguments[0], other.cases[0].arguments[0])
    assert one.cases[0].traces == other.cases[0].traces


def test_a_case_holds_what_the_reference_returns() -> None:
    case = draw_promise(EXERCISE, VALUES, np.random.default_rng(0)).cases[1]
    assert np.array_equal(case.values["the result"], (case.arguments[0] + 1) * 0.5)
    assert case.label == "rate = 0.5"


def test_a_reference_that_fails_is_the_authors_mistake() -> None:
    def broken(values: Any, rate: float) -> Any:
        raise ZeroDivisionError

    with pytest.raises(ExerciseError, match="broken: the reference fails on a case of values") as failure:
        visible_promise(Exercise(broken, (VALUES,)), VALUES)
    assert isinstance(failure.value.__cause__, ZeroDivisionError)


def test_a_reference_cannot_spoil_the_cases() -> None:
    def greedy(values: Any, rate: float) -> Any:
        values += 1
        return values * rate

    case = draw_promise(Exercise(greedy, (VALUES,)), VALUES, np.random.default_rng(0)).cases[0]
    assert np.array_equal(case.values["the result"], (case.arguments[0] + 1) * 2.0)


def test_only_the_entries_asked_for_are_compared() -> None:
    def net(values: Any, rate: float) -> Any:
        return {"W1": values, "b1": values + rate}

    biases = Behaviour("biases", "", _values, entries=("b",))
    promise = visible_promise(Exercise(net, (biases,)), biases)
    assert list(promise.cases[0].values) == ["b1"]
    wrong_weights = observe(lambda v, r: {"W1": None, "b1": v + r, "W7": 1}, promise.cases[0])
    assert compare(promise, promise.cases[0], wrong_weights).right


def test_a_behaviour_is_found_by_its_name() -> None:
    assert EXERCISE.behaviour("values") is VALUES
    with pytest.raises(ExerciseError, match="scaled has no behaviour 'else'; it has values"):
        EXERCISE.behaviour("else")


# -- traces ----------------------------------------------------------------------------------------------------


def test_of_mistakes_that_show_alike_two_are_kept() -> None:
    again = [mistake(text, "shifted * rate", "shifted") for text in ("the same once more", "and again")]
    promise = visible_promise(Exercise(scaled, (VALUES,), (FORGOTTEN, *again)), VALUES)
    assert [t.sentence for t in promise.cases[0].traces][:2] == [
        "the rate is forgotten",
        "the same once more",
    ]
    assert "and again" not in [trace.sentence for trace in promise.cases[0].traces]


def test_two_mistakes_that_show_alike_are_both_told() -> None:
    again = mistake("the same once more", "shifted * rate", "shifted")
    exercise = Exercise(scaled, (VALUES,), (FORGOTTEN, again))
    with pytest.raises(CheckFailed, match="scaled: either the rate is forgotten; or the same once more"):
        judge(visible_promise(exercise, VALUES), exercise.singles[0][1])


def test_a_known_mistake_is_run_only_as_far_as_it_is_asked_for() -> None:
    calls = []

    def counting(values: Any, rate: float) -> Any:
        calls.append(rate)
        return values

    promise = draw_promise(EXERCISE, VALUES, np.random.default_rng(0))
    known = Known(promise, "counting", counting)
    finding = compare(promise, promise.cases[0], observe(scaled, promise.cases[0]))
    assert calls == []
    assert not known.explains(0, finding)
    assert not known.explains(0, finding)
    assert calls == [2.0]


def test_the_trace_of_a_random_mistake_covers_what_it_draws_next_time() -> None:
    def other(count: int) -> Any:
        return 3 * np.random.randn(count)

    behaviour = Behaviour("values", "", _counts, view="draws", expect=_spread_bands, any_kind=True)
    random = Exercise(lambda count: {"W1": np.random.randn(count)}, (behaviour,))
    with generator_kept():
        promise = draw_promise(random, behaviour, np.random.default_rng(0))
        thrice = mistake("three", variant=lambda count: {"W1": other(count)})
        (known,) = single_suspects(replace(random, mistakes=(thrice,)), promise)
        case = promise.cases[0]
        for seed in range(300):
            finding = compare(promise, case, observe(lambda c: {"W1": other(c)}, replace(case, seed=seed)))
            assert known.explains(0, replace(finding, varies=True))
        half = compare(promise, case, observe(lambda c: {"W1": other(c) / 2}, case))
        assert not known.explains(0, half)
        assert known.trace(0).varies


def _spread_bands(count: int) -> dict[str, Band]:
    from grading.statistics import normal_bands

    return normal_bands({"W1": ((1, count), 1.0)})


def test_a_mistake_that_varies_does_not_explain_one_that_does_not() -> None:
    def zeros(count: int) -> Any:
        return np.zeros(count)

    behaviour = Behaviour("values", "", _counts)
    promise = visible_promise(Exercise(zeros, (behaviour,)), behaviour)
    with generator_kept():
        exercise = Exercise(zeros, (behaviour,), (mistake("random", variant=noise),))
        (known,) = single_suspects(exercise, promise)
        finding = compare(promise, promise.cases[0], observe(noise, replace(promise.cases[0], seed=9)))
        assert known.explains(0, replace(finding, varies=True))
        assert not known.explains(0, replace(finding, varies=False))


def test_traces_of_all_variants_stand_beside_each_case() -> None:
    promise = draw_promise(EXERCISE, VALUES, np.random.default_rng(0))
    cases = traced(promise, single_suspects(EXERCISE, promise))
    assert [[trace.sentence for trace in case.traces] for case in cases] == [
        ["the rate is forgotten", "1 is taken away"]
    ] * 2


# -- the course's exercises --------------------------------------------------------------------------------------


def test_every_name_is_there_once() -> None:
    assert "initialize_parameters_he" in registry()


def test_two_exercises_of_one_name_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    module = SimpleNamespace(EXERCISES=(EXERCISE, EXERCISE))
    monkeypatch.setattr(exercise_module, "assignments", lambda: {"a": module})
    registry.cache_clear()
    try:
        with pytest.raises(ExerciseError, match="Two exercises are named scaled"):
            registry()
    finally:
        registry.cache_clear()


def test_an_unknown_assignment_is_told() -> None:
    with pytest.raises(ExerciseError, match="There is no assignment 'x'; there are "):
        exercises("x")


def test_a_question_is_stored_with_its_rule_and_without_its_answer() -> None:
    question = Question(
        "best", "a number", {"kind": "number"}, lambda answer, rng: "" if answer == 42 else "no"
    )
    promise = question_promise(question)
    assert (promise.function, promise.behaviour, promise.sentence) == ("best", "answer", "a number")
    assert promise.notes == {"kind": "number"}
    assert not promise.cases


@pytest.mark.parametrize(
    "item", [e for e in registry().values() if isinstance(e, Exercise)], ids=lambda e: e.name
)
def test_sentences_read_as_part_of_a_message(item: Exercise) -> None:
    """A message is "name: sentence.": the sentence begins small, unless with a name, and ends without a full stop."""
    for known in item.mistakes:
        sentence = known.sentence
        assert not sentence.endswith((".", "!", " ")) or sentence.endswith("..."), sentence
        assert not sentence[0].isspace(), sentence
        assert "  " not in sentence, sentence
        assert len(sentence) <= 160, sentence
        first = sentence.split()[0]
        assert first == first.lower() or any(c.isdigit() for c in first) or len(first) <= 3, sentence
    for behaviour in item.behaviours:
        assert behaviour.sentence, behaviour.name
        assert not behaviour.sentence.endswith("."), behaviour.sentence
