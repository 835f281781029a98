"""Where a kernel runs: two Jupyter kernel provisioners, `bubblewrap` (walls) and `none` (no walls).

Both start grading/inside.py on sockets that are listening already, made in a private folder of the grader's. The
sandboxed process inherits them as open file descriptors, so there is no folder that both sides can write to: nothing
the student writes ever reaches the disk. A third provisioner (a process that forks per submission, a container,
another user id) needs the same traits and `launch_kernel`.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from jupyter_client.provisioning import LocalProvisioner
from traitlets import Dict, Integer, List, Unicode

from . import seccomp
from .forks import folder_for_sockets
from .wire import MiB

_HERE = Path(__file__).resolve().parent
_INSIDE = "/opt/grading"  # inside.py and wire.py, seen from the sandbox
_COURSE = "/course"  # what the course trusts: its own helper packages
_BOX = "/box"  # the only place that can be written to
_HANDED_IN = "/box/handed-in"
_ETC = ["ld.so.cache", "ld.so.conf", "ld.so.conf.d", "localtime", "fonts", "alternatives", "mime.types"]
_STATUS = re.compile(
    r"^State:\t(?P<state>.).*^SigPnd:\t(?P<own>\w+)\nShdPnd:\t(?P<shared>\w+)$", re.DOTALL | re.MULTILINE
)
# signals that end nobody; bwrap blocks SIGCHLD, which may then wait for ever
_HARMLESS = sum(
    1 << number - 1 for number in (signal.SIGCHLD, signal.SIGCONT, signal.SIGURG, signal.SIGWINCH)
)
_SINGLE_THREADED = ["OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS"]


class SandboxError(RuntimeError):
    """The sandbox cannot be had on this machine; the message says why."""


class PlainProvisioner(LocalProvisioner):  # type: ignore[misc]
    """Starts grading/inside.py without walls, for the grader's own kernel and for machines without bubblewrap."""

    environment = Dict(help="Environment variables of the kernel.")
    files = Dict(help="Files laid out in the working folder: path in there -> path on this machine.")
    trusted = Dict(help="Helper packages of the course: name -> folder on this machine.")
    hidden: Any = List(help="Paths that stay invisible although a folder above them is shown.")
    snapshots = Integer(0, help="How many snapshots of the kernel will be taken.")
    memory = Integer(2048 * MiB, help="Bytes of memory, for each process and for all together.")
    processes = Integer(64, help="Processes at the same time.")
    disk = Integer(64 * MiB, help="Bytes of files.")
    cpu = Integer(0, help="Seconds of CPU time for each process; 0: no limit.")

    folder = Unicode()
    breach = Unicode(
        help="Empty, or the sentence that names the limit for which the watchdog ended the kernel."
    )
    work = Unicode(help="The kernel's working folder, as the kernel sees it.")

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Point the kernel's manager to sockets in a private folder."""
        if not self.folder:
            self.folder = tempfile.mkdtemp(prefix="kernel-", dir=folder_for_sockets())
            self.parent.transport = "ipc"
            self.parent.ip = f"{self.folder}/k"
            self.parent.connection_file = f"{self.folder}/connection.json"
        result: dict[str, Any] = await super().pre_launch(**kwargs)
        return result

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        """Open the sockets, start the process, keep watch."""
        names = ("shell_port", "iopub_port", "stdin_port", "control_port")
        ports = {
            str(self.connection_info[name]): self._listen(f"k-{self.connection_info[name]}") for name in names
        }
        visitors = [self._listen(f"s{index}") for index in range(self.snapshots)]
        sockets = [*ports.values(), *visitors]
        options = {
            "sockets": {port: s.fileno() for port, s in ports.items()},
            "listeners": [s.fileno() for s in visitors],
            "limits": self._resource_limits(),
            **self._places(),
        }
        try:
            self.process = self._popen(json.dumps(options), [s.fileno() for s in sockets])
        finally:
            for s in sockets:
                s.close()
        self.pid = self.pgid = self.process.pid
        self.breach = ""
        threading.Thread(target=self._watch, args=(self.process,), daemon=True).start()
        return self.connection_info

    def _listen(self, name: str) -> socket.socket:
        path = Path(self.folder, name)
        path.unlink(missing_ok=True)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind(str(path))
        listener.listen(16)
        return listener

    def _resource_limits(self) -> dict[str, int]:
        """Limits that each process carries itself (see setrlimit(2)); the watchdog adds up what they miss."""
        limits = {"CORE": 0, "DATA": self.memory, "AS": self.memory + 8192 * MiB, "FSIZE": self.disk}
        limits |= {"NOFILE": 512}
        return limits | ({"CPU": self.cpu} if self.cpu else {})

    def _places(self) -> dict[str, str]:
        """The paths the kernel is told, as it sees them."""
        self.work = f"{self.folder}/work"
        Path(self.work).mkdir(exist_ok=True)
        handed_in = Path(self.folder, "handed-in")
        for name, path in self.files.items():
            (handed_in / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, handed_in / name)
        return {
            "connection_file": f"{self.folder}/connection.json",
            "files": str(handed_in),
            "work": self.work,
        }

    def _popen(self, options: str, descriptors: list[int]) -> subprocess.Popen[bytes]:
        environment = self._environment(":".join(str(Path(path).parent) for path in self.trusted.values()))
        environment |= {"JPY_PARENT_PID": str(os.getpid())}
        command = [os.path.abspath(sys.executable), str(_HERE / "inside.py"), options]
        return _start(command, environment, descriptors)

    def _environment(self, path: str) -> dict[str, str]:
        return {"PYTHONPATH": path, **_python_environment(), **self.environment}

    def _watch(self, process: subprocess.Popen[bytes]) -> None:
        """End the kernel when it goes over a limit. Runs in a thread as long as the process lives."""
        weighed = 0.0
        while process.poll() is None:
            pids = family(process.pid, stop=4 * self.processes)
            # bwrap itself and its init are two more; a snapshot is the grader's, not the student's
            if len(pids) > self.processes + self.snapshots + 2:
                return self._end(process, f"more than {self.processes} processes at the same time")
            if time.monotonic() - weighed > 0.25 and resident(pids) > self.memory:
                weighed = time.monotonic()
                if resident(pids, shared_once=True) > self.memory:
                    return self._end(process, f"more than {size_text(self.memory)} of memory")
            time.sleep(0.05)
        return None

    def _end(self, process: subprocess.Popen[bytes], limit: str) -> None:
        self.breach = f"It used {limit}."
        kill(process.pid)

    async def kill(self, restart: bool = False) -> None:
        """End the process, and with it everything it started."""
        if self.process:
            kill(self.process.pid)

    async def cleanup(self, restart: bool = False) -> None:
        """Remove the private folder."""
        if not restart and self.folder:
            shutil.rmtree(self.folder, ignore_errors=True)


class BubblewrapProvisioner(PlainProvisioner):
    """Starts grading/inside.py behind walls: its own user, process, network, mount, IPC, host and cgroup namespaces.

    It sees the system and the Python environment (read-only), the course's trusted helper packages, the files handed
    in, and one private folder in memory. As root and as an ordinary user alike.
    """

    def _resource_limits(self) -> dict[str, int]:
        # counted per user id: only inside a user namespace of one's own does that leave other programs alone
        return super()._resource_limits() | {"NPROC": 4 * self.processes}

    def _places(self) -> dict[str, str]:
        self.work = f"{_BOX}/work"
        connection_file = f"{_INSIDE}/connection.json"
        return {"connection_file": connection_file, "files": _HANDED_IN, "work": self.work}

    def _popen(self, options: str, descriptors: list[int]) -> subprocess.Popen[bytes]:
        problem = bubblewrap_problem()
        if problem:
            raise SandboxError(problem)
        arguments = self._arguments()
        extra = [_memory_file(b"\0".join(map(os.fsencode, arguments)))]
        filter_program = seccomp.program()
        if filter_program:
            extra.append(_memory_file(filter_program))
        command = ["bwrap", "--args", str(extra[0])]
        command += ["--seccomp", str(extra[1])] if filter_program else []
        command += ["--", os.path.abspath(sys.executable), f"{_INSIDE}/inside.py", options]
        try:
            # bwrap's own environment and arguments can be read in the sandbox: /proc/1
            return _start(command, {"PATH": os.environ.get("PATH", os.defpath)}, [*descriptors, *extra])
        finally:
            for descriptor in extra:
                os.close(descriptor)

    def _arguments(self) -> list[str]:
        spaces = ["user", "ipc", "pid", "net", "uts", "cgroup"]
        flags = [f"--unshare-{space}" for space in spaces] + [
            "--die-with-parent",
            "--new-session",
            "--clearenv",
        ]
        flags += ["--disable-userns"] if _bubblewrap_version() >= (0, 8) else []
        identity = ["--cap-drop", "ALL", "--uid", "1000", "--gid", "1000", "--hostname", "notebook"]
        return [*flags, *identity, *self._system(), *self._shown(), *self._box(), *self._variables()]

    def _system(self) -> list[str]:
        """The operating system and the Python environment, read-only, without what is hidden."""
        arguments = [
            "--ro-bind",
            "/usr",
            "/usr",
            "--proc",
            "/proc",
            "--ro-bind",
            "/dev/null",
            "/proc/cmdline",
        ]
        for name in ("bin", "sbin", "lib", "lib32", "lib64"):
            root = Path("/", name)
            if root.is_symlink():
                arguments += ["--symlink", os.readlink(root), str(root)]
            elif root.is_dir():
                arguments += ["--ro-bind", str(root), str(root)]
        for name in _ETC:
            arguments += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
        arguments += ["--dev", "/dev"]
        prefixes = {
            Path(p).resolve() for p in (sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix)
        }
        shown = [Path("/usr")]
        for prefix in sorted(prefixes):  # a folder comes before what is inside it
            if not any(prefix.is_relative_to(folder) for folder in shown):
                shown.append(prefix)
                arguments += ["--ro-bind", str(prefix), str(prefix)]
        for path in [*map(Path, self.hidden), *_editable_installs()]:
            if path.exists() and any(path.is_relative_to(folder) for folder in shown):
                arguments += (
                    ["--tmpfs", str(path)] if path.is_dir() else ["--ro-bind", "/dev/null", str(path)]
                )
        return arguments

    def _shown(self) -> list[str]:
        """The course's helper packages and the few files of ours that run inside."""
        arguments: list[str] = []
        for name, folder in self.trusted.items():
            arguments += ["--ro-bind", str(Path(folder).resolve()), f"{_COURSE}/{name}"]
        for name in ("inside.py", "wire.py"):
            arguments += ["--ro-bind", str(_HERE / name), f"{_INSIDE}/{name}"]
        arguments += ["--ro-bind", f"{self.folder}/connection.json", f"{_INSIDE}/connection.json"]
        passwd = Path(self.folder, "passwd")
        passwd.write_text("student:x:1000:1000::/box/home:/bin/sh\n")
        return [*arguments, "--ro-bind", str(passwd), "/etc/passwd"]

    def _box(self) -> list[str]:
        """One folder in memory for all that is written, and one for shared memory; all else is read-only."""
        shared = self.disk // 4
        arguments = [
            "--size",
            str(self.disk - shared),
            "--tmpfs",
            _BOX,
            "--size",
            str(shared),
            "--tmpfs",
            "/dev/shm",
        ]
        for name in ("work", "home", "tmp"):
            arguments += ["--dir", f"{_BOX}/{name}"]
        arguments += ["--dir", _HANDED_IN]
        for name, path in self.files.items():
            arguments += ["--ro-bind", path, f"{_HANDED_IN}/{name}"]
        for link in ("/tmp", "/var/tmp"):
            # a Python environment that lies there has made the folder already; TMPDIR names ours anyway
            if not any(
                Path(prefix).resolve().is_relative_to(link) for prefix in (sys.prefix, sys.base_prefix)
            ):
                arguments += ["--symlink", f"{_BOX}/tmp", link]
        # /proc too: where root grades, the settings of the kernel in /proc/sys belong to the student's user id
        for mount in ("/proc", "/dev", "/"):
            arguments += ["--remount-ro", mount]
        return [*arguments, "--chdir", f"{_BOX}/work"]

    def _variables(self) -> list[str]:
        variables = self._environment(_COURSE)
        variables |= {
            "PATH": f"{sys.prefix}/bin:/usr/bin:/bin",
            "HOME": f"{_BOX}/home",
            "TMPDIR": f"{_BOX}/tmp",
        }
        variables |= {
            "MPLCONFIGDIR": f"{_BOX}/tmp/matplotlib",
            "IPYTHONDIR": f"{_BOX}/home/.ipython",
            "USER": "student",
        }
        return [word for name, value in variables.items() for word in ("--setenv", name, value)]


def bubblewrap_problem() -> str:
    """Empty when bubblewrap works here; else one sentence that says what is in its way."""
    if not sys.platform.startswith("linux"):
        return "The sandbox needs Linux and bubblewrap."
    if shutil.which("bwrap") is None:
        return "The sandbox needs bubblewrap: there is no program bwrap here (Debian, Ubuntu: apt install bubblewrap)."
    return _try_bubblewrap()


@functools.cache
def _try_bubblewrap() -> str:
    spaces = ["--unshare-user", "--unshare-pid", "--unshare-net", "--unshare-ipc"]
    command = ["bwrap", *spaces, "--ro-bind", "/", "/", "--proc", "/proc", "--", "/bin/true"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode == 0:
        return ""
    return f"bubblewrap cannot make its namespaces here: {result.stderr.strip()[:300]}"


@functools.cache
def _bubblewrap_version() -> tuple[int, ...]:
    text = subprocess.run(["bwrap", "--version"], capture_output=True, text=True, check=False).stdout
    return tuple(int(part) for part in text.split()[-1].split(".") if part.isdigit())


@functools.cache
def _editable_installs() -> tuple[Path, ...]:
    """Files by which site-packages points to source trees that the sandbox does not see."""
    folders = [Path(p) for p in sys.path if p.endswith("site-packages")]
    return tuple(path for folder in folders for path in folder.glob("__editable__*"))


def _python_environment() -> dict[str, str]:
    """Variables of every kernel: reproducible, one thread, nothing imported from the working folder first."""
    values = dict.fromkeys(_SINGLE_THREADED, "1") | {"PYTHONSAFEPATH": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    return values | {"LANG": "C.UTF-8", "MALLOC_ARENA_MAX": "2", "PYDEVD_DISABLE_FILE_VALIDATION": "1"}


def _memory_file(content: bytes) -> int:
    descriptor = os.memfd_create("arguments", 0)
    os.write(descriptor, content)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor


def _start(
    command: list[str], environment: dict[str, str], descriptors: list[int]
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command,
        env=environment,
        pass_fds=descriptors,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def kill(pid: int) -> None:
    """SIGKILL to a process and its group. With bubblewrap's --die-with-parent its whole process namespace goes."""
    for end in (os.killpg, os.kill):
        with contextlib.suppress(OSError):
            end(pid, signal.SIGKILL)


def family(pid: int, stop: int = 10_000) -> list[int]:
    """A process and all that descend from it, at most about ``stop`` of them."""
    found: list[int] = []
    waiting = [pid]
    while waiting and len(found) <= stop:
        current = waiting.pop()
        found.append(current)
        try:
            for task in os.listdir(f"/proc/{current}/task"):
                with open(f"/proc/{current}/task/{task}/children", "rb") as children:
                    waiting += map(int, children.read().split())
        except FileNotFoundError:
            if not Path("/proc/self/task").exists():
                return _family_elsewhere(pid)
        except OSError:
            continue
    return found


def living(pids: list[int]) -> set[int]:
    """Those of some processes that run on: not ended, not stopped, and no signal on its way that could end them."""
    return {pid for pid in pids if _lives(pid)}


def _lives(pid: int) -> bool:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return not Path("/proc/self/status").exists()
    found = _STATUS.search(status)
    if found is None or found["state"] in "ZXTt":
        return False
    return not (int(found["own"], 16) | int(found["shared"], 16)) & ~_HARMLESS


def _family_elsewhere(pid: int) -> list[int]:
    import psutil

    try:
        return [pid, *(child.pid for child in psutil.Process(pid).children(recursive=True))]
    except psutil.Error:
        return [pid]


def resident(pids: list[int], shared_once: bool = False) -> int:
    """Bytes of memory that the processes hold; ``shared_once`` counts a page that several of them share only once."""
    total = 0
    for pid in pids:
        try:
            if shared_once:
                lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
                total += next(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
            else:
                total += int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        except (OSError, StopIteration, IndexError):
            continue
    return total


def size_text(size: int) -> str:
    """A limit as people write it: "2 GiB", "64 MiB"."""
    return f"{size // 1024 // MiB} GiB" if size % (1024 * MiB) == 0 else f"{size // MiB} MiB"
