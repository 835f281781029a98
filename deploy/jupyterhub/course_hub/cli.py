"""The `hub` command."""

from __future__ import annotations

import argparse
import csv
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from . import accounts, backup, environments, roles, running
from .settings import HERE, ROSTER_COLUMNS, Settings, SettingsError, default_path, load


def set_up(settings: Settings) -> None:
    """Everything between a fresh machine and `hub start`; doing it twice changes nothing."""
    if os.geteuid() != 0:
        raise SettingsError("setting up makes accounts and folders: run it as root")
    print("software", flush=True)
    environments.set_up_environments(settings)
    print("accounts and folders", flush=True)
    for name in accounts.set_up_accounts(settings):
        print(f"  created {name}")
    settings.folders.state.mkdir(parents=True, exist_ok=True)
    accounts.own(settings.folders.state, "root", "root", 0o700)
    accounts.set_up_exchange(settings)
    accounts.set_up_course(settings)
    environments.keep_to_grader(settings, settings.course.grader)
    roles.set_up_roles(settings)
    if settings.web.tls == "self-signed":
        make_certificate(settings)
    print("gradebook", flush=True)
    enter_students(settings)


def make_certificate(settings: Settings) -> None:
    """A certificate for a trial, once; browsers will warn of it.

    nbgrader's course list asks the hub by its public address, so users' servers are told to believe the certificate.
    """
    certificate, key = settings.folders.state / "tls.crt", settings.folders.state / "tls.key"
    host = settings.web.domain or "localhost"
    if not (certificate.exists() and key.exists()):
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "365", "-subj", f"/CN={host}",
             "-addext", f"subjectAltName=DNS:{host},IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)],
            check=True, capture_output=True,
        )  # fmt: skip
        key.chmod(0o600)
    known = Path("/etc/ssl/certs/ca-certificates.crt")
    believed = (known.read_text() if known.exists() else "") + certificate.read_text()
    settings.trusted.write_text(believed)
    settings.trusted.chmod(0o644)


def enter_students(settings: Settings) -> None:
    """Enter the students in the gradebook, so that who submits nothing is seen too."""
    if not settings.course.students:
        return
    with tempfile.NamedTemporaryFile("w", suffix=".csv", newline="") as roster:
        writer = csv.DictWriter(roster, ROSTER_COLUMNS, restval="")
        writer.writeheader()
        writer.writerows(settings.course.roster)
        roster.flush()
        shutil.chown(roster.name, settings.course.grader)
        nbgrader = settings.environment("grader") / "bin/nbgrader"
        accounts.run_as(
            settings.course.grader, [str(nbgrader), "db", "student", "import", roster.name],
            cwd=settings.course_folder, environment={"PATH": f"{nbgrader.parent}:/usr/bin:/bin"},
        )  # fmt: skip


def try_hub(settings: Settings, clean: bool) -> None:
    """Set up, run until Ctrl-C, and with `clean` take the accounts and folders away again."""
    if clean and settings.folders.homes == Path("/home"):
        raise SettingsError(
            "--clean deletes accounts with their homes: not for a hub whose homes are in /home"
        )
    set_up(settings)
    running.look(settings)
    if clean:
        remove(settings)


def remove(settings: Settings) -> None:
    """Delete the accounts and folders of a trial; the software stays, it is slow to make.

    Only accounts that live in the trial's own folder of homes are deleted: a namesake on this machine is not ours.
    """
    for name in settings.accounts:
        if accounts.exists(name) and accounts.home(name) == settings.home(name):
            accounts.remove(name)
    for folder in (settings.folders.state, settings.folders.exchange, settings.folders.backups):
        shutil.rmtree(folder, ignore_errors=True)


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(prog="hub", description="The course's JupyterHub on one machine.")
    top.add_argument(
        "--config", type=Path, help=f"settings file (default {default_path()}; for try: demo.toml)"
    )
    commands = top.add_subparsers(dest="command", required=True)
    commands.add_parser("setup", help="make environments, accounts, exchange; safe to repeat")
    commands.add_parser("start", help="run the hub in the foreground (systemd does this)")
    look = commands.add_parser("try", help="set up and run a demonstration until Ctrl-C")
    look.add_argument("--clean", action="store_true", help="afterwards delete its accounts and folders")
    save = commands.add_parser("backup", help="save gradebook, course and exchange")
    save.add_argument("--keep", type=int, help="then delete all but the newest KEEP backups")
    put_back = commands.add_parser("restore", help="put a backup back (hub stopped)")
    put_back.add_argument("folder", type=Path)
    return top


def run(arguments: argparse.Namespace) -> None:
    """Carry out one command."""
    standard = HERE / "demo.toml" if arguments.command == "try" else default_path()
    settings = load(arguments.config or standard)
    if arguments.command == "setup":
        set_up(settings)
        print(f"done; start the hub and open {settings.url}")
    elif arguments.command == "start":
        running.start(settings)
    elif arguments.command == "try":
        try_hub(settings, arguments.clean)
    elif arguments.command == "backup":
        print(backup.back_up(settings))
        for old in backup.prune(settings, arguments.keep) if arguments.keep else []:
            print(f"deleted {old}")
    else:
        if running.port_taken(settings.web.hub_port):
            raise SettingsError("the hub is running; stop it before a restore")
        backup.restore(settings, arguments.folder)
        print(f"restored {arguments.folder}; what was there is kept as *.before-restore")


def main() -> int:
    """Entry point; a fault of the settings or the machine is one sentence and exit code 1."""
    try:
        run(parser().parse_args())
    except SettingsError as error:
        print(f"hub: {error}", file=sys.stderr)
        return 1
    return 0
