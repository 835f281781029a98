"""The hidden half of a test cell: judge a student's function on cases drawn for this student.

The cases follow from the session's seed (the course's secret, the student, the assignment): the same at each
grading, different for each student. The sentences are those of the visible checks, without the case.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from grading import session
from grading.exercise import (
    Exercise,
    ExerciseError,
    Known,
    Question,
    draw_promise,
    pair_suspects,
    registry,
    single_suspects,
    suspects,
)
from utils.cases import Promise
from utils.checks import CheckFailed, function_name, generator_kept, judge, require_answer
from utils.properties import misfit, settled
from utils.results import plain


def _generator(*words: str) -> np.random.Generator:
    """A generator for this student and these words."""
    return np.random.default_rng([session.current().seed, zlib.crc32(" ".join(words).encode())])


def _levels(exercise: Exercise, promise: Promise) -> Iterator[Iterable[Known]]:
    """The known mistakes, then every two of them: run only when a result is wrong."""
    yield from suspects(exercise, promise, single_suspects(exercise, promise))
    yield pair_suspects(exercise, promise)


def verify(function: Callable[..., Any], behaviour: str) -> None:
    """Judge a function's behaviour on fresh cases.

    Raises CheckFailed with the sentence for the student, ExerciseError if there is no such exercise.
    """
    name = function_name(function, list(registry()), 2)
    exercise = registry()[name]
    if not isinstance(exercise, Exercise):
        raise ExerciseError(f"{name} is a question: use verify_answer.")
    with generator_kept():
        promise = draw_promise(exercise, exercise.behaviour(behaviour), _generator(name, behaviour))
        notes = judge(promise, function, lambda: _levels(exercise, promise), where=False)
    for note in notes:
        print(f"Note: {note}")


def verify_answer(name: str, answer: Any) -> None:
    """Judge an answer that is a value; raises CheckFailed with the sentence for the student."""
    question = registry().get(name)
    if not isinstance(question, Question):
        raise ExerciseError(f"There is no question {name!r}.")
    require_answer(name, answer)
    answer = settled(question.rule, plain(answer))
    wrong = misfit(question.rule, answer) or question.judge(answer, _generator(name))
    if wrong:
        raise CheckFailed(f"{name}: {wrong}.")
