"""The grader's end of a call into the student's sandbox. Runs in the grader's kernel, where the tests run.

Tests call a `RemoteFunction` as if it were the student's function. Arguments and result cross as plain data
(grading.wire), with NumPy's global generator, under a time limit. Whatever goes wrong on the other side is a
`StudentError` with a message of a sentence; nothing that comes back is believed beyond its bytes.
"""

from __future__ import annotations

import builtins
import itertools
import keyword
import os
import socket
import struct
import sys
import time
import traceback
from collections.abc import Callable, Iterable
from typing import Any

from . import wire

_LENGTH = struct.Struct("<Q")
_TEXT = 500  # characters of a student's message that are shown
_STRAY = 8  # answers to other questions that are skipped before giving up
HIDDEN_SENTENCE = "A hidden test of this cell did not pass."


class StudentError(Exception):
    """What a student's function did wrong. The message is for the student.

    ``line`` is the line number in the student's cell (0: unknown) and ``source_line`` its text. ``public`` is a message
    that holds nothing the student's code could have put there: what feedback shows when the call came from a hidden line.
    """

    line: int = 0
    source_line: str = ""
    public: str = ""

    def __init__(self, message: str = "", *, public: str | None = None, line: int = 0, source_line: str = "") -> None:
        super().__init__(message)
        self.message, self.line, self.source_line = message, line, source_line
        self.public = message if public is None else public

    def __str__(self) -> str:
        return self.message

    def sentence(self, hidden: bool = False) -> str:
        """What to tell the student; without the student's own message when the call came from a hidden test."""
        return self.public if hidden else self.message

    def _render_traceback_(self) -> list[str]:
        return [f"{type(self).__name__}: {self.sentence()}"]


class CallTimeout(StudentError):
    """A call, a cell or the whole notebook went over its time."""


class KernelDied(StudentError):
    """The process in which the function ran has ended."""


class WireError(StudentError):
    """A result that cannot cross."""


class _Raised(StudentError):
    """An exception that the student's function raised; the subclasses carry its name and its built-in type."""

    missing = False

    def sentence(self, hidden: bool = False) -> str:
        if self.missing:
            return self.message.rstrip(".") + "."
        where = f" in line {self.line} of its cell" if self.line else ""
        where += f", `{self.source_line}`" if self.line and self.source_line else ""
        if hidden:
            return f"{self.public}{where}."
        told = f": {self.message}" if self.message else ""
        return f"{type(self).__name__}{where}{told}"


class Link:
    """One conversation with a snapshot of the student's kernel, for one test cell."""

    memory = "2 GiB"  # the limit as text

    def __init__(self, path: str, call_seconds: float, seconds: float, limit: str, lines: Iterable[str] = ()) -> None:
        """Talk to the snapshot at ``path``; it all ends after ``seconds``, and ``limit`` is the limit these come from."""
        self.path, self.call_seconds, self.limit = path, call_seconds, limit
        self.deadline = time.monotonic() + seconds
        self.lines = set(lines)
        self.connection: socket.socket | None = None
        self.ids = itertools.count(1)
        self.trouble = ""

    def close(self) -> None:
        """Leave; the other side ends whatever still runs for us."""
        if self.connection is not None:
            self.connection.close()
            self.connection = None

    def ask(self, request: dict[str, Any], subject: str, callbacks: dict[Any, Callable[..., Any]] | None = None) -> Any:
        """Send a request and return its answer. Raises StudentError for all that can go wrong."""
        until = min(time.monotonic() + self.call_seconds, self.deadline)
        request["id"] = next(self.ids)
        try:
            self._send(request, until)
            return self._answer(request["id"], until, callbacks or {})
        except TimeoutError:
            self._give_up("timeout")
            slow = self.deadline > until
            limit = f"more than {self.call_seconds:g} s, the limit for one call" if slow else self.limit
            raise CallTimeout(f"{subject} took {limit}.") from None
        except OSError:
            self._give_up("died")
            raise KernelDied(f"{subject} ended the Python process that it ran in.") from None
        except wire.WireError as error:
            self._give_up("malformed")
            raise WireError(f"What {subject} returned cannot be read: {error}.") from None

    def _give_up(self, trouble: str) -> None:
        self.trouble = trouble
        self.close()

    def _send(self, value: Any, until: float) -> None:
        if not self.path:
            raise ConnectionError
        if self.connection is None:
            self.connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self.connection.settimeout(max(0.001, until - time.monotonic()))
            self.connection.connect(self.path)
        data = wire.encode(value)
        self.connection.settimeout(max(0.001, until - time.monotonic()))
        self.connection.sendall(_LENGTH.pack(len(data)) + data)

    def _answer(self, request: int, until: float, callbacks: dict[Any, Callable[..., Any]]) -> dict[str, Any]:
        stray = 0
        while stray < _STRAY:
            answer = self._receive(until)
            if not (isinstance(answer, dict) and answer.get("id") == request):
                stray += 1
            elif answer.get("status") == "callback":
                self._call_back(answer, callbacks, until)
            else:
                return answer
        raise wire.WireError("it is not readable as plain data")

    def _call_back(self, answer: dict[str, Any], callbacks: dict[Any, Callable[..., Any]], until: float) -> None:
        key, arguments = answer.get("key"), answer.get("args")
        if not isinstance(key, (int, str)) or key not in callbacks or not isinstance(arguments, tuple):
            raise wire.WireError("it is not readable as plain data")
        try:
            self._send({"value": callbacks[key](*arguments)}, until)
        except (OSError, TimeoutError):
            raise
        except Exception:
            self._send({"error": True}, until)

    def _receive(self, until: float) -> Any:
        size = _LENGTH.unpack(self._exactly(8, until))[0]
        if size > wire.LIMITS.size:
            raise wire.WireError(f"it is larger than {wire.LIMITS.size // wire.MiB} MiB")
        return wire.decode(self._exactly(size, until))

    def _exactly(self, size: int, until: float) -> bytes:
        assert self.connection is not None
        data = bytearray()
        while len(data) < size:
            left = until - time.monotonic()
            if left <= 0:
                raise TimeoutError
            self.connection.settimeout(left)
            part = self.connection.recv(min(size - len(data), wire.MiB))
            if not part:
                raise ConnectionError
            data += part
        return bytes(data)


class RemoteFunction:
    """A function of the student's that runs in the sandbox. Call it with plain data, by position or by keyword.

    A function given as an argument works too: one of the student's own goes by name, one of the tests' is called back.
    """

    def __init__(self, link: Link, name: str, doc: str = "") -> None:
        self._link = link
        self.__name__ = self.__qualname__ = name
        self.__doc__ = doc
        self.__module__ = "__main__"

    def __repr__(self) -> str:
        return f"<the student's function {self.__name__}>"

    def __deepcopy__(self, memo: Any) -> RemoteFunction:
        return self

    def __reduce__(self) -> Any:
        raise TypeError("a student's function cannot be pickled")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the function and return its result as plain data. Raises StudentError."""
        functions, callbacks = {}, {}
        plain_args, plain_kwargs = list(args), dict(kwargs)
        for key, value in [*enumerate(args), *kwargs.items()]:
            if callable(value) and not hasattr(type(value), "__array__"):
                (plain_args if isinstance(key, int) else plain_kwargs)[key] = None  # type: ignore[call-overload]
                if isinstance(value, RemoteFunction):
                    functions[key] = value.__name__
                else:
                    callbacks[key] = value
        request = {"do": "call", "name": self.__name__, "args": tuple(plain_args), "kwargs": plain_kwargs}
        request |= {"functions": functions, "callbacks": list(callbacks), "random": wire.random_state()}
        try:
            wire.encode(request)
        except wire.WireError as error:
            raise TypeError(f"the test gave {self.__name__} an argument that cannot cross: {error}") from None
        return self._result(self._link.ask(request, self.__name__, callbacks))

    def many(self, calls: Iterable[tuple[Any, ...]]) -> list[Any]:
        """Call the function once for each tuple of arguments; each call has its own time limit."""
        return [self(*arguments) for arguments in calls]

    def _result(self, answer: dict[str, Any]) -> Any:
        status, value = answer.get("status"), answer.get("value")
        if status == "ok" and isinstance(value, bytes):
            try:
                result = wire.decode(value)
                wire.set_random_state(answer.get("random"))
            except wire.WireError as error:
                raise WireError(f"What {self.__name__} returned cannot be read: {error}.") from None
            return result
        if status == "error":
            raise _student_exception(self.__name__, answer, self._link)
        public = f"{self.__name__} returned something other than numbers, text, arrays, lists and dictionaries."
        why = _text(answer.get("why"))
        message = f"{self.__name__} returned a value that the tests cannot read: {why}." if why else public
        raise WireError(message, public=public)


class MissingFunction(RemoteFunction):
    """Stands for a name that the student never defined."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(Link("", 0, 0, ""), name)
        self._why = why

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Raise NameError with the reason."""
        error = _new_error("NameError", "NameError", self._why, self._why)
        error.missing = True
        raise error


class Unreadable:
    """Stands for a value of the student's that cannot cross; says so on any use."""

    def __init__(self, name: str, why: str) -> None:
        self.__dict__["_message"] = f"{name} is not something the tests can read: {why}."
        self.__dict__["_public"] = f"{name} is not a number, text, array, list or dictionary."

    def _fail(self, *args: Any, **kwargs: Any) -> Any:
        raise WireError(self.__dict__["_message"], public=self.__dict__["_public"])

    __call__ = __getattr__ = __getitem__ = __iter__ = __len__ = __bool__ = __float__ = __int__ = _fail
    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = __contains__ = __array__ = _fail
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = __hash__ = _fail


def _error_class(name: str, base: str) -> type[_Raised]:
    """A class called ``name`` that is both a StudentError and the built-in ``base`` (when that can be combined)."""
    builtin = getattr(builtins, base, None)
    if base == "LinAlgError" and "numpy" in sys.modules:
        builtin = sys.modules["numpy"].linalg.LinAlgError
    usable = isinstance(builtin, type) and issubclass(builtin, Exception) and not issubclass(builtin, ExceptionGroup)
    bases = (builtin, _Raised) if usable and builtin is not Exception else (_Raised,)
    try:
        return type(name, bases, {"__str__": _Raised.__str__, "__module__": "builtins"})
    except TypeError:
        return type(name, (_Raised,), {"__module__": "builtins"})


def _student_exception(function: str, answer: dict[str, Any], link: Link) -> _Raised:
    """Build the exception that an answer describes, believing as little of it as possible."""
    name, base = _text(answer.get("type")), _text(answer.get("base"))
    name = name if name.isidentifier() and not keyword.iskeyword(name) and len(name) <= 40 else "Exception"
    base_class = getattr(builtins, base, None)
    base = base if isinstance(base_class, type) and issubclass(base_class, BaseException) else "Exception"
    line, text = answer.get("line"), _text(answer.get("text"))
    known = isinstance(line, int) and 0 < line < 100_000 and text in link.lines
    public, message = f"{function} stopped with {base}", _text(answer.get("message"))
    if base == "NotImplementedError":
        public = f"{function} is not written yet: it stopped with {base}"
    if base == "MemoryError":
        message = public = f"{function} ran out of memory (the limit is {link.memory})"
    error = _new_error(name, base, message, public)
    if known:
        error.line, error.source_line = int(line), text
    return error


def _new_error(name: str, base: str, message: str, public: str) -> _Raised:
    """An instance made without the constructor of the built-in type, some of which want arguments of their own."""
    cls = _error_class(name, base)
    error = cls.__new__(cls)
    StudentError.__init__(error, message, public=public)
    return error


def _text(value: Any) -> str:
    """A short printable text out of whatever came."""
    if not isinstance(value, str):
        return ""
    text = "".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in value[: _TEXT + 1])
    return text if len(text) <= _TEXT else text[:_TEXT] + "…"


# --- called by the executor, in the grader's kernel -----------------------------------------------------------------------


class _Cell:
    """The test cell that is running."""

    link: Link | None = None
    namespace: dict[str, Any] = {}
    hidden: list[tuple[int, int]] = []
    allowed: tuple[str, ...] = ()
    lent: set[str] = set()
    seed: int | None = None
    lines: set[str] = set()


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


def begin_cell(options: dict[str, Any], namespace: dict[str, Any]) -> None:
    """Bind the student's names in ``namespace`` before a test cell runs.

    Options: ``path`` of the snapshot ("" when there is none), ``names`` that answer cells define and ``free`` ones of
    the test cell, ``reasons`` (name -> sentence) for names whose cell was stopped, ``call_seconds``, ``seconds`` left for
    the cell, ``limit`` (text), ``hidden`` (first and last line of hidden parts), ``allowed`` error names, ``memory``: its limit as text.
    """
    _seed_numpy()
    if _cell.link:
        _cell.link.close()
    link = Link(options["path"], options["call_seconds"], options["seconds"], options["limit"], _cell.lines)
    link.memory = options["memory"]
    _cell.link, _cell.namespace = link, namespace
    _cell.hidden = [tuple(pair) for pair in options["hidden"]]
    _cell.allowed = tuple(options["allowed"])
    sys.last_value = sys.last_traceback = None  # type: ignore[assignment]
    for name in _cell.lent:
        namespace.pop(name, None)
    known = {*namespace, *dir(builtins), *options["names"]}
    free = [name for name in options["free"] if name not in known]
    _cell.lent = set(free)
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


def _bound(name: str, said: dict[str, Any], link: Link, reasons: dict[str, str]) -> Any:
    """What to bind a name to, by what the student's side says it is."""
    kind = said.get("kind")
    if kind == "function":
        return RemoteFunction(link, name, _text(said.get("doc")))
    if kind == "value" and isinstance(said.get("value"), bytes):
        try:
            return wire.decode(said["value"])
        except wire.WireError as error:
            return Unreadable(name, str(error))
    if kind in ("value", "other", "module"):
        why = "it is a module" if kind == "module" else _text(said.get("why"))
        return Unreadable(name, why or "it is not plain data")
    return MissingFunction(name, reasons.get(name, f"{name} is not defined"))


def end_cell() -> dict[str, Any]:
    """Say how the test cell ended: the sentence for the student, the full text for the instructor, trouble with the link."""
    link, error = _cell.link, getattr(sys, "last_value", None)
    trouble = link.trouble if link else ""
    if link:
        link.close()
    sys.last_value = sys.last_traceback = None  # type: ignore[assignment]
    if error is None:
        return {"trouble": trouble}
    line = _line_in_cell(error, _cell.namespace)
    hidden = line == 0 or any(first <= line <= last for first, last in _cell.hidden)
    full = "".join(traceback.format_exception_only(type(error), error))[:4000]
    name = type(error).__name__
    if isinstance(error, _Raised) and hidden:
        name = next((c.__name__ for c in type(error).__mro__ if getattr(builtins, c.__name__, None) is c), "Exception")
    sentence = _sentence(error, hidden, _cell.allowed)
    return {"name": name, "sentence": sentence, "full": full, "line": line, "hidden": hidden, "trouble": trouble}


def _sentence(error: BaseException, hidden: bool, allowed: tuple[str, ...]) -> str:
    if isinstance(error, StudentError):
        return error.sentence(hidden)
    if type(error).__name__ in allowed:
        return _text(str(error))
    if hidden:
        return HIDDEN_SENTENCE
    return _text(str(error)) or "This test did not pass."


def _line_in_cell(error: BaseException, namespace: dict[str, Any]) -> int:
    """The line of the test cell at which it stopped; 0 when it is not known."""
    for frame, line in traceback.walk_tb(error.__traceback__):
        if frame.f_globals is namespace and frame.f_code.co_name == "<module>":
            return line
    return 0
