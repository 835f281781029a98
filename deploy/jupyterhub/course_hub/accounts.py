"""Linux accounts, their homes, and the folders of exchange and course with exactly the rights they need."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from .settings import Settings, SettingsError

NO_LOGIN = "/usr/sbin/nologin"


def set_up_accounts(settings: Settings) -> list[str]:
    """Create the accounts that are missing, close every home; returns the names that were created."""
    settings.folders.homes.mkdir(parents=True, exist_ok=True)
    settings.folders.homes.chmod(0o755)
    created = [name for name in settings.accounts if not exists(name)]
    for name in created:
        create(name, settings.home(name), login=name != settings.course.grader)
    for name in settings.accounts:
        if home(name) != settings.home(name):
            raise SettingsError(
                f"the account {name} exists with the home {home(name)}, not {settings.home(name)}"
            )
        home(name).chmod(0o700)
    return created


def home(name: str) -> Path:
    """Where an account says that it lives."""
    return Path(pwd.getpwnam(name).pw_dir)


def exists(name: str) -> bool:
    """Is there such a Linux account?"""
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


def create(name: str, folder: Path, login: bool) -> None:
    """A Linux account with a group of its own and no password: the operator's choice lets it in."""
    shell = "/bin/bash" if login else NO_LOGIN
    command = ["useradd", "--create-home", "--home-dir", str(folder), "--user-group", "--shell", shell, name]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise SettingsError(f"cannot create the account {name}: {done.stderr.strip()}")


def set_passwords(passwords: dict[str, str]) -> None:
    """Set passwords through chpasswd's standard input, where no process list shows them."""
    lines = "".join(f"{name}:{password}\n" for name, password in passwords.items())
    subprocess.run(["chpasswd"], input=lines, text=True, check=True)


def remove(name: str) -> None:
    """Delete an account with its home; used for accounts that a trial or a test made."""
    if exists(name):
        subprocess.run(["userdel", "--remove", "--force", name], capture_output=True, check=False)


def set_up_exchange(settings: Settings) -> None:
    """The exchange's folders. Nobody but root may write in the root, so nobody can invent a course there.

    inbound: anyone may drop a folder in (wx), nobody but the course account may look (r), nobody may touch
    another's (sticky); the set-group-id bit gives what is dropped the course account's group.
    feedback: files are opened by names that only their student knows (x without r).
    """
    grader = settings.course.grader
    for folder in (settings.folders.exchange, *_parents_to_make(settings.folders.exchange)):
        folder.mkdir(parents=True, exist_ok=True)
    own(settings.folders.exchange, "root", "root", 0o755)
    course = settings.exchange_course
    for folder, mode in ((course, 0o755), (course / "outbound", 0o755), (course / "inbound", 0o3733),
                         (course / "feedback", 0o711)):  # fmt: skip
        folder.mkdir(exist_ok=True)
        own(folder, grader, grader, mode)


def _parents_to_make(folder: Path) -> Iterator[Path]:
    return (parent for parent in reversed(folder.parents) if not parent.exists())


def set_up_course(settings: Settings) -> None:
    """Bring the course's truth from the checkout to the course account; what grading made stays.

    `source/` and nbgrader_config.py are replaced: they are changed in the checkout, not on the hub.
    """
    course, repository = settings.course_folder, settings.course.repository
    course.mkdir(exist_ok=True)
    for name in ("source", "nbgrader_config.py"):
        if (repository / name).exists():
            _replace(repository / name, course / name)
    own(course, settings.course.grader, settings.course.grader, 0o700)
    own_tree(course / "source", settings.course.grader)
    if (course / "nbgrader_config.py").exists():
        own(course / "nbgrader_config.py", settings.course.grader, settings.course.grader, 0o600)


def _replace(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints"))
    else:
        shutil.copy(source, target)


def own(path: Path, user: str, group: str, mode: int) -> None:
    """Give a path its owner, group and mode, in the order in which the mode survives."""
    shutil.chown(path, user, group)
    path.chmod(mode)


def own_tree(folder: Path, user: str) -> None:
    """Make a folder and all in it belong to one account, following no link."""
    account = pwd.getpwnam(user)
    for parent, _, names in os.walk(folder):
        for path in (parent, *(os.path.join(parent, name) for name in names)):
            os.chown(path, account.pw_uid, account.pw_gid, follow_symlinks=False)


def run_as(name: str, command: list[str], cwd: Path, environment: dict[str, str]) -> str:
    """Run a command as an account, with that account's groups, in a clean environment; returns its output.

    Raises SettingsError with the command's own words when it fails.
    """
    account = pwd.getpwnam(name)
    clean = {
        "HOME": account.pw_dir,
        "USER": name,
        "LOGNAME": name,
        "PATH": "/usr/bin:/bin",
        "LANG": "C.UTF-8",
    }
    done = subprocess.run(
        command, cwd=cwd, env=clean | environment, user=account.pw_uid, group=account.pw_gid,
        extra_groups=os.getgrouplist(name, account.pw_gid), umask=0o077, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    if done.returncode:
        raise SettingsError(f"`{' '.join(command)}` failed as {name}:\n{done.stdout.strip()}")
    return done.stdout
