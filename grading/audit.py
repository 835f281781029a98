"""Tests of the tests: a check that refuses a right answer, or accepts a wrong one, is found here.

`course audit [ASSIGNMENT ...]` judges, on 200 fresh draws of the hidden cases, for every graded function

- the reference, the notebook's own solution, right answers in other styles and an established implementation
  (of the first draws): all must be accepted;
- every known mistake: it must be refused in each draw, and its own sentence told;
- every mutant of the notebook's solution (`grading.mutants`), on every twentieth draw: it must be refused, unless it is
  declared equivalent, with a reason, in ``grading/exercises/equivalent/<assignment>.toml``.

It prints a line per function, then every miss with what to do about it, and ends with status 1 if there is one.
"""

from __future__ import annotations

import argparse
import ast
import multiprocessing
import os
import resource
import time
import tomllib
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, redirect_stdout, suppress
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from io import StringIO
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

from grading.current import Course, CourseError
from grading.exercise import (
    Behaviour,
    Exercise,
    ExerciseError,
    Function,
    Known,
    Mistake,
    Question,
    assignments,
    draw_promise,
    single_suspects,
    suspects,
    visible_draws,
)
from grading.mutants import Mutant, Steps, Stopped, define, mutants, time_limit
from utils.cases import Promise
from utils.checks import CheckFailed, Finding, compare, generator_kept, judge_findings, look, observe
from utils.properties import misfit
from utils.results import plain

DRAWS = 200
"""How often fresh cases are drawn."""

PEER_DRAWS = 10
"""On how many of them an established implementation is asked."""

MUTANTS_EVERY = 20
"""Mutants are judged on one draw in so many."""

EQUIVALENT = Path(__file__).parent / "exercises" / "equivalent"


# -- the notebook's own solution -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Solutions:
    """What a notebook defines: all names after its given cells and solutions, and the text that defines each."""

    space: Mapping[str, Any]
    texts: Mapping[str, str]


def solutions(course: Course, assignment: str) -> Solutions | None:
    """The solutions in an assignment's text, or None where it has no text yet.

    Raises ExerciseError where one of the cells that grading runs fails.
    """
    from grading.buildcheck import role_of
    from grading.notebooks import read_text

    if not course.text(assignment).is_file():
        return None
    space: dict[str, Any] = {"__name__": "notebook"}
    texts: dict[str, str] = {}
    for cell in read_text(course, assignment).cells:
        role = role_of(cell)
        name = cell.metadata.get("nbgrader", {}).get("grade_id", "")
        if cell.cell_type != "code" or role not in ("answer", "given") or name.startswith("demo"):
            continue
        try:
            with redirect_stdout(StringIO()):
                exec(compile(cell.source, f"<{name}>", "exec"), space)
        except Exception as error:
            raise ExerciseError(f"source/{assignment}.py: cell {name} raises {error!r}") from error
        if role == "answer":
            defined = [n.name for n in ast.parse(cell.source).body if isinstance(n, ast.FunctionDef)]
            texts.update(dict.fromkeys(defined, cell.source))
    return Solutions(space, texts)


# -- what is found -------------------------------------------------------------------------------------------------


@dataclass
class Tally:
    """How answers of one exercise fared: counts of draws by answer, and an example of what was said."""

    draws: int = 0
    mutant_draws: int = 0
    right: set[str] = field(default_factory=set)
    mutants: dict[str, str] = field(default_factory=dict)
    """What was judged: the right answers, and the mutants' changes with their operators."""
    refused: Counter[str] = field(default_factory=Counter)
    named: Counter[str] = field(default_factory=Counter)
    through: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)
    visible: set[str] = field(default_factory=set)
    skipped: set[str] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """Take in what was found on other draws."""
        self.draws += other.draws
        self.mutant_draws += other.mutant_draws
        self.right |= other.right
        self.mutants |= other.mutants
        for name in ("refused", "named", "through"):
            getattr(self, name).update(getattr(other, name))
        self.examples = {**other.examples, **self.examples}
        self.visible |= other.visible
        self.skipped |= other.skipped
        self.problems += [problem for problem in other.problems if problem not in self.problems]


@dataclass(frozen=True)
class Plan:
    """All answers to judge for one exercise."""

    exercise: Exercise
    right: Mapping[str, Function]
    mutants: Sequence[tuple[Mutant, Function]]
    step: Steps
    shown: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Where each mutant was seen last: the behaviour and the case."""
    named: dict[str, int] = field(default_factory=dict)
    """By which behaviour each known mistake was named last."""

    @classmethod
    def of(cls, exercise: Exercise, solved: Solutions | None) -> Plan:
        """Define every answer; raises ExerciseError where a variant or an edit is no program."""
        step = Steps()
        text = solved.texts.get(exercise.name) if solved else None
        source = "the notebook's solution" if text else "the reference (the notebook has no solution yet)"
        space = solved.space if solved and text else exercise.reference.__globals__
        own = define(text or exercise.text, exercise.name, space, step)
        right: dict[str, Function] = {"the reference": exercise.reference, source: own}
        for name, variant in exercise.variants.items():
            try:
                right[name] = exercise.define(variant)
            except Exception as error:
                raise ExerciseError(
                    f"{exercise.name}: the right variant {name!r} is no program: {error}"
                ) from error
        changed = _mutants(exercise.name, text or exercise.text)
        return cls(exercise, right, [(m, define(m.text, exercise.name, space, step)) for m in changed], step)


def _mutants(name: str, text: str) -> list[Mutant]:
    """Mutants of a graded function and of the helpers that its cell defines beside it."""
    helpers = {node.name for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)}
    return mutants(text, {name} | {helper for helper in helpers if helper not in _graded_names()})


@lru_cache(maxsize=1)
def _graded_names() -> set[str]:
    return {item.name for module in assignments().values() for item in module.EXERCISES}


# -- judging ---------------------------------------------------------------------------------------------------------


def _generator(draw: int, exercise: Exercise, behaviour: Behaviour) -> np.random.Generator:
    return np.random.default_rng([draw, zlib.crc32(f"audit {exercise.name} {behaviour.name}".encode())])


Levels = Callable[[], Iterable[Iterable[Known]]]


def _told(promise: Promise, function: Function) -> str:
    """What a student is told, or an empty string where the function is accepted."""
    return _told_from(promise, function, look(promise, function), list)


def _told_of(known: Known, levels: Levels) -> str:
    """What is told of a known mistake.

    Without chance, what it gives as its own suspect serves as its answer, too. Else it is called again under other
    seeds, so that no random answer is recognised by its digits.
    """
    promise, findings = known.promise, known.findings()
    if known.drew or known.chances().varies:
        promise = replace(promise, cases=[replace(case, seed=case.seed + 1) for case in promise.cases])
        findings = look(promise, known.variant)
    return _told_from(promise, known.variant, findings, levels, known.findings())


def _told_from(
    promise: Promise,
    function: Function,
    findings: Sequence[Finding],
    levels: Levels,
    again: Sequence[Finding] = (),
) -> str:
    try:
        judge_findings(promise, function, findings, levels, where=False, again=again)
    except CheckFailed as failure:
        return str(failure)
    return ""


def judge_draw(plan: Plan, draw: int, tally: Tally) -> None:
    """Judge all answers on the cases of one draw."""
    exercise = plan.exercise
    promises = [draw_promise(exercise, b, _generator(draw, exercise, b)) for b in exercise.behaviours]
    tally.draws += 1
    limit = 1000.0
    for name, function in plan.right.items():
        with plan.step.counted(float("inf")):
            _judge_right(promises, name, function, tally)
            limit = max(limit, 20.0 * plan.step.count)
    if exercise.peer is not None and draw < PEER_DRAWS:
        _judge_peer(promises, exercise.peer, tally)
    _judge_mistakes(plan, promises, tally)
    if draw % MUTANTS_EVERY:
        return
    tally.mutant_draws += 1
    for mutant, function in plan.mutants:
        if not _mutant_refused(plan, limit, promises, mutant.change, function):
            tally.through[mutant.change] += 1


def _judge_right(promises: Sequence[Promise], name: str, function: Function, tally: Tally) -> None:
    for promise in promises:
        told = _told(promise, function)
        if told:
            tally.refused[name] += 1
            tally.examples.setdefault(name, f"{promise.behaviour}: {told}")
            return


def _judge_peer(promises: Sequence[Promise], peer: Function, tally: Tally) -> None:
    """Judge an established implementation, unless it is not installed."""
    case = promises[0].cases[0]
    if isinstance(observe(peer, case).error, ImportError):
        tally.skipped.add("the established implementation")
    else:
        tally.right.add("the established implementation")
        _judge_right(promises, "the established implementation", peer, tally)


def _judge_mistakes(plan: Plan, promises: Sequence[Promise], tally: Tally) -> None:
    """Judge the known mistakes: first by the behaviour that named them on the last draw, and by all if need be."""
    exercise = plan.exercise
    known = [single_suspects(exercise, promise) for promise in promises]
    for number, mistake in enumerate(exercise.mistakes):
        mark, texts = _mark(number), []
        for place in sorted(range(len(promises)), key=lambda place: place != plan.named.get(mark)):
            levels = partial(suspects, exercise, promises[place], known[place])
            text = _told_of(known[place][number], levels)
            texts += [text] if text else []
            if _names(mistake, text):
                plan.named[mark] = place
                break
        _count_mistake(tally, mistake, mark, texts)


def _names(mistake: Mistake, text: str) -> bool:
    """Whether a message tells a known mistake, by its own sentence or one declared to be like it."""
    return mistake.sentence in text or bool(mistake.like and mistake.like in text)


def _mark(number: int) -> str:
    """What a known mistake is counted under; two may share a sentence."""
    return f"mistake {number}"


def _count_mistake(tally: Tally, mistake: Mistake, mark: str, texts: Sequence[str]) -> None:
    """Count whether a known mistake was refused and named in one draw."""
    if not texts:
        tally.through[mark] += 1
    elif any(_names(mistake, text) for text in texts):
        tally.named[mark] += 1
    else:
        tally.examples.setdefault(mark, texts[0])


def _mutant_refused(
    plan: Plan, limit: float, promises: Sequence[Promise], change: str, function: Function
) -> bool:
    """Whether any case shows a mutant: first that which did so on the last draw, then all in order."""
    places = [(p, c) for p, promise in enumerate(promises) for c in range(len(promise.cases))]
    hint = plan.shown.get(change)
    for p, c in [hint, *places] if hint in places else places:
        promise, case = promises[p], promises[p].cases[c]
        try:
            with plan.step.counted(limit), time_limit():
                right = compare(promise, case, observe(function, case)).right
        except Stopped:
            right = False
        if not right:
            plan.shown[change] = p, c
            return True
    return False


def judge_visible(exercise: Exercise, tally: Tally) -> None:
    """Which mistakes the visible cases name already."""
    promises = [visible_draws(exercise, behaviour) for behaviour in exercise.behaviours]
    for promise in promises:
        known = single_suspects(exercise, promise)
        levels = partial(suspects, exercise, promise, known)
        for number, suspect in enumerate(known):
            if suspect.sentence in _told_of(suspect, levels):
                tally.visible.add(_mark(number))


def audit_part(exercise: Exercise, solved: Solutions | None, draws: Iterable[int]) -> Tally:
    """Judge all answers of an exercise on some draws; the visible cases come with draw 0."""
    tally = Tally()
    try:
        plan = Plan.of(exercise, solved)
        tally.right |= set(plan.right)
        tally.mutants |= {mutant.change: mutant.operator for mutant, _ in plan.mutants}
        exercise.singles  # noqa: B018  (an edit that does not fit is found here)
        with generator_kept(), _limited_memory():
            for draw in draws:
                if draw == 0:
                    judge_visible(exercise, tally)
                judge_draw(plan, draw, tally)
    except ExerciseError as problem:
        tally.problems.append(str(problem))
    return tally


@contextmanager
def _limited_memory() -> Iterator[None]:
    """Let a mutant that asks for all memory get a MemoryError, where the system knows such a limit."""
    before = resource.getrlimit(resource.RLIMIT_AS)
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (8 * 2**30, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


# -- answers that are values -----------------------------------------------------------------------------------


def audit_question(question: Question, solved: Solutions | None, draws: int = 20) -> list[str]:
    """What is wrong with a question: its notebook's answer refused, or another one accepted."""
    if solved is None or question.name not in solved.space:
        return []
    answer, problems = plain(solved.space[question.name]), []
    for draw in range(draws):
        told = misfit(question.rule, answer) or question.judge(answer, np.random.default_rng(draw))
        if told:
            problems.append(f"{question.name}: the notebook's answer {answer!r} is refused: {told}")
        for wrong in wrong_answers(question.rule, answer):
            if not (misfit(question.rule, wrong) or question.judge(wrong, np.random.default_rng(draw))):
                problems.append(f"{question.name}: the wrong answer {wrong!r} is accepted")
    return list(dict.fromkeys(problems))


def wrong_answers(rule: Mapping[str, str], right: Any) -> list[Any]:
    """Every other choice or set of choices; for a number some that no tolerance may let pass."""
    if rule["kind"] == "number":
        return [0.0, -right, 1000 * right + 1, float("nan"), float("inf"), -float("inf")]
    choices = rule["choices"].split(", ")
    given = {right} if isinstance(right, str) else {str(item) for item in right}
    if rule["kind"] == "choice":
        return [choice for choice in choices if choice not in given]
    subsets = (set(some) for size in range(len(choices) + 1) for some in combinations(choices, size))
    return [some for some in subsets if some != given]


# -- mutants declared equivalent -------------------------------------------------------------------------------


def declared(assignment: str, folder: Path = EQUIVALENT) -> dict[str, dict[str, str]]:
    """By function, the changes declared equivalent and why; ExerciseError where an entry has no reason."""
    path = folder / f"{assignment}.toml"
    if not path.is_file():
        return {}
    found: dict[str, dict[str, str]] = {}
    for name, entries in tomllib.loads(path.read_text(encoding="utf-8")).items():
        for entry in entries:
            if not entry.get("change") or not entry.get("reason"):
                raise ExerciseError(f"{path.name}: an entry of {name} needs both a change and a reason")
            found.setdefault(name, {})[entry["change"]] = entry["reason"]
    return found


# -- the verdict -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Verdict:
    """What the audit says of one exercise: figures for the table, and every miss in a sentence."""

    name: str
    figures: Mapping[str, str]
    misses: Sequence[str]


def verdict(exercise: Exercise, tally: Tally, equivalent: Mapping[str, str]) -> Verdict:
    """Sum up what was found on all draws."""
    if tally.problems:
        return Verdict(exercise.name, {}, tally.problems)
    misses = [
        *_misses_of_right(tally),
        *_misses_of_mistakes(exercise, tally),
        *_misses_of_mutants(tally, equivalent),
    ]
    marks = [_mark(number) for number in range(len(exercise.mistakes))]
    survivors = [change for change in tally.mutants if tally.through[change] and change not in equivalent]
    figures = {
        "right": f"{len(tally.right) - len(tally.refused)}/{len(tally.right)}",
        "mistakes": f"{sum(not tally.through[mark] for mark in marks)}/{len(marks)}",
        "named": f"{sum(tally.named[mark] == tally.draws for mark in marks)}",
        "at once": f"{len(tally.visible)}",
        "mutants": f"{len(tally.mutants)}",
        "equivalent": f"{sum(change in equivalent for change in tally.mutants)}",
        "survivors": f"{len(survivors)}",
    }
    return Verdict(exercise.name, figures, [f"{exercise.name}: {miss}" for miss in misses])


def _misses_of_right(tally: Tally) -> Iterator[str]:
    for name, count in tally.refused.items():
        told = tally.examples.get(name, "")
        yield f"{name} is refused in {count} of {tally.draws} draws ({told})"


def _misses_of_mistakes(exercise: Exercise, tally: Tally) -> Iterator[str]:
    for number, mistake in enumerate(exercise.mistakes):
        mark, sentence = _mark(number), mistake.sentence
        unnamed = tally.draws - tally.named[mark] - tally.through[mark]
        if tally.through[mark]:
            yield f"a known mistake is accepted in {tally.through[mark]} of {tally.draws} draws: {sentence}"
        if unnamed:
            told = tally.examples.get(mark, "")
            yield f"a known mistake is not named in {unnamed} of {tally.draws} draws: {sentence} (told: {told})"


def _misses_of_mutants(tally: Tally, equivalent: Mapping[str, str]) -> Iterator[str]:
    for change, operator in tally.mutants.items():
        count = tally.through[change]
        if count and change not in equivalent:
            yield f"a mutant is accepted in {count} of {tally.mutant_draws} draws ({operator}): {change}"
    for change in equivalent:
        if change not in tally.mutants:
            yield f"declared equivalent, and no mutant any more: {change}"
        elif tally.through[change] < tally.mutant_draws:
            yield f"declared equivalent, but refused in some draws: {change}"


# -- the command -------------------------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def _solved(root: str, assignment: str) -> Solutions | None:
    """The notebook's solutions, read once by each process of an audit."""
    return solutions(Course(Path(root)), assignment)


def _part(root: str, assignment: str, name: str, draws: Sequence[int]) -> Tally:
    """One process's share of an exercise."""
    exercise = next(e for e in _exercises(assignment) if e.name == name)
    try:
        return audit_part(exercise, _solved(root, assignment), draws)
    except ExerciseError as problem:
        return Tally(problems=[str(problem)])


def _exercises(assignment: str) -> list[Exercise]:
    return [item for item in assignments()[assignment].EXERCISES if isinstance(item, Exercise)]


Run = Callable[[str, str, str, Sequence[int]], Tally]


def audit(
    course: Course, assignment: str, draws: int = DRAWS, jobs: int = 0, only: Sequence[str] = ()
) -> list[Verdict]:
    """Audit an assignment's exercises, or some of them by name."""
    equivalent = declared(assignment)
    chosen = [e for e in _exercises(assignment) if not only or e.name in only]
    jobs = jobs or os.cpu_count() or 1
    tallies = {exercise.name: Tally() for exercise in chosen}
    with ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn")) as pool:
        parts = [
            (e.name, pool.submit(_part, str(course.root), assignment, e.name, _share(draws, job, jobs)))
            for e in chosen
            for job in range(jobs)
        ]
        for name, part in parts:
            tallies[name].add(part.result())
    solved = solutions(course, assignment)
    verdicts = [verdict(e, tallies[e.name], equivalent.get(e.name, {})) for e in chosen]
    return verdicts if only else [*verdicts, *_rest(assignment, solved, equivalent)]


def _share(draws: int, job: int, jobs: int) -> list[int]:
    """The draws of one process: those with mutants take longest, and are dealt out evenly."""
    return [draw for draw in range(draws) if draw // MUTANTS_EVERY % jobs == job]


def _rest(assignment: str, solved: Solutions | None, equivalent: Mapping[str, Any]) -> Iterator[Verdict]:
    """The questions, and declarations for functions that are not there."""
    items = assignments()[assignment].EXERCISES
    for item in items:
        if isinstance(item, Question):
            misses = audit_question(item, solved)
            yield Verdict(item.name, {"right": "0/1" if misses else "1/1"}, misses)
    strays = [name for name in equivalent if name not in {item.name for item in items}]
    if strays:
        yield Verdict(
            "declarations", {}, [f"{name}: declared equivalent, and no exercise" for name in strays]
        )


def table(verdicts: Sequence[Verdict]) -> str:
    """The figures, a line per exercise."""
    heads = list(dict.fromkeys(name for verdict in verdicts for name in verdict.figures))
    wide = max(len(verdict.name) for verdict in verdicts)
    lines = [" ".join([" " * wide, *(f"{head:>10}" for head in heads)])]
    for verdict in verdicts:
        cells = (f"{verdict.figures.get(head, '-'):>10}" for head in heads)
        lines.append(" ".join([f"{verdict.name:{wide}}", *cells]))
    return "\n".join(lines)


def main(argv: Sequence[str] | None = None) -> int:
    """The command `course audit`; 0 when nothing is missed, 1 otherwise."""
    parser = argparse.ArgumentParser(prog="course audit", description="Test the tests of assignments.")
    parser.add_argument("assignments", nargs="*", metavar="ASSIGNMENT", help="default: all")
    parser.add_argument("--draws", type=int, default=DRAWS, help="how often cases are drawn (%(default)s)")
    parser.add_argument("--jobs", type=int, default=0, help="processes (default: one for each core)")
    parser.add_argument("--only", action="append", default=[], metavar="FUNCTION", help="may be repeated")
    options = parser.parse_args(argv)
    course = Course.find()
    unknown = [name for name in options.assignments if name not in assignments()]
    if unknown:
        raise CourseError(f"There are no exercises for {unknown[0]!r}; there are {', '.join(assignments())}.")
    missed = 0
    for name in options.assignments or assignments():
        start = time.monotonic()
        verdicts = audit(course, name, options.draws, options.jobs, options.only)
        misses = [miss for verdict in verdicts for miss in verdict.misses]
        print(f"{name}: {options.draws} draws, {time.monotonic() - start:.0f} s")
        print(table(verdicts))
        for miss in misses:
            print(f"- {miss}")
        missed += len(misses)
    print(f"{missed} to put right" if missed else "all as it should be")
    return 1 if missed else 0
