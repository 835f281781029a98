"""A class at its deadline: 200 Linux users fetch an assignment and submit it within two minutes.

    sudo .venv/bin/python tests/hub/load.py [--students 200] [--seconds 120] [--seed 1]

Each student is a process of a Linux account of their own that calls the exchange as the assignment list does. There is
no browser and no single-user server in it: 200 of those need more memory than a small machine has (see
docs/operator.md), and they do not meet in the exchange. The run is bounded in number and time, uses folders and
accounts of its own, and takes them away again. It ends with exit code 1 if anything is lost or readable by others.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import shutil
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "deploy" / "jupyterhub"))

import nbformat
from as_user import call_as_user
from course_hub import accounts, settings
from exchange_steps import COURSE, make_gradebook, run_step, warm_up, write_notebook

ROOT = Path("/var/lib/course-hub-load")
GRADER = "hubload-grader"
TWICE = 0.1  # this part of the students submits a second time


@dataclass
class Visit:
    """What one student's visits took, in seconds, and the text of the last submission."""

    student: str
    fetch: float
    submits: list[float]
    answer: str


@dataclass
class Result:
    """What the run found."""

    students: int
    seconds: float
    submissions: int
    fetch_median: float
    fetch_worst: float
    submit_median: float
    submit_worst: float
    collect_seconds: float
    attempts_refused: int
    faults: list[str] = field(default_factory=list)


def simulate(students: int, seconds: float, seed: int) -> Result:
    """Run the whole simulation and clean up after it."""
    names = [f"hubload{number:03d}" for number in range(students)]
    try:
        prepare(names)
        return run(names, seconds, random.Random(seed))
    finally:
        for name in (*names, GRADER):
            accounts.remove(name)
        shutil.rmtree(ROOT, ignore_errors=True)


def prepare(names: list[str]) -> None:
    """Accounts, an exchange made as `hub setup` makes it, and a released assignment."""
    warm_up()
    shutil.rmtree(ROOT, ignore_errors=True)
    ROOT.mkdir(mode=0o755)
    for name in (GRADER, *names):
        accounts.remove(name)
        accounts.create(name, ROOT / "home" / name, login=False)
        (ROOT / "home" / name).chmod(0o700)
    (ROOT / "hub.toml").write_text(
        f'[course]\nid = "{COURSE}"\ngrader = "{GRADER}"\ninstructors = ["nobody"]\nstudents = {json.dumps(names)}\n'
        '[folders]\nexchange = "exchange"\nhomes = "home"\n[web]\naddress = "127.0.0.1"\ntls = "none"\n'
    )
    accounts.set_up_exchange(settings.load(ROOT / "hub.toml"))
    call_as_user(GRADER, write_notebook, "# your code here\n" * 2000, f"{COURSE}/release/ps1")
    step(GRADER, "release")
    shutil.copy(make_gradebook(ROOT / "gradebook.db"), course_folder())
    shutil.chown(course_folder() / "gradebook.db", GRADER)


def course_folder() -> Path:
    """Where the course account keeps the course."""
    return ROOT / "home" / GRADER / COURSE


def step(user: str, name: str, **options: Any) -> str:
    """One step of the exchange as a user, in a process of its own."""
    log: str = call_as_user(
        user, run_step, name, "ps1", str(ROOT / "exchange"), str(course_folder()), options
    )
    return log


def run(names: list[str], seconds: float, rng: random.Random) -> Result:
    """Let everybody come at their own times, then look at what arrived and who can see it."""
    start = time.monotonic()
    plans = [
        (name, sorted(rng.uniform(0, seconds * 0.9) for _ in range(3 if rng.random() < TWICE else 2)))
        for name in names
    ]
    with ThreadPoolExecutor(len(names)) as pool:
        visits = list(pool.map(lambda plan: call_as_user(plan[0], visit, plan[0], start, plan[1]), plans))
    took = time.monotonic() - start
    refused, leaks = spy(names)
    before = time.monotonic()
    log = step(GRADER, "collect")
    collected = time.monotonic() - before
    fetches = sorted(one.fetch for one in visits)
    submits = sorted(seconds for one in visits for seconds in one.submits)
    return Result(
        students=len(names),
        seconds=took,
        submissions=len(submits),
        fetch_median=fetches[len(fetches) // 2],
        fetch_worst=fetches[-1],
        submit_median=submits[len(submits) // 2],
        submit_worst=submits[-1],
        collect_seconds=collected,
        attempts_refused=refused,
        faults=[*leaks, *losses(visits), *([log] if "ot collected" in log else [])],
    )


def visit(name: str, start: float, times: list[float]) -> Visit:
    """One student: fetch at the first of the times, submit at the others."""
    exchange, home = str(ROOT / "exchange"), os.getcwd()
    wait_until(start + times[0])
    fetch = timed(lambda: run_step("fetch", "ps1", exchange, home, {}))
    submits = []
    for number, moment in enumerate(times[1:]):
        answer = hashlib.sha256(f"{name} {number}".encode()).hexdigest()
        write_notebook(answer)
        wait_until(start + moment)
        submits.append(timed(lambda: run_step("submit", "ps1", exchange, home, {})))
    return Visit(name, fetch, submits, answer)


def wait_until(moment: float) -> None:
    """Sleep until a moment of the monotonic clock."""
    time.sleep(max(0.0, moment - time.monotonic()))


def timed(action: Callable[[], object]) -> float:
    """How long an action takes, in seconds."""
    before = time.monotonic()
    action()
    return time.monotonic() - before


def spy(names: list[str]) -> tuple[int, list[str]]:
    """Every student tries to get at the next one's work, knowing its secret name: how often refused, what leaked."""
    inbound = ROOT / "exchange" / COURSE / "inbound"
    folders = sorted(inbound.iterdir())
    victims = {
        name: [str(one) for one in folders if not one.name.startswith(f"{name}+")][:3] for name in names
    }
    refused, leaks = 0, []
    for name in names:
        answers = call_as_user(
            name, attempts, victims[name], str(inbound), [str(ROOT / "home" / other) for other in names]
        )
        refused += answers.count("refused")
        leaks += [f"{name}: {answer}" for answer in answers if answer != "refused"]
    return refused, leaks


def attempts(folders: list[str], inbound: str, homes: list[str]) -> list[str]:
    """Try to look, read, write, rename and delete where nobody but the owner may; "refused" or what succeeded."""
    own = os.getcwd()
    tries: list[tuple[str, Callable[[], object]]] = [("list inbound", lambda: os.listdir(inbound))]
    for path in folders:
        notebook = Path(path) / "ps1.ipynb"
        tries += [
            (f"read {path}", notebook.read_bytes),
            (f"write {path}", lambda notebook=notebook: notebook.write_text("x")),  # type: ignore[misc]
            (f"delete {path}", notebook.unlink),
            (f"rename {path}", lambda path=path: os.rename(path, path + "x")),  # type: ignore[misc]
        ]
    tries += [(f"list {home}", lambda home=home: os.listdir(home)) for home in homes if home != own]  # type: ignore[misc]
    return [outcome(name, action) for name, action in tries]


def outcome(name: str, action: Callable[[], object]) -> str:
    """What became of one attempt."""
    try:
        action()
    except PermissionError:
        return "refused"
    return name


def losses(visits: list[Visit]) -> list[str]:
    """Students whose last answer is not what was collected under their name."""
    lost = []
    for one in visits:
        path = course_folder() / "submitted" / one.student / "ps1" / "ps1.ipynb"
        found = nbformat.read(path, as_version=4).cells[0].source if path.exists() else "nothing"
        if found != one.answer:
            lost.append(f"{one.student} submitted {one.answer[:8]}, collected {found[:8]}")
    return lost


def main() -> int:
    """Entry point: prints the figures as JSON."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    options.add_argument("--students", type=int, default=200)
    options.add_argument("--seconds", type=float, default=120.0)
    options.add_argument("--seed", type=int, default=1)
    chosen = options.parse_args()
    if os.geteuid() != 0:
        print("load.py makes Linux accounts: run it as root", file=sys.stderr)
        return 2
    result = simulate(min(chosen.students, 500), min(chosen.seconds, 600.0), chosen.seed)
    print(json.dumps(asdict(result), indent=2))
    return 1 if result.faults else 0


if __name__ == "__main__":
    sys.exit(main())
