"""The exchange on a machine of Linux users: what honest students do works, and no hole of the stock one is open."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import nbformat
import pytest
import safe_exchange
from as_user import GRADER, HOMES, STUDENTS
from course_hub import accounts, settings
from exchange_steps import COURSE, make_gradebook, run_step, warm_up, write_notebook

pytestmark = pytest.mark.slow

FIRST, SECOND, THIRD = STUDENTS
Call = Callable[..., Any]


class Place:
    """An exchange and a course folder made as `hub setup` makes them, and the exchange's steps on them."""

    def __init__(self, root: Path, call: Call) -> None:
        self.call = call
        self.exchange = root / "exchange"
        self.inbound = self.exchange / COURSE / "inbound"
        self.course = root / "grader"
        self.submitted = self.course / "submitted"

    def step(self, user: str, step: str, assignment: str = "ps1", **options: Any) -> str:
        """Run one step of the exchange as a user; returns its log."""
        log: str = self.call(user, run_step, step, assignment, str(self.exchange), str(self.course), options)
        return log

    def submit(self, user: str, text: str = "1") -> Path:
        """Write a notebook and submit it properly; returns the inbound folder."""
        before = set(self.inbound.iterdir())
        self.call(user, write_notebook, text)
        self.step(user, "submit")
        (new,) = set(self.inbound.iterdir()) - before
        return new

    def collected(self, user: str) -> str | None:
        """The text of the collected notebook's only cell."""
        path = self.submitted / user / "ps1" / "ps1.ipynb"
        return nbformat.read(path, as_version=4).cells[0].source if path.exists() else None


@pytest.fixture(scope="session")
def gradebook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty gradebook; making one starts `alembic`, which another user may not be able to run."""
    warm_up()
    return make_gradebook(tmp_path_factory.mktemp("gradebook") / "gradebook.db")


@pytest.fixture
def place(people: Call, gradebook: Path) -> Place:
    """A released assignment in a fresh exchange; students start with empty homes."""
    root = HOMES
    (root / "hub.toml").write_text(f"""
[course]
id = "{COURSE}"
grader = "{GRADER}"
instructors = ["nobody"]
students = {list(STUDENTS)}
[folders]
exchange = "exchange"
homes = "homes"
[web]
address = "127.0.0.1"
tls = "none"
""")
    shutil.rmtree(root / "exchange", ignore_errors=True)
    for name in (*STUDENTS, GRADER):
        for path in (root / name).iterdir():
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    accounts.set_up_exchange(settings.load(root / "hub.toml"))
    made = Place(root, people)
    made.course = root / GRADER / "course"
    made.submitted = made.course / "submitted"
    people(GRADER, write_notebook, "released", "course/release/ps1")
    shutil.copy(gradebook, made.course)
    shutil.chown(made.course / "gradebook.db", GRADER)
    made.step(GRADER, "release")
    return made


def test_an_honest_submission_is_collected_with_its_time(place: Place) -> None:
    place.step(FIRST, "fetch")
    before = datetime.now(UTC)
    place.submit(FIRST, "mine")
    log = place.step(GRADER, "collect")
    assert place.collected(FIRST) == "mine", log
    text = (place.submitted / FIRST / "ps1" / "timestamp.txt").read_text()
    time = datetime.strptime(text, "%Y-%m-%d %H:%M:%S.%f UTC").replace(tzinfo=UTC)
    assert timedelta(0) <= time - before < timedelta(minutes=1)


def test_a_newer_submission_replaces_only_with_update(place: Place) -> None:
    place.submit(FIRST, "first try")
    place.step(GRADER, "collect")
    place.submit(FIRST, "second try")
    place.step(GRADER, "collect")
    assert place.collected(FIRST) == "first try"
    place.step(GRADER, "collect", ExchangeCollect__update=True)
    assert place.collected(FIRST) == "second try"


def test_a_submission_is_closed_to_other_students(place: Place) -> None:
    folder = place.submit(FIRST)
    for attempt in (os.listdir, read_notebook, add_file, delete_notebook, rename_away):
        with pytest.raises(PermissionError):
            place.call(SECOND, attempt, str(folder))
    with pytest.raises(PermissionError):
        place.call(SECOND, os.listdir, str(place.inbound))


def test_nobody_invents_a_course_or_an_assignment(place: Place) -> None:
    for folder in (place.exchange, place.exchange / COURSE, place.exchange / COURSE / "outbound"):
        with pytest.raises(PermissionError):
            place.call(SECOND, os.mkdir, str(folder / "another"))


def test_a_submission_in_anothers_name_is_refused(place: Place) -> None:
    place.submit(FIRST, "mine")
    place.call(SECOND, forge, str(place.inbound), FIRST, "2099-01-01 00:00:00.000000 UTC", "forged")
    log = place.step(GRADER, "collect", ExchangeCollect__update=True)
    assert place.collected(FIRST) == "mine"
    assert f"claims to be {FIRST}'s but belongs to {SECOND}" in log


def test_links_and_other_files_that_are_no_files_are_left_out(place: Place) -> None:
    place.call(GRADER, write_notebook, "solution", "course/source/ps1")
    secret = place.course / "source/ps1/ps1.ipynb"
    folder = place.submit(FIRST)
    place.call(FIRST, add_traps, str(folder), str(secret))
    log = place.step(GRADER, "collect")
    assert place.collected(FIRST) == "1"
    names = {path.name for path in (place.submitted / FIRST / "ps1").rglob("*")}
    assert names == {"ps1.ipynb", "timestamp.txt", "submission_secret.txt", "real", "data.csv"}
    assert "left out 'solution.ipynb': a link" in log
    assert "left out 'pipe': neither a file nor a folder" in log


def test_a_submission_that_is_itself_a_link_is_refused(place: Place) -> None:
    place.call(
        FIRST, os.symlink, str(place.course), str(place.inbound / f"{FIRST}+ps1+2026-01-01 00:00:00 UTC+x")
    )
    log = place.step(GRADER, "collect")
    assert "it is not a folder" in log
    assert place.collected(FIRST) is None


def test_a_bad_time_stamp_costs_nobody_else(place: Place) -> None:
    place.submit(FIRST, "mine")
    place.call(SECOND, forge, str(place.inbound), SECOND, "yesterday, I swear", "late")
    log = place.step(GRADER, "collect")
    assert place.collected(FIRST) == "mine"
    assert place.collected(SECOND) == "late"
    assert "its time stamp cannot be read" in log


@pytest.mark.parametrize("claimed", ["2020-01-01 00:00:00.000000 UTC", "2099-01-01 00:00:00.000000 UTC"])
def test_a_time_that_the_disk_contradicts_does_not_count(place: Place, claimed: str) -> None:
    place.call(FIRST, forge, str(place.inbound), FIRST, claimed, "when?")
    place.step(GRADER, "collect")
    text = (place.submitted / FIRST / "ps1" / "timestamp.txt").read_text()
    assert abs(
        datetime.strptime(text, "%Y-%m-%d %H:%M:%S.%f UTC").replace(tzinfo=UTC) - datetime.now(UTC)
    ) < timedelta(minutes=5)


def test_changing_a_submission_after_the_fact_makes_it_late(place: Place) -> None:
    folder = place.submit(FIRST)
    earlier = safe_exchange.last_change(folder, 100)
    place.call(FIRST, rewrite_and_set_back, str(folder))
    assert safe_exchange.last_change(folder, 100) > earlier


def test_a_submission_beyond_the_limits_is_refused_alone(place: Place) -> None:
    place.submit(FIRST, "mine")
    folder = place.submit(SECOND)
    place.call(SECOND, many_files, str(folder))
    log = place.step(GRADER, "collect", Collect__max_files=50)
    assert place.collected(FIRST) == "mine"
    assert place.collected(SECOND) is None
    assert "more than 50 files" in log


def test_an_unreadable_submission_is_refused_alone(place: Place) -> None:
    place.submit(FIRST, "mine")
    folder = place.submit(SECOND)
    place.call(SECOND, os.chmod, str(folder), 0)
    log = place.step(GRADER, "collect")
    assert place.collected(FIRST) == "mine"
    assert "Permission denied" in log


def test_a_refused_update_keeps_what_was_collected(place: Place) -> None:
    place.submit(FIRST, "good")
    place.step(GRADER, "collect")
    folder = place.submit(FIRST, "too much")
    place.call(FIRST, many_files, str(folder))
    place.step(GRADER, "collect", ExchangeCollect__update=True, Collect__max_files=50)
    assert place.collected(FIRST) == "good"


def test_feedback_reaches_its_student_and_skips_who_cannot_have_any(place: Place) -> None:
    place.submit(FIRST)
    place.step(GRADER, "collect")
    place.call(GRADER, make_feedback, str(place.course), FIRST)
    place.call(GRADER, make_feedback, str(place.course), SECOND)
    log = place.step(GRADER, "feedback")
    assert f"No feedback released for {SECOND}" in log
    with pytest.raises(PermissionError):
        place.call(SECOND, os.listdir, str(place.exchange / COURSE / "feedback"))
    fetched = place.step(FIRST, "fetch_feedback")
    assert place.call(FIRST, read_feedback) == f"<p>{FIRST}</p>", log + fetched


def test_times_survive_a_restore_unless_the_submission_is_touched_again(place: Place) -> None:
    moved = datetime(2026, 1, 2)
    ledger = safe_exchange.Ledger(restored=datetime(2026, 1, 3), arrivals={"s": datetime(2026, 1, 1)})
    assert ledger.arrival("s", moved) == datetime(2026, 1, 1)
    assert ledger.arrival("s", datetime(2026, 1, 4)) == datetime(2026, 1, 4)
    assert ledger.arrival("other", moved) == moved


def read_notebook(folder: str) -> bytes:
    return (Path(folder) / "ps1.ipynb").read_bytes()


def add_file(folder: str) -> None:
    (Path(folder) / "more.txt").write_text("x")


def delete_notebook(folder: str) -> None:
    (Path(folder) / "ps1.ipynb").unlink()


def rename_away(folder: str) -> None:
    Path(folder).rename(folder + "x")


def forge(inbound: str, name: str, time: str, text: str) -> None:
    write_notebook(text, f"{inbound}/{name}+ps1+{time}+AAAA")
    os.chmod(f"{inbound}/{name}+ps1+{time}+AAAA", 0o755)
    os.chmod(f"{inbound}/{name}+ps1+{time}+AAAA/ps1.ipynb", 0o644)


def add_traps(folder: str, secret: str) -> None:
    place = Path(folder)
    (place / "solution.ipynb").symlink_to(secret)
    (place / "grader").symlink_to(Path(secret).parent)
    os.mkfifo(place / "pipe")
    (place / "pipe").chmod(0o644)
    (place / "real").mkdir(mode=0o755)
    (place / "real").chmod(0o755)
    (place / "real" / "data.csv").write_text("1,2")
    (place / "real" / "data.csv").chmod(0o644)


def rewrite_and_set_back(folder: str) -> None:
    notebook = Path(folder) / "ps1.ipynb"
    found = notebook.stat()
    notebook.write_text("{}")
    os.utime(notebook, ns=(found.st_atime_ns, found.st_mtime_ns))


def many_files(folder: str) -> None:
    for number in range(100):
        (Path(folder) / f"{number}.txt").touch()


def make_feedback(course: str, student: str) -> None:
    collected = Path(course) / "submitted" / student / "ps1"
    folder = Path(course) / "feedback" / student / "ps1"
    folder.mkdir(parents=True)
    (folder / "ps1.html").write_text(f"<p>{student}</p>")
    (folder / "ps1.html").chmod(stat.S_IRUSR | stat.S_IRGRP | stat.S_IROTH)
    for name in ("timestamp.txt", "submission_secret.txt"):
        if (collected / name).exists():
            (folder / name).write_bytes((collected / name).read_bytes())


def read_feedback() -> str:
    pages = list((Path(COURSE) / "ps1" / "feedback").glob("*/ps1.html"))
    return "".join(page.read_text() for page in pages)
