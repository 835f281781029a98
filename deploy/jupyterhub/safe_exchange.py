"""nbgrader's exchange for one machine where every student is a Linux user, without the holes of the stock one.

The stock exchange believes what a submission says of itself. Here the kernel's word counts instead:

* who: a submission counts only if its folder belongs to the Linux account in its name;
* what: only regular files that belong to that account are copied, through descriptors that follow no link;
* when: a time stamp that the file system contradicts is replaced by the time of the last change, which a
  student cannot set back;
* and one bad submission is passed over with a sentence; the rest of the class is collected.

Named in nbgrader_config.py as `c.ExchangeFactory.collect = "safe_exchange.Collect"` and so on. A submission is
readable for its student and the course account only, and the exchange's root need not be writable by anybody.
"""

from __future__ import annotations

import fnmatch
import json
import os
import pwd
import re
import secrets
import shutil
import stat
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.exchange import ExchangeError, default
from nbgrader.utils import check_directory, parse_utc
from traitlets import Float, Integer

TIME_FORMAT = "%Y-%m-%d %H:%M:%S.%f UTC"
LEDGER = "arrivals.json"
MAX_DEPTH = 16
SUBMISSION = re.compile(r"(?P<student>[^+/]+)\+(?P<assignment>[^+/]+)\+(?P<time>[^+/]*)(?:\+[^/]*)?")


class RefusedError(Exception):
    """A submission that is not collected; the message says why, for the instructor."""


class ReadableRoot:
    """The exchange's root belongs to the operator: reading it is enough, nobody needs to write there."""

    def ensure_root(self: Any) -> None:
        """Fail with one sentence unless the root can be entered."""
        if not check_directory(self.root, read=True, execute=True):
            self.fail(f"The exchange {self.root} cannot be read; the operator must run `hub setup`.")


class FetchAssignment(ReadableRoot, default.ExchangeFetchAssignment):
    """Stock fetch."""


class FetchFeedback(ReadableRoot, default.ExchangeFetchFeedback):
    """Stock fetch of feedback."""


class ListExchange(ReadableRoot, default.ExchangeList):
    """Stock list."""


class ReleaseAssignment(ReadableRoot, default.ExchangeReleaseAssignment):
    """Stock release."""


class Submit(ReadableRoot, default.ExchangeSubmit):
    """Stock submit, then closed to everybody but the student and the course account.

    The inbound folder has the set-group-id bit and the course account's group, which the copied folders inherit;
    they keep everybody else out. Files may have the student's own group, so their modes must let others read.
    """

    def copy_files(self) -> None:
        """Copy to inbound, then take away what the stock exchange grants to others."""
        previous = os.umask(0o077)
        try:
            super().copy_files()
        finally:
            os.umask(previous)
        for folder, _, names in os.walk(os.path.join(self.inbound_path, self.assignment_filename)):
            for name in names:
                os.chmod(os.path.join(folder, name), 0o644)
            os.chmod(folder, 0o770)


class ReleaseFeedback(ReadableRoot, default.ExchangeReleaseFeedback):
    """Stock release of feedback that passes over submissions which came without the exchange's two files."""

    def copy_files(self) -> None:
        """Release what can be released; name the students whose submission nobody could fetch feedback for."""
        without = sorted(self._students_without_exchange_files())
        for student in without:
            self.log.warning(
                f"No feedback released for {student}: the submission did not come through the exchange, "
                "so hand it over yourself."
            )
        excluded = [*filter(None, self.coursedir.student_id_exclude.split(",")), *without]
        self.coursedir.student_id_exclude = ",".join(excluded)
        super().copy_files()

    def _students_without_exchange_files(self) -> Iterator[str]:
        pattern = self.coursedir.format_path(
            self.coursedir.feedback_directory,
            "(?P<student_id>[^/]+)",
            self.coursedir.assignment_id,
            escape=True,
        )
        base = Path(self.coursedir.format_path(self.coursedir.feedback_directory, ".", ".")).resolve()
        for folder in base.glob(f"*/{self.coursedir.assignment_id}"):
            match = re.fullmatch(pattern, str(folder))
            files = ("timestamp.txt", "submission_secret.txt")
            if match and not all((folder / name).is_file() for name in files):
                yield match["student_id"]


@dataclass(frozen=True)
class Submission:
    """One folder of inbound that is what it claims to be. Times are naive UTC, as nbgrader keeps them."""

    folder: Path
    student: str
    owner: int
    time: datetime
    doubt: str


class Collect(ReadableRoot, default.ExchangeCollect):
    """Collect each student's newest true submission."""

    clock_tolerance = Float(
        60.0, help="Seconds by which a submission's own time stamp may differ from its last change on disk."
    ).tag(config=True)
    max_files = Integer(1000, help="A submission with more files and folders than this is refused.").tag(
        config=True
    )

    def init_src(self) -> None:
        """Find the submissions of the assignment, one for each student."""
        if not self.coursedir.course_id:
            self.fail("No course id specified. Re-run with --course flag.")
        self.course_path = os.path.join(self.root, self.coursedir.course_id)
        self.inbound_path = os.path.join(self.course_path, "inbound")
        if not check_directory(self.inbound_path, read=True, execute=True):
            self.fail(f"{self.inbound_path} does not exist or is not this account's to read.")
        self.refused: list[str] = []
        self.ledger = read_ledger(Path(self.course_path) / LEDGER)
        self.duedate = self._find_duedate()
        candidates = defaultdict(list)
        for submission in self._submissions():
            candidates[submission.student].append(submission)
        self.src_records = [self._choose(candidates[student]) for student in sorted(candidates)]

    def _find_duedate(self) -> datetime | None:
        with Gradebook(self.coursedir.db_url, self.coursedir.course_id) as gradebook:
            try:
                due: datetime | None = gradebook.find_assignment(self.coursedir.assignment_id).duedate
            except MissingEntry:
                return None
        return due

    def _submissions(self) -> Iterator[Submission]:
        wanted = self.coursedir.student_id
        for folder in sorted(Path(self.inbound_path).iterdir()):
            match = SUBMISSION.fullmatch(folder.name)
            if not match or match["assignment"] != self.coursedir.assignment_id:
                continue
            if wanted not in ("", "*", match["student"]):
                continue
            try:
                yield self._examine(folder, match["student"], match["time"])
            except (RefusedError, OSError) as reason:
                self._refuse(folder.name, reason)

    def _examine(self, folder: Path, student: str, claimed: str) -> Submission:
        """Whose a submission is and when it came. Raises RefusedError when it is not its namesake's."""
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode):
            raise RefusedError("it is not a folder")
        owner = account_name(found.st_uid)
        if owner != student:
            raise RefusedError(f"it claims to be {student}'s but belongs to {owner}")
        arrived = self.ledger.arrival(folder.name, last_change(folder, self.max_files))
        time, doubt = believable_time(claimed, arrived, self.clock_tolerance)
        return Submission(folder, student, found.st_uid, time, doubt)

    def _choose(self, submissions: list[Submission]) -> Submission:
        newest = sorted(submissions, key=lambda one: one.time, reverse=True)
        if self.before_duedate and self.duedate is not None:
            in_time = [one for one in newest if one.time <= self.duedate]
            return in_time[0] if in_time else newest[0]
        return newest[0]

    def copy_files(self) -> None:
        """Copy the chosen submissions; a fault of one is reported and does not stop the others."""
        self.log.info(f"Students who submitted {self.coursedir.assignment_id}: {len(self.src_records)}")
        for submission in self.src_records:
            try:
                self._collect(submission)
            except (RefusedError, OSError, ExchangeError) as reason:
                self._refuse(submission.folder.name, reason)
        if self.refused:
            self.log.error(f"{len(self.refused)} not collected, see above: {', '.join(self.refused)}")

    def _refuse(self, name: str, reason: Exception) -> None:
        self.log.error(f"Not collected: {name!r}: {reason}")
        self.refused.append(repr(name))

    def _collect(self, submission: Submission) -> None:
        target = Path(
            self.coursedir.format_path(
                self.coursedir.submitted_directory, submission.student, self.coursedir.assignment_id
            )
        )
        if target.is_dir() and not self._supersedes(submission, target):
            self.log.info(f"Nothing newer than what was collected: {submission.student}")
            return
        if submission.doubt:
            self.log.warning(f"{submission.folder.name!r}: {submission.doubt}")
        part = target.with_name(f".{target.name}.incoming")
        shutil.rmtree(part, ignore_errors=True)
        try:
            self._copy(submission, part)
            shutil.rmtree(target, ignore_errors=True)
            part.rename(target)
        finally:
            shutil.rmtree(part, ignore_errors=True)
        self.log.info(f"Collected: {submission.student}, submitted {submission.time:%Y-%m-%d %H:%M:%S} UTC")

    def _supersedes(self, submission: Submission, target: Path) -> bool:
        try:
            existing = self.coursedir.get_existing_timestamp(str(target))
        except (OSError, ValueError, ExchangeError):
            existing = None
        if self.before_duedate:
            return bool(existing != submission.time)
        return bool(self.update and (existing is None or submission.time > existing))

    def _copy(self, submission: Submission, part: Path) -> None:
        part.parent.mkdir(parents=True, exist_ok=True)
        copy = SafeCopy(
            owner=submission.owner,
            ignore=tuple(self.coursedir.ignore),
            include=tuple(self.coursedir.include),
            max_file=int(1000 * self.coursedir.max_file_size),
            max_total=int(1000 * self.coursedir.max_dir_size),
            max_files=self.max_files,
        )
        copy.run(submission.folder, part)
        for name, reason in copy.left_out:
            self.log.warning(f"{submission.folder.name!r}: left out {name!r}: {reason}")
        (part / "timestamp.txt").write_text(submission.time.strftime(TIME_FORMAT))
        secret = part / "submission_secret.txt"
        if not secret.is_file():  # releasing feedback reads it; nobody can guess this one
            secret.write_text(secrets.token_hex(64))


@dataclass
class SafeCopy:
    """Copies a folder that somebody else owns and may change at any moment.

    Every step goes through an open descriptor and follows no link, so what is checked is what is copied.
    Sizes are in bytes. What is not copied is kept in `left_out` with the reason.
    """

    owner: int
    ignore: tuple[str, ...]
    include: tuple[str, ...]
    max_file: int
    max_total: int
    max_files: int
    left_out: list[tuple[str, str]] = field(default_factory=list)
    copied_bytes: int = 0
    copied_files: int = 0

    def run(self, source: Path, target: Path) -> None:
        """Copy `source` to the new folder `target`. Raises RefusedError when it is too much."""
        descriptor = os.open(source, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            self._folder(descriptor, target, depth=0)
        finally:
            os.close(descriptor)

    def _folder(self, descriptor: int, target: Path, depth: int) -> None:
        if os.fstat(descriptor).st_uid != self.owner:
            raise RefusedError("a folder in it belongs to somebody else")
        if depth > MAX_DEPTH:
            raise RefusedError(f"its folders are nested more than {MAX_DEPTH} deep")
        target.mkdir()
        for name in sorted(os.listdir(descriptor)):
            self._count()
            if any(fnmatch.fnmatch(name, pattern) for pattern in self.ignore):
                continue
            self._entry(descriptor, name, target / name, depth)

    def _count(self) -> None:
        self.copied_files += 1
        if self.copied_files > self.max_files:
            raise RefusedError(f"it holds more than {self.max_files} files")

    def _entry(self, parent: int, name: str, target: Path, depth: int) -> None:
        # O_NONBLOCK: opening a named pipe must not wait for a writer.
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY
        try:
            descriptor = os.open(name, flags, dir_fd=parent)
        except OSError as error:
            kind = os.stat(name, dir_fd=parent, follow_symlinks=False).st_mode
            self.left_out.append((name, "a link" if stat.S_ISLNK(kind) else str(error.strerror)))
            return
        try:
            self._opened(descriptor, name, target, depth)
        finally:
            os.close(descriptor)

    def _opened(self, descriptor: int, name: str, target: Path, depth: int) -> None:
        found = os.fstat(descriptor)
        if stat.S_ISDIR(found.st_mode):
            self._folder(descriptor, target, depth + 1)
        elif not stat.S_ISREG(found.st_mode):
            self.left_out.append((name, "neither a file nor a folder"))
        elif found.st_uid != self.owner:
            self.left_out.append((name, "it belongs to somebody else"))
        elif found.st_size > self.max_file:
            self.left_out.append((name, f"larger than {self.max_file // 1000} kB"))
        elif any(fnmatch.fnmatch(name, pattern) for pattern in self.include):
            self._file(descriptor, target)

    def _file(self, descriptor: int, target: Path) -> None:
        with target.open("xb") as copy:
            while block := os.read(descriptor, 1 << 20):
                self.copied_bytes += len(block)
                if self.copied_bytes > self.max_total:
                    raise RefusedError(f"it is larger than {self.max_total // 1000} kB")
                copy.write(block)


def account_name(uid: int) -> str:
    """The Linux account of a user id, or the number where there is none."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user id {uid}"


def last_change(folder: Path, max_files: int) -> datetime:
    """The latest change (ctime) of a folder or anything in it; its owner can only make it later.

    Raises RefusedError when there are too many files to look at.
    """
    latest = folder.lstat().st_ctime
    seen = 0
    for parent, folders, files in os.walk(folder):
        for name in (*folders, *files):
            seen += 1
            if seen > max_files:
                raise RefusedError(f"it holds more than {max_files} files")
            latest = max(latest, os.lstat(os.path.join(parent, name)).st_ctime)
    return from_epoch(latest)


def from_epoch(seconds: float) -> datetime:
    """Naive UTC, as nbgrader keeps times."""
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)


def believable_time(claimed: str, arrived: datetime, tolerance: float) -> tuple[datetime, str]:
    """The time that counts, and a sentence when it is not the one that the submission claims."""
    try:
        time = parse_utc(claimed)
    except Exception:  # dateutil raises whatever its many parsers happen to raise
        return arrived, f"its time stamp cannot be read; {arrived:%Y-%m-%d %H:%M:%S} UTC counts"
    if abs((time - arrived).total_seconds()) > tolerance:
        return arrived, f"it was last changed at {arrived:%Y-%m-%d %H:%M:%S} UTC, and that counts"
    return time, ""


@dataclass(frozen=True)
class Ledger:
    """When submissions arrived, kept by a backup, because restoring files changes their ctime.

    An entry counts as long as the submission was not touched after the restore.
    """

    restored: datetime
    arrivals: dict[str, datetime]

    def arrival(self, name: str, changed: datetime) -> datetime:
        """The arrival of one submission whose last change on disk is `changed`."""
        return self.arrivals.get(name, changed) if changed <= self.restored else changed


def read_ledger(path: Path) -> Ledger:
    """The ledger that a restore left, or an empty one."""
    try:
        raw = json.loads(path.read_text())
    except FileNotFoundError:
        return Ledger(datetime.min, {})
    arrivals = {name: from_epoch(seconds) for name, seconds in raw["arrivals"].items()}
    return Ledger(from_epoch(raw["restored"]), arrivals)
