"""A Jupyter client that does not trust its kernel.

The kernel signs its messages with a key that the student's code can read, so a signature proves nothing. Sizes are
limited before anything is parsed, whatever cannot be parsed is dropped, messages that answer other requests are
dropped, and outputs are rebuilt from the few fields that we know.
"""

from __future__ import annotations

import base64
import binascii
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import zmq
from jupyter_client.session import Session
from nbformat.v4 import new_output

from .wire import MiB

_MAGIC = {"image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff"}
_OVERFLOW = 20  # times the limit of output: then the cell is stopped instead of cut


@dataclass
class Ran:
    """What came of one execution.

    ``status``: "ok", "error", "timeout", "flood" (of output), "dead" (the process is gone).
    """

    status: str = "dead"
    outputs: list[Any] = field(default_factory=list)
    expressions: dict[str, str] = field(default_factory=dict)
    count: int | None = None
    problem: str = ""


class Client:
    """Two sockets to one kernel: requests and their replies (shell), and what the kernel publishes (iopub)."""

    def __init__(self, connection: dict[str, Any], alive: Callable[[], bool], output: int = MiB) -> None:
        self.session = Session(key=connection["key"])
        self.alive = alive
        self.output = output
        self.context = zmq.Context()
        self.shell = self._connect(zmq.DEALER, connection, "shell_port", waiting=8)
        self.iopub = self._connect(zmq.SUB, connection, "iopub_port", waiting=200)
        self.iopub.setsockopt(zmq.SUBSCRIBE, b"")
        self.poller = zmq.Poller()
        for socket in (self.shell, self.iopub):
            self.poller.register(socket, zmq.POLLIN)

    def _connect(self, kind: int, connection: dict[str, Any], port: str, waiting: int) -> zmq.Socket[bytes]:
        socket = self.context.socket(kind)
        socket.setsockopt(zmq.LINGER, 0)
        socket.setsockopt(zmq.MAXMSGSIZE, max(8 * MiB, 2 * self.output))
        socket.setsockopt(zmq.RCVHWM, waiting)
        socket.connect(f"ipc://{connection['ip']}-{connection[port]}")
        return socket

    def close(self) -> None:
        """Drop the sockets and all that waits in them."""
        self.context.destroy(linger=0)

    def wait_until_ready(self, seconds: float) -> bool:
        """Ask until the kernel answers on both sockets; False when it does not, or has died."""
        deadline = time.monotonic() + seconds
        heard: set[Any] = set()
        while time.monotonic() < deadline and self.alive():
            self.session.send(self.shell, "kernel_info_request", {})
            for source, message in self._messages(time.monotonic() + 0.2):
                if message is None:
                    continue
                heard.add(source)
                if len(heard) == 2:
                    return True
        return False

    def run(
        self, code: str, seconds: float, *, silent: bool = False, expressions: dict[str, str] | None = None
    ) -> Ran:
        """Run code and wait for its end, at most ``seconds``."""
        for _ in self._messages(0):  # what an earlier cell's threads have left behind
            pass
        content = {"code": code, "silent": silent, "store_history": not silent, "allow_stdin": False}
        content |= {"stop_on_error": False, "user_expressions": expressions or {}}
        request = self.session.send(self.shell, "execute_request", content)["header"]["msg_id"]
        gathered = _Outputs(self.output)
        result = self._await_end(request, gathered, time.monotonic() + seconds)
        result.outputs = gathered.finish()
        return result

    def _await_end(self, request: str, gathered: _Outputs, deadline: float) -> Ran:
        result, idle = Ran("timeout"), False
        end = [deadline]
        for source, message in self._messages(lambda: end[0]):
            if message is None:
                if not self.alive():
                    return result if result.status in ("ok", "error") else Ran("dead")
                continue
            if message["parent_header"].get("msg_id") != request:
                continue
            content = message["content"]
            if source is self.shell and message["msg_type"] == "execute_reply":
                result = _reply(content)
                end[0] = min(end[0], time.monotonic() + 1)  # outputs are nearly always there already
            elif source is self.iopub and message["msg_type"] == "status":
                idle = idle or content.get("execution_state") == "idle"
            elif source is self.iopub and not gathered.add(message["msg_type"], content):
                return Ran("flood")
            if idle and result.status != "timeout":
                break
        return result

    def _messages(self, until: float | Callable[[], float]) -> Iterator[tuple[Any, Any]]:
        """Messages as they arrive until a time (monotonic); (None, None) every tenth of a second without one."""
        limit = until if callable(until) else lambda: until
        while True:
            left = limit() - time.monotonic()
            ready = dict(self.poller.poll(int(max(0, min(100, left * 1000)))))
            for socket in ready:
                message = self._receive(socket)
                if message is not None:
                    yield socket, message
            if not ready and left > 0:
                yield None, None
            if left <= 0 and (not ready or left < -1):
                return

    def _receive(self, socket: Any) -> Any:
        """One message as a dict of the shape we know, or None."""
        try:
            frames = socket.recv_multipart(zmq.NOBLOCK)
            _, frames = self.session.feed_identities(frames)
            message = self.session.deserialize(frames, content=True)
            known = isinstance(message["content"], dict) and isinstance(message["parent_header"], dict)
            return message if known and isinstance(message["msg_type"], str) else None
        except Exception:  # whatever the student's process sends must not stop the grader
            return None


def _reply(content: dict[str, Any]) -> Ran:
    result = Ran("ok" if content.get("status") == "ok" else "error")
    count = content.get("execution_count")
    result.count = count if type(count) is int and 0 <= count < 10**6 else None
    expressions = content.get("user_expressions")
    for name, value in expressions.items() if isinstance(expressions, dict) else ():
        data = value.get("data") if isinstance(value, dict) else None
        if isinstance(data, dict) and isinstance(data.get("text/plain"), str):
            result.expressions[name] = data["text/plain"]
        elif isinstance(value, dict):
            result.problem = clean_text(value.get("evalue"))
    return result


class _Outputs:
    """Outputs of one cell, rebuilt from text and pictures, up to a limit in bytes."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.size = 0
        self.list: list[Any] = []
        self.clear_next = False

    def add(self, kind: str, content: dict[str, Any]) -> bool:
        """Take one published message; False when it is time to stop the cell."""
        if kind == "clear_output":
            self.clear_next = True
            return True
        output = _output(kind, content)
        if output is None:
            return True
        if self.clear_next:
            self.list, self.clear_next = [], False
        self.size += _weight(output)
        if self.size <= self.limit:
            self._append(output)
        return self.size <= _OVERFLOW * self.limit

    def _append(self, output: Any) -> None:
        last = self.list[-1] if self.list else None
        if last and output.output_type == "stream" == last.output_type and last.name == output.name:
            last.text += output.text
        else:
            self.list.append(output)

    def finish(self) -> list[Any]:
        if self.size > self.limit:
            text = f"\nThe output of this cell is more than {self.limit // MiB or 1} MiB; the rest is left out.\n"
            self.list.append(new_output("stream", name="stdout", text=text))
        return self.list


def _output(kind: str, content: dict[str, Any]) -> Any:
    if kind == "stream":
        name = "stderr" if content.get("name") == "stderr" else "stdout"
        return new_output("stream", name=name, text=clean_text(content.get("text")))
    if kind == "error":
        lines = content.get("traceback")
        traceback = [clean_text(line) for line in lines[:200]] if isinstance(lines, list) else []
        ename, evalue = clean_text(content.get("ename"))[:100], clean_text(content.get("evalue"))[:2000]
        return new_output("error", ename=ename, evalue=evalue, traceback=traceback)
    if kind in ("display_data", "execute_result"):
        data = safe_data(content.get("data"))
        count = {"execution_count": None} if kind == "execute_result" else {}
        return new_output(kind, data=data, **count) if data else None
    return None


def safe_data(data: Any) -> dict[str, str]:
    """Of a display's representations only text and pictures that are what they say they are."""
    if not isinstance(data, dict):
        return {}
    kept = {"text/plain": clean_text(data["text/plain"])} if "text/plain" in data else {}
    for mime, magic in _MAGIC.items():
        picture = data.get(mime)
        picture = "".join(map(str, picture)) if isinstance(picture, list) else picture
        try:
            raw = (
                base64.b64decode("".join(str(picture).split()), validate=True)
                if isinstance(picture, str)
                else b""
            )
        except (binascii.Error, ValueError):
            continue
        if raw.startswith(magic):
            kept[mime] = base64.b64encode(raw).decode()
    return kept


def clean_text(value: Any) -> str:
    """Text without lone surrogates (they cannot be written to a file); a list of lines is joined."""
    text = "".join(map(str, value)) if isinstance(value, list) else value if isinstance(value, str) else ""
    return text.encode("utf-8", "replace").decode("utf-8")


def _weight(output: Any) -> int:
    """Bytes of an output, with a little for its frame, so that many empty ones count too."""
    parts = [output.get("text", ""), *output.get("data", {}).values(), *output.get("traceback", [])]
    return 100 + sum(map(len, parts))
