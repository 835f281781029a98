"""The student's kernel through the life of one submission: started, run cell by cell, lost, started again, replayed.

First all cells of the student's run in their order, with a snapshot of the process before each group of test cells.
Their outputs are final then, before the first hidden test is asked anything: what a hidden test passes to a student's
function can no longer reach an output that the student gets to see.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from jupyter_client import KernelManager
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from nbformat.v4 import new_output

from .client import Client, Ran
from .patience import patient
from .sandbox import PlainProvisioner, SandboxError, family, kill, living, resident, size_text
from .wire import MiB


class GradingFault(RuntimeError):  # noqa: N818
    """The machine or the course failed, not the student: no mark is given."""


@dataclass(frozen=True)
class LimitSet:
    """Limits of one submission: seconds, bytes, processes."""

    call: float = 10
    cell: float = 30
    notebook: float = 120
    memory: int = 2048 * MiB
    processes: int = 64
    disk: int = 64 * MiB
    output: int = MiB


class _OneSpec(KernelSpecManager):  # type: ignore[misc]
    """Knows one kernelspec: Python here, started by a given provisioner with given options."""

    def __init__(self, provisioner: str, options: dict[str, Any]) -> None:
        super().__init__()
        stanza = {"provisioner_name": provisioner, "config": options}
        self.spec = KernelSpec(argv=["python"], display_name="Python", language="python")
        self.spec.metadata = {"kernel_provisioner": stanza}

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        return self.spec


class Kernel:
    """One running kernel and the client that talks to it."""

    start_seconds = 60.0

    def __init__(self, provisioner: str, options: dict[str, Any], output: int) -> None:
        """Start a kernel. Raises GradingFault when it does not start, which is never the student's doing."""
        self.manager = KernelManager(kernel_name="python", kernel_spec_manager=_OneSpec(provisioner, options))
        try:
            self.manager.start_kernel()
        except (OSError, SandboxError, ModuleNotFoundError, RuntimeError) as error:
            self.manager.cleanup_resources()
            raise GradingFault(f"The kernel cannot be started: {error}") from error
        self.client = Client(self.manager.get_connection_info(), self.alive, output)
        if not self.client.wait_until_ready(self.start_seconds):
            said = self.last_words()
            self.close()
            raise GradingFault(f"The kernel did not start. {said}".strip())

    @property
    def provisioner(self) -> PlainProvisioner:
        provisioner: PlainProvisioner = self.manager.provisioner
        return provisioner

    def alive(self) -> bool:
        """Whether the kernel's process lives."""
        process = self.provisioner.process if self.provisioner else None
        return process is not None and process.poll() is None

    def socket_path(self, index: int) -> str:
        """Where snapshot ``index`` listens."""
        return f"{self.provisioner.folder}/s{index}"

    def last_words(self) -> str:
        """The end of what a dead kernel wrote to its standard error."""
        process = self.provisioner.process
        if process is None or process.poll() is None or process.stderr is None:
            return ""
        return process.stderr.read().decode(errors="replace").strip()[-1000:]

    def close(self) -> None:
        """Kill the kernel and all it started, and remove its folder."""
        self.client.close()
        process = self.provisioner.process
        if process is not None:
            kill(process.pid)
            process.wait()
            if process.stderr:
                process.stderr.close()
            self.provisioner.process = None  # type: ignore[assignment]
        self.manager.cleanup_resources()


@dataclass
class Step:
    """One code cell to run in the student's kernel, or (``test``) a place where a snapshot is needed."""

    cell: Any
    source: str
    test: bool = False
    names: list[str] = field(default_factory=list)
    stopped: str = ""
    failed: str = ""
    snapshot: int = -1


class StudentRun:
    """Runs the steps of one submission and keeps snapshots for the tests."""

    def __init__(
        self, provisioner: str, options: dict[str, Any], limits: LimitSet, steps: list[Step]
    ) -> None:
        self.limits, self.steps = limits, steps
        self.provisioner = provisioner
        self.options = options | {"snapshots": self._number_snapshots()}
        self.kernel: Kernel | None = None
        self.deadline = float("inf")
        self.lost = 0
        self.taken: set[int] = set()
        self.population: set[int] = set()

    def _number_snapshots(self) -> int:
        """Number the snapshots: one before each group of test cells. Return how many there are."""
        count, fresh = 0, False
        for step in self.steps:
            if not step.test:
                fresh = False
                continue
            count += not fresh
            step.snapshot, fresh = count - 1, True
        return count

    def left(self) -> float:
        """Seconds left for the notebook."""
        return self.deadline - time.monotonic()

    def run(self) -> None:
        """Run all steps, keeping each cell's outputs; cells that end the kernel are noted and left out afterwards."""
        self._start()
        self.deadline = time.monotonic() + patient(self.limits.notebook)
        for index, step in enumerate(self.steps):
            ran = self._run_step(index)
            if ran is not None:
                step.cell.outputs, step.cell.execution_count = ran.outputs, ran.count
                self._note(step, ran)
            if step.stopped:
                step.cell.outputs.append(_error("Stopped", step.stopped))
                if self.kernel is None:
                    self._replay(index)
        self._count()

    def _start(self) -> None:
        try:
            self.kernel = Kernel(self.provisioner, self.options, self.limits.output)
        except GradingFault:
            self.kernel = Kernel(self.provisioner, self.options, self.limits.output)

    def _run_step(self, index: int) -> Ran | None:
        """Run one step. A cell that cannot be survived sets ``stopped`` and leaves no kernel."""
        step = self.steps[index]
        if step.test:
            self._take_snapshot(index)
            return None
        if self.left() <= 0:
            step.stopped = f"This cell was not run: the notebook took more than {self.limits.notebook:g} s."
            return Ran("stopped")
        assert self.kernel is not None
        seconds, left = patient(self.limits.cell), self.left()
        ran = self.kernel.client.run(step.source, min(seconds, left))
        if ran.status == "error" and self._exhausted():
            ran.status = "full"
        if ran.status not in ("ok", "error"):
            step.stopped = self._why(ran.status, whole=left < seconds)
            self.close()
        return ran

    def _exhausted(self) -> bool:
        """Whether the kernel is left with so much memory in use that the cells after this one would suffer."""
        process = self.kernel.provisioner.process if self.kernel else None
        pids = family(process.pid) if process else []
        return (
            resident(pids) > self.limits.memory // 2
            and resident(pids, shared_once=True) > self.limits.memory // 2
        )

    def _take_snapshot(self, index: int) -> None:
        """Before the first of a group of tests; without it those tests find nothing to call."""
        number = self.steps[index].snapshot
        if index and self.steps[index - 1].test:
            return
        assert self.kernel is not None
        call = {"taken": f"__import__('_grading_inside').snapshot({number})"}
        ran = self.kernel.client.run("", 10, silent=True, expressions=call)
        self.taken.discard(number)
        if "taken" in ran.expressions:
            self.taken.add(number)

    def socket_path(self, snapshot: int) -> str:
        """Where the snapshot answers; empty when there is none."""
        return self.kernel.socket_path(snapshot) if self.kernel and snapshot in self.taken else ""

    def _why(self, status: str, whole: bool) -> str:
        if status == "timeout" and whole:
            return f"This cell was stopped: the notebook took more than {self.limits.notebook:g} s."
        if status == "timeout":
            return f"This cell was stopped: it ran for more than {self.limits.cell:g} s."
        if status == "full":
            return (
                f"This cell was stopped: it ran out of memory (the limit is {size_text(self.limits.memory)})."
            )
        if status == "flood":
            return f"This cell was stopped: it put out far more than {self.limits.output // MiB or 1} MiB."
        return f"This cell ended the Python process that it ran in. {self.breach()}".strip()

    def breach(self) -> str:
        """The sentence of the limit for which the watchdog ended the kernel, if it did."""
        return self.kernel.provisioner.breach if self.kernel else ""

    def _note(self, step: Step, ran: Ran) -> None:
        error = next((o for o in ran.outputs if o.output_type == "error"), None)
        step.failed = error.ename if error else "an error" if ran.status == "error" else ""
        if error and error.ename == "MemoryError":
            error.evalue = f"{error.evalue} (the limit is {size_text(self.limits.memory)})".strip()

    def _replay(self, end: int) -> None:
        """Start again and run the steps before ``end`` that can be survived; their outputs are kept as they were."""
        again = True
        while again:
            again = False
            self.lost += 1
            self._start()
            for index in range(end):
                if self.steps[index].stopped:
                    continue
                self._run_step(index)
                if self.kernel is None:
                    again = True
                    break

    def ready(self) -> bool:
        """Bring the kernel back if a test's call has ended it. False when that has happened too often."""
        if self.kernel is not None and self.kernel.alive():
            return True
        self.close()
        if self.lost > 8 or self.left() <= 0:
            return False
        self._replay(len(self.steps))
        self._count()
        return True

    def _count(self) -> None:
        """Remember which processes there are while no call runs."""
        self.population = self._living()

    def _living(self) -> set[int]:
        process = self.kernel.provisioner.process if self.kernel else None
        return living(family(process.pid)) if process else set()

    def sweep(self) -> None:
        """After a test: if its calls left processes behind or ended some that were there, start all over.

        A process that was sent a signal may go on for a moment, so only those count that have none on its way.
        """
        pause = 0.0005
        while pause < 0.3:  # nearly always the second look finds all at rest
            if self.kernel is None or not self.kernel.alive() or self._living() == self.population:
                return
            time.sleep(pause)
            pause *= 1.5
        self.close()

    def close(self) -> None:
        """End the kernel."""
        if self.kernel is not None:
            self.kernel.close()
            self.kernel = None


def _error(name: str, sentence: str) -> Any:
    return new_output("error", ename=name, evalue=sentence, traceback=[sentence])
