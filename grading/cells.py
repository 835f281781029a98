"""Around each test cell: called by the executor (grading.kernels), run in the grader's kernel.

Binds the student's names to calls into a snapshot, and says afterwards how the cell ended, in a sentence.
"""

from __future__ import annotations

import asyncio
import builtins
import os
import sys
import traceback
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

from . import wire
from .bridge import (
    HIDDEN_SENTENCE,
    Link,
    MissingFunction,
    Raised,
    RemoteFunction,
    StudentError,
    Unreadable,
    short_text,
)


@dataclass
class _Cell:
    """The test cell that is running."""

    link: Link | None = None
    namespace: dict[str, Any] = field(default_factory=dict)
    hidden: list[tuple[int, int]] = field(default_factory=list)
    allowed: tuple[str, ...] = ()
    lent: set[str] = field(default_factory=set)
    seed: int | None = None
    lines: set[str] = field(default_factory=set)
    unanswered: dict[str, str] = field(default_factory=dict)


_cell = _Cell()


def begin_submission(student: str, assignment: str, seed: int, work: str, sources: list[str]) -> None:
    """Make this kernel as good as new for the next submission; what stays are the modules already imported."""
    import random
    import warnings

    from IPython import get_ipython

    from . import session

    session.begin(student, assignment, seed)
    get_ipython().reset(new_session=True)
    os.chdir(work)
    warnings.resetwarnings()
    warnings.simplefilter("ignore", DeprecationWarning)
    random.seed(seed)
    if "numpy" in sys.modules:
        sys.modules["numpy"].seterr(divide="warn", over="warn", under="ignore", invalid="warn")
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")
    _cell.lent, _cell.seed = set(), seed % 2**32
    _cell.lines = {line.strip() for source in sources for line in source.splitlines()}


def _seed_numpy() -> None:
    """Once for each submission, as soon as NumPy is there: the same submission always meets the same draws."""
    if _cell.seed is not None and "numpy" in sys.modules:
        sys.modules["numpy"].random.seed(_cell.seed)
        _cell.seed = None


def run_cell(source: str, options: dict[str, Any], namespace: dict[str, Any]) -> dict[str, Any]:
    """Bind the student's names, run a cell, and say how it ended (see `begin_cell` and `end_cell`).

    All in one message to this kernel: there are many tests, and each message has its price.
    """
    from IPython import get_ipython

    shell = get_ipython()
    shell.loop_runner = _in_a_loop_of_its_own
    begin_cell(options, namespace)
    shell.run_cell(source, store_history=True)
    return end_cell()


def _in_a_loop_of_its_own(cell: Coroutine[Any, Any, Any]) -> Any:
    """Run a cell that awaits at its top level: the kernel's own loop is busy with the message that brought it."""
    busy = asyncio.get_running_loop()
    loop = asyncio.new_event_loop()
    asyncio.events._set_running_loop(None)
    try:
        return loop.run_until_complete(cell)
    finally:
        loop.close()
        asyncio.events._set_running_loop(busy)


def begin_cell(options: dict[str, Any], namespace: dict[str, Any]) -> None:
    """Bind the student's names in ``namespace`` before a test cell runs.

    Options: ``path`` of the snapshot ("" when there is none), ``names`` that answer cells define and ``free`` ones of
    the test cell, ``reasons`` (name -> sentence) for names whose cell was stopped, ``unanswered`` (name -> sentence)
    for free names that are missing, ``call_seconds``, ``seconds`` left for the cell, ``limit`` (text), ``hidden``
    (first and last line of hidden parts), ``allowed`` error names, ``memory``: its limit as text.
    """
    _seed_numpy()
    if _cell.link:
        _cell.link.close()
    link = Link(options["path"], options["call_seconds"], options["seconds"], options["limit"], _cell.lines)
    link.memory = options["memory"]
    _cell.link, _cell.namespace = link, namespace
    _cell.hidden = [tuple(pair) for pair in options["hidden"]]
    _cell.allowed = tuple(options["allowed"])
    sys.last_value = sys.last_traceback = None
    for name in _cell.lent:
        namespace.pop(name, None)
    known = {*namespace, *dir(builtins), *options["names"]}
    free = [name for name in options["free"] if name not in known]
    _cell.lent, _cell.unanswered = set(free), {}
    wanted = list(dict.fromkeys([*options["names"], *free]))
    try:
        answer = link.ask({"do": "names", "names": wanted}, "The student's notebook") if wanted else {}
        found, reasons = answer.get("found"), options["reasons"]
    except StudentError as error:
        found, reasons = {}, dict.fromkeys(wanted, str(error)) | options["reasons"]
    for name in wanted:
        said = found.get(name) if isinstance(found, dict) else None
        value = _bound(name, said if isinstance(said, dict) else {}, link, reasons)
        if name not in free or not isinstance(value, MissingFunction):
            namespace[name] = value
        else:
            _cell.unanswered[name] = reasons.get(name) or options.get("unanswered", {}).get(name, "")


def _bound(name: str, said: dict[str, Any], link: Link, reasons: dict[str, str]) -> Any:
    """What to bind a name to, by what the student's side says it is."""
    kind = said.get("kind")
    if kind == "function":
        return RemoteFunction(link, name, short_text(said.get("doc")))
    if kind == "value" and isinstance(said.get("value"), bytes):
        try:
            return wire.decode(said["value"])
        except wire.WireError as error:
            return Unreadable(name, str(error))
    if kind in ("value", "other", "module"):
        why = "it is a module" if kind == "module" else short_text(said.get("why"))
        return Unreadable(name, why or "it is not plain data")
    return MissingFunction(name, reasons.get(name, f"{name} is not defined"))


def end_cell() -> dict[str, Any]:
    """Say how the test cell ended: a sentence for the student, the full text for the instructor, the link's trouble."""
    link, error = _cell.link, getattr(sys, "last_value", None)
    trouble = link.trouble if link else ""
    if link:
        link.close()
    sys.last_value = sys.last_traceback = None
    if error is None:
        return {"trouble": trouble}
    line = _line_in_cell(error, _cell.namespace)
    hidden = line == 0 or any(first <= line <= last for first, last in _cell.hidden)
    full = "".join(traceback.format_exception_only(type(error), error))[:4000]
    name = type(error).__name__
    if isinstance(error, Raised) and hidden:
        name = next(
            (c.__name__ for c in type(error).__mro__ if getattr(builtins, c.__name__, None) is c), "Exception"
        )
    sentence = _sentence(error, hidden, _cell.allowed)
    ours = not isinstance(error, StudentError)
    if ours and isinstance(error, NameError) and not hidden:
        sentence = _cell.unanswered.get(error.name or "") or sentence
    return {
        "name": name,
        "sentence": sentence,
        "full": full,
        "line": line,
        "hidden": hidden,
        "trouble": trouble,
        "fault": ours and (isinstance(error, ImportError) or getattr(error, "of_the_course", False) is True),
    }


def _sentence(error: BaseException, hidden: bool, allowed: tuple[str, ...]) -> str:
    if isinstance(error, StudentError):
        return error.sentence(hidden)
    if type(error).__name__ in allowed:
        return short_text(str(error))
    if hidden:
        return HIDDEN_SENTENCE
    return short_text(str(error)) or "This test did not pass."


def _line_in_cell(error: BaseException, namespace: dict[str, Any]) -> int:
    """The line of the test cell at which it stopped; 0 when it is not known."""
    for frame, line in traceback.walk_tb(error.__traceback__):
        if frame.f_globals is namespace and frame.f_code.co_name == "<module>":
            return line
    return 0
