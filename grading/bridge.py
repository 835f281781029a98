"""The grader's end of a call into the student's sandbox. Runs in the grader's kernel, where the tests run.

Tests call a `RemoteFunction` as if it were the student's function. Arguments and result cross as plain data
(grading.wire), with NumPy's global generator, under a time limit. Whatever goes wrong on the other side is a
`StudentError` with a message of a sentence; nothing that comes back is believed beyond its bytes.
"""

from __future__ import annotations

import builtins
import itertools
import keyword
import socket
import struct
import time
from collections.abc import Callable, Iterable
from typing import Any

from . import wire
from .patience import patient

_LENGTH = struct.Struct("<Q")
_TEXT = 500  # characters of a student's message that are shown
_STRAY = 8  # answers to other questions that are skipped before giving up
HIDDEN_SENTENCE = "A hidden test of this cell did not pass."


class StudentError(Exception):
    """What a student's function did wrong. The message is for the student.

    ``line`` is the line number in the student's cell (0: unknown) and ``source_line`` its text. ``public`` is a
    message that holds nothing the student's code could have put there: it is shown after a call from a hidden line.
    ``whole`` is whether the message is a sentence of ours that needs nothing around it.
    """

    line: int = 0
    source_line: str = ""
    public: str = ""
    whole: bool = True

    def __init__(
        self, message: str = "", *, public: str | None = None, line: int = 0, source_line: str = ""
    ) -> None:
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


class CallTimeout(StudentError):  # noqa: N818
    """A call, a cell or the whole notebook went over its time."""


class KernelDied(StudentError):  # noqa: N818
    """The process in which the function ran has ended."""


class WireError(StudentError):
    """A result that cannot cross."""


class Raised(StudentError):  # noqa: N818
    """An exception that the student's function raised; the subclasses carry its name and its built-in type."""

    whole = False
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

    def __init__(
        self, path: str, call_seconds: float, seconds: float, limit: str, lines: Iterable[str] = ()
    ) -> None:
        """Talk to the snapshot at ``path``; it all ends after ``seconds``, and ``limit`` says which limit that is."""
        self.path, self.call_seconds, self.limit = path, call_seconds, limit
        self.deadline = time.monotonic() + patient(seconds)
        self.lines = set(lines)
        self.connection: socket.socket | None = None
        self.ids = itertools.count(1)
        self.trouble = ""

    def close(self) -> None:
        """Leave; the other side ends whatever still runs for us."""
        if self.connection is not None:
            self.connection.close()
            self.connection = None

    def ask(
        self, request: dict[str, Any], subject: str, callbacks: dict[Any, Callable[..., Any]] | None = None
    ) -> Any:
        """Send a request and return its answer.

        Raises StudentError for all that can go wrong on the student's side, wire.WireError for a request that is not
        plain data.
        """
        until = min(time.monotonic() + patient(self.call_seconds), self.deadline)
        request["id"] = next(self.ids)
        data = wire.encode(request)
        try:
            self._send(data, until)
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

    def _send(self, data: bytes, until: float) -> None:
        if not self.path:
            raise ConnectionError
        if self.connection is None:
            self.connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self.connection.settimeout(max(0.001, until - time.monotonic()))
            self.connection.connect(self.path)
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

    def _call_back(
        self, answer: dict[str, Any], callbacks: dict[Any, Callable[..., Any]], until: float
    ) -> None:
        key, arguments = answer.get("key"), answer.get("args")
        if not isinstance(key, (int, str)) or key not in callbacks or not isinstance(arguments, tuple):
            raise wire.WireError("it is not readable as plain data")
        try:
            data = wire.encode({"value": callbacks[key](*arguments)})
        except Exception:
            data = wire.encode({"error": True})
        self._send(data, until)

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
        everything: dict[Any, Any] = dict(enumerate(args)) | kwargs
        functions = {
            key: value.__name__ for key, value in everything.items() if isinstance(value, RemoteFunction)
        }
        callbacks = {key: value for key, value in everything.items() if _is_callback(value)}
        plain = {
            key: None if key in functions or key in callbacks else value for key, value in everything.items()
        }
        request: dict[str, Any] = {"do": "call", "name": self.__name__, "random": wire.random_state()}
        request["args"] = tuple(plain[position] for position in range(len(args)))
        request["kwargs"] = {key: plain[key] for key in kwargs}
        request |= {"functions": functions, "callbacks": list(callbacks)}
        try:
            answer = self._link.ask(request, self.__name__, callbacks)
        except wire.WireError as error:
            raise TypeError(f"the test gave {self.__name__} an argument that cannot cross: {error}") from None
        return self._result(answer)

    def many(self, calls: Iterable[tuple[Any, ...]]) -> list[Any]:
        """Call the function once for each tuple of arguments; each call has its own time limit."""
        return [self(*arguments) for arguments in calls]

    def _result(self, answer: dict[str, Any]) -> Any:
        status, value = answer.get("status"), answer.get("value")
        if status == "ok" and isinstance(value, bytes):
            try:
                result = _joined(wire.decode(value), answer.get("same"))
                wire.set_random_state(answer.get("random"))
            except wire.WireError as error:
                raise WireError(f"What {self.__name__} returned cannot be read: {error}.") from None
            return result
        if status == "error":
            raise _student_exception(self.__name__, answer, self._link)
        public = (
            f"{self.__name__} returned something other than numbers, text, arrays, lists and dictionaries."
        )
        why = short_text(answer.get("why"))
        message = f"{self.__name__} returned a value that the tests cannot read: {why}." if why else public
        raise WireError(message, public=public)


def _joined(result: Any, same: Any) -> Any:
    """A returned tuple in which those parts are one dictionary again that were one before they crossed."""
    if not (type(result) in (tuple, list) and isinstance(same, list) and len(same) <= 45):
        return result
    parts = list(result)
    for pair in same:
        known = isinstance(pair, tuple) and len(pair) == 2 and all(type(place) is int for place in pair)
        if known and 0 <= pair[0] < pair[1] < len(parts) and isinstance(parts[pair[0]], dict):
            parts[pair[1]] = parts[pair[0]]
    return type(result)(parts)


def _is_callback(value: Any) -> bool:
    """A function of the tests' own, to be called back; a tensor that happens to be callable is data."""
    return callable(value) and not isinstance(value, RemoteFunction) and not hasattr(type(value), "__array__")


class MissingFunction(RemoteFunction):
    """Stands for a name that the student never defined."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(Link("", 0, 0, ""), name)
        self.why_missing = why

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Raise NameError with the reason."""
        error = _new_error("NameError", "NameError", self.why_missing, self.why_missing)
        error.missing = error.whole = True
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
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = __hash__ = (
        _fail
    )


def _error_class(name: str, base: str) -> type[Raised]:
    """A class called ``name`` that is both a StudentError and the built-in ``base`` (when that can be combined)."""
    builtin = getattr(builtins, base, None)
    bases: tuple[type, ...] = (Raised,)
    if (
        isinstance(builtin, type)
        and issubclass(builtin, Exception)
        and not issubclass(builtin, ExceptionGroup)
    ):
        bases = (builtin, Raised) if builtin is not Exception else bases
    try:
        return type(name, bases, {"__str__": Raised.__str__, "__module__": "builtins"})
    except TypeError:
        return type(name, (Raised,), {"__module__": "builtins"})


def _student_exception(function: str, answer: dict[str, Any], link: Link) -> Raised:
    """Build the exception that an answer describes, believing as little of it as possible."""
    name, base = short_text(answer.get("type")), short_text(answer.get("base"))
    name = name if name.isidentifier() and not keyword.iskeyword(name) and len(name) <= 40 else "Exception"
    base_class = getattr(builtins, base, None)
    base = base if isinstance(base_class, type) and issubclass(base_class, BaseException) else "Exception"
    line, text = answer.get("line"), short_text(answer.get("text"))
    public, message = f"{function} stopped with {base}", short_text(answer.get("message"))
    if base == "NotImplementedError":
        public = f"{function} is not written yet: it stopped with {base}"
    if base == "MemoryError":
        message = public = f"{function} ran out of memory (the limit is {link.memory})"
    error = _new_error(name, base, message, public)
    error.whole = base == "MemoryError"
    if isinstance(line, int) and 0 < line < 100_000 and text in link.lines:
        error.line, error.source_line = line, text
    return error


def _new_error(name: str, base: str, message: str, public: str) -> Raised:
    """An instance made without the constructor of the built-in type, some of which want arguments of their own."""
    cls = _error_class(name, base)
    error = cls.__new__(cls)
    StudentError.__init__(error, message, public=public)
    return error


def short_text(value: Any) -> str:
    """A short printable text out of whatever came."""
    if not isinstance(value, str):
        return ""
    text = value[: _TEXT + 1]
    if not text.replace("\n", "").isprintable():
        text = "".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in text)
    return text if len(text) <= _TEXT else text[:_TEXT] + "…"
