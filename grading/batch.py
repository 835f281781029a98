"""A class graded at once: many workers, one writer, nothing lost.

Workers (processes of this machine, or a Dask cluster's) grade one submission each and return what they wrote
(`grading.jobs`). Only this process opens the gradebook and writes into the course. A submission is entered in the
gradebook first and its graded folder is moved into place last, so that whenever we are killed, what has no graded
folder is graded again by the same command, and what has one is done.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import logging
import multiprocessing
import multiprocessing.util
import os
import shutil
import signal
import tempfile
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import psutil
from nbgrader.api import InvalidEntry, MissingEntry
from sqlalchemy.exc import SQLAlchemyError
from tqdm import tqdm

from grading import forks
from grading.current import Course, CourseError
from grading.grade import submissions
from grading.jobs import Job, Kit, Result, pack_job, pack_kit, run_job, write_files
from grading.kernels import drop_grader
from grading.marks import Mark, read_marks

ATTEMPTS = 3
"""How often a submission is tried when something on our side fails."""


@dataclass
class Tally:
    """How far a run has come."""

    graded: list[str] = field(default_factory=list)
    done_before: list[str] = field(default_factory=list)
    problems: dict[str, str] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)
    changes: dict[str, tuple[float | None, float]] = field(default_factory=dict)
    resting: list[str] = field(default_factory=list)
    stopped: bool = False


# -- workers -------------------------------------------------------------------------------------------------


class Workers:
    """Processes of this machine. A worker that dies is replaced, and what it had is tried again."""

    def __init__(self, kit: Kit, jobs: int) -> None:
        self.kit, self.jobs = kit, jobs
        self.context = forks.start()
        self.folder = tempfile.TemporaryDirectory(prefix="grading-", ignore_cleanup_errors=True)
        self.executor = self._start()

    def _start(self) -> Executor:
        return ProcessPoolExecutor(
            self.jobs, self.context, initializer=_ready, initargs=(self.kit, self.folder.name)
        )

    def submit(self, job: Job) -> Future[Result]:
        """Hand a job to a free worker."""
        try:
            return self.executor.submit(_run_here, job)
        except BrokenExecutor:
            self.executor.shutdown(wait=False, cancel_futures=True)
            self.executor = self._start()
            return self.executor.submit(_run_here, job)

    def close(self) -> None:
        """End all workers and what they have started, now."""
        children = [child for child in psutil.Process().children(recursive=True) if not _keeps_track(child)]
        self.executor.shutdown(wait=False, cancel_futures=True)
        _kill(children)
        psutil.wait_procs(children, timeout=5)
        self.folder.cleanup()

    def finish(self) -> None:
        """Let the workers end by themselves, when there is nothing left to do."""
        self.executor.shutdown(wait=True)
        self.folder.cleanup()


def _keeps_track(process: Any) -> bool:
    """Whether it is multiprocessing's own, which ends by itself and complains when it is killed."""
    try:
        return "resource_tracker" in " ".join(process.cmdline())
    except psutil.Error:
        return False


class Cluster:
    """The workers of a Dask cluster; they need this project installed, and no file of the course's."""

    def __init__(self, kit: Kit, address: str) -> None:
        try:
            from distributed import Client
        except ImportError:
            raise CourseError("--scheduler needs the package distributed: pip install '.[cluster]'") from None
        try:
            self.client = Client(address, timeout=10)
        except (OSError, ValueError) as problem:
            raise CourseError(f"no Dask scheduler answers at {address}: {problem}") from problem
        self.jobs = max(1, sum(self.client.nthreads().values()))
        self.kit = self.client.scatter(kit, broadcast=True, hash=False)

    def submit(self, job: Job) -> Future[Result]:
        """Hand a job to the cluster."""
        outside: Future[Result] = Future()
        inside = self.client.submit(run_job, self.kit, job, pure=False, retries=ATTEMPTS)
        inside.add_done_callback(lambda done: _pass_on(done, outside))
        return outside

    def close(self) -> None:
        """Leave the cluster; what it still does for us is dropped."""
        self.client.close()

    finish = close


def _pass_on(inside: Any, outside: Future[Result]) -> None:
    """Give what a Dask future holds to one that `wait` understands."""
    if inside.status == "finished":
        outside.set_result(inside.result())
    else:
        outside.set_exception(inside.exception() or RuntimeError(f"the cluster says: {inside.status}"))


_kit: Kit


def _ready(kit: Kit, folder: str) -> None:
    """Prepare a worker: it keeps the assignment, works in the run's folder, and leaves Ctrl-C to the first process."""
    global _kit
    _kit, tempfile.tempdir = kit, folder
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    multiprocessing.util.Finalize(None, drop_grader, exitpriority=10)  # atexit is not for workers
    threading.Thread(target=_end_with_parent, args=(folder,), daemon=True).start()


def _end_with_parent(folder: str) -> None:
    """End this worker when the process that keeps the gradebook was killed, and leave nothing behind."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return
    parent.join()
    for _ in range(100):  # the worker itself goes on meanwhile, and others remove the same folder
        _kill(psutil.Process().children(recursive=True))
        shutil.rmtree(folder, ignore_errors=True)
        if not os.path.exists(folder):
            break
        time.sleep(0.05)
    os._exit(1)


def _kill(processes: Sequence[psutil.Process]) -> None:
    """End processes, those that are gone already included."""
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()


def _run_here(job: Job) -> Result:
    return run_job(_kit, job)


def grade(
    course: Course, assignment: str, students: Sequence[str] | None = None, **options: Any
) -> list[Mark]:
    """Grade as `grade_class` does, and read the marks of the whole class."""
    tally = grade_class(course, assignment, students, **options)
    return class_marks(course, assignment, tally)


def class_marks(course: Course, assignment: str, tally: Tally) -> list[Mark]:
    """The marks of the whole class after a run; what could not be graded says so."""
    faults = {
        name: f"Not graded, which is no fault of the student's: {why}" for name, why in tally.faults.items()
    }
    return read_marks(course, assignment, {**tally.problems, **faults})


# -- the run -------------------------------------------------------------------------------------------------


def grade_class(
    course: Course,
    assignment: str,
    students: Sequence[str] | None = None,
    *,
    force: bool = False,
    jobs: int | None = None,
    scheduler: str = "",
    dry_run: bool = False,
) -> Tally:
    """Grade what lies in submitted/*/<assignment> and has no mark yet (with ``force``: all of it).

    ``jobs``: how many processes (default: one for each core); ``scheduler``: a Dask scheduler's address instead.
    ``dry_run``: nothing is written, the tally's ``changes`` tell who would get what.
    Raises CourseError when nothing was handed in, when another process is grading this course, or when the
    assignment was never released, and when the disk is full or the gradebook away.
    """
    names = submissions(course, assignment, list(students) if students else None)
    tally = Tally()
    try:
        with one_grader(course), _Writer(course, assignment) as writer:
            for name in names:
                done = not (force or dry_run) and writer.is_done(name)
                (tally.done_before if done else tally.left).append(name)
            if tally.left:
                kit = pack_kit(course, assignment)
                there = _how_many(jobs, len(tally.left))
                _run(Cluster(kit, scheduler) if scheduler else Workers(kit, there), writer, tally, dry_run)
    except (OSError, SQLAlchemyError, InvalidEntry) as problem:
        raise CourseError(
            f"stopped after {len(tally.graded)} graded, for a fault of this machine or the gradebook's, not of a "
            f"submission's: {_in_a_line(problem)}; when that is put right, the same command goes on from here"
        ) from problem
    return tally


def _in_a_line(problem: Exception) -> str:
    """What the system or the database says, without where in the code."""
    told = str(getattr(problem, "orig", None) or problem) or type(problem).__name__
    return " ".join(told.split())


def _how_many(jobs: int | None, waiting: int) -> int:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(jobs or cores, waiting))


def _run(workers: Workers | Cluster, writer: _Writer, tally: Tally, dry_run: bool) -> None:
    """Keep all workers busy and enter what comes back, until all is done or somebody stops us."""
    done = False
    try:
        with _interrupts() as asked, _progress(len(tally.left)) as bar:
            for result in _results(workers, writer, tally, bar):
                if result.fault:
                    tally.faults[result.student] = result.fault
                elif dry_run:
                    tally.changes[result.student] = writer.change(result)
                else:
                    writer.enter(result)
                    tally.graded.append(result.student)
                if result.problem:
                    tally.problems[result.student] = result.problem
                tally.left.remove(result.student)
                _show(bar, tally)
                bar.update()
                if asked.is_set() and tally.left:
                    raise KeyboardInterrupt
        done = True
    except KeyboardInterrupt:
        tally.stopped = True
    finally:
        workers.finish() if done else workers.close()


@contextlib.contextmanager
def _interrupts() -> Iterator[threading.Event]:
    """Ctrl-C raises KeyboardInterrupt as ever, and is remembered where the code that it meets swallows that."""
    asked = threading.Event()

    def handle(number: int, frame: Any) -> None:
        asked.set()
        raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield asked
        return
    before = signal.signal(signal.SIGINT, handle)
    try:
        yield asked
    finally:
        signal.signal(signal.SIGINT, before)


def _results(workers: Workers | Cluster, writer: _Writer, tally: Tally, bar: Any) -> Iterator[Result]:
    """Results as they come; a job that failed on our side rests until the others are done and is tried again."""
    waiting = deque(tally.left)
    attempts = dict.fromkeys(waiting, 0)
    running: dict[Future[Result], str] = {}
    while waiting or running:
        while waiting and len(running) < workers.jobs + 1:
            name = waiting.popleft()
            attempts[name] += 1
            tally.resting = [other for other in tally.resting if other != name]
            running[workers.submit(writer.job(name))] = name
        for future in wait(running, return_when=FIRST_COMPLETED).done:
            name = running.pop(future)
            result = _result_of(future, name)
            if result.fault and attempts[name] < ATTEMPTS:
                waiting.append(name)
                tally.resting.append(name)
                _show(bar, tally)
            else:
                yield result


def _result_of(future: Future[Result], name: str) -> Result:
    """A worker's result; a worker that was lost is a fault of ours."""
    try:
        return future.result()
    except Exception as lost:
        return Result(name, fault=f"a worker was lost: {lost or type(lost).__name__}")


@contextlib.contextmanager
def _progress(total: int) -> Iterator[Any]:
    """A bar with rate and time left; nothing when nobody watches."""
    with tqdm(total=total, unit="submission", desc="grading", disable=None, dynamic_ncols=True) as bar:
        yield bar


def _show(bar: Any, tally: Tally) -> None:
    counts = {
        "graded": len(tally.graded) + len(tally.changes),
        "failed": len(tally.faults),
        "resting": len(tally.resting),
    }
    bar.set_postfix({name: count for name, count in counts.items() if count}, refresh=bool(tally.resting))


@contextlib.contextmanager
def one_grader(course: Course) -> Iterator[None]:
    """Hold the course for this process; raises CourseError while another one grades it.

    The lock is the operating system's: it is gone when its process is, however that ended.
    """
    path = course.root / ".grading.lock"
    with path.open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            who = file.read().strip() or "another process"
            raise CourseError(
                f"this course is being graded already ({who}): wait for it, or stop it"
            ) from None
        file.truncate(0)
        file.write(f"process {os.getpid()} on {os.uname().nodename}")
        file.flush()
        yield


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Without the traceback that nbgrader's gradebook prints before it raises: we say it in a sentence."""
    logger = logging.getLogger("tornado.application")
    before, logger.disabled = logger.disabled, True
    try:
        yield
    finally:
        logger.disabled = before


# -- the writer ------------------------------------------------------------------------------------------------


class _Writer:
    """The only one who writes into the course while a class is graded."""

    def __init__(self, course: Course, assignment: str) -> None:
        self.course, self.assignment = course, assignment
        self._open = contextlib.ExitStack()

    def __enter__(self) -> Self:
        self.gradebook = self._open.enter_context(self.course.gradebook())
        try:
            self.gradebook.find_assignment(self.assignment)
        except MissingEntry:
            self._open.close()
            raise CourseError(
                f"the gradebook does not know {self.assignment}: run `course release {self.assignment}` first"
            ) from None
        for kind in ("autograded", "feedback"):
            (self.course.root / kind).mkdir(exist_ok=True)
            for left in (self.course.root / kind).glob(".new-*"):
                shutil.rmtree(left, ignore_errors=True)
        return self

    def __exit__(self, *error: object) -> None:
        self._open.close()

    def folder(self, kind: str, student: str) -> Path:
        """One of a student's folders: submitted, autograded, feedback."""
        return self.course.root / kind / student / self.assignment

    def is_done(self, student: str) -> bool:
        """Whether what lies there was graded: there is a graded folder, and nothing newer was handed in."""
        handed_in, graded = (self._timestamp(kind, student) for kind in ("submitted", "autograded"))
        if not self.folder("autograded", student).is_dir():
            return False
        return handed_in is None or (graded is not None and handed_in <= graded)

    def _timestamp(self, kind: str, student: str) -> Any:
        coursedir = self.course.coursedir()
        return coursedir.get_existing_timestamp(str(self.folder(kind, student)))

    def job(self, student: str) -> Job:
        """A submission as a worker needs it."""
        return pack_job(self.course, self.gradebook, self.assignment, student)

    def _entered(self, student: str) -> Any:
        """What the gradebook holds of a student's submission, or None."""
        try:
            return self.gradebook.find_submission(self.assignment, student)
        except MissingEntry:
            return None

    def change(self, result: Result) -> tuple[float | None, float]:
        """A student's points now (None: not graded yet) and after this result."""
        before = self._entered(result.student)
        manual: dict[tuple[str, str], float] = {}
        if before is not None:
            marks = [(n.name, m) for n in before.notebooks for m in n.grades]
            manual = {(n, m.name): m.manual_score for n, m in marks if m.manual_score is not None}
        after = sum(manual.get(cell, auto or 0.0) for cell, (auto, _) in result.scores.items())
        if before is None or not self.folder("autograded", result.student).is_dir():
            return None, after
        return float(before.score), after

    def enter(self, result: Result) -> None:
        """Enter a result: gradebook, feedback, graded notebooks, in this order; the last says that all is done."""
        with _quiet():
            self._enter_marks(result)
        self._note(result)
        self._replace("feedback", result.student, result.feedback)
        self._replace("autograded", result.student, result.graded)

    def _enter_marks(self, result: Result) -> None:
        """Write automatic points and comments; what people entered stays."""
        self.gradebook.update_or_create_student(result.student)
        given = {"timestamp": result.timestamp} if result.timestamp else {}
        submission = self.gradebook.update_or_create_submission(self.assignment, result.student, **given)
        for notebook in submission.notebooks:
            notebook.late_submission_penalty = result.penalties.get(notebook.name)
            for mark in notebook.grades:
                auto, review = result.scores.get((notebook.name, mark.name), (0.0, False))
                mark.auto_score, mark.needs_manual_grade = auto, review
            for comment in notebook.comments:
                comment.auto_comment = result.comments.get((notebook.name, comment.name))
        self.gradebook.db.commit()

    def _replace(self, kind: str, student: str, files: Any) -> None:
        """Put a folder in the place of an old one; a folder that is there is whole."""
        target = self.folder(kind, student)
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self.course.root / kind, prefix=".new-") as fresh:
            write_files(Path(fresh, "files"), files)
            Path(fresh, "files").mkdir(exist_ok=True)
            if target.exists():
                os.replace(target, Path(fresh, "old"))
            os.replace(Path(fresh, "files"), target)

    def _note(self, result: Result) -> None:
        """Leave a line in autograded/<assignment>.log.jsonl: who was graded, in how many seconds."""
        line = {"student": result.student, "seconds": round(result.seconds, 3), "problem": result.problem}
        path = self.course.root / "autograded" / f"{self.assignment}.log.jsonl"
        path.parent.mkdir(exist_ok=True)
        with path.open("ab", buffering=0) as log:
            before = log.tell()
            entry = f"{json.dumps(line)}\n".encode()
            if log.write(entry) < len(entry):  # the disk is full: no half line
                log.truncate(before)
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))


# -- for people ------------------------------------------------------------------------------------------------


def changes_table(tally: Tally) -> str:
    """Who would gain and who would lose, largest loss first; those whose mark stays are counted."""
    rows, same, new = [], 0, 0
    for student, (before, after) in tally.changes.items():
        if before is None:
            new += 1
            rows.append((0.0, f"{student:<30}{'-':>8} -> {after:<8g}new"))
        elif abs(after - before) < 1e-9:
            same += 1
        else:
            rows.append((after - before, f"{student:<30}{before:>8g} -> {after:<8g}{after - before:+g}"))
    lines = [text for _, text in sorted(rows)]
    lines += [f"{student:<30}could not be graded: {why}" for student, why in tally.faults.items()]
    return "\n".join(
        [*lines, f"{len(rows) - new} would change, {new} would be new, {same} would stay the same"]
    )
