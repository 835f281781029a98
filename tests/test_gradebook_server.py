"""The gradebook on a PostgreSQL server, as a larger course keeps it: a real one, started for these tests."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from small_class import CLASS, graded, hand_in, marks, start, wait_for, written
from small_course import make_course
from traitlets.config import Config

from grading import batch, session
from grading.current import Course

pytestmark = pytest.mark.slow
psycopg2 = pytest.importorskip("psycopg2", reason="the package psycopg2 is not installed")


class Server:
    """A PostgreSQL server in a folder of its own, on a socket in that folder; nobody can reach it over a network."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self.programs, self.folder = programs, folder
        self.process: subprocess.Popen[bytes] | None = None
        # the server refuses to run as root
        self.who: dict[str, Any] = {}
        if os.geteuid() == 0:
            self.who = {"user": "nobody", "group": "nogroup", "extra_groups": []}
            shutil.chown(folder, "nobody", "nogroup")
        self._run("initdb", "--auth=trust", "--username=course", "--no-sync", str(folder / "data"))

    def _run(self, program: str, *words: str) -> None:
        command = [self.programs / program, *words]
        subprocess.run(command, cwd=self.folder, check=True, capture_output=True, **self.who)

    def start(self) -> None:
        """Start and wait until it answers."""
        options = ["-D", self.folder / "data", "-k", self.folder, "-c", "listen_addresses="]
        self.process = subprocess.Popen(
            [self.programs / "postgres", *options], cwd=self.folder, stderr=subprocess.DEVNULL, **self.who
        )
        while self.process.poll() is None:
            with contextlib.suppress(psycopg2.OperationalError):
                self.connect("postgres").close()
                return
            time.sleep(0.05)
        raise RuntimeError("the server did not start")

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop it: SIGINT ends all conversations first, SIGQUIT leaves at once."""
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(30)
            self.process = None

    def connect(self, database: str) -> Any:
        """A conversation with one of its databases."""
        connection = psycopg2.connect(host=str(self.folder), user="course", dbname=database)
        connection.autocommit = True
        return connection

    def create(self, database: str) -> str:
        """Make a database; its address as nbgrader's settings take it."""
        connection = self.connect("postgres")
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {database}")
        connection.close()
        return f"postgresql+psycopg2://course@/{database}?host={self.folder}"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A running server."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    on_path = shutil.which("initdb")
    if not found and not on_path:
        pytest.skip("PostgreSQL's server is not installed (Debian, Ubuntu: apt install postgresql)")
    folder = Path(tempfile.mkdtemp(prefix="pg-"))  # short, because a socket's path must be
    one = Server((found[-1] if found else Path(str(on_path))).parent, folder)
    one.start()
    yield one
    one.stop()
    shutil.rmtree(folder)


def course_on(address: str, folder: Path) -> Course:
    """A course whose gradebook is at an address, and whose class has handed in."""
    extra = Config()
    extra.CourseDirectory.db_url = address
    extra.CourseDirectory.course_id = (
        "small"  # on a server nbgrader needs one: keys into other tables are checked
    )
    small = make_course(folder, extra)
    with (folder / "nbgrader_config.py").open("a") as settings:
        settings.write(f"c.CourseDirectory.db_url = {address!r}\nc.CourseDirectory.course_id = 'small'\n")
    (folder / session.SECRET_FILE).write_text("0" * 64)  # the same draws in every course
    hand_in(small, list(CLASS))
    return Course(folder)


@pytest.fixture(scope="module")
def on_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """The same class, graded with the usual gradebook."""
    folder = tmp_path_factory.mktemp("sqlite") / "course"
    course = course_on(f"sqlite:///{folder}/gradebook.db", folder)
    assert not batch.grade_class(course, "ps").faults
    return course


@pytest.fixture
def on_server(server: Server, tmp_path: Path, request: pytest.FixtureRequest) -> Course:
    """That class with its gradebook on the server."""
    return course_on(server.create(request.node.name), tmp_path / "course")


def test_marks_are_the_same_on_a_server(on_server: Course, on_sqlite: Course) -> None:
    tally = batch.grade_class(on_server, "ps", jobs=2)
    assert sorted(tally.graded) == sorted(CLASS)
    assert not (on_server.root / "gradebook.db").exists()
    assert marks(on_server) == marks(on_sqlite)
    assert written(on_server) == written(on_sqlite)
    assert batch.grade_class(on_server, "ps").graded == []


def test_manual_marks_survive_on_a_server(on_server: Course) -> None:
    batch.grade_class(on_server, "ps", ["exits"])
    with on_server.gradebook() as gradebook:
        gradebook.find_grade("test_mean_value", "ps", "ps", "exits").manual_score = 3.5
        gradebook.db.commit()
    batch.grade_class(on_server, "ps", ["exits"], force=True)
    with on_server.gradebook() as gradebook:
        assert gradebook.find_grade("test_mean_value", "ps", "ps", "exits").score == 3.5


def test_killed_it_goes_on(on_server: Course, on_sqlite: Course) -> None:
    run = start(on_server)
    wait_for(lambda: len(graded(on_server)) >= 2, run)
    os.killpg(run.pid, signal.SIGKILL)
    run.communicate()
    tally = batch.grade_class(on_server, "ps")
    assert len(tally.done_before) >= 2
    assert marks(on_server) == marks(on_sqlite)
    assert written(on_server) == written(on_sqlite)


def test_a_server_that_goes_away_loses_nothing(on_server: Course, on_sqlite: Course, server: Server) -> None:
    run = start(on_server)
    wait_for(lambda: len(graded(on_server)) >= 1, run)
    server.stop(signal.SIGQUIT)
    out, err = run.communicate(timeout=240)
    server.start()
    assert run.returncode == 1, out + err
    assert re.search(r"^course: stopped after \d graded, .* the same command goes on from here$", err)
    assert err.count("\n") == 1
    assert batch.grade_class(on_server, "ps").left == []
    assert marks(on_server) == marks(on_sqlite)
    assert written(on_server) == written(on_sqlite)
