"""What a kernel in the sandbox sees and may do, and that it is as quick to talk to as any other."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from grading import sandbox, seccomp
from grading.sandbox import bubblewrap_problem, family, living, size_text
from grading.student import GradingFault, Kernel, LimitSet
from grading.wire import MiB

needs_bubblewrap = pytest.mark.skipif(bool(bubblewrap_problem()), reason=bubblewrap_problem())
slow = pytest.mark.slow
quiet = pytest.mark.filterwarnings("ignore:.*:DeprecationWarning", "ignore:.*:ResourceWarning")


def options(**changes: Any) -> dict[str, Any]:
    limits = LimitSet()
    base = {
        "memory": 1024 * MiB,
        "processes": 20,
        "disk": limits.disk,
        "files": {},
        "trusted": {},
        "hidden": [],
    }
    return base | changes


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    folder = tmp_path_factory.mktemp("course")
    (folder / "helpers").mkdir()
    (folder / "helpers" / "__init__.py").write_text("WORD = 'trusted'\n")
    (folder / "small.csv").write_text("1,2\n")
    (folder / "large.bin").write_bytes(bytes(2 * MiB))
    (folder / "json.py").write_text("raise SystemExit\n")
    (folder / "mine.py").write_text("WORD = 'my own module'\n")
    files = {name: str(folder / name) for name in ("small.csv", "large.bin", "json.py", "mine.py")}
    kernel = Kernel("bubblewrap", options(files=files, trusted={"helpers": str(folder / "helpers")}), MiB)
    assert kernel.client.run("import os", 20).status == "ok"
    yield kernel
    kernel.close()


def said(kernel: Kernel, code: str) -> str:
    """What a cell prints, or the error it ends with."""
    ran = kernel.client.run(code, 20)
    return "".join(o.get("text", "") or f"{o.get('ename')}: {o.get('evalue')}" for o in ran.outputs).strip()


@slow
@quiet
@needs_bubblewrap
class TestWalls:
    def test_the_file_system_holds_only_what_is_meant_to_be_seen(self, kernel: Kernel) -> None:
        names = said(kernel, "print(*sorted(os.listdir('/')))").split()
        assert set(names) <= {
            "bin",
            "box",
            "course",
            "dev",
            "etc",
            "lib",
            "lib32",
            "lib64",
            "opt",
            "proc",
            "sbin",
            "tmp",
            "usr",
            "var",
        } | {Path(prefix).parts[1] for prefix in (sys.prefix, sys.base_prefix)}
        assert said(
            kernel, "print(*sorted(os.listdir('/course')), *sorted(os.listdir('/opt/grading')))"
        ).split() == [
            "helpers",
            "connection.json",
            "inside.py",
            "wire.py",
        ]

    def test_the_course_is_not_there(self, kernel: Kernel) -> None:
        here = Path(__file__).resolve().parents[1]
        assert said(
            kernel,
            f"print(os.path.exists({str(here / 'grading')!r}), os.path.exists({str(here / 'tests')!r}))",
        ) == ("False False")
        assert "ModuleNotFoundError" in said(kernel, "import grading")

    def test_files_handed_in_are_there_and_shadow_nothing(self, kernel: Kernel) -> None:
        assert said(kernel, "print(open('small.csv').read())") == "1,2"
        assert said(kernel, "print(os.path.getsize('large.bin'))") == str(2 * MiB)
        assert said(kernel, "import json, mine; print(json.dumps(1), mine.WORD)") == "1 my own module"
        assert said(kernel, "open('small.csv', 'w').write('x'); print(open('small.csv').read())") == "x"

    def test_trusted_helpers_are_importable_and_cannot_be_changed(self, kernel: Kernel) -> None:
        assert said(kernel, "import helpers; print(helpers.WORD)") == "trusted"
        assert "Read-only" in said(kernel, "open('/course/helpers/__init__.py', 'a')")

    def test_nothing_can_be_written_outside_the_box(self, kernel: Kernel) -> None:
        places = [
            "/x",
            "/usr/x",
            "/etc/passwd",
            "/opt/x",
            "/dev/x",
            "/var/x",
            "/proc/sys/kernel/hostname",
            f"{sys.prefix}/x",
        ]
        for place in places:
            assert "Error" in said(kernel, f"open({place!r}, 'a')"), place

    def test_settings_of_the_machine_are_out_of_reach(self, kernel: Kernel) -> None:
        """As root, the files in /proc/sys belong to the student's user id: only the read-only mount protects them."""
        code = "import glob\nn = 0\nfor p in glob.glob('/proc/sys/**', recursive=True):\n    try:\n        open(p, 'a').close(); n += 1\n"  # noqa: E501
        code += "    except OSError: pass\nprint(n)"
        assert said(kernel, code) == "0"

    def test_environment_is_clean(self, kernel: Kernel) -> None:
        seen = set(said(kernel, "print(*os.environ)").split())
        assert not {"SHELL", "SSH_AUTH_SOCK", "AWS_SECRET_ACCESS_KEY", "PYTEST_CURRENT_TEST", "OLDPWD"} & seen
        assert "PYTEST_CURRENT_TEST" not in said(
            kernel, "print(open('/proc/1/environ').read(), open('/proc/1/cmdline').read())"
        )

    def test_no_network_no_privileges_no_other_processes(self, kernel: Kernel) -> None:
        assert "Error" in said(kernel, "import socket; socket.create_connection(('1.1.1.1', 53), 0.5)")
        assert (
            said(kernel, "print(open('/proc/self/status').read().split('CapEff:')[1].split()[0])").strip("0")
            == ""
        )
        assert said(kernel, "print('NoNewPrivs:\\t1' in open('/proc/self/status').read())") == "True"
        assert int(said(kernel, "print(max(int(p) for p in os.listdir('/proc') if p.isdigit()))")) < 100

    def test_denied_system_calls(self, kernel: Kernel) -> None:
        if seccomp.program() is None:
            pytest.skip("the system calls of this machine are not listed in grading/seccomp.py")
        assert said(kernel, "import ctypes; print(ctypes.CDLL(None).unshare(0x10000000))") == "-1"
        assert "Operation not permitted" in said(kernel, "os.memfd_create('x')")

    def test_files_are_limited(self, kernel: Kernel) -> None:
        code = "import tempfile\nnames = [f'{tempfile.gettempdir()}/{n}' for n in range(9)]\n"
        code += "try:\n    for name in names: open(name, 'wb').write(bytes(10**7))\n"
        code += "except OSError as e: print(e.strerror)\n"
        code += "for name in names:\n    if os.path.exists(name): os.unlink(name)"
        assert said(kernel, code) == "No space left on device"

    def test_memory_of_one_process_is_limited_and_the_kernel_goes_on(self, kernel: Kernel) -> None:
        assert "MemoryError" in said(kernel, "x = bytearray(2 * 10**9)")
        assert said(kernel, "print('still here')") == "still here"


@slow
@quiet
@needs_bubblewrap
class TestWatchdog:
    def ended(self, code: str, **changes: Any) -> str:
        kernel = Kernel("bubblewrap", options(**changes), MiB)
        try:
            assert kernel.client.run(code, 30).status == "dead"
            return kernel.provisioner.breach
        finally:
            kernel.close()

    def test_too_many_processes(self) -> None:
        code = "import os, time\nfor _ in range(40):\n    if os.fork() == 0: time.sleep(60)\ntime.sleep(60)"
        assert self.ended(code) == "It used more than 20 processes at the same time."

    def test_too_much_memory_in_all(self) -> None:
        code = "import os, time\nfor _ in range(8):\n    if os.fork() == 0:\n        x = b'x' * 10**8; time.sleep(60)\ntime.sleep(60)"  # noqa: E501
        assert self.ended(code, memory=512 * MiB) == "It used more than 512 MiB of memory."

    def test_shared_memory_counts(self) -> None:
        code = "import mmap\nx = mmap.mmap(-1, 4 * 10**9)\nfor i in range(0, 4 * 10**9, 4096): x[i] = 1"
        assert self.ended(code, memory=512 * MiB) == "It used more than 512 MiB of memory."


def ended(mark: str) -> bool:
    """Whether, within ten seconds, no process has this in its command line any more."""
    for _ in range(200):
        if (
            mark
            not in subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
        ):
            return True
        time.sleep(0.05)
    return False


@slow
@quiet
@needs_bubblewrap
def test_all_processes_end_with_the_kernel() -> None:
    kernel = Kernel("bubblewrap", options(), MiB)
    kernel.client.run("import subprocess; subprocess.Popen(['sleep', '987654'], start_new_session=True)", 10)
    assert len(family(kernel.provisioner.process.pid)) >= 4
    folder = Path(kernel.provisioner.folder)
    kernel.close()
    assert ended("987654"), "a child outlived its sandbox"
    assert not folder.exists()


@slow
@quiet
@needs_bubblewrap
def test_all_processes_end_when_the_grader_is_killed() -> None:
    code = (
        "import sys; sys.path.insert(0, 'tests')\nfrom test_sandbox import *\n"
        "k = Kernel('bubblewrap', options(), MiB)\nk.client.run(\"import subprocess; subprocess.Popen(['sleep', '876543'])\", 10)\n"  # noqa: E501
        "print('up', flush=True)\nimport time; time.sleep(60)"
    )
    grader = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, cwd=Path(__file__).parents[1]
    )
    assert grader.stdout is not None
    assert grader.stdout.readline() == b"up\n"
    grader.kill()
    grader.wait()
    grader.stdout.close()
    assert ended("876543"), "the sandbox outlived its grader"


def test_without_bubblewrap_the_reason_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox.shutil, "which", lambda name: None)
    assert "no program bwrap here" in bubblewrap_problem() or not sys.platform.startswith("linux")


@slow
@quiet
def test_a_kernel_that_does_not_start_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox.sys, "executable", "/usr/bin/false")
    with pytest.raises(GradingFault):
        Kernel("none", options(), MiB)
    assert os.path.exists("/usr/bin/false")


def test_the_filter_exists_for_both_common_machines() -> None:
    for machine in ("x86_64", "aarch64"):
        program = seccomp.program(machine)
        assert program
        assert len(program) % 8 == 0
    assert seccomp.program("riscv64") is None


def test_limits_are_written_as_people_write_them() -> None:
    assert size_text(2048 * MiB) == "2 GiB"
    assert size_text(64 * MiB) == "64 MiB"


@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="needs /proc")
def test_a_process_that_was_sent_a_signal_does_not_count_as_living() -> None:
    """SIGKILL takes its time on a busy machine; a grader that asks in between would trust what is about to end."""
    blocked = (
        "import signal, time; signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGCHLD})"
    )
    blocked += "; print(flush=True); time.sleep(60)"
    process = subprocess.Popen([sys.executable, "-c", blocked], stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        process.stdout.readline()
        assert living([process.pid]) == {process.pid}
        process.send_signal(signal.SIGCHLD)
        assert living([process.pid]) == {process.pid}, "that ends nobody"
        process.terminate()
        assert living([process.pid]) == set()
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert living([process.pid]) == set()
    finally:
        process.kill()
        process.communicate()
    assert living([process.pid]) == set()
