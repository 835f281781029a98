"""What runs inside the student's sandbox: the start of an IPython kernel, and snapshots of it that answer calls.

Nothing here is secret and nothing here is trusted: the student's code shares this process and may change all of it.
The grader relies only on what the other side of the wire checks (grading.bridge) and on the walls (grading.sandbox).

A *snapshot* is a fork of the kernel's process, taken between two cells. It waits at a socket. Each test cell connects
to it and is served by a fork of that snapshot: whatever a call does (hang, exit, fill the memory, change a global) ends
with the test cell, and no test reaches the process in which the student's later cells run.

Used as a script by grading.sandbox with one JSON argument; imports the standard library, IPython and grading/wire.py.
"""

from __future__ import annotations

import builtins
import contextlib
import gc
import importlib.util
import itertools
import json
import linecache
import os
import resource
import select
import shutil
import signal
import socket
import struct
import sys
import traceback
from pathlib import Path
from typing import Any

_HERE = Path(__file__).resolve().parent
_LENGTH = struct.Struct("<Q")
_COPIED = 2**20  # bytes; a larger file handed in is linked instead, so that it does not eat the 64 MiB
_listeners: list[int] = []
_shell: Any = None


def _load_wire() -> Any:
    """Import grading/wire.py by its path: the package `grading` does not exist in here."""
    if "_grading_wire" not in sys.modules:
        spec = importlib.util.spec_from_file_location("_grading_wire", _HERE / "wire.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules["_grading_wire"] = module
        spec.loader.exec_module(module)
    return sys.modules["_grading_wire"]


wire = _load_wire()


# --- snapshots ---


def snapshot(index: int) -> bool:
    """Fork this process; the child answers at listener ``index`` from now on and never returns."""
    sys.stdout.flush()
    sys.stderr.flush()
    with contextlib.suppress(Exception):
        # NumPy imports them at their first use: here once, not in every fork anew
        _ = sys.modules["numpy"].random, sys.modules["numpy"].ma
    if os.fork():
        return True
    try:
        _be_quiet()
        _wait_for_visitors(socket.socket(fileno=os.dup(_listeners[index])))
    finally:
        os._exit(0)


def _be_quiet() -> None:
    """In a fork: nothing printed or displayed goes anywhere, and the kernel's event loop is not ours."""
    import asyncio

    asyncio.events._set_running_loop(None)
    sys.stdout = sys.stderr = sys.__stdout__ = sys.__stderr__ = open(os.devnull, "w")  # type: ignore[misc]  # noqa: SIM115
    if _shell is not None:
        _shell.display_pub.publish = lambda *args, **kwargs: None


def _wait_for_visitors(listener: socket.socket) -> None:
    """Serve one connection after the other, each in a fork of its own, which ends with the connection."""
    while True:
        connection, _ = listener.accept()
        child = os.fork()
        if child == 0:
            os.setpgid(0, 0)
            _serve(connection)
            os._exit(0)
        _watch(connection, child)
        connection.close()


def _watch(connection: socket.socket, child: int) -> None:
    """Return when the child has ended or the visitor has gone; end the child and what it started."""
    poller = select.poll()
    poller.register(connection, getattr(select, "POLLRDHUP", select.POLLHUP))
    pidfd = os.pidfd_open(child) if hasattr(os, "pidfd_open") else -1
    if pidfd >= 0:
        poller.register(pidfd, select.POLLIN)
    while not poller.poll(50 if pidfd < 0 else None):
        if os.waitpid(child, os.WNOHANG)[0]:
            return
    for kill in (os.killpg, os.kill):
        with contextlib.suppress(OSError):
            kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    if pidfd >= 0:
        os.close(pidfd)


# --- answering ---


def _serve(connection: socket.socket) -> None:
    """Answer requests until the visitor goes. A request and its answer are one wire value each, after their length."""
    pid = os.getpid()
    while True:
        request = _receive(connection)
        if request is None:
            return
        try:
            answer = _names(request) if request["do"] == "names" else _call(request, connection)
        except BaseException as error:
            answer = _describe(error)
        if os.getpid() != pid:  # the function forked, and this is the copy
            os._exit(0)
        _send(connection, {**answer, "id": request["id"]})


def _receive(connection: socket.socket) -> Any:
    header = connection.recv(8, socket.MSG_WAITALL)
    if len(header) < 8:
        return None
    data = connection.recv(_LENGTH.unpack(header)[0], socket.MSG_WAITALL)
    return wire.decode(data)


def _send(connection: socket.socket, value: Any) -> None:
    data = wire.encode(value)
    connection.sendall(_LENGTH.pack(len(data)) + data)


def _names(request: dict[str, Any]) -> dict[str, Any]:
    """Say of each name what it is: missing, a function, a module, or a value (with the value)."""
    return {"found": {name: _name(name) for name in request["names"]}}


def _name(name: str) -> dict[str, Any]:
    namespace = _shell.user_ns
    if name not in namespace:
        return {"kind": "missing"}
    value = namespace[name]
    if type(value) is type(sys):
        return {"kind": "module", "module": value.__name__}
    if callable(value):
        return {"kind": "function", "doc": str(getattr(value, "__doc__", None) or "")[:2000]}
    try:
        return {"kind": "value", "value": wire.encode(value)}
    except Exception as error:
        return {"kind": "other", "why": str(error)[:200]}


def _call(request: dict[str, Any], connection: socket.socket) -> dict[str, Any]:
    """Call a function of the student's with NumPy's global generator as the grader has it."""
    namespace = _shell.user_ns
    arguments = list(request["args"])
    keywords = dict(request["kwargs"])
    for key, name in request["functions"].items():
        (arguments if isinstance(key, int) else keywords)[key] = namespace[name]
    for key in request["callbacks"]:
        (arguments if isinstance(key, int) else keywords)[key] = _callback(connection, request["id"], key)
    if request["name"] not in namespace:
        raise NameError(f"{request['name']} is not defined")
    function = namespace[request["name"]]
    wire.set_random_state(request["random"])
    value = function(*arguments, **keywords)
    try:
        encoded = wire.encode(value)
    except wire.WireError as error:
        return {"status": "unfit", "why": str(error)[:200]}
    return {"status": "ok", "value": encoded, "same": _same(value), "random": wire.random_state()}


def _same(value: Any) -> list[tuple[int, int]]:
    """Which parts of a returned tuple are one and the same dictionary, as after ``v = s = {}``."""
    parts = value[:10] if type(value) in (tuple, list) else ()
    pairs = itertools.combinations(enumerate(parts), 2)
    return [(i, j) for (i, one), (j, other) in pairs if one is other and isinstance(one, dict)]


def _callback(connection: socket.socket, call: int, key: Any) -> Any:
    """A function that the grader handed over as an argument: it runs on the grader's side."""

    def callback(*args: Any) -> Any:
        _send(connection, {"status": "callback", "id": call, "key": key, "args": args})
        answer = _receive(connection)
        if answer is None or "error" in answer:
            raise RuntimeError("a function given as an argument raised an error")
        return answer["value"]

    return callback


def _describe(error: BaseException) -> dict[str, Any]:
    """An exception as plain data: its name, the built-in type below it, its message, its line in the student's cell."""
    bases = [cls.__name__ for cls in type(error).__mro__ if getattr(builtins, cls.__name__, None) is cls]
    try:
        message = str(error)[:2000]
    except BaseException:
        message = ""
    line, text = 0, ""
    for frame in traceback.extract_tb(error.__traceback__, limit=-200):
        if "ipykernel_" in frame.filename:
            line, text = frame.lineno or 0, linecache.getline(frame.filename, frame.lineno or 0)
    if isinstance(error, SyntaxError):
        line, text = error.lineno or 0, error.text or ""
    return {
        "status": "error",
        "type": type(error).__name__[:100],
        "base": bases[0] if bases else "Exception",
        "message": message,
        "line": line,
        "text": text.strip()[:200],
    }


# --- start ---


def limit_resources(limits: dict[str, int]) -> None:
    """Lower this process's own limits; they hold for everything it starts and cannot be raised again."""
    for name, value in limits.items():
        kind = getattr(resource, f"RLIMIT_{name}", None)
        if kind is not None:
            _, hard = resource.getrlimit(kind)
            value = value if hard == resource.RLIM_INFINITY else min(value, hard)
            with contextlib.suppress(ValueError, OSError):  # macOS refuses some of them
                resource.setrlimit(kind, (value, value))


def lay_out(handed_in: str, work: str) -> None:
    """Put the files handed in into the working folder: small ones as copies, large ones as links to read-only ones."""
    for source in sorted(Path(handed_in).rglob("*")) if handed_in else ():
        target = Path(work) / source.relative_to(handed_in)
        if source.is_dir():
            target.mkdir(parents=True, exist_ok=True)
        elif source.stat().st_size <= _COPIED:
            shutil.copyfile(source, target)
        else:
            target.symlink_to(source)


def start_kernel(connection_file: str, sockets: dict[str, int]) -> None:
    """Start an IPython kernel on sockets that are already listening (file descriptors by port) and never return."""
    global _shell
    gc.disable()  # hardly anything that is imported ever becomes garbage
    import zmq
    from ipykernel.kernelapp import IPKernelApp
    from traitlets.config import Config

    class App(IPKernelApp):
        """The usual kernel, on sockets made outside: the sandbox has no folder that both sides can write to."""

        def _try_bind_socket(self, s: Any, port: int) -> int:
            s.setsockopt(zmq.USE_FD, sockets[str(port)])
            s.bind(f"ipc://{self.ip}-{port}")
            return port

        def init_heartbeat(self) -> None:
            self.heartbeat = None

        def init_control(self, context: Any) -> None:
            super().init_control(context)  # type: ignore[no-untyped-call]
            self.debug_shell_socket.disconnect(self.shell_socket.getsockopt(zmq.LAST_ENDPOINT).rstrip(b"\0"))

        def write_connection_file(self, **kwargs: Any) -> None:
            """It is there already, and read-only."""

    config = Config()
    config.HistoryManager.enabled = False
    config.IPKernelApp.ignore_cwd = True
    config.IPKernelApp.log_level = 50
    app = App.instance(config=config)
    app.initialize(["-f", connection_file])  # type: ignore[no-untyped-call]
    _shell = app.shell
    null = os.open(os.devnull, os.O_WRONLY)
    copies = [getattr(stream, "_original_stdstream_copy", None) for stream in (sys.stdout, sys.stderr)]
    for descriptor in copies:
        if descriptor is not None:
            os.dup2(null, descriptor)
    gc.freeze()  # and looking at it again would copy pages that forks share
    gc.enable()
    app.start()  # type: ignore[no-untyped-call]


def main() -> None:
    """Start as the options (one JSON argument) say."""
    options = json.loads(sys.argv[1])
    sys.argv = ["ipykernel"]
    sys.modules["_grading_inside"] = sys.modules["__main__"]
    _listeners.extend(options["listeners"])
    limit_resources(options["limits"])
    lay_out(options["files"], options["work"])
    os.chdir(options["work"])
    sys.path.append(options["work"])
    start_kernel(options["connection_file"], options["sockets"])


if __name__ == "__main__":
    main()
