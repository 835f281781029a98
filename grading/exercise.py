"""Exercises: what a graded function promises, how cases are drawn, and which mistakes are known.

An author writes a reference (a plain function with the graded function's name), the behaviours that carry
points, and the known mistakes as edits of the reference's own text. From these come the visible cases in
``utils/expected.h5``, the hidden cases of `grading.verify`, and the tests of `grading.audit`.
"""

from __future__ import annotations

import importlib
import inspect
import math
import pkgutil
import textwrap
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache, partial
from hashlib import sha256
from itertools import combinations
from pathlib import Path
from typing import Any, TypeGuard

import numpy as np

import grading.exercises
from utils import properties
from utils.cases import (
    ANYTHING,
    Band,
    Case,
    Promise,
    Trace,
    fingerprint_norm,
    fingerprint_width,
    write_store,
)
from utils.checks import (
    TWO_AT_ONCE,
    Finding,
    Outcome,
    compare,
    drew,
    explains,
    generator_kept,
    look,
    observe,
    same_results,
    surprise,
)
from utils.sentences import Comparison, joined

Function = Callable[..., Any]

RUNS = 16
"""How often a random variant is run to learn how much it varies."""

MANY_RUNS = 200
"""How often it is run, where no mistake has explained a result, to learn what it gives only rarely."""

REACH = 10
"""How many standard deviations from a first value a random variant's next one is still recognised. Both vary, so
that a mistake is missed as rarely as a normal number leaves seven of its standard deviations."""


FAR = 5.0
"""How many times that reach a result lies off before it is taken for no work of the mistake without trying it out."""


class ExerciseError(Exception):
    """An exercise that an author has to mend; the text says what and where. It never costs a student a point."""

    of_the_course = True


@dataclass(frozen=True)
class Draw:
    """A call before it is solved: the arguments, a label for the student, NumPy's seed, the tolerance.

    ``then`` holds the arguments of further calls that are judged together with the first.
    """

    arguments: tuple[Any, ...]
    label: str = ""
    seed: int = 0
    tolerance: float = 1e-5
    then: tuple[tuple[Any, ...], ...] = ()


@dataclass(frozen=True)
class Behaviour:
    """One promise of a function that carries points.

    ``draw`` yields cases from a generator. ``entries`` restricts the promise to entries whose names start so
    (empty: all). ``view`` names a view of `utils.properties`; ``expect`` gives the expected values of that view
    for given arguments (arrays or bands) where a result of the reference would not be the only right one.
    ``any_kind`` leaves the kind of the result open (a list or a set, of any length): the view reads it.
    ``seeding`` is the note for a random function that seeds the generator itself.
    """

    name: str
    sentence: str
    draw: Callable[[np.random.Generator], Iterable[Draw]]
    entries: tuple[str, ...] = ()
    view: str = ""
    expect: Callable[..., Mapping[str, Any]] | None = None
    repeats: int = 1
    extra_keys: bool = False
    any_kind: bool = False
    seeding: str = ""


@dataclass(frozen=True)
class Mistake:
    """A known mistake: the sentence for the student, and the wrong variant.

    The variant is given by edits of the reference's text, pairs of (old, new), or as a function. ``like`` is the
    sentence of another mistake that cannot be told apart from this one, and may be told in its place.
    """

    sentence: str
    edits: tuple[tuple[str, str], ...] = ()
    variant: Function | None = None
    like: str = ""


def mistake(sentence: str, *texts: str, variant: Function | None = None, like: str = "") -> Mistake:
    """A mistake in two lines: the sentence, then old and new text (more pairs where one edit is not enough)."""
    if len(texts) % 2 or bool(texts) == bool(variant):
        raise ExerciseError(f"A mistake needs pairs of old and new text, or a variant: {sentence!r}")
    return Mistake(sentence, tuple(zip(texts[::2], texts[1::2], strict=True)), variant, like)


@dataclass(frozen=True)
class Exercise:
    """A graded function: reference, behaviours, known mistakes, and right answers in other styles.

    ``returns`` names the parts of a returned tuple (``cache(Z1 A1)`` names those of a nested one).
    ``variants`` are right answers in other styles, as text that defines the function; the audit runs them.
    ``peer`` is an established implementation with the same arguments and the same result (or view).
    ``paired`` is whether to try every two mistakes at once; behaviours whose views keep mistakes apart need it not.
    """

    reference: Function
    behaviours: tuple[Behaviour, ...]
    mistakes: tuple[Mistake, ...] = ()
    returns: tuple[str, ...] = ()
    variants: Mapping[str, str] = field(default_factory=dict)
    peer: Function | None = None
    paired: bool = True

    @property
    def name(self) -> str:
        return self.reference.__name__

    @property
    def assignment(self) -> str:
        return self.reference.__module__.rsplit(".", 1)[-1]

    @cached_property
    def text(self) -> str:
        """The reference's own text."""
        return textwrap.dedent(inspect.getsource(self.reference))

    def behaviour(self, name: str) -> Behaviour:
        """The behaviour of that name; raises ExerciseError where there is none."""
        for behaviour in self.behaviours:
            if behaviour.name == name:
                return behaviour
        known = ", ".join(behaviour.name for behaviour in self.behaviours)
        raise ExerciseError(f"{self.name} has no behaviour {name!r}; it has {known}.")

    def define(self, text: str) -> Function:
        """The function that a text defines, among the names that the reference knows."""
        space = dict(self.reference.__globals__)
        exec(compile(text, f"<{self.name}>", "exec"), space)
        return space[self.name]  # type: ignore[no-any-return]

    def _edited(self, text: str, mistake: Mistake) -> str | None:
        """The text with a mistake's edits made, or None where one finds no place."""
        for old, new in mistake.edits:
            if old not in text:
                return None
            text = text.replace(old, new)
        return text

    def wrong(self, mistake: Mistake) -> Function:
        """The wrong variant of a known mistake; raises ExerciseError where an edit does not fit the reference."""
        if mistake.variant is not None:
            return mistake.variant
        text = self._edited(self.text, mistake)
        if text is None:
            raise ExerciseError(f"{self.name}: an edit finds no place in the reference: {mistake.sentence!r}")
        return self.define(text)

    @cached_property
    def singles(self) -> list[tuple[str, Function]]:
        """Every known mistake: its sentence and its wrong variant."""
        return [(mistake.sentence, self.wrong(mistake)) for mistake in self.mistakes]

    @cached_property
    def pairs(self) -> list[tuple[str, Function]]:
        """Every two known mistakes that can be made at once: both sentences, and the variant."""
        return [(sentence, variant) for sentence, variant, _ in self._pairs]

    @cached_property
    def _pairs(self) -> list[tuple[str, Function, tuple[int, int]]]:
        """The pairs with the numbers of their mistakes."""
        found = []
        numbers = [n for n, mistake in enumerate(self.mistakes) if mistake.edits and self.paired]
        for i, j in combinations(numbers, 2):
            one, other = self.mistakes[i], self.mistakes[j]
            text = self._edited(self.text, one)
            text = self._edited(text, other) if text is not None else None
            if text is not None and one.sentence != other.sentence and _compiles(text):
                sentence = TWO_AT_ONCE + joined(one.sentence, "and", other.sentence)
                found.append((sentence, self.define(text), (i, j)))
        return found

    @cached_property
    def _visible(self) -> dict[str, Promise]:
        """The visible cases by behaviour, as far as they have been asked for."""
        return {}

    @cached_property
    def _shown(self) -> dict[tuple[str, int], bool]:
        """Whether the mistakes show at all, by behaviour and number, as far as that has been asked for."""
        return {}

    @cached_property
    def _chances(self) -> dict[tuple[str, int], Chances]:
        """How much the mistakes vary, by behaviour and number, as far as that has been asked for."""
        return {}


def _compiles(text: str) -> bool:
    """Whether two edits made at once still leave a program."""
    try:
        compile(text, "<pair>", "exec")
    except SyntaxError:
        return False
    return True


@dataclass(frozen=True)
class Question:
    """An answer that is a value, not a function.

    ``judge`` gets the answer and a generator drawn for the student, and returns what is wrong in one sentence,
    or an empty string. ``rule`` says what kind of answer is asked for (see `utils.properties.misfit`).
    """

    name: str
    sentence: str
    rule: Mapping[str, str]
    judge: Callable[[Any, np.random.Generator], str]
    module: str = ""


def solve(exercise: Exercise, behaviour: Behaviour, draw: Draw) -> Case:
    """A drawn call with what is expected of it; without traces."""
    asked = (draw.label, draw.tolerance, draw.seed, behaviour.view, behaviour.repeats, draw.then)
    case = Case(draw.arguments, None, {}, *asked)
    outcome = observe(exercise.reference, case)
    if outcome.error is not None:
        raise ExerciseError(
            f"{exercise.name}: the reference fails on a case of {behaviour.name}"
        ) from outcome.error
    returned = _blank(outcome.results[0]) if behaviour.view else outcome.results[0]
    if behaviour.any_kind:
        returned = ANYTHING
    return replace(case, returned=returned, values=_expected(exercise, behaviour, draw, outcome))


def _blank(tree: Any) -> Any:
    """The structure of a result without its numbers, which a view does not need."""
    if isinstance(tree, Mapping):
        return {key: _blank(value) for key, value in tree.items()}
    if isinstance(tree, (list, tuple)):
        return type(tree)(_blank(item) for item in tree)
    return np.zeros_like(tree) if isinstance(tree, np.ndarray) else tree


def _expected(exercise: Exercise, behaviour: Behaviour, draw: Draw, outcome: Outcome) -> Mapping[str, Any]:
    """The values compared: from the author's ``expect``, from the view, or the result's own entries."""
    if behaviour.expect is not None:
        return behaviour.expect(*draw.arguments)
    if behaviour.view:
        return properties.VIEWS[behaviour.view](draw.arguments, outcome.results)
    empty = promised(exercise, behaviour, ())
    walk = Comparison(empty, outcome.results[0], outcome.results[0])
    return {name: right for name, (right, _) in walk.leaves.items()}


def promised(exercise: Exercise, behaviour: Behaviour, cases: Sequence[Case]) -> Promise:
    """A behaviour with its cases, in the form that checks understand."""
    return Promise(
        exercise.name,
        behaviour.name,
        behaviour.sentence,
        cases,
        exercise.returns,
        behaviour.entries,
        behaviour.extra_keys,
        behaviour.seeding,
    )


def draw_promise(exercise: Exercise, behaviour: Behaviour, rng: np.random.Generator) -> Promise:
    """A promise on freshly drawn cases, without traces of known mistakes."""
    cases = [solve(exercise, behaviour, draw) for draw in behaviour.draw(rng)]
    return promised(exercise, behaviour, cases)


@dataclass(frozen=True)
class Chances:
    """How much a wrong variant's values vary from call to call.

    ``ratios`` gives the standard deviation by the value's name, in the units of `_unit`.
    """

    varies: bool = False
    ratios: Mapping[str, float] = field(default_factory=dict)

    def of(self, name: str) -> float:
        """The ratio of a value; the largest one where its name has not been seen."""
        return self.ratios.get(name, max(self.ratios.values(), default=1.0)) if self.varies else 0.0

    def joined(self, other: Chances) -> Chances:
        """Those of two mistakes made at once."""
        names = {*self.ratios, *other.ratios}
        return Chances(self.varies or other.varies, {n: max(self.of(n), other.of(n)) for n in names})


@dataclass(eq=False)
class Known:
    """A known mistake beside a promise: how it shows on each case, found out when asked for.

    ``drew`` tells whether it has drawn random numbers on a case that was asked for.
    """

    promise: Promise
    sentence: str
    variant: Function
    chances: Callable[[], Chances] = Chances
    runs: int = RUNS
    drew: bool = False
    _findings: dict[int, Finding] = field(default_factory=dict)
    _traces: dict[int, Trace] = field(default_factory=dict)
    _roughly: dict[tuple[int, float], Trace] = field(default_factory=dict)

    def finding(self, index: int) -> Finding:
        """What one run of the variant gives on a case."""
        if index not in self._findings:
            case = self.promise.cases[index]
            self._findings[index] = compare(self.promise, case, observe(self.variant, case))
            self.drew = self.drew or drew(case.seed)
        return self._findings[index]

    def findings(self) -> list[Finding]:
        """What one run of the variant gives on each case."""
        return [self.finding(index) for index in range(len(self.promise.cases))]

    def explains(self, index: int, finding: Finding) -> bool:
        """Whether the mistake would have given this finding on a case.

        How much chance changes on this very case is tried out only for findings that are neither near nor far off.
        """
        own = self.finding(index)
        if own.problems or finding.problems:
            return own.signature == finding.signature
        if not self.chances().varies:
            return explains(self.trace(index), finding)
        first = self.runs == RUNS
        if first and explains(self._rough(index), finding):
            return True
        far = self._rough(index, FAR if first else math.inf)
        return explains(far, finding) and explains(self.trace(index), finding)

    def _rough(self, index: int, times: float = 1.0) -> Trace:
        """The trace as the chances on the visible cases let expect it, with so many times the width; no further run."""
        if (index, times) not in self._roughly:
            case, own, prints = self.promise.cases[index], self.finding(index), {}
            chances = self.chances()
            for name, right in case.values.items():
                ratio, reach = chances.of(name), 0.0
                if ratio:
                    reach = times * REACH * ratio * _unit(right, own.values.get(name, math.nan))
                prints[name] = _print(own, name, case.tolerance, reach)
            self._roughly[index, times] = Trace(self.sentence, "", prints, chances.varies)
        return self._roughly[index, times]

    def surprise(self, index: int, finding: Finding) -> float:
        """How unlikely a finding that it explains is for the mistake; 0 where chance plays no part."""
        if finding.problems or not self.chances().varies:
            return 0.0
        rough = self._rough(index)
        near = self.runs == RUNS and explains(rough, finding)
        return surprise(rough if near else self.trace(index), finding)

    def trace(self, index: int) -> Trace:
        """How the mistake shows on a case."""
        if index not in self._traces:
            self._traces[index] = self._traced(index)
        return self._traces[index]

    def _traced(self, index: int) -> Trace:
        """How far each value may lie from the first is known beforehand, or has to be tried out on the case itself."""
        case, finding, chances = self.promise.cases[index], self.finding(index), self.chances()
        if finding.problems:
            return Trace(self.sentence, finding.signature, {})
        prints = dict(self._rough(index).prints)
        unknown = [
            name for name, right in case.values.items() if chances.of(name) and not _chance_known(right)
        ]
        if unknown:
            findings = [finding, *_runs(self.promise, case, self.variant, self.runs)]
            prints |= {name: _print_of(name, findings, case.tolerance) for name in unknown}
        return Trace(self.sentence, "", prints, chances.varies)


def _print(finding: Finding, name: str, tolerance: float, reach: float = 0.0) -> tuple[float, float]:
    """The fingerprint of a finding's value, and how far that of an equal one may lie from it."""
    if name not in finding.values:
        return math.nan, 0.0
    return finding.prints[name], fingerprint_width(finding.values[name], 2 * tolerance) + reach


def _print_of(name: str, findings: Sequence[Finding], tolerance: float) -> tuple[float, float]:
    """The mean fingerprint of a value in several runs, and eight of its standard deviations."""
    points = np.array([finding.prints[name] for finding in findings if name in finding.values])
    width = _print(findings[0], name, tolerance)[1]
    with np.errstate(all="ignore"):
        return float(points.mean()), width + 8 * float(points.std())


def _runs(promise: Promise, case: Case, variant: Function, runs: int = RUNS) -> Iterator[Finding]:
    """Findings of further runs of a variant on a case, under other seeds."""
    for number in range(1, runs):
        other = replace(case, seed=case.seed + 7919 * number)
        yield compare(promise, case, observe(variant, other))


def _chance_known(right: Any) -> TypeGuard[Band]:
    return isinstance(right, Band) and right.chance > 0


def _unit(right: Any, value: Any) -> float:
    """In which the chance of a value's fingerprint is measured, so that it is much the same on all cases."""
    if _chance_known(right):
        return right.chance * abs(2 * value / (right.low + right.high)) if right.relative else right.chance
    return fingerprint_norm(value)


def _measured(promise: Promise, variant: Function) -> Chances:
    """How much a variant varies on a promise's cases; nothing, if it draws no random numbers.

    Whether it draws from another generator than NumPy's global one, the first case tells.
    """
    ratios: dict[str, float] = {}
    varies = False
    for case in promise.cases:
        first = observe(variant, case)
        drawn = drew(case.seed)
        if drawn or case is promise.cases[0]:
            varies = varies or not same_results(first, observe(variant, replace(case, seed=case.seed + 1)))
        if not (drawn or varies):
            continue
        findings = [compare(promise, case, first), *_runs(promise, case, variant)]
        for name, right in case.values.items():
            with_it = [finding for finding in findings if name in finding.values]
            points = np.array([finding.prints[name] for finding in with_it])
            units = [_unit(right, finding.values[name]) for finding in with_it]
            with np.errstate(all="ignore"):
                ratio = float(points.std() / np.mean(units)) if with_it else 0.0
            ratios[name] = max(ratios.get(name, 0.0), ratio if math.isfinite(ratio) else 0.0)
    return Chances(varies, ratios)


def _chances(exercise: Exercise, behaviour: str, number: int) -> Chances:
    """How much a known mistake varies, measured on the visible cases so that it never depends on what came before."""
    key = behaviour, number
    if key not in exercise._chances:
        visible = visible_draws(exercise, exercise.behaviour(behaviour))
        exercise._chances[key] = _measured(visible, exercise.singles[number][1])
    return exercise._chances[key]


def single_suspects(exercise: Exercise, promise: Promise) -> list[Known]:
    """The known mistakes beside a promise."""
    return [
        Known(promise, sentence, variant, partial(_chances, exercise, promise.behaviour, number))
        for number, (sentence, variant) in enumerate(exercise.singles)
    ]


def suspects(exercise: Exercise, promise: Promise, known: Sequence[Known]) -> Iterator[Iterable[Known]]:
    """The known mistakes beside a promise in the order in which they are tried: first those that show at all."""
    shown = [k for number, k in enumerate(known) if _shows(exercise, promise.behaviour, number)]
    yield shown
    yield run_often(shown)
    yield (k for k in known if k not in shown)


def _shows(exercise: Exercise, behaviour: str, number: int) -> bool:
    """Whether a known mistake breaks a behaviour on the visible cases."""
    key = behaviour, number
    if key not in exercise._shown:
        variant = exercise.singles[number][1]
        visible = visible_draws(exercise, exercise.behaviour(behaviour))
        exercise._shown[key] = not all(finding.right for finding in look(visible, variant))
    return exercise._shown[key]


def run_often(known: Iterable[Known]) -> Iterator[Known]:
    """Those of some known mistakes in which chance plays a part, to be run often enough to see what is rare."""
    for suspect in known:
        if suspect.chances().varies:
            yield Known(suspect.promise, suspect.sentence, suspect.variant, suspect.chances, MANY_RUNS)


def pair_suspects(exercise: Exercise, promise: Promise) -> list[Known]:
    """Every two known mistakes at once beside a promise."""

    def of_both(one: int, other: int) -> Chances:
        chances = [_chances(exercise, promise.behaviour, number) for number in (one, other)]
        return chances[0].joined(chances[1])

    return [
        Known(promise, sentence, variant, partial(of_both, *numbers))
        for sentence, variant, numbers in exercise._pairs
    ]


def traced(promise: Promise, known: Sequence[Known]) -> list[Case]:
    """The promise's cases with the traces of known mistakes."""
    return [
        replace(case, traces=[suspect.trace(index) for suspect in known])
        for index, case in enumerate(promise.cases)
    ]


def _key(trace: Trace) -> tuple[Any, ...]:
    """Traces with equal keys cannot be told apart."""
    return trace.problems, tuple((name, f"{center:.6g}") for name, (center, _) in trace.prints.items())


def _distinct(cases: Sequence[Case]) -> list[Case]:
    """Without the traces that show just as earlier ones do on every case.

    Of single mistakes that show alike two are kept, of two at once none where anything shows alike.
    """
    seen: dict[tuple[Any, ...], list[str]] = {}
    kept = []
    for index, trace in enumerate(cases[0].traces if cases else ()):
        alike = seen.setdefault(tuple(_key(case.traces[index]) for case in cases), [])
        room = 1 if trace.sentence.startswith(TWO_AT_ONCE) else 2
        if len(alike) < room and trace.sentence not in alike:
            kept.append(index)
            alike.append(trace.sentence)
    return [replace(case, traces=[case.traces[index] for index in kept]) for case in cases]


def visible_draws(exercise: Exercise, behaviour: Behaviour) -> Promise:
    """The cases that students get, from a fixed seed, without traces."""
    if behaviour.name not in exercise._visible:
        rng = np.random.default_rng(zlib.crc32(f"visible {exercise.name} {behaviour.name}".encode()))
        exercise._visible[behaviour.name] = draw_promise(exercise, behaviour, rng)
    return exercise._visible[behaviour.name]


def visible_promise(exercise: Exercise, behaviour: Behaviour) -> Promise:
    """The promise that students get: cases from a fixed seed, with the traces of one and of two mistakes."""
    promise = visible_draws(exercise, behaviour)
    known = [*single_suspects(exercise, promise), *pair_suspects(exercise, promise)]
    return replace(promise, cases=_distinct(traced(promise, known)))


def question_promise(question: Question) -> Promise:
    """A question in the store: its rule, no cases."""
    return Promise(question.name, "answer", question.sentence, (), notes=question.rule)


@lru_cache(maxsize=1)
def registry() -> dict[str, Exercise | Question]:
    """All exercises and questions of the course by name; raises ExerciseError where two share one."""
    found: dict[str, Exercise | Question] = {}
    for module in assignments().values():
        for item in module.EXERCISES:
            if item.name in found:
                raise ExerciseError(f"Two exercises are named {item.name}.")
            found[item.name] = item
    return found


@lru_cache(maxsize=1)
def assignments() -> dict[str, Any]:
    """The modules of `grading.exercises` by the name of their assignment."""
    names = sorted(module.name for module in pkgutil.iter_modules(grading.exercises.__path__))
    return {n: importlib.import_module(f"grading.exercises.{n}") for n in names if not n.startswith("_")}


def exercises(assignment: str) -> Iterator[Exercise]:
    """The graded functions of an assignment; raises ExerciseError for an unknown assignment."""
    if assignment not in assignments():
        raise ExerciseError(f"There is no assignment {assignment!r}; there are {', '.join(assignments())}.")
    return (item for item in assignments()[assignment].EXERCISES if isinstance(item, Exercise))


def sources_digest() -> str:
    """A digest of the texts that the visible cases are made from: equal digests, equal cases."""
    utils = Path(properties.__file__).parent
    names = ("cases", "checks", "properties", "results", "sentences")
    folder = Path(next(iter(grading.exercises.__path__)))
    files = [*(utils / f"{name}.py" for name in names), Path(__file__), folder.parent / "statistics.py"]
    digest = sha256()
    for path in [*files, *sorted(folder.glob("*.py"))]:
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def build_expected(path: Path) -> None:
    """Write the visible cases of all exercises; the same exercises give the same bytes."""
    promises: list[Promise] = []
    with generator_kept():
        for item in registry().values():
            if isinstance(item, Question):
                promises.append(question_promise(item))
            else:
                promises.extend(visible_promise(item, behaviour) for behaviour in item.behaviours)
    write_store(path, promises, sources_digest())
