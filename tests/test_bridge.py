"""What a test sees of a student's function, without sandbox and kernels: the other end is a thread with a socket."""

from __future__ import annotations

import os
import socket
import struct
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from student_end import Student, options

from grading import bridge, cells, inside, wire
from grading.bridge import (
    CallTimeout,
    KernelDied,
    Link,
    MissingFunction,
    RemoteFunction,
    StudentError,
    Unreadable,
)

LENGTH = struct.Struct("<Q")


def test_a_call_gives_the_result(student: Student) -> None:
    student.define("def f(x, *, scale=1):\n    'Docs.'\n    return {'y': x * scale, 'n': (len(x), None)}")
    result = student.function("f")(np.arange(3.0), scale=2)
    assert np.array_equal(result["y"], [0, 2, 4])
    assert result["n"] == (3, None)


def test_arguments_stay_as_they_were(student: Student) -> None:
    student.define("def f(x):\n    x[:] = 0\n    return x")
    x = np.ones(3)
    student.function("f")(x)
    assert x.tolist() == [1, 1, 1]


def test_one_dictionary_returned_twice_is_one_on_this_side_too(student: Student) -> None:
    student.define("def f():\n    v = s = {'dW1': 0.0}\n    return v, s, {'dW1': 0.0}")
    v, s, other = student.function("f")()
    assert v is s
    assert other is not v


@pytest.mark.parametrize(
    "same", [None, 3, [(0, 9)], [(1, 0)], [("0", 1)], [(0, 1)] * 99, [(-1, 0)], [[0, 1]]]
)
def test_a_false_word_about_what_is_one_changes_nothing(same: Any) -> None:
    one, other = {"a": 1}, {"a": 1}
    joined = bridge._joined((one, other), same)
    assert joined[0] is one
    assert joined[1] is other


def test_many_calls_at_once(student: Student) -> None:
    student.define("def f(a, b):\n    return a + b")
    assert student.function("f").many([(1, 2), (3, 4)]) == [3, 7]


def test_numpys_generator_goes_there_and_back(student: Student) -> None:
    student.define("import numpy as np\ndef f():\n    return np.random.normal(size=2)")
    np.random.seed(1)
    expected = np.random.normal(size=4)
    np.random.seed(1)
    f = student.function("f")
    assert np.array_equal(np.concatenate([f(), f()]), expected)


def test_functions_as_arguments(student: Student) -> None:
    student.define("def twice(f, x):\n    return f(f(x))\ndef double(x):\n    return 2 * x")
    assert student.function("twice")(lambda x: x + 1, 0) == 2
    assert student.function("twice")(student.function("double"), 3) == 12


def test_an_exception_arrives_with_type_message_line_and_text(student: Student) -> None:
    student.define("def f(x):\n    return 1 / x")
    f = student.function("f")
    f._link.lines = {"return 1 / x"}
    with pytest.raises(ZeroDivisionError) as caught:
        f(0)
    error = caught.value
    assert isinstance(error, StudentError)
    assert type(error).__name__ == "ZeroDivisionError"
    assert (str(error), error.line, error.source_line) == ("division by zero", 2, "return 1 / x")
    assert error.sentence() == "ZeroDivisionError in line 2 of its cell, `return 1 / x`: division by zero"


def test_a_hidden_call_shows_nothing_the_student_could_have_put_there(student: Student) -> None:
    student.define("def f(x):\n    raise type('Secret' + str(x), (ValueError,), {})('secret ' + str(x))")
    with pytest.raises(ValueError, match="secret 7") as caught:
        student.function("f")(7)
    assert caught.value.sentence(hidden=True) == "f stopped with ValueError."


def test_own_exception_types_keep_their_name_and_their_base(student: Student) -> None:
    student.define("class MyError(KeyError): pass\ndef f():\n    raise MyError('k')")
    with pytest.raises(KeyError) as caught:
        student.function("f")()
    assert type(caught.value).__name__ == "MyError"


@pytest.mark.parametrize("name", ["SystemExit", "KeyboardInterrupt", "GeneratorExit"])
def test_what_would_end_a_process_is_an_ordinary_error_here(student: Student, name: str) -> None:
    student.define(f"def f():\n    raise {name}")
    with pytest.raises(StudentError) as caught:
        student.function("f")()
    assert not isinstance(caught.value, (SystemExit, KeyboardInterrupt, GeneratorExit))


@pytest.mark.parametrize(
    "name", ["UnicodeDecodeError", "ExceptionGroup", "OSError", "StopIteration", "ImportError"]
)
def test_exceptions_with_special_constructors(student: Student, name: str) -> None:
    student.define(
        f"class Odd({name}):\n    def __new__(c, *a): return {name}.__new__(c, 'a', [ValueError()])\n"
        "    def __init__(self): pass\n    def __str__(self): raise SystemExit\n"
        if name == "ExceptionGroup"
        else f"class Odd({name}):\n    def __init__(self): pass\n    def __str__(self): raise SystemExit\n"
    )
    student.define("def f():\n    raise Odd()")
    with pytest.raises(StudentError):
        student.function("f")()


def test_a_result_that_cannot_cross_is_named(student: Student) -> None:
    student.define("def f():\n    return f")
    with pytest.raises(bridge.WireError, match="it holds a function"):
        student.function("f")()


def test_a_call_that_takes_too_long(student: Student) -> None:
    student.define("import time\ndef f():\n    time.sleep(3)")
    with pytest.raises(CallTimeout, match=r"f took more than 0.2 s, the limit for one call"):
        student.function("f", seconds=0.2)()


def test_a_process_that_ends(student: Student) -> None:
    student.serve = lambda connection: connection.recv(1) and None
    with pytest.raises(KernelDied, match="ended the Python process"):
        student.function("f")()


@pytest.mark.parametrize(
    "reply",
    [
        b"",
        LENGTH.pack(2**62),
        LENGTH.pack(3) + b"xyz",
        LENGTH.pack(1) + b"N",
        *(LENGTH.pack(len(wire.encode(v))) + wire.encode(v) for v in (
            {"id": 1}, {"id": 1, "status": "ok", "value": 5}, {"id": 1, "status": "ok", "value": b"?"},
            {"id": 1, "status": "error", "type": 5, "base": [], "message": {}, "line": "x", "text": None},
            {"id": 1, "status": "error", "base": "print", "type": "class"},
            {"id": 1, "status": "callback", "key": [], "args": 5}, {"id": 2, "status": "ok", "value": b"N"},
        )),
    ],
)  # fmt: skip
def test_whatever_is_answered_a_student_error_comes_out(student: Student, reply: bytes) -> None:
    def serve(connection: socket.socket) -> None:
        inside._receive(connection)
        for _ in range(10):
            connection.sendall(reply)

    student.serve = serve
    with pytest.raises(StudentError):
        student.function("f", seconds=1)()


def test_answers_to_other_questions_are_skipped(student: Student) -> None:
    def serve(connection: socket.socket) -> None:
        request = inside._receive(connection)
        inside._send(connection, {"id": request["id"] + 7, "status": "ok", "value": wire.encode("forged")})
        inside._send(
            connection, {"id": request["id"], "status": "ok", "value": wire.encode("true"), "random": None}
        )

    student.serve = serve
    assert student.function("f")() == "true"


def test_missing_functions_and_unreadable_values_say_so_when_used() -> None:
    with pytest.raises(NameError, match="he is not defined"):
        MissingFunction("he", "he is not defined")(3)
    value = Unreadable("net", "it holds an object of class Net")
    for use in (
        lambda: value.size,
        lambda: value + 1,
        lambda: value == 3,
        lambda: list(value),
        lambda: float(value),
    ):
        with pytest.raises(bridge.WireError, match="net is not something the tests can read"):
            use()


def test_names_are_bound_by_what_they_are(student: Student) -> None:
    student.define("import os\ndef f(): return 1\nvalue = {'a': 1}\nclass C: pass\nthing = C()")
    namespace: dict[str, Any] = {"helper": "the grader's own"}
    names = ["f", "value", "thing", "missing"]
    cells.begin_cell(
        options(str(student.path), names=names, free=["helper", "len", "value", "os"]), namespace
    )
    assert namespace["f"]() == 1
    assert namespace["value"] == {"a": 1}
    assert isinstance(namespace["thing"], Unreadable)
    assert isinstance(namespace["os"], Unreadable)
    assert namespace["helper"] == "the grader's own"
    assert "len" not in namespace
    with pytest.raises(NameError):
        namespace["missing"]()
    assert cells.end_cell() == {"trouble": ""}


def test_names_lent_to_one_cell_are_taken_back(student: Student) -> None:
    student.define("extra = 5")
    namespace: dict[str, Any] = {}
    cells.begin_cell(options(str(student.path), free=["extra"]), namespace)
    assert namespace["extra"] == 5
    cells.begin_cell(options(str(student.path)), namespace)
    assert "extra" not in namespace


def test_without_a_snapshot_the_reason_is_told() -> None:
    namespace: dict[str, Any] = {}
    cells.begin_cell(
        options("", names=["f"], reasons={"f": "This cell was stopped: it ran for more than 30 s."}),
        namespace,
    )
    with pytest.raises(NameError, match="ran for more than 30 s"):
        namespace["f"]()


def test_messages_are_short_and_printable(student: Student) -> None:
    student.define("def f():\n    raise ValueError('\\x1b[31m' + 'x' * 10**6)")
    with pytest.raises(ValueError, match="xxx") as caught:
        student.function("f")()
    assert len(str(caught.value)) < 600
    assert "\x1b" not in str(caught.value)


def test_the_deadline_of_the_cell_holds_over_many_calls(student: Student) -> None:
    student.define("import time\ndef f():\n    time.sleep(0.15)")
    link = Link(str(student.path), 5, 0.5, "more than 0.5 s, the limit for one cell")
    student.links.append(link)
    start = time.monotonic()
    with pytest.raises(CallTimeout, match="the limit for one cell"):
        RemoteFunction(link, "f").many([()] * 100)
    assert time.monotonic() - start < 10


def test_nothing_is_pickled() -> None:
    assert not any(
        "pickle" in Path(module.__file__ or "").read_text().replace("pickled", "")
        for module in (bridge, inside)
    )
    assert os.path.exists(wire.__file__)
