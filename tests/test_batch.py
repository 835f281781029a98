"""A class graded at once: the same marks as one after the other, and nothing lost whatever happens."""

from __future__ import annotations

import contextlib
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from nbgrader.api import Gradebook
from small_course import SmallCourse, answers, make_course

from grading import batch, session
from grading.current import Course, CourseError
from grading.jobs import pack_job, pack_kit, read_files, run_job

pytestmark = pytest.mark.slow

EXITS = "def mean(x):\n    import os\n    os._exit(1)"
CLASS = {
    "all_right": {},
    "blank": None,
    "exits": {"mean": EXITS},
    "no_list": {"squares": "def squares(n):\n    return n * n"},
    "not_json": b"{",
    "syntax_error": {"roll": "def roll(n:"},
}


def hand_in(course: SmallCourse, names: list[str]) -> None:
    """A class hands in; names may carry a number, all_right_2 is one more of all_right."""
    for name in names:
        kind = CLASS[re.sub(r"_\d+$", "", name)]
        folder = course.submit(name, kind if isinstance(kind, bytes) else answers(course, kind or {}))
        if kind is None:
            shutil.copy(course.root / "release" / "ps" / "ps.ipynb", folder / "ps.ipynb")
        (folder / "timestamp.txt").write_text("2026-03-02 08:00:00 UTC\n")


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


def marks(course: Course) -> dict[str, dict[str, float | None]]:
    """Everybody's automatic points, cell by cell."""
    with course.gradebook() as gradebook:
        return {
            submission.student_id: {g.name: g.auto_score for n in submission.notebooks for g in n.grades}
            for submission in gradebook.assignment_submissions("ps")
        }


def written(course: Course) -> dict[str, bytes]:
    """The graded notebooks and feedback pages."""
    files = {**read_files(course.root / "autograded", "a"), **read_files(course.root / "feedback", "f")}
    return {name: content for name, (_, content) in files.items() if not name.endswith(".jsonl")}


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


def start(course: Course, *options: str) -> subprocess.Popen[str]:
    """`course grade ps` in a process of its own."""
    code = "import sys; from grading.cli import main; sys.exit(main(sys.argv[1:]))"
    grading = "import grading.current; grading.current.Course.chosen = lambda self, names: names;"
    command = [sys.executable, "-c", grading + code, "grade", "ps", "--jobs", "2", *options]
    return subprocess.Popen(
        command,
        cwd=course.root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def graded(course: Course) -> list[str]:
    """Who has a graded folder."""
    return [path.parent.name for path in (course.root / "autograded").glob("*/ps")]


def wait_for(condition, run: subprocess.Popen[str]) -> None:
    while not condition() and run.poll() is None:
        time.sleep(0.02)


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
