"""A class graded at once: the same marks as one after the other, and nothing lost whatever happens."""

from __future__ import annotations

import contextlib
import os
import random
import re
import resource
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path

import pytest
from nbgrader.api import Gradebook
from small_class import CLASS, graded, hand_in, marks, start, wait_for, written
from small_course import make_course

from grading import batch, kernels, session
from grading.current import Course, CourseError
from grading.jobs import Result, pack_job, pack_kit, run_job
from grading.marks import Mark, write_csv

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course whose class has handed in."""
    course = make_course(tmp_path_factory.mktemp("fresh") / "course")
    hand_in(course, list(CLASS))
    session.course_secret(course.root)
    return course.root


@pytest.fixture
def course(fresh: Path, tmp_path: Path) -> Course:
    """A copy of that course."""
    return Course(shutil.copytree(fresh, tmp_path / "course"))


@pytest.fixture(scope="module")
def undisturbed(fresh: Path, tmp_path_factory: pytest.TempPathFactory) -> Course:
    """The same class, graded by one process."""
    course = Course(shutil.copytree(fresh, tmp_path_factory.mktemp("undisturbed") / "course"))
    tally = batch.grade_class(course, "ps", jobs=1)
    assert not tally.faults
    return course


def test_many_workers_give_what_one_gives(course: Course, undisturbed: Course) -> None:
    tally = batch.grade_class(course, "ps", jobs=3)
    assert sorted(tally.graded) == sorted(CLASS)
    assert marks(course) == marks(undisturbed)
    assert written(course) == written(undisturbed)


def test_plain_nbgrader_gives_the_same_marks(course: Course, undisturbed: Course) -> None:
    for name in CLASS:
        converter = course.converter("Autograde", "ps", name)
        converter.start()
    assert marks(course) == marks(undisturbed)


def test_nothing_is_graded_twice(undisturbed: Course, tmp_path: Path) -> None:
    course = Course(shutil.copytree(undisturbed.root, tmp_path / "course"))
    before = written(course)
    tally = batch.grade_class(course, "ps")
    assert not tally.graded
    assert sorted(tally.done_before) == sorted(CLASS)
    assert written(course) == before


def test_a_newer_submission_is_graded_again(undisturbed: Course, tmp_path: Path) -> None:
    course = Course(shutil.copytree(undisturbed.root, tmp_path / "course"))
    source = course.root / "submitted" / "all_right" / "ps"
    target = course.root / "submitted" / "no_list" / "ps"
    shutil.copy(source / "ps.ipynb", target / "ps.ipynb")
    (target / "timestamp.txt").write_text("2026-03-03 08:00:00 UTC\n")
    tally = batch.grade_class(course, "ps")
    assert tally.graded == ["no_list"]
    assert marks(course)["no_list"] == marks(course)["all_right"]


def test_dry_run_tells_who_would_gain_and_writes_nothing(undisturbed: Course, tmp_path: Path) -> None:
    course = Course(shutil.copytree(undisturbed.root, tmp_path / "course"))
    source = course.root / "submitted" / "all_right" / "ps"
    shutil.copy(source / "ps.ipynb", course.root / "submitted" / "no_list" / "ps" / "ps.ipynb")
    before, known = written(course), marks(course)
    tally = batch.grade_class(course, "ps", dry_run=True)
    changed = {name: change for name, change in tally.changes.items() if change[0] != change[1]}
    assert list(changed) == ["no_list"]
    assert "no_list" in batch.changes_table(tally)
    assert "+5" in batch.changes_table(tally)
    assert (written(course), marks(course)) == (before, known)


def test_manual_marks_and_lateness_survive(undisturbed: Course, tmp_path: Path) -> None:
    course = Course(shutil.copytree(undisturbed.root, tmp_path / "course"))
    with course.gradebook() as gradebook:
        gradebook.find_grade("test_mean_value", "ps", "ps", "exits").manual_score = 3.5
        gradebook.find_comment("mean", "ps", "ps", "exits").manual_comment = "Shown to me in person."
        gradebook.db.commit()
    batch.grade_class(course, "ps", ["exits"], force=True)
    with course.gradebook() as gradebook:
        grade = gradebook.find_grade("test_mean_value", "ps", "ps", "exits")
        assert (grade.manual_score, grade.auto_score, grade.score) == (3.5, 0.0, 3.5)
        assert grade.needs_manual_grade
        assert str(gradebook.find_submission("ps", "exits").timestamp) == "2026-03-02 08:00:00"
    page = (course.root / "feedback" / "exits" / "ps" / "ps.html").read_text()
    assert "Shown to me in person." in page


def test_two_graders_at_once(course: Course) -> None:
    with batch.one_grader(course), pytest.raises(CourseError, match="is being graded already"):
        batch.grade_class(course, "ps")


def test_never_released_is_one_sentence(course: Course) -> None:
    (course.root / "submitted" / "blank" / "other").mkdir()
    with pytest.raises(CourseError, match="run `course release other` first"):
        batch.grade_class(course, "other")


def test_a_worker_that_dies_loses_nothing(course: Course, undisturbed: Course) -> None:
    run = start(course)
    wait_for(lambda: len(graded(course)) >= 1, run)
    kill_a_worker(run.pid)
    out, err = run.communicate(timeout=240)
    assert run.returncode == 0, out + err
    assert marks(course) == marks(undisturbed)


def kill_a_worker(pid: int) -> None:
    """SIGKILL for one of the worker processes: a child of the fork server."""
    import psutil

    for child in psutil.Process(pid).children(recursive=True):
        with contextlib.suppress(psutil.Error):
            if "forkserver" in " ".join(child.parent().cmdline()):
                child.kill()
                return


def test_interrupted_it_says_what_is_left_and_goes_on(course: Course, undisturbed: Course) -> None:
    run = start(course)
    wait_for(lambda: len(graded(course)) >= 1, run)
    os.kill(run.pid, signal.SIGINT)
    out, _ = run.communicate(timeout=60)
    assert run.returncode == 130
    assert re.search(r"stopped: \d graded, \d left; the same command goes on", out)
    assert batch.grade_class(course, "ps").left == []
    assert marks(course) == marks(undisturbed)
    assert written(course) == written(undisturbed)


def test_killed_at_random_moments_until_it_is_done(course: Course, undisturbed: Course) -> None:
    moments = random.Random(7)
    for _ in range(6):
        run = start(course)
        time.sleep(moments.uniform(1.0, 6.0))
        os.killpg(run.pid, signal.SIGKILL)
        run.communicate()
    batch.grade_class(course, "ps")
    assert marks(course) == marks(undisturbed)
    assert written(course) == written(undisturbed)
    assert not list(course.root.glob("*/.new-*"))


def test_a_fault_of_ours_is_no_mark(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setenv("GRADING_REQUIRE_SANDBOX", "1")
    with course.gradebook() as gradebook:
        job = pack_job(course, gradebook, "ps", "all_right")
    result = run_job(pack_kit(course, "ps"), job)
    assert "bubblewrap" in result.fault
    assert not result.scores


def test_a_worker_keeps_its_kernel_and_its_folder(course: Course) -> None:
    kit = pack_kit(course, "ps")
    with course.gradebook() as gradebook:
        jobs = [pack_job(course, gradebook, "ps", name) for name in ("all_right", "no_list")]
    seen = []
    for job in jobs:
        assert not run_job(kit, job).fault
        assert kernels._grader is not None
        seen.append((kernels._grader, kernels._grader.kernel.provisioner.process.pid))
    assert seen[0] == seen[1]


class Unsteady:
    """Workers that fail with everybody once, and with one submission always."""

    jobs = 1

    def __init__(self) -> None:
        self.asked: list[str] = []

    def submit(self, name: str) -> Future[Result]:
        self.asked.append(name)
        failed = self.asked.count(name) == 1 or name == "never"
        future: Future[Result] = Future()
        future.set_result(Result(name, fault="the database was away" if failed else ""))
        return future

    def finish(self) -> None:
        """Nothing to end."""

    close = finish


class Notebook:
    """A writer that remembers whom it entered."""

    def __init__(self) -> None:
        self.entered: list[str] = []

    def job(self, name: str) -> str:
        return name

    def enter(self, result: Result) -> None:
        self.entered.append(result.student)


def test_what_fails_on_our_side_rests_and_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[dict[str, int]] = []

    class Bar(batch.tqdm):  # type: ignore[misc]
        def set_postfix(self, counts: dict[str, int], refresh: bool = True) -> None:
            shown.append(dict(counts))

    monkeypatch.setattr(batch, "tqdm", Bar)
    workers, writer, tally = Unsteady(), Notebook(), batch.Tally(left=["ada", "never", "ben"])
    batch._run(workers, writer, tally, dry_run=False)
    assert sorted(writer.entered) == sorted(tally.graded) == ["ada", "ben"]
    assert tally.faults == {"never": "the database was away"}
    assert workers.asked.count("never") == batch.ATTEMPTS
    assert max(counts.get("resting", 0) for counts in shown) >= 2
    assert shown[-1] == {"graded": 2, "failed": 1}


@pytest.fixture
def scratch() -> Iterator[Path]:
    """A temporary folder with a short name, because sockets lie in it."""
    with tempfile.TemporaryDirectory(prefix="s", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def test_a_long_name_of_the_temporary_folder_stops_nobody(course: Course, tmp_path: Path) -> None:
    long = tmp_path / ("x" * 90)
    long.mkdir()
    run = start(course, "--student", "all_right", env=os.environ | {"TMPDIR": str(long)})
    out, err = run.communicate(timeout=240)
    assert run.returncode == 0, out + err


def test_nothing_is_left_in_the_temporary_folder(course: Course, scratch: Path) -> None:
    run = start(course, "--student", "all_right", env=os.environ | {"TMPDIR": str(scratch)})
    out, err = run.communicate(timeout=240)
    assert run.returncode == 0, out + err
    assert list(scratch.glob("grading-*")) == []
    assert list(scratch.glob("kernel-*")) == []


def test_workers_end_when_the_first_process_is_killed(course: Course, scratch: Path) -> None:
    import psutil

    run = start(course, env=os.environ | {"TMPDIR": str(scratch)})
    wait_for(lambda: len(graded(course)) >= 1, run)
    started = psutil.Process(run.pid).children(recursive=True)
    os.kill(run.pid, signal.SIGKILL)
    run.communicate()
    _, alive = psutil.wait_procs(started, timeout=30)
    assert alive == []
    assert list(scratch.glob("grading-*")) == []


def test_a_full_disk_loses_nothing(fresh: Path, small_disk: Path, undisturbed: Course) -> None:
    course = Course(shutil.copytree(fresh, small_disk / "course"))
    filler = small_disk / "filler"
    with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))
    os.truncate(filler, filler.stat().st_size - 100_000)
    run = start(course)
    out, err = run.communicate(timeout=240)
    assert run.returncode == 1, out + err
    assert re.search(r"^course: stopped after \d graded, for a fault of this machine", err), out + err
    assert err.count("\n") == 1
    assert "full" in err or "No space left" in err
    assert "the same command goes on from here" in err
    filler.unlink()
    assert batch.grade_class(course, "ps").left == []
    assert marks(course) == marks(undisturbed)
    assert written(course) == written(undisturbed)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 8 MiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", folder], capture_output=True)
    if mounted.returncode:
        pytest.skip("a small disk can only be mounted by root, outside of most containers")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


def test_a_table_that_cannot_be_written_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "grades.csv"
    path.write_text("old\n")
    with (
        file_size_limit(1000),
        pytest.raises(CourseError, match=r"all marks are in the gradebook, but .*too large"),
    ):
        write_csv(path, [Mark(f"student{number}", {"he": (1.0, 2.0)}) for number in range(1000)])
    assert path.read_text() == "old\n"
    assert list(tmp_path.iterdir()) == [path]


@contextlib.contextmanager
def file_size_limit(size: int) -> Iterator[None]:
    """No file of this process's may grow beyond ``size`` bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_dask_cluster_gives_the_same(course: Course, undisturbed: Course) -> None:
    distributed = pytest.importorskip("distributed", reason="the package distributed is not installed")
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        address = cluster.scheduler_address
        run = start(course, "--scheduler", address)
        wait_for(lambda: len(graded(course)) >= 1, run)
        victim = next(iter(cluster.workers.values())).process.pid
        os.kill(victim, signal.SIGKILL)
        out, err = run.communicate(timeout=240)
        assert run.returncode == 0, out + err
    assert marks(course) == marks(undisturbed)
    assert written(course) == written(undisturbed)


def test_the_gradebook_is_opened_by_one_process_only(undisturbed: Course) -> None:
    with Gradebook(f"sqlite:///{undisturbed.root / 'gradebook.db'}") as gradebook:
        assert {student.id for student in gradebook.students} == set(CLASS)
