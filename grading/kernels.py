"""nbgrader's Execute with two kernels: the student's code in a sandbox, the tests in the grader's kernel.

Use it in nbgrader_config.py through `grading.sanitize.configure(c)`. Which cell runs where is decided by the gradebook:

- the student's own cells (answers and extra cells): in the student's kernel;
- locked cells without points (imports, given functions): in both kernels; those whose id starts with a prefix of
  ``skip_prefixes`` (training runs, plots) in neither;
- locked cells with points (tests): in the grader's kernel, where the names that the answer cells define are bound to
  calls into a snapshot of the student's kernel.
"""

from __future__ import annotations

import ast
import atexit
import builtins
import json
import os
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbgrader.preprocessors import Execute
from traitlets import Bool, Float, Integer, List, Unicode

from . import session
from .client import Ran
from .course import Course
from .patience import patient
from .roles import Sheet, TrustedCell, defined_names, free_names, hidden_lines
from .sandbox import bubblewrap_problem, size_text
from .student import GradingFault, Kernel, LimitSet, Step, StudentRun
from .wire import MiB

_CELLS = "__import__('grading.cells').cells"


class TwoKernelExecute(Execute):  # type: ignore[misc]
    """Run the student's cells in the student's kernel and the test cells in the grader's."""

    call_seconds = Float(10, help="Limit for one call of a student's function by a test.").tag(config=True)
    cell_seconds = Float(30, help="Limit for one cell, the student's or a test.").tag(config=True)
    notebook_seconds = Float(120, help="Limit for one notebook.").tag(config=True)
    memory = Integer(2048 * MiB, help="Bytes of memory of all the student's processes.").tag(config=True)
    processes = Integer(64, help="Processes of the student's at the same time.").tag(config=True)
    disk = Integer(64 * MiB, help="Bytes of files that the student's code may write.").tag(config=True)
    output = Integer(MiB, help="Bytes of output of one cell.").tag(config=True)
    sandbox = Unicode(
        "bubblewrap", help="Kernel provisioner of the student's kernel: bubblewrap, none, or one of your own."
    ).tag(config=True)
    require_sandbox = Bool(
        False,
        help="Refuse to grade without a sandbox (also: environment variable GRADING_REQUIRE_SANDBOX=1).",
    ).tag(config=True)
    trusted = List(
        Unicode(),
        ["utils"],
        help="Helper packages that both kernels see: folders of the course or installed packages.",
    ).tag(config=True)
    skip_prefixes = List(
        Unicode(), ["demo"], help="Locked cells without points whose id starts so are not run when grading."
    ).tag(config=True)
    allowed_errors = List(
        Unicode(), ["CheckFailed"], help="Errors of tests whose message is written for the student."
    ).tag(config=True)

    def preprocess(
        self, nb: NotebookNode, resources: Any = None, km: Any = None
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Run the notebook. Raises GradingFault (after one more try) when the machine fails, not the student."""
        course = Course(self)
        sheet = course.sheet(resources)
        nb.metadata["language_info"] = {
            "name": "python",
            "pygments_lexer": "ipython3",
            "file_extension": ".py",
        }
        problem = nb.metadata.get("grading", {}).get("problem", "")
        if problem:
            _fail_all(nb, sheet, problem)
            return nb, resources
        for attempt in (1, 2):
            try:
                _Grading(self, course, sheet, nb, resources).run()
                break
            except GradingFault as fault:
                self.log.error("Grading failed, not the submission (attempt %s of 2): %s", attempt, fault)
                drop_grader()
                if attempt == 2:
                    raise
        return nb, resources

    def limits(self) -> LimitSet:
        """The limits as the student's kernel takes them."""
        return LimitSet(
            call=self.call_seconds,
            cell=self.cell_seconds,
            notebook=self.notebook_seconds,
            memory=self.memory,
            processes=self.processes,
            disk=self.disk,
            output=self.output,
        )

    def provisioner(self) -> str:
        """The sandbox to use. Raises GradingFault when one is required and cannot be had."""
        required = self.require_sandbox or os.environ.get("GRADING_REQUIRE_SANDBOX", "") not in ("", "0")
        problem = bubblewrap_problem() if self.sandbox == "bubblewrap" else ""
        if self.sandbox != "none" and not problem:
            return self.sandbox
        reason = problem or "The sandbox is switched off."
        if required:
            raise GradingFault(f"{reason} Grading without a sandbox is refused (require_sandbox).")
        self.log.warning("NO SANDBOX. %s Student code runs with your rights and sees your files.", reason)
        return "none"


class _Grading:
    """One submission from its first cell to its last test."""

    def __init__(
        self, config: TwoKernelExecute, course: Course, sheet: Sheet, nb: NotebookNode, resources: Any
    ) -> None:
        self.config, self.course, self.sheet, self.nb = config, course, sheet, nb
        self.info = resources["nbgrader"]
        self.limits = config.limits()
        self.steps = [step for cell in nb.cells for step in self._steps(cell)]
        self.names: list[str] = []
        self.answer: Step | None = None  # the answer cell above the test that runs

    def _steps(self, cell: NotebookNode) -> list[Step]:
        """The step for a cell, if it is one that runs."""
        trusted = self.trusted_cell(cell)
        if cell.cell_type != "code":
            return []
        cell.outputs, cell.execution_count = [], None
        if trusted is None or trusted.solution:
            names = defined_names(trusted.source) if trusted else []
            return [Step(cell, cell.source, names=names)] if cell.source.strip() or names else []
        if trusted.is_given and trusted.name.startswith(tuple(self.config.skip_prefixes)):
            return []
        return [Step(cell, trusted.source, test=trusted.is_test)]

    def trusted_cell(self, cell: NotebookNode) -> TrustedCell | None:
        """What the gradebook knows of a cell; None for a cell of the student's own."""
        return self.sheet.cells.get(cell.metadata.get("nbgrader", {}).get("grade_id"))

    def run(self) -> None:
        """First everything of the student's, then given cells and tests in the grader's kernel."""
        provisioner = self.config.provisioner()
        options = {
            "files": self.course.files(self.info),
            "trusted": self.course.trusted(self.config.trusted),
            "hidden": self.course.hidden(),
            "environment": {"NBGRADER_EXECUTION": "autograde"},
            "memory": self.limits.memory,
            "processes": self.limits.processes,
            "disk": self.limits.disk,
            "cpu": int(self.limits.notebook + self.limits.cell),
        }
        student = StudentRun(provisioner, options, self.limits, self.steps)
        try:
            student.run()
            self._run_tests(student, grader_kernel(self.course, self.config.trusted))
        finally:
            student.close()

    def _run_tests(self, student: StudentRun, grader: Grader) -> None:
        grader.begin(self.course, self.info, [s.source for s in self.steps if not s.test])
        reasons: dict[str, str] = {}
        for step in self.steps:
            trusted = self.trusted_cell(step.cell)
            if trusted is None or trusted.solution:
                self.names += [name for name in step.names if name not in self.names]
                reasons |= _reasons(step)
                self.answer = step if trusted else self.answer
            elif step.test:
                self._run_test(step, student, grader, reasons)
            else:
                self._run_given(step, student, grader, reasons)

    def _options(self, step: Step, student: StudentRun, reasons: dict[str, str]) -> dict[str, Any]:
        """What cells.begin_cell is told before a cell of the grader's."""
        seconds = min(self.limits.cell, max(student.left(), 0))
        whole = seconds < self.limits.cell
        limit = f"more than {self.limits.notebook:g} s, the limit for a notebook" if whole else ""
        return {
            "path": student.socket_path(step.snapshot),
            "names": self.names,
            "free": free_names(step.source),
            "reasons": reasons,
            "unanswered": {name: _why_missing(name, self.answer) for name in free_names(step.source)},
            "call_seconds": self.limits.call,
            "seconds": seconds,
            "limit": limit or f"more than {self.limits.cell:g} s, the limit for one cell",
            "memory": size_text(self.limits.memory),
            "hidden": hidden_lines(step.source),
            "allowed": self.config.allowed_errors,
        }

    def _run_test(self, step: Step, student: StudentRun, grader: Grader, reasons: dict[str, str]) -> None:
        student.ready()
        options = self._options(step, student, reasons)
        ran, ended = grader.run_cell(step.source, options)
        outputs = [o for o in ran.outputs if o.output_type != "error" and o.get("name") != "stderr"]
        breach = student.breach() if ended.get("trouble") == "died" else ""
        student.sweep()
        if ran.status == "timeout":
            ended = {"name": "CallTimeout", "sentence": f"The tests of this cell took {options['limit']}."}
        sentence = ended.get("sentence", "")
        sentence = f"{sentence} {breach}".strip()
        if sentence:
            full = ended.get("full", sentence)
            outputs = [new_output("error", ename=ended["name"], evalue=sentence, traceback=[full])]
        step.cell.outputs, step.cell.execution_count = outputs, ran.count
        step.cell.metadata["grading"] = {"sentence": sentence, "hidden": bool(ended.get("hidden", False))}

    def _run_given(self, step: Step, student: StudentRun, grader: Grader, reasons: dict[str, str]) -> None:
        """Run a locked cell in the grader's kernel too; its outputs stay those of the student's kernel."""
        needed = set(free_names(step.source)) & set(self.names)
        following = next((s.snapshot for s in self.steps[self.steps.index(step) :] if s.test), -1)
        step.snapshot = following if needed else -1
        _, ended = grader.run_cell(step.source, self._options(step, student, reasons) | {"free": []})
        if "full" in ended:
            self.config.log.warning(
                "A given cell ended with an error in the grader's kernel: %s", ended.get("full")
            )


class Grader:
    """The grader's kernel, kept between submissions: nothing of a student's is ever executed in it."""

    def __init__(self, key: tuple[Any, ...], environment: dict[str, str]) -> None:
        self.key, self.pid = key, os.getpid()
        options = {
            "environment": environment,
            "memory": 16 * 1024 * MiB,
            "processes": 1000,
            "disk": 1024 * MiB,
        }
        self.kernel = Kernel("none", options, output=4 * MiB)
        self.work = Path(self.kernel.provisioner.work)

    def usable(self, key: tuple[Any, ...]) -> bool:
        """Whether this kernel lives, is ours and is the one that is wanted."""
        return self.key == key and self.pid == os.getpid() and self.kernel.alive()

    def begin(self, course: Course, info: dict[str, str], sources: list[str]) -> None:
        """Make it as good as new for the next submission, in a folder with the assignment's own files."""
        left, self.work = self.work, Path(tempfile.mkdtemp(dir=self.kernel.provisioner.folder))
        for name, path in course.source_files(info["assignment"]).items():
            (self.work / name).parent.mkdir(parents=True, exist_ok=True)
            (self.work / name).symlink_to(path)
        seed = session.seed_for(course.root, info["student"], info["assignment"])
        arguments = (info["student"], info["assignment"], seed, str(self.work), sources)
        self._call(f"begin_submission(*{arguments!r})")
        shutil.rmtree(left, ignore_errors=True)

    def run_cell(self, source: str, options: dict[str, Any]) -> tuple[Ran, dict[str, Any]]:
        """Bind the student's names, run a cell, and say how it ended (see grading.cells.end_cell)."""
        ran = self._ask(f"run_cell({source!r}, {options!r}, globals())", patient(options["seconds"]) + 2)
        if ran.status in ("dead", "flood"):
            raise GradingFault(f"The grader's kernel ended while it ran a cell ({ran.status}).")
        if ran.status == "timeout" and not self._interrupt():
            raise GradingFault("The grader's kernel hangs in a cell.")
        ended = self._call("end_cell()") if ran.status == "timeout" else self._answer(ran, "run_cell")
        if ended.get("fault"):
            raise GradingFault(f"A test cell of the course cannot be run: {ended['full'].strip()}")
        return ran, ended

    def _ask(self, call: str, seconds: float) -> Ran:
        """Call a function of grading.cells in the grader's kernel."""
        code = f"__import__('json').dumps({_CELLS}.{call})"
        return self.kernel.client.run("", seconds, silent=True, expressions={"it": code})

    def _answer(self, ran: Ran, call: str) -> Any:
        """What the function returned."""
        if "it" not in ran.expressions:
            said = f"{call} {ran.problem} {self.kernel.last_words()}"
            raise GradingFault(f"The grader's kernel does not answer ({ran.status}): {said}")
        return json.loads(ast.literal_eval(ran.expressions["it"]))

    def _call(self, call: str) -> Any:
        return self._answer(self._ask(call, 60), call[:60])

    def _interrupt(self) -> bool:
        """Stop a test that runs for too long; False when it does not stop."""
        for _ in range(3):
            os.kill(self.kernel.provisioner.process.pid, 2)
            time.sleep(0.3)
            if self.kernel.client.run("", 2, silent=True).status == "ok":
                return True
        return False


_grader: Grader | None = None


def grader_kernel(course: Course, trusted: list[str]) -> Grader:
    """This process's grader's kernel, started when there is none that fits."""
    global _grader
    paths = [str(Path(path).parent) for path in course.trusted(trusted).values()]
    path = ":".join(dict.fromkeys([str(course.root), *paths]))
    key = (path, str(course.root))
    if _grader is None or not _grader.usable(key):
        drop_grader()
        _grader = Grader(key, dict(os.environ) | {"PYTHONPATH": path})
    return _grader


def drop_grader() -> None:
    """End this process's grader's kernel."""
    global _grader
    if _grader is not None and _grader.pid == os.getpid():
        _grader.kernel.close()
    _grader = None


atexit.register(drop_grader)


def _reasons(step: Step) -> dict[str, str]:
    """Why the names of an answer cell are not there, if something stopped it."""
    return {name: _why_missing(name, step) for name in step.names if step.stopped or step.failed}


def _why_missing(name: str, answer: Step | None) -> str:
    """Why a name is not there that an answer cell should define."""
    if answer is not None and answer.stopped:
        return answer.stopped.replace("This cell", f"The cell that defines {name}", 1)
    failed = answer.failed if answer is not None else ""
    if not failed:
        return f"{name}: not answered yet (no cell gives it a value)."
    if failed == "NotImplementedError":
        return f"{name}: not answered yet."
    known = isinstance(getattr(builtins, failed, None), type)  # any other name is the student's own words
    return f"{name} is not defined: its cell stopped with {failed if known else 'an error'}."


def _fail_all(nb: NotebookNode, sheet: Sheet, sentence: str) -> None:
    """No test is run on a submission that cannot be read: each says why."""
    for cell in nb.cells:
        trusted = sheet.cells.get(cell.metadata.get("nbgrader", {}).get("grade_id"))
        if trusted is not None and trusted.is_test:
            cell.outputs = [new_output("error", ename="Unreadable", evalue=sentence, traceback=[sentence])]
            cell.metadata["grading"] = {"sentence": sentence, "hidden": False}
