"""Checks that name the mistake: compare what a function does with what is promised.

In a notebook, `check(function)` calls it on a few fixed cases. It ends with "visible checks passed", or raises
`CheckFailed` with one or two sentences that say what is wrong. Grading uses the same `judge` on fresh cases.
"""

from __future__ import annotations

import builtins
import contextlib
import difflib
import inspect
import io
import linecache
import re
import sys
import traceback
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import CodeType
from typing import Any, Protocol

import numpy as np

from utils import properties
from utils.cases import Case, Promise, Trace, Tree, fingerprint, read_promises, stored_functions
from utils.results import Strange, copied, plain
from utils.sentences import (
    Comparison,
    Problem,
    Rank,
    has_pattern,
    joined,
    kind_of,
    listed,
    structural_sentence,
    value_sentence,
    within,
)


class CheckFailed(AssertionError):  # noqa: N818  (students read "CheckFailed", not "CheckError")
    """A promise that is not kept; its text says what is wrong in the student's terms."""

    def _render_traceback_(self) -> list[str]:
        """What Jupyter shows in place of a traceback."""
        return [f"CheckFailed: {self}"]


@dataclass(frozen=True)
class Outcome:
    """What came of calling a function on a case: plain copies of its results, or the exception it raised."""

    results: Sequence[Tree] = ()
    error: BaseException | None = None

    @property
    def seeded(self) -> bool:
        """Whether repeated calls gave the very same result, as they do when the function seeds a generator."""
        return len(self.results) > 1 and all(_same(self.results[0], other) for other in self.results[1:])


def _same(one: Tree, other: Tree) -> bool:
    """Whether two plain results are equal."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)):
        return len(one) == len(other) and all(_same(a, b) for a, b in zip(one, other, strict=True))
    if isinstance(one, (str, set, Strange, type(None))) or isinstance(other, (str, set, Strange, type(None))):
        return type(one) is type(other) and bool(one == other)
    one, other = np.asarray(one), np.asarray(other)
    return one.dtype.kind in "biufc" and np.array_equal(one, other, equal_nan=other.dtype.kind in "fc")


@contextlib.contextmanager
def generator_kept() -> Iterator[None]:
    """Leave NumPy's global generator as it was. Saving it costs more than a call: do it once around many."""
    state = np.random.get_state()
    try:
        yield
    finally:
        np.random.set_state(state)


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """Keep a student's function from disturbing and from being disturbed: no prints, no warnings."""
    with (
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
        warnings.catch_warnings(action="ignore"),
        np.errstate(all="ignore"),
    ):
        yield


def observe(function: Callable[..., Any], case: Case) -> Outcome:
    """Call the function on deep copies of the case's arguments, by position, as often as the case says.

    Results are plain copies, made right after each call. Seeds NumPy's global generator: keep it with
    `generator_kept` around all calls.
    """
    with _undisturbed():
        return _called(function, case)


def _called(function: Callable[..., Any], case: Case) -> Outcome:
    results = []
    np.random.seed(case.seed)
    try:
        for arguments in (case.arguments,) * case.repeats + tuple(case.then):
            results.append(plain(function(*copied(arguments))))
    except (Exception, SystemExit) as error:
        return Outcome(error=error)
    return Outcome(results)


def drew(seed: int) -> bool:
    """Whether NumPy's global generator was used since it was seeded so."""
    _PROBE.seed(seed)
    return np.random.random_sample() != _PROBE.random_sample()


_PROBE = np.random.RandomState(0)


@dataclass(frozen=True)
class Finding:
    """What a result looks like beside what was promised on one case."""

    problems: Sequence[Problem]
    values: Mapping[str, Any]
    wrong: Mapping[str, tuple[Any, Any]]
    outcome: Outcome = field(default_factory=Outcome)
    varies: bool | None = None
    """Whether the results differ from call to call; None where that was not tried."""

    @cached_property
    def prints(self) -> dict[str, float]:
        """The fingerprints of the values: a finding is held against many suspects."""
        return {name: fingerprint(value) for name, value in self.values.items()}

    @property
    def right(self) -> bool:
        return not self.problems and not self.wrong

    @property
    def raised(self) -> bool:
        """Whether the function stopped with an exception."""
        return any(problem.rank == Rank.RAISED for problem in self.problems)

    @property
    def signature(self) -> str:
        """The structural problems as text, by which a known mistake is recognised."""
        return "; ".join(sorted(problem.text for problem in self.problems))


def compare(promise: Promise, case: Case, outcome: Outcome) -> Finding:
    """Compare an outcome with a case: structure first, then the values, in the case's view."""
    if outcome.error is not None:
        name, text = type(outcome.error).__name__, _first_line(outcome.error)
        return Finding([Problem(Rank.RAISED, "", f"it raised {name}: {text}")], {}, {}, outcome)
    walks = [Comparison(promise, case.returned, result) for result in outcome.results]
    problems = next((walk.problems for walk in walks if walk.problems), [])
    if problems:
        return Finding(problems, {}, {}, outcome)
    try:
        leaves = walks[-1].leaves.items()
        values = _viewed(case, outcome) if case.view else {name: got for name, (_, got) in leaves}
    except properties.Unreadable as reason:
        return Finding([Problem(Rank.KIND, "", str(reason), str(reason))], {}, {}, outcome)
    wrong = {
        name: (right, values[name])
        for name, right in case.values.items()
        if name in values and not within(right, case.margins[name], values[name])
    }
    return Finding([], values, wrong, outcome)


_UNREADABLE = "the result does not have the form that was asked for"


def _viewed(case: Case, outcome: Outcome) -> Mapping[str, Any]:
    """The values in the case's view; raises Unreadable where the view cannot make sense of the results."""
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings(action="ignore"):
            return dict(properties.VIEWS[case.view](case.arguments, outcome.results))
    except (TypeError, ValueError, KeyError, IndexError, AttributeError, ArithmeticError):
        raise properties.Unreadable(_UNREADABLE) from None


class Suspect(Protocol):
    """A known mistake that may explain the findings on a promise's cases."""

    @property
    def sentence(self) -> str: ...

    def explains(self, index: int, finding: Finding) -> bool:
        """Whether the mistake would have given this finding on case number ``index``."""
        ...

    def surprise(self, index: int, finding: Finding) -> float:
        """How unlikely this finding is for the mistake, where chance plays a part in it; else 0."""
        ...


@dataclass(frozen=True)
class _Stored:
    """A suspect whose traces lie beside the cases, number ``position`` on each."""

    cases: Sequence[Case]
    position: int

    @property
    def sentence(self) -> str:
        return self.cases[0].traces[self.position].sentence

    def explains(self, index: int, finding: Finding) -> bool:
        return explains(self.cases[index].traces[self.position], finding)

    def surprise(self, index: int, finding: Finding) -> float:
        return surprise(self.cases[index].traces[self.position], finding)


def stored_suspects(cases: Sequence[Case]) -> list[_Stored]:
    """The suspects whose traces come with the cases."""
    return [_Stored(cases, position) for position in range(len(cases[0].traces) if cases else 0)]


def explains(trace: Trace, finding: Finding) -> bool:
    """Whether a known mistake with this trace would have given this finding."""
    if trace.problems or finding.problems:
        return trace.problems == finding.signature
    if finding.varies is not None and finding.varies != trace.varies:
        return False
    for name, (center, width) in trace.prints.items():
        value = finding.prints.get(name, np.nan)
        if not (abs(value - center) <= width or value == center or (np.isnan(value) and np.isnan(center))):
            return False
    return True


def surprise(trace: Trace, finding: Finding) -> float:
    """How unlikely a finding is for a mistake that explains it: 0 where chance plays no part.

    Else minus the logarithm of its density, up to a constant; the widths stand for the standard deviations. What is
    sharp counts as sharp, whether it is 0 to the last bit or rounded.
    """
    if trace.problems or not trace.varies:
        return 0.0
    total = 0.0
    for name, (center, width) in trace.prints.items():
        far = finding.prints.get(name, np.nan) - center
        if np.isfinite(far) and width:
            sharp = max(width, 1e-3)
            total += 50 * (far / sharp) ** 2 + float(np.log(sharp))
    return total


def named_mistake(suspects: Iterable[Suspect], findings: Sequence[Finding]) -> str:
    """The sentence of the known mistake that explains the findings on all cases, or an empty string.

    Where two leave the same numbers, and chance plays no part, both: "either ... or ...". Where it does, the first,
    unless a later one makes the findings more than `FAR_LIKELIER` times as likely. Two mistakes at once are no
    explanation where one is enough, nor of an exception: at the first a program stops, and shows no second.
    """
    raised = any(finding.raised for finding in findings)
    sure: list[str] = []
    likely: list[tuple[float, str]] = []
    for suspect in suspects:
        two = suspect.sentence.startswith(TWO_AT_ONCE)
        if suspect.sentence in sure or (two and (sure or raised)):
            continue
        if all(suspect.explains(index, finding) for index, finding in enumerate(findings)):
            surprises = [suspect.surprise(index, finding) for index, finding in enumerate(findings)]
            if not any(surprises):
                sure.append(suspect.sentence)
            elif not likely or sum(surprises) < likely[-1][0] - np.log(FAR_LIKELIER):
                likely.append((sum(surprises), suspect.sentence))
        if len(sure) == 2 or (sure and sure[0].startswith(TWO_AT_ONCE)):
            break
    if len(sure) == 2:
        return "either " + joined(sure[0], "or", sure[1])
    return sure[0] if sure else likely[-1][1] if likely else ""


TWO_AT_ONCE = "as after two mistakes: "
"""How the sentence for two mistakes made at once begins."""

FAR_LIKELIER = 3.0


def judge(
    promise: Promise,
    function: Any,
    levels: Callable[[], Iterable[Iterable[Suspect]]] | None = None,
    where: bool = True,
) -> list[str]:
    """Judge a function by a promise; return notes that cost nothing.

    ``levels`` gives known mistakes, level by level, where the cases come without their traces (they are needed
    only to name a mistake). ``where`` tells the failing case's label, which a hidden case must not.

    Raises CheckFailed with the sentence for the student.
    """
    if not callable(function):
        kind = kind_of(plain(function))
        raise CheckFailed(
            f"{promise.function}: it is {kind}, not a function: is its name used for something else?"
        )
    with generator_kept():
        return judge_findings(promise, function, look(promise, function), levels, where)


def look(promise: Promise, function: Callable[..., Any]) -> list[Finding]:
    """What comes of calling a function on each of a promise's cases; see `observe`.

    Ends at the first that a limit stops, or the lack of an answer: every further one would cost the same time.
    """
    findings = []
    with _undisturbed():
        for case in promise.cases:
            findings.append(compare(promise, case, _called(function, case)))
            error = findings[-1].outcome.error
            if error is not None and _whole_sentence(promise.function, error, True):
                break
    return findings


def judge_findings(
    promise: Promise,
    function: Callable[..., Any],
    found: Sequence[Finding],
    levels: Callable[[], Iterable[Iterable[Suspect]]] | None = None,
    where: bool = True,
    again: Sequence[Finding] = (),
) -> list[str]:
    """As `judge`, from what was found on each case.

    To name a mistake one has to know whether results differ from call to call. ``again`` is what was found in other
    calls; where there were none, the function is called once more.
    """
    findings = list(found)
    last = findings[-1].outcome.error if findings else None
    whole = last is not None and _whole_sentence(promise.function, last, not where)
    if whole:
        raise CheckFailed(f"{whole}{_line(findings)}") from None
    failing = next((i for i, finding in enumerate(findings) if not finding.right), None)
    if failing is None:
        return [promise.seeding] if promise.seeding and any(f.outcome.seeded for f in findings) else []
    if findings[failing].wrong:
        case = promise.cases[failing]
        other = again[failing].outcome if again else observe(function, replace(case, seed=case.seed + 1))
        varies = not same_results(findings[failing].outcome, other)
        findings[failing] = replace(findings[failing], varies=varies)
    suspects = levels() if levels else [stored_suspects(promise.cases)]
    named = next(filter(None, (named_mistake(level, findings) for level in suspects)), "")
    if not named:
        failing = _most_telling(promise, findings, failing, not where)
    sentence = named or _unnamed(promise, function, findings, failing, not where)
    label = promise.cases[failing].label
    place = f" (seen with {label})" if where and label else ""
    stop = "" if sentence.endswith(("?", "...")) and not place else "."
    raise CheckFailed(f"{promise.function}: {sentence}{place}{stop}{_line(findings)}") from None


def _most_telling(promise: Promise, findings: Sequence[Finding], failing: int, hidden: bool) -> int:
    """The first case on which most can be said of how the values differ; ``failing`` if structure is wrong."""
    if any(finding.problems for finding in findings):
        return failing
    for index, finding in enumerate(findings):
        if finding.wrong and has_pattern(finding.wrong, promise.cases[index].tolerance, hidden):
            return index
    return failing


def same_results(one: Outcome, other: Outcome) -> bool:
    """Whether two observations of a function gave the same results, or the same kind of exception."""
    if one.error is not None or other.error is not None:
        return type(one.error) is type(other.error)
    return one is other or _same(list(one.results), list(other.results))


def _unnamed(
    promise: Promise,
    function: Callable[..., Any],
    findings: Sequence[Finding],
    failing: int,
    hidden: bool,
) -> str:
    """Words for a failure that no known mistake explains.

    Raises CheckFailed itself with a sentence to which no case belongs: no result can be blamed for it.
    """
    error = _first_error(findings)
    if error is not None:
        return _raised_sentence(error, hidden)
    structural = [finding for finding in findings if finding.problems]
    if structural:
        return structural_sentence(structural[0].problems, hidden)
    finding = findings[failing]
    fine = [name for name in finding.values if name not in finding.wrong and name != "the result"]
    tolerance = promise.cases[0].tolerance
    return value_sentence(finding.wrong, fine, tolerance, hidden) + _globals_hint(function)


_SEVERAL = "several values stand where one is needed: if a function returns more than one, unpack them, a, b = f(...)"
_UNFIT = "two arrays do not fit together: is a transpose missing, or one of another layer taken?"
_HINTS = (
    (
        TypeError,
        "'float' object cannot be interpreted as an integer|slice indices must be integers",
        "use // for a whole number, / gives a float",
    ),
    (TypeError, "'list' object cannot be interpreted as an integer", "is a len() missing?"),
    (
        TypeError,
        "'tuple' object cannot be interpreted as an integer",
        "the sizes are asked for one by one: take the tuple apart with *, as in rand(*A.shape)",
    ),
    (TypeError, "as a data type", "the shape is asked for as one tuple: np.zeros((a, b))"),
    (
        TypeError,
        "positional argument",
        "a function got too many or too few arguments; keep the first line of your own as it was given",
    ),
    (TypeError, "'NoneType'", "a value is still None where a number or an array is needed"),
    (TypeError, r"operand type.*'tuple'", _SEVERAL),
    (ValueError, "array element with a sequence", _SEVERAL),
    (TypeError, r"for \^|bitwise_xor", "^ is no power in Python: write **"),
    (TypeError, "tuple indices must be", "a tuple has no names: take it apart, as in a, b, c = cache"),
    (TypeError, "not callable", "round brackets call a function: are square ones meant, or is a * missing?"),
    (TypeError, "not subscriptable", "square brackets take an entry: are round ones meant?"),
    (ValueError, "math domain error", "a root or a logarithm of a negative number: is a parenthesis off?"),
    (ValueError, "not aligned|mismatch in its core dimension|could not be broadcast", _UNFIT),
    (
        UnboundLocalError,
        "",
        "a variable is read before it has a value: is it set in a branch or a loop only?",
    ),
    (NameError, "", "is a name misspelt, or does it live in another cell only?"),
    (KeyError, "", "there is no such key: is its name or its number off?"),
    (IndexError, "too many indices", "the array has fewer axes than there are indices"),
    (
        IndexError,
        "only integers",
        "an index is a whole number: / gives a float, and names go with dictionaries",
    ),
    (IndexError, "", "an index goes beyond the end: is it off by one?"),
    (RecursionError, "", "does the function call itself?"),
    (SystemExit, "", "do not end the program within a function"),
)


def _first_line(error: BaseException) -> str:
    """The first line of what an exception says; empty where it cannot even say that."""
    try:
        return str(error).strip().split("\n")[0][:200]
    except Exception:
        return ""


def _whole_sentence(function: str, error: BaseException, hidden: bool) -> str:
    """What is told of a function that there is not, or that a limit has stopped; else an empty string.

    An exception with a true ``whole`` brings the sentence along, and the one for a hidden case as ``public``.
    """
    if isinstance(error, NotImplementedError):
        return f"{function}: the answer is not written yet: replace the line raise NotImplementedError()."
    text = _first_line(error)
    if isinstance(error, NameError) and text in (
        f"{function} is not defined",
        f"name '{function}' is not defined",
    ):
        return f"{function}: it is not defined: write it in its answer cell, and run that cell."
    if getattr(error, "whole", False) is not True:
        return ""
    return str(getattr(error, "public", text) if hidden else text).rstrip(".") + "."


def _raised_sentence(error: BaseException, hidden: bool) -> str:
    """An exception of the student's code, with a hint where the reason is usual.

    About a hidden case only its built-in type is told: the rest is text that the student's code wrote.
    """
    kind, text = type(error), _first_line(error)
    hint = next(
        (hint for known, part, hint in _HINTS if issubclass(kind, known) and re.search(part, text)), ""
    )
    name = _builtin_name(kind) if hidden else kind.__name__
    told = f": {text}" if text and not hidden else ""
    return f"it raised {name}{told}" + (f" ({hint})" if hint else "")


def _builtin_name(kind: type[BaseException]) -> str:
    """The name of the first built-in type that an exception is."""
    names = (base.__name__ for base in kind.__mro__ if getattr(builtins, base.__name__, None) is base)
    return next(names, "an exception")


def _first_error(findings: Iterable[Finding]) -> BaseException | None:
    """The first exception that the function raised, if any."""
    return next((f.outcome.error for f in findings if f.outcome.error is not None), None)


def _line(findings: Sequence[Finding]) -> str:
    """The line of the student's code at which it raised, where that is known."""
    error = _first_error(findings)
    if error is None or isinstance(error, NotImplementedError):
        return ""
    number, source = getattr(error, "line", None), getattr(error, "source_line", None)
    if number is None:
        frames = [f for f in traceback.extract_tb(error.__traceback__) if _of_notebook(f.filename)]
        number, source = (frames[-1].lineno, frames[-1].line) if frames else (None, None)
    return f" The line: {source.strip()} (line {number} of its cell)" if source and number else ""


def _of_notebook(filename: str) -> bool:
    return "ipykernel_" in filename or filename.startswith(("<ipython-input", "<cell"))


def _globals_hint(function: Callable[..., Any]) -> str:
    """Tell when a function reads a variable of the notebook where an argument was probably meant."""
    code = getattr(function, "__code__", None)
    if not isinstance(code, CodeType):
        return ""
    data = (np.ndarray, dict, list, tuple, float, int)
    space = getattr(function, "__globals__", {})
    names = [name for name in code.co_names if isinstance(space.get(name), data)]
    return f" (it reads {names[0]} of the notebook: was an argument meant?)" if names else ""


def function_name(function: Any, known: Sequence[str], depth: int) -> str:
    """The name by which a function is known: that of the variable ``depth`` frames up that holds it, or its own.

    Where several variables hold it, the one that the calling line names. Raises ValueError if there is none.
    """
    frame = sys._getframe(depth)
    holders = [key for key in known if frame.f_globals.get(key) is function]
    own = str(getattr(function, "__name__", ""))
    if len(holders) > 1:
        line = linecache.getline(frame.f_code.co_filename, frame.f_lineno)
        said = [key for key in holders if re.search(rf"\(\s*{key}\b", line)]
        holders = said or ([own] if own in holders else holders)
    if holders or own in known:
        return holders[0] if holders else own
    if not callable(function):
        raise ValueError("A check needs the function itself: write its name without parentheses.")
    near = difflib.get_close_matches(own, known, n=1)
    raise ValueError(f"There is no check for {own or 'this'}." + (f" Is {near[0]} meant?" if near else ""))


def check(function: Callable[..., Any], behaviour: str | None = None) -> None:
    """Check a function on the visible cases, all its behaviours or one of them, and say how it went.

    Raises CheckFailed with what is wrong, or ValueError if there is no such check.
    """
    name = function_name(function, stored_functions(), 2)
    promises = list(read_promises(name))
    chosen = [promise for promise in promises if behaviour in (None, promise.behaviour)]
    if not chosen:
        names = ", ".join(promise.behaviour for promise in promises)
        raise ValueError(f"{name} has no behaviour {behaviour!r}; it has {names}.")
    notes = [note for promise in chosen for note in judge(promise, function)]
    for note in dict.fromkeys(notes):
        print(f"Note: {note}")
    print(f"{name}: visible checks passed ({', '.join(promise.behaviour for promise in chosen)})")


def require_answer(name: str, answer: Any) -> None:
    """Raise CheckFailed where there is no answer: None, dots, or what grading puts in the place of a missing name."""
    why = inspect.getattr_static(answer, "why_missing", None)
    if isinstance(why, str) and why != f"{name} is not defined":
        raise CheckFailed(why)
    if isinstance(why, str) or answer is None or answer is Ellipsis:
        raise CheckFailed(f"{name}: not answered yet.")


def check_answer(name: str, answer: Any) -> None:
    """Check that an answer (a value, not a function) is of the kind asked for; not whether it is right.

    Raises CheckFailed with what is wrong with its kind, or ValueError if there is no such question.
    """
    if name not in stored_functions():
        raise ValueError(f"There is no question {name!r}.")
    promise = next(iter(read_promises(name)))
    require_answer(name, answer)
    answer = properties.settled(promise.notes, plain(answer))
    problem = properties.misfit(promise.notes, answer)
    if problem:
        raise CheckFailed(f"{name}: {problem}.")
    print(f"{name}: your answer is noted: {_told(promise.notes, answer)}. Grading tells whether it is right.")


def _told(rule: Mapping[str, str], answer: Any) -> str:
    """An answer of the right kind in words."""
    if rule["kind"] == "number":
        return f"{float(answer):.6g}"
    given = [answer] if isinstance(answer, str) else answer
    return listed(
        [choice for choice in rule["choices"].split(", ") if choice in given] or ["none of them"], 9
    )
