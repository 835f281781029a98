"""The three virtual environments and the proxy: made from pins, root-owned, remade only when a pin changes."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from .settings import HERE, Settings, SettingsError

PYTHON = "/usr/bin/python3"
REQUIREMENTS = HERE / "requirements"
ROLES = ("hub", "student", "grader")
PROXY_FOR_NODE = {20: "5.3.0", 14: "4.6.3"}
STAMP = ".course-hub-pins"


def set_up_environments(settings: Settings) -> None:
    """Make what is missing or outdated below the software folder; leave the rest alone."""
    settings.folders.software.mkdir(parents=True, exist_ok=True)
    settings.folders.software.chmod(0o755)
    with ThreadPoolExecutor() as pool:
        jobs = [
            pool.submit(set_up_environment, settings.environment(role), REQUIREMENTS / f"{role}.txt")
            for role in ROLES
        ]
        jobs.append(pool.submit(set_up_proxy, settings.folders.software / "proxy"))
        for job in jobs:
            job.result()
    give_students_the_helpers(settings)
    give_grader_the_project(settings)
    for role in ("student", "grader"):
        shutil.copy(HERE / "safe_exchange.py", site_packages(settings.environment(role)))


def set_up_environment(folder: Path, requirements: Path) -> None:
    """A virtual environment that every account may run, holding exactly the pinned packages.

    The interpreter is the distribution's: one that lives in root's home could not be run by anybody else.
    """
    pins = _fingerprint(*REQUIREMENTS.glob("*.txt"))
    if _is_current(folder, pins):
        return
    print(f"  making {folder} (a minute or two)", flush=True)
    shutil.rmtree(folder, ignore_errors=True)
    _run(PYTHON, "-m", "venv", str(folder))
    constraints = REQUIREMENTS / "constraints.txt"
    _run(str(folder / "bin/pip"), "install", "--quiet", "--disable-pip-version-check",
         "-r", str(requirements), "-c", str(constraints))  # fmt: skip
    (folder / STAMP).write_text(pins)


def set_up_proxy(folder: Path) -> None:
    """configurable-http-proxy in a folder of its own, in the newest version that the installed Node can run."""
    version = proxy_version()
    if _is_current(folder, version):
        return
    print(f"  installing configurable-http-proxy {version}", flush=True)
    folder.mkdir(parents=True, exist_ok=True)
    _run("npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(folder),
         f"configurable-http-proxy@{version}")  # fmt: skip
    (folder / STAMP).write_text(version)


def proxy_version() -> str:
    """The pinned proxy release for the installed Node; Debian 12 has Node 18, Debian 13 has 20."""
    try:
        text = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        raise SettingsError("Node.js is missing: apt install nodejs npm") from error
    major = int(text.strip().lstrip("v").split(".")[0])
    for least, version in PROXY_FOR_NODE.items():
        if major >= least:
            return version
    raise SettingsError(f"Node.js {text.strip()} is too old for the proxy: 14 or newer is needed")


def give_students_the_helpers(settings: Settings) -> None:
    """Copy `utils` (and nothing else of the project) to where every student's kernel finds it."""
    target = site_packages(settings.environment("student")) / "utils"
    _replace(settings.course.repository / "utils", target)


def give_grader_the_project(settings: Settings) -> None:
    """Install the whole project, `grading` included, for the course account alone."""
    environment = settings.environment("grader")
    repository = settings.course.repository
    pins = _fingerprint(repository / "pyproject.toml", *sorted(repository.glob("utils/**/*.*")),
                        *sorted(repository.glob("grading/**/*.*")))  # fmt: skip
    stamp = environment / ".course-hub-project"
    if stamp.exists() and stamp.read_text() == pins:
        return
    copy = settings.folders.software / ".project"
    shutil.rmtree(copy, ignore_errors=True)
    copy.mkdir(mode=0o700)
    for name in ("pyproject.toml", "README.md", "utils", "grading"):
        _copy(repository / name, copy / name)
    try:
        _run(str(environment / "bin/pip"), "install", "--quiet", "--disable-pip-version-check", "--no-deps",
             "--force-reinstall", str(copy))  # fmt: skip
    finally:
        shutil.rmtree(copy)
    stamp.write_text(pins)


def keep_to_grader(settings: Settings, group: str) -> None:
    """Close the grader's environment to students: it holds the tests."""
    environment = settings.environment("grader")
    shutil.chown(environment, "root", group)
    environment.chmod(0o750)


def site_packages(environment: Path) -> Path:
    """Where an environment keeps its packages."""
    found = sorted(environment.glob("lib/python3*/site-packages"))
    if not found:
        raise SettingsError(f"{environment} is not a virtual environment")
    return found[0]


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copy(source, target)


def _replace(source: Path, target: Path) -> None:
    shutil.rmtree(target, ignore_errors=True)
    _copy(source, target)


def _is_current(folder: Path, pins: str) -> bool:
    stamp = folder / STAMP
    return stamp.exists() and stamp.read_text() == pins


def _fingerprint(*files: Path) -> str:
    digest = hashlib.sha256()
    for file in sorted(files):
        if file.is_file() and "__pycache__" not in file.parts:
            digest.update(str(file.name).encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


def _run(*command: str) -> None:
    """Run a command whose failure the operator must see; its own words come with it."""
    try:
        subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    except FileNotFoundError as error:
        raise SettingsError(f"{command[0]} is missing on this machine") from error
    except subprocess.CalledProcessError as error:
        raise SettingsError(f"`{' '.join(command)}` failed:\n{error.stdout.strip()}") from error
