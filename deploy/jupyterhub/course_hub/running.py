"""Start the hub: for good (systemd calls `hub start`) or for a look (`hub try`)."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import TracebackType

from .accounts import set_passwords
from .settings import CONFIG_VARIABLE, HERE, Settings, SettingsError

READY_WITHIN = 240  # seconds
STOPPED_WITHIN = 60


def command(settings: Settings) -> list[str]:
    """The command line of the hub."""
    return [
        str(settings.environment("hub") / "bin/jupyterhub"),
        "--config",
        str(HERE / "jupyterhub_config.py"),
    ]


def environment(settings: Settings) -> dict[str, str]:
    """The hub's environment: nothing of the caller's but the language."""
    hub_bin = settings.environment("hub") / "bin"
    return {
        CONFIG_VARIABLE: str(settings.path),
        "PATH": f"{hub_bin}:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": "/root",
        "LANG": os.environ.get("LANG", "C.UTF-8"),
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def check_can_start(settings: Settings) -> None:
    """Raise SettingsError when the hub is not set up, or another program has one of its ports."""
    if os.geteuid() != 0:
        raise SettingsError("the hub starts servers as other users: run it as root")
    if not Path(command(settings)[0]).exists():
        raise SettingsError(f"no hub in {settings.environment('hub')}: run `hub setup` first")
    web = settings.web
    for port in (web.port, web.hub_port, web.proxy_api_port, web.formgrader_port):
        if port_taken(port):
            raise SettingsError(
                f"port {port} is taken: is a hub, or what an earlier one left, still running?"
            )


def port_taken(port: int) -> bool:
    """Does something on this machine listen on a port?"""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def start(settings: Settings) -> None:
    """Become the hub; returns only by an exception."""
    check_can_start(settings)
    os.chdir(settings.folders.state)
    line = command(settings)
    os.execve(line[0], line, environment(settings))


class LocalHub:
    """A hub that runs as long as the `with` block; its output goes to hub.log in the state folder."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.log = settings.folders.state / "hub.log"
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> LocalHub:
        check_can_start(self.settings)
        with self.log.open("ab") as log:
            # setpriv: should this process be killed, the hub is asked to stop too.
            self.process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "TERM", *command(self.settings)],
                cwd=self.settings.folders.state, env=environment(self.settings), stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, start_new_session=True, preexec_fn=_default_signals,
            )  # fmt: skip
        try:
            self._wait_until_ready()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + READY_WITHIN
        # The formgrader first: asking the proxy before the hub is there would only fill the log.
        while not (
            port_taken(self.settings.web.formgrader_port) and answers(f"{self.settings.url}/hub/health")
        ):
            if self.process is not None and self.process.poll() is not None:
                raise SettingsError(
                    f"the hub stopped at its start; the end of {self.log} says why:\n{self._tail()}"
                )
            if time.monotonic() > deadline:
                raise SettingsError(f"the hub is not ready after {READY_WITHIN} s; see {self.log}")
            time.sleep(0.2)

    def _tail(self) -> str:
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-15:])

    def stop(self) -> None:
        """Ask the hub to stop with its proxy, services and servers, and wait until it has."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(STOPPED_WITHIN)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
        self.process = None
        end_proxy(self.settings.folders.state / "proxy.pid")


def end_proxy(pid_file: Path) -> None:
    """End the proxy that a hub leaves behind when it gives up at its start; the next hub could not speak to it."""
    if not pid_file.exists():
        return
    pid = int(pid_file.read_text())
    command_line = Path(f"/proc/{pid}/cmdline")
    if command_line.exists() and b"configurable-http-proxy" in command_line.read_bytes():
        os.kill(pid, signal.SIGTERM)
    pid_file.unlink()


def _default_signals() -> None:
    # A shell that starts us in the background makes us ignore SIGINT; the hub's children would inherit that.
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def answers(url: str) -> bool:
    """Does a URL answer with success? A certificate of our own making is believed: it is our own machine."""
    context = ssl._create_unverified_context()
    try:
        with urllib.request.urlopen(url, timeout=5, context=context) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def demo_passwords(settings: Settings) -> dict[str, str]:
    """Fresh passwords for everybody who may log in, set on their Linux accounts."""
    people = (*settings.course.instructors, *settings.course.students)
    passwords = {name: secrets.token_hex(4) for name in people}
    set_passwords(passwords)
    return passwords


def welcome(settings: Settings, passwords: dict[str, str]) -> str:
    """What `hub try` prints: where to click, and as whom."""
    width = max(map(len, passwords))
    people = "\n".join(f"    {name:{width}}  {password}" for name, password in passwords.items())
    return f"""
The hub is ready: {settings.url}   (this machine only, passwords of this run only)

{people}

As {settings.course.instructors[0]}: Nbgrader > Course List, click {settings.course.id}; in what opens,
Nbgrader > Formgrader: click Generate and then Release beside an assignment.
As {settings.course.students[0]}: Nbgrader > Assignment List: Fetch, work, Validate, Submit.
As {settings.course.instructors[0]}: Collect, click the number of submissions, Autograde, Generate and Release Feedback.

Ctrl-C stops it. The log: {settings.folders.state / "hub.log"}
"""


def look(settings: Settings) -> None:
    """Run the hub until Ctrl-C or SIGTERM."""
    signal.signal(signal.SIGTERM, _interrupt)
    signal.signal(signal.SIGINT, _interrupt)
    try:
        with LocalHub(settings) as hub:
            print(welcome(settings, demo_passwords(settings)), flush=True)
            if hub.process is not None:
                hub.process.wait()
                raise SettingsError(f"the hub ended by itself; see {hub.log}")
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)


def _interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt
