"""Back up the gradebook, the hub's database, the course and the exchange; put them back.

A backup is one folder: two databases copied by SQLite's own online backup (correct while somebody writes), two tar
archives that keep owners and modes, the arrival times of submissions (a restore would lose them), and a list of
checksums that is verified before anything is put back.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from .accounts import own
from .settings import Settings, SettingsError

ARRIVALS = "arrivals.json"
CHECKSUMS = "SHA256SUMS"


def back_up(settings: Settings) -> Path:
    """Write a new backup below the backups folder and return it; readable for root only."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    folder = settings.folders.backups / f"{settings.course.id}-{stamp}"
    part = folder.with_name(f".{folder.name}.part")
    part.mkdir(parents=True, mode=0o700)
    (part / ARRIVALS).write_text(json.dumps(arrivals(settings.exchange_course / "inbound"), indent=1))
    for name, database in databases(settings).items():
        if database.exists():
            copy_database(database, part / name)
    _tar("--create", part / "exchange.tar.gz", settings.folders.exchange, settings.course.id)
    _tar("--create", part / "course.tar.gz", settings.course_folder.parent, settings.course.id,
         "--exclude=gradebook.db*")  # fmt: skip
    write_checksums(part)
    part.rename(folder)
    return folder


def restore(settings: Settings, folder: Path) -> None:
    """Put a backup back in place of what is there now; the hub must be stopped.

    What is replaced is kept beside it under a name that ends in `.before-restore`.
    """
    verify(folder)
    _put_back(settings.exchange_course, folder / "exchange.tar.gz")
    _put_back(settings.course_folder, folder / "course.tar.gz")
    for name, database in databases(settings).items():
        if (folder / name).exists():
            _put_back_database(folder / name, database)
    grader = settings.course.grader
    own(settings.course_folder / "gradebook.db", grader, grader, 0o600)
    ledger = settings.exchange_course / ARRIVALS
    known = json.loads((folder / ARRIVALS).read_text())
    ledger.write_text(json.dumps({"restored": time.time(), "arrivals": known}))
    own(ledger, grader, grader, 0o600)


def databases(settings: Settings) -> dict[str, Path]:
    """The SQLite files, by the name that each has in a backup."""
    return {
        "gradebook.db": settings.course_folder / "gradebook.db",
        "jupyterhub.sqlite": settings.folders.state / "jupyterhub.sqlite",
    }


def arrivals(inbound: Path) -> dict[str, float]:
    """For each submission the time of its last change, in seconds since the epoch.

    Entries that an earlier restore left count as long as the submission was not touched since.
    """
    earlier: dict[str, float] = {}
    restored = 0.0
    ledger = inbound.parent / ARRIVALS
    if ledger.exists():
        raw = json.loads(ledger.read_text())
        earlier, restored = raw["arrivals"], raw["restored"]
    found = {}
    for folder in inbound.iterdir():
        changed = max(path.lstat().st_ctime for path in (folder, *folder.rglob("*")))
        found[folder.name] = earlier.get(folder.name, changed) if changed <= restored else changed
    return found


def copy_database(source: Path, target: Path) -> None:
    """Copy a SQLite database that may be in use."""
    with closing(sqlite3.connect(source)) as reader, closing(sqlite3.connect(target)) as writer:
        reader.backup(writer)
    target.chmod(0o600)


def write_checksums(folder: Path) -> None:
    """One line for each file, in the format of sha256sum."""
    lines = [f"{checksum(path)}  {path.name}\n" for path in sorted(folder.iterdir())]
    (folder / CHECKSUMS).write_text("".join(lines))


def verify(folder: Path) -> None:
    """Raise SettingsError unless every file of a backup is there and unchanged."""
    try:
        lines = (folder / CHECKSUMS).read_text().splitlines()
    except OSError as error:
        raise SettingsError(f"{folder} is not a complete backup: it has no {CHECKSUMS}") from error
    for line in lines:
        expected, name = line.split("  ", 1)
        if not (folder / name).exists() or checksum(folder / name) != expected:
            raise SettingsError(f"{folder / name} is missing or damaged; nothing was restored")


def checksum(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def prune(settings: Settings, keep: int) -> list[Path]:
    """Delete all but the newest `keep` backups of this course; returns what was deleted."""
    old = sorted(settings.folders.backups.glob(f"{settings.course.id}-*Z"))[:-keep]
    for folder in old:
        shutil.rmtree(folder)
    return old


def _tar(action: str, archive: Path, base: Path, *rest: str) -> None:
    options = [option for option in rest if option.startswith("--")]
    members = [member for member in rest if not member.startswith("--")]
    command = ["tar", action, "--gzip", "--same-owner", "--preserve-permissions", f"--file={archive}",
               *options, f"--directory={base}", *members]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True)
    # 1: a file changed while it was read, as a student's submission may; tar has stored it all the same.
    if done.returncode > (1 if action == "--create" else 0):
        raise SettingsError(f"tar failed: {done.stderr.strip()}")
    archive.chmod(0o600)


def _put_back(folder: Path, archive: Path) -> None:
    _set_aside(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    _tar("--extract", archive, folder.parent)


def _put_back_database(copy: Path, database: Path) -> None:
    for path in _database_files(database):
        _set_aside(path)
    database.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(copy, database)
    os.chmod(database, 0o600)


def _database_files(database: Path) -> Iterator[Path]:
    return (
        path for suffix in ("", "-wal", "-shm", "-journal") if (path := Path(f"{database}{suffix}")).exists()
    )


def _set_aside(path: Path) -> None:
    """Move something out of the way, replacing what an earlier restore moved."""
    if not path.exists():
        return
    aside = path.with_name(f"{path.name}.before-restore")
    if aside.is_dir():
        shutil.rmtree(aside)
    path.replace(aside)
