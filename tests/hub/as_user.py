"""Call a function in a child process that has become another Linux user."""

from __future__ import annotations

import os
import pickle
import pwd
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

_OWN = "hubtest" + os.environ.get("PYTEST_XDIST_WORKER", "")
"""Each process of a parallel test run has accounts of its own."""

STUDENTS = (f"{_OWN}-a", f"{_OWN}-b", f"{_OWN}-c")
GRADER = f"{_OWN}-grader"
HOMES = Path(f"/var/lib/{_OWN}-accounts")


def call_as_user(name: str, function: Callable[..., Any], *arguments: Any) -> Any:
    """Fork, become `name` for good (groups, uid, home), call, and hand the result or the exception back.

    A fork, because the interpreter that runs the tests may live where other users cannot start it.
    """
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        _serve(writer, name, function, arguments)
    os.close(writer)
    with os.fdopen(reader, "rb") as stream:
        answer = stream.read()
    os.waitpid(child, 0)
    succeeded, value = pickle.loads(answer)
    if succeeded:
        return value
    raise value


def become(name: str) -> None:
    """Turn this process into one of `name`'s; there is no way back."""
    account = pwd.getpwnam(name)
    os.setgroups(os.getgrouplist(name, account.pw_gid))
    os.setgid(account.pw_gid)
    os.setuid(account.pw_uid)
    os.umask(0o077)
    os.environ.update(HOME=account.pw_dir, USER=name, LOGNAME=name)
    os.chdir(account.pw_dir)


def _serve(writer: int, name: str, function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    status = 1
    try:
        become(name)
        answer = (True, function(*arguments))
        status = 0
    except BaseException as error:
        traceback.print_exc(file=sys.stderr)
        answer = (False, error)
    with os.fdopen(writer, "wb") as stream:
        try:
            stream.write(pickle.dumps(answer))
        except (pickle.PicklingError, TypeError, AttributeError):
            stream.write(pickle.dumps((False, RuntimeError(str(answer[1])))))
    os._exit(status)
