"""What the operator decides, read from one TOML file (see hub.toml) and checked before anything is touched."""

from __future__ import annotations

import csv
import dataclasses
import os
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent.parent
CONFIG_VARIABLE = "COURSE_HUB_CONFIG"
DEFAULT_CONFIG = Path("/etc/course-hub/hub.toml")
ROSTER_COLUMNS = ("id", "first_name", "last_name", "email")
TLS_KINDS = ("files", "self-signed", "none")

_LINUX_NAME = re.compile(r"[a-z_][a-z0-9_-]{0,30}")
_COURSE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
_SIZE = re.compile(r"(\d+(?:\.\d+)?)([KMGT])")


class SettingsError(Exception):
    """The settings cannot be used; the message is one sentence for the operator."""


@dataclasses.dataclass(frozen=True)
class Course:
    """Who takes and who teaches the course, and where its checkout lies.

    `roster` has a row for each student, with what is known of id, first_name, last_name and email.
    """

    id: str
    repository: Path
    instructors: tuple[str, ...]
    students: tuple[str, ...]
    grader: str
    roster: tuple[dict[str, str], ...] = ()


@dataclasses.dataclass(frozen=True)
class Folders:
    """Where the software, the hub's state, the exchange, the homes and the backups live."""

    software: Path = Path("/opt/course-hub")
    state: Path = Path("/var/lib/course-hub")
    exchange: Path = Path("/srv/course-hub/exchange")
    homes: Path = Path("/home")
    backups: Path = Path("/var/backups/course-hub")


@dataclasses.dataclass(frozen=True)
class Web:
    """How browsers reach the hub, and the three local ports it uses for itself."""

    address: str = "0.0.0.0"
    port: int = 443
    tls: str = "files"
    certificate: str = ""
    key: str = ""
    domain: str = ""
    subdomains: bool = False
    hub_port: int = 8081
    proxy_api_port: int = 8001
    formgrader_port: int = 9991


@dataclasses.dataclass(frozen=True)
class Limits:
    """What one user's server may take: memory in bytes, cores, processes, minutes of idleness."""

    memory: int = 2 * 1024**3
    cores: float = 1.0
    processes: int = 200
    idle_minutes: int = 60
    spawner: str = "auto"


@dataclasses.dataclass(frozen=True)
class Settings:
    """All of hub.toml, with relative paths resolved against the file's own folder."""

    path: Path
    course: Course
    folders: Folders
    web: Web
    limits: Limits

    @property
    def accounts(self) -> tuple[str, ...]:
        """Every Linux account of the hub: grader first, then instructors, then students."""
        return (self.course.grader, *self.course.instructors, *self.course.students)

    @property
    def course_folder(self) -> Path:
        """Where the grader account keeps source/, gradebook.db, submitted/ and what grading makes."""
        return self.home(self.course.grader) / self.course.id

    @property
    def exchange_course(self) -> Path:
        """The course's own folder in the exchange."""
        return self.folders.exchange / self.course.id

    @property
    def url(self) -> str:
        """The address to type into a browser."""
        scheme = "http" if self.web.tls == "none" else "https"
        host = self.web.domain or ("127.0.0.1" if self.web.address == "0.0.0.0" else self.web.address)
        standard = {"http": 80, "https": 443}[scheme]
        return f"{scheme}://{host}" + ("" if self.web.port == standard else f":{self.web.port}")

    def home(self, account: str) -> Path:
        """The home folder of one account."""
        return self.folders.homes / account

    def environment(self, role: str) -> Path:
        """The virtual environment of a role: "hub", "student" or "grader"."""
        return self.folders.software / role

    def role_folder(self, role: str) -> Path:
        """The Jupyter configuration that a role is given: "student", "instructor" or "grader"."""
        return self.folders.software / "roles" / self.course.id / role

    @property
    def trusted(self) -> Path:
        """The certificates that users' servers believe when the hub's own is self-signed."""
        return self.folders.software / "roles" / self.course.id / "trusted.pem"


def default_path() -> Path:
    """The settings file that a command uses when it is told none."""
    return Path(os.environ.get(CONFIG_VARIABLE, DEFAULT_CONFIG))


def load(path: Path) -> Settings:
    """Read and check a settings file.

    Raises SettingsError with one sentence when the file is missing, is not TOML or says something impossible.
    """
    path = path.resolve()
    try:
        raw = tomllib.loads(path.read_text())
    except OSError as error:
        raise SettingsError(f"cannot read the settings file {path}: {error.strerror}") from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path} is not valid TOML: {error}") from error
    unknown = set(raw) - {"course", "folders", "web", "limits"}
    if unknown:
        raise SettingsError(f"{path} has sections that mean nothing here: {', '.join(sorted(unknown))}")
    folders = {name: path.parent / value for name, value in raw.get("folders", {}).items()}
    settings = Settings(
        path=path,
        course=_course(raw.get("course", {}), path.parent),
        folders=_section(Folders, folders),
        web=_section(Web, raw.get("web", {})),
        limits=_section(Limits, _limits(raw.get("limits", {}))),
    )
    for complaint in _complaints(settings):
        raise SettingsError(f"{path}: {complaint}")
    return settings


def _section(kind: type[Any], values: dict[str, Any]) -> Any:
    known = {field.name for field in dataclasses.fields(kind)}
    unknown = set(values) - known
    if unknown:
        raise SettingsError(f"[{kind.__name__.lower()}] does not know {', '.join(sorted(unknown))}")
    return kind(**values)


def _course(values: dict[str, Any], beside: Path) -> Course:
    values = dict(values)
    if "id" not in values:
        raise SettingsError("[course] needs an id")
    roster = [{"id": name} for name in values.pop("students", [])]
    if file := values.pop("students_file", ""):
        roster += read_roster(beside / file)
    values["roster"] = tuple(roster)
    values["students"] = tuple(row["id"] for row in roster)
    values["instructors"] = tuple(values.get("instructors", []))
    values["grader"] = values.get("grader") or f"grader-{values['id']}".lower()
    values["repository"] = (beside / values.get("repository", HERE.parent.parent)).resolve()
    course: Course = _section(Course, values)
    return course


def read_roster(path: Path) -> list[dict[str, str]]:
    """Students from a CSV file with a column `id` and perhaps names (the format of `nbgrader db student import`)."""
    try:
        with path.open(newline="") as lines:
            rows = list(csv.DictReader(lines))
    except OSError as error:
        raise SettingsError(f"cannot read the list of students {path}: {error.strerror}") from error
    if rows and "id" not in rows[0]:
        raise SettingsError(f"{path} has no column named id")
    cleaned = [{name: (row.get(name) or "").strip() for name in ROSTER_COLUMNS} for row in rows]
    return [row for row in cleaned if row["id"]]


def _limits(values: dict[str, Any]) -> dict[str, Any]:
    return {name: parse_size(value) if name == "memory" else value for name, value in values.items()}


def parse_size(text: str) -> int:
    """Bytes of a size such as "512M" or "1.5G" (powers of 1024)."""
    match = _SIZE.fullmatch(str(text))
    if not match:
        raise SettingsError(f"a size is a number and one of K, M, G, T, not {text!r}")
    return int(float(match[1]) * 1024 ** ("KMGT".index(match[2]) + 1))


def _complaints(settings: Settings) -> Iterator[str]:
    course, web = settings.course, settings.web
    if not _COURSE_ID.fullmatch(course.id):
        yield f"the course id {course.id!r} may hold letters, digits, - and _ only"
    for name in settings.accounts:
        if not _LINUX_NAME.fullmatch(name):
            yield f"{name!r} cannot be a Linux account: small letters, digits, - and _, at most 31 of them"
    twice = {name for name in settings.accounts if settings.accounts.count(name) > 1}
    if twice:
        yield f"{', '.join(sorted(twice))} is listed twice; a person who also takes the course needs a second account"
    if not course.instructors:
        yield "[course] names no instructor"
    if web.tls not in TLS_KINDS:
        yield f"tls is one of {', '.join(TLS_KINDS)}, not {web.tls!r}"
    if web.tls == "files" and not (web.certificate and web.key):
        yield 'tls = "files" needs certificate and key'
    if web.tls == "none" and web.address != "127.0.0.1":
        yield 'tls = "none" sends passwords in the clear: allowed only with address = "127.0.0.1"'
    if web.subdomains and not web.domain:
        yield "subdomains need a domain"
    if settings.limits.spawner not in ("auto", "systemd", "local"):
        yield 'spawner is "auto", "systemd" or "local"'
