"""A backup holds gradebook, course and exchange as they were; a restore brings them back with owners and times."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import safe_exchange
from as_user import GRADER, HOMES, STUDENTS
from course_hub import accounts, backup, settings

pytestmark = pytest.mark.slow

STUDENT = STUDENTS[0]
Call = Callable[..., Any]


@pytest.fixture
def place(people: Call, tmp_path: Path) -> Iterator[settings.Settings]:
    """A course with a gradebook, a collected submission and one in inbound."""
    (tmp_path / "hub.toml").write_text(f"""
[course]
id = "backed-up"
grader = "{GRADER}"
instructors = ["nobody"]
students = ["{STUDENT}"]
[folders]
exchange = "{HOMES}/backup-exchange"
homes = "{HOMES}"
state = "state"
backups = "backups"
[web]
address = "127.0.0.1"
tls = "none"
""")
    chosen = settings.load(tmp_path / "hub.toml")
    accounts.set_up_exchange(chosen)
    people(GRADER, make_course, str(chosen.course_folder))
    people(STUDENT, make_submission, str(chosen.exchange_course / "inbound"))
    chosen.folders.state.mkdir()
    make_database(chosen.folders.state / "jupyterhub.sqlite")
    yield chosen
    shutil.rmtree(HOMES / "backup-exchange")
    for folder in (HOMES / GRADER).iterdir():
        if folder.name.startswith("backed-up"):
            shutil.rmtree(folder)


def make_course(folder: str) -> None:
    """What grading leaves."""
    (Path(folder) / "submitted/one/ps1").mkdir(parents=True)
    (Path(folder) / "submitted/one/ps1/ps1.ipynb").write_text("work")
    make_database(Path(folder) / "gradebook.db")


def make_database(path: Path) -> None:
    """A database whose last entry is still in the write-ahead log."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE mark (score REAL)")
        connection.execute("INSERT INTO mark VALUES (28)")
        connection.commit()


def make_submission(inbound: str) -> None:
    """A folder as `submit` leaves it."""
    folder = Path(inbound) / f"{STUDENT}+ps1+2026-01-01 10:00:00.000000 UTC+AAAA"
    folder.mkdir()
    (folder / "ps1.ipynb").write_text("submitted")
    folder.chmod(0o770)


def score(database: Path) -> list[tuple[float]]:
    """What the database holds."""
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute("SELECT score FROM mark").fetchall()


def test_a_restore_brings_everything_back(place: settings.Settings) -> None:
    (submission,) = (place.exchange_course / "inbound").iterdir()
    arrived = safe_exchange.last_change(submission, 100)
    writer = sqlite3.connect(place.course_folder / "gradebook.db")  # somebody is grading meanwhile
    writer.execute("INSERT INTO mark VALUES (30)")
    saved = backup.back_up(place)
    writer.close()
    shutil.rmtree(place.exchange_course)
    shutil.rmtree(place.course_folder)

    backup.restore(place, saved)

    assert score(place.course_folder / "gradebook.db") == [(28.0,)]
    assert score(place.folders.state / "jupyterhub.sqlite") == [(28.0,)]
    assert (place.course_folder / "submitted/one/ps1/ps1.ipynb").read_text() == "work"
    assert (submission / "ps1.ipynb").read_text() == "submitted"
    for path, owner, mode in (
        (place.exchange_course / "inbound", GRADER, 0o3733),
        (place.exchange_course / "feedback", GRADER, 0o711),
        (submission, STUDENT, 0o770),
        (place.course_folder / "gradebook.db", GRADER, 0o600),
    ):
        assert path.owner() == owner, path
        assert path.stat().st_mode & 0o7777 == mode, path
    ledger = safe_exchange.read_ledger(place.exchange_course / safe_exchange.LEDGER)
    restored = ledger.arrival(submission.name, safe_exchange.last_change(submission, 100))
    assert abs((restored - arrived).total_seconds()) < 0.001


def test_a_second_backup_keeps_the_times_of_the_first(place: settings.Settings) -> None:
    (submission,) = (place.exchange_course / "inbound").iterdir()
    arrived = safe_exchange.last_change(submission, 100)
    backup.restore(place, backup.back_up(place))
    known = backup.arrivals(place.exchange_course / "inbound")
    assert (
        abs(
            (
                datetime.fromtimestamp(known[submission.name], UTC).replace(tzinfo=None) - arrived
            ).total_seconds()
        )
        < 1e-3
    )


def test_a_damaged_backup_replaces_nothing(place: settings.Settings) -> None:
    saved = backup.back_up(place)
    with (saved / "exchange.tar.gz").open("ab") as archive:
        archive.write(b"x")
    with pytest.raises(settings.SettingsError, match="damaged; nothing was restored"):
        backup.restore(place, saved)
    assert score(place.course_folder / "gradebook.db") == [(28.0,)]


def test_a_backup_is_for_root_only(place: settings.Settings, people: Call) -> None:
    saved = backup.back_up(place)
    assert saved.stat().st_mode & 0o777 == 0o700
    assert all(
        path.stat().st_mode & 0o077 == 0
        for path in saved.iterdir()
        if path.suffix in (".gz", ".db", ".sqlite")
    )


def test_old_backups_are_pruned(place: settings.Settings) -> None:
    for stamp in ("20260101T000000Z", "20260102T000000Z", "20260103T000000Z"):
        (place.folders.backups / f"backed-up-{stamp}").mkdir(parents=True)
    gone = backup.prune(place, keep=1)
    assert [path.name for path in gone] == ["backed-up-20260101T000000Z", "backed-up-20260102T000000Z"]
    assert [path.name for path in place.folders.backups.iterdir()] == ["backed-up-20260103T000000Z"]
