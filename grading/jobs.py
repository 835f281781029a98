"""One submission graded apart from its course: what a worker gets, what it does, what it gives back.

A worker needs no file of the course's and never opens its gradebook. It gets the assignment (`Kit`) and one
submission (`Job`) as plain data, lays out a small course of its own in a temporary folder, lets nbgrader's
Autograde and GenerateFeedback work there, and returns what they wrote (`Result`). So the same code serves a
process of this machine and a worker of a cluster, and gives what plain nbgrader gives.
"""

from __future__ import annotations

import compileall
import contextlib
import datetime
import logging
import os
import shutil
import sqlite3
import stat
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, event, text
from traitlets.config import Config

from grading import grade, session
from grading.current import Course

_LARGE = 256 * 2**20  # bytes of one file handed in; a larger one stays where it is

Files = Mapping[str, tuple[int, bytes]]
"""Files of a folder: path in it -> (permission bits, content)."""


@dataclass(frozen=True)
class Kit:
    """An assignment as workers need it: nbgrader's settings, the course's files, an empty gradebook.

    ``secret`` is the course's, from which hidden cases are drawn: send a kit to machines of your own only.
    """

    assignment: str
    settings: Config
    files: Files
    gradebook: bytes
    secret: bytes

    @cached_property
    def key(self) -> str:
        """Kits with equal keys hold the same. Made once: settings grow empty sections where they are looked at."""
        digest = sha256(self.gradebook + repr(self.settings).encode() + self.secret)
        for name, (mode, content) in sorted(self.files.items()):
            digest.update(f"{name}\0{mode}\0".encode() + content)
        return digest.hexdigest()[:16]


@dataclass(frozen=True)
class Job:
    """One submission: its files, and what people have entered for it before (manual marks and comments)."""

    student: str
    assignment: str
    files: Files
    manual: Mapping[tuple[str, str], tuple[float | None, float | None]] = field(default_factory=dict)
    comments: Mapping[tuple[str, str], str] = field(default_factory=dict)


@dataclass(frozen=True)
class Result:
    """What came of a job.

    ``scores``: (notebook, cell) -> (automatic points or None, needs a person); ``comments``: automatic ones;
    ``penalties``: points off for lateness by notebook; ``graded`` and ``feedback``: the files written;
    ``problem``: what is wrong with the submission as a whole; ``fault``: what failed on our side, in which case
    there is no mark.
    """

    student: str
    scores: Mapping[tuple[str, str], tuple[float | None, bool]] = field(default_factory=dict)
    comments: Mapping[tuple[str, str], str | None] = field(default_factory=dict)
    penalties: Mapping[str, float | None] = field(default_factory=dict)
    timestamp: datetime.datetime | None = None
    graded: Files = field(default_factory=dict)
    feedback: Files = field(default_factory=dict)
    problem: str = ""
    fault: str = ""
    seconds: float = 0.0


# -- made where the course is ------------------------------------------------------------------------------


def pack_kit(course: Course, assignment: str) -> Kit:
    """Everything of the course that a worker needs for an assignment."""
    session.course_secret(course.root)
    files = dict(read_files(course.root / "source" / assignment, f"source/{assignment}"))
    if (course.root / "utils").is_dir():
        files |= read_files(course.root / "utils", "utils")
    settings = course.config()
    for name in ("Exchange", "CourseDirectory"):
        section = settings.get(name, {})
        settings[name] = Config({k: v for k, v in section.items() if k not in ("root", "db_url", "cache")})
    secret = (course.root / ".course_secret").read_bytes()
    kit = Kit(assignment, settings, files, _gradebook_template(course, assignment), secret)
    assert kit.key  # from now on it travels with the kit
    return kit


def _gradebook_template(course: Course, assignment: str) -> bytes:
    """A gradebook that knows the assignment's cells and nobody's marks."""
    from nbgrader.api import Gradebook

    # the course's own gradebook is opened first: it must wait for the disk
    with tempfile.TemporaryDirectory() as folder, course.gradebook() as real, _quick_gradebook():
        path = Path(folder, "gradebook.db")
        known = real.find_assignment(assignment)
        _copy_version(real, path)
        with Gradebook(f"sqlite:///{path}", real.course_id) as copy:
            copy.add_assignment(assignment, duedate=known.duedate)
            for notebook in known.notebooks:
                _copy_notebook(copy, assignment, notebook)
        return path.read_bytes()


def _copy_version(real: Any, path: Path) -> None:
    """Enter the version of nbgrader's tables, which nbgrader would start the program alembic to ask for."""
    version = real.db.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
    with contextlib.closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        database.execute("INSERT INTO alembic_version VALUES (?)", (version,))


def _copy_notebook(copy: Any, assignment: str, notebook: Any) -> None:
    """Enter a notebook's cells in another gradebook."""
    where = (notebook.name, assignment)
    copy.add_notebook(notebook.name, assignment, kernelspec=notebook.kernelspec)
    for cell in notebook.grade_cells:
        copy.add_grade_cell(cell.name, *where, max_score=cell.max_score, cell_type=cell.cell_type)
    for cell in notebook.task_cells:
        copy.add_task_cell(cell.name, *where, max_score=cell.max_score, cell_type=cell.cell_type)
    for cell in notebook.solution_cells:
        copy.add_solution_cell(cell.name, *where)
    for cell in notebook.source_cells:
        fields = {name: getattr(cell, name) for name in ("cell_type", "source", "locked", "checksum")}
        copy.add_source_cell(cell.name, *where, **fields)


def pack_job(course: Course, gradebook: Any, assignment: str, student: str) -> Job:
    """A submission and what people have entered for it."""
    from nbgrader.api import MissingEntry

    folder = course.root / "submitted" / student / assignment
    files = read_files(folder, f"submitted/{student}/{assignment}")
    try:
        known = gradebook.find_submission(assignment, student)
    except MissingEntry:
        return Job(student, assignment, files)
    manual, comments = {}, {}
    for notebook in known.notebooks:
        for mark in notebook.grades:
            if mark.manual_score is not None or mark.extra_credit is not None:
                manual[notebook.name, mark.name] = (mark.manual_score, mark.extra_credit)
        for comment in notebook.comments:
            if comment.manual_comment is not None:
                comments[notebook.name, comment.name] = comment.manual_comment
    return Job(student, assignment, files, manual, comments)


def read_files(folder: Path, prefix: str = "") -> Files:
    """The plain files under a folder; links, pipes and devices are left out, as is what Python cached."""
    found: dict[str, tuple[int, bytes]] = {}
    for where, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in ("__pycache__", ".ipynb_checkpoints"))
        for name in sorted(names):
            path = Path(where, name)
            status = path.lstat()
            if stat.S_ISREG(status.st_mode) and status.st_size <= _LARGE:
                relative = Path(prefix, path.relative_to(folder))
                found[str(relative)] = (stat.S_IMODE(status.st_mode), path.read_bytes())
    return found


def write_files(folder: Path, files: Files) -> None:
    """Write files under a folder, with their permission bits."""
    for name, (mode, content) in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        path.chmod(mode)


# -- done by a worker ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Bench(Course):
    """A worker's own small course."""

    settings: Config = field(default_factory=Config)

    def config(self) -> Any:
        """The settings of the real course, with a gradebook of this folder's."""
        config = Config(self.settings)
        config.CourseDirectory.db_url = f"sqlite:///{self.root / 'gradebook.db'}"
        return config


@lru_cache(maxsize=2)
def _bench(key: str, pid: int) -> tempfile.TemporaryDirectory[str]:
    """This process's folder for a kit; it goes when the process ends."""
    return tempfile.TemporaryDirectory(prefix="grading-")


def run_job(kit: Kit, job: Job) -> Result:
    """Grade one submission. Never raises: what fails on our side is the result's ``fault``."""
    start = time.perf_counter()
    try:
        bench = _lay_out(kit, job)
        with _quick_gradebook():
            result = _grade(bench, job)
    except Exception as failure:
        logging.getLogger(__name__).debug("fault", exc_info=True)
        result = {"fault": f"{type(failure).__name__}: {failure}"}
    return Result(job.student, seconds=time.perf_counter() - start, **result)


def _lay_out(kit: Kit, job: Job) -> _Bench:
    """The kit's course with this one submission in it, and nothing of the one before."""
    root = Path(_bench(kit.key, os.getpid()).name)
    bench = _Bench(root, settings=kit.settings)
    if not (root / ".course_secret").exists():
        write_files(root, kit.files)
        write_files(root, {".course_secret": (0o600, kit.secret)})
        # each student's sandbox reads it, and none may write there
        compileall.compile_dir(root / "utils", quiet=2)
    for name in ("submitted", "autograded", "feedback"):
        shutil.rmtree(root / name, ignore_errors=True)
    write_files(root, {**job.files, "gradebook.db": (0o600, kit.gradebook)})
    (root / "submitted" / job.student / job.assignment).mkdir(parents=True, exist_ok=True)
    if job.manual or job.comments:
        _enter_manual(bench, job)
    return bench


@contextlib.contextmanager
def _quick_gradebook() -> Iterator[None]:
    """One engine for all the times that nbgrader opens the gradebook, and no waiting for the disk: it is soon gone."""
    from nbgrader import api

    usual, api.create_engine = api.create_engine, _engine
    try:
        yield
    finally:
        api.create_engine = usual


@lru_cache(maxsize=2)
def _engine(url: str, **options: Any) -> Any:
    engine = create_engine(url, **options)
    event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous = OFF"))
    return engine


def _enter_manual(bench: _Bench, job: Job) -> None:
    """Enter what people have given before, so that feedback and the need for review come out as in the course."""
    with bench.gradebook() as gradebook:
        gradebook.update_or_create_student(job.student)
        gradebook.update_or_create_submission(job.assignment, job.student)
        where = (job.assignment, job.student)
        for (notebook, cell), (score, extra) in job.manual.items():
            mark = gradebook.find_grade(cell, notebook, *where)
            mark.manual_score, mark.extra_credit = score, extra
        for (notebook, cell), text in job.comments.items():
            gradebook.find_comment(cell, notebook, *where).manual_comment = text
        gradebook.db.commit()


def _grade(bench: _Bench, job: Job) -> dict[str, Any]:
    """Let nbgrader work, and collect what it entered and wrote."""
    outcome = grade.grade_one(bench, job.assignment, job.student, force=True)
    if outcome.fault:
        return {"fault": outcome.fault}
    folder = Path(job.student, job.assignment)
    graded = read_files(bench.root / "autograded" / folder)
    stamp = f"submitted/{folder}/timestamp.txt"
    if "timestamp.txt" not in graded and stamp in job.files:
        graded = {**graded, "timestamp.txt": job.files[stamp]}
    found: dict[str, Any] = {
        "problem": outcome.problem,
        "graded": graded,
        "feedback": read_files(bench.root / "feedback" / folder),
    }
    with bench.gradebook() as gradebook:
        submission = gradebook.find_submission(job.assignment, job.student)
        scores, comments, penalties = {}, {}, {}
        for notebook in submission.notebooks:
            penalties[notebook.name] = notebook.late_submission_penalty
            for mark in notebook.grades:
                scores[notebook.name, mark.name] = (mark.auto_score, mark.needs_manual_grade)
            for comment in notebook.comments:
                comments[notebook.name, comment.name] = comment.auto_comment
        found |= {"scores": scores, "comments": comments, "penalties": penalties}
        found["timestamp"] = submission.timestamp
    return found
