"""From log-in to feedback in a real browser on a real hub: a student, an instructor, and what a student is refused.

Needs root (the hub starts servers as other users) and Chromium. The environments are made once, in /opt, and kept
under a name that depends on their pins. Screenshots stay in build/hub-pictures.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import re
import shutil
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from course_hub import cli, environments, running, settings

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
PICTURES = ROOT / "build" / "hub-pictures"
PLACE = Path("/var/lib/course-hub-test")
COURSE, ASSIGNMENT = "training_deep_networks", "initialization"
GRADER, INSTRUCTOR, STUDENT, OTHER = "hub-grader", "hub-instructor", "hub-student1", "hub-student2"


WRONG = """\
def initialize_parameters_he(layers_dims):
    parameters = {}
    for l in range(1, len(layers_dims)):
        n, n_prev = layers_dims[l], layers_dims[l - 1]
        parameters[f"W{l}"] = np.random.randn(n, n_prev) * np.sqrt(1 / n_prev)
        parameters[f"b{l}"] = np.zeros((n, 1))
    return parameters"""
RIGHT = WRONG.replace("np.sqrt(1 / n_prev)", "np.sqrt(2 / n_prev)")
ANSWER_CELL = "def initialize_parameters_he"
TEST_CELL = 'check(initialize_parameters_he, "scale")'
MISTAKE = re.compile(r"1 / n_prev|factor.*2|half|tanh|Xavier", re.IGNORECASE)
POINTS_FOR_HE = 10


def missing() -> str:
    """What this machine lacks for the journey, or nothing."""
    if os.geteuid() != 0:
        return "the hub starts servers as other users, which needs root"
    needed = ("/usr/bin/chromium", "/usr/bin/python3", "/usr/bin/node", "/usr/bin/bwrap", "/usr/sbin/useradd")
    absent = [path for path in needed if not Path(path).exists()]
    if absent:
        return f"not on this machine: {', '.join(absent)}"
    if importlib.util.find_spec("playwright") is None:
        return "playwright is not installed"
    return ""


@dataclass
class Running:
    """The hub under test and the passwords of its people."""

    settings: settings.Settings
    passwords: dict[str, str]

    @property
    def url(self) -> str:
        """The hub's address."""
        return self.settings.url


@pytest.fixture(scope="module")
def hub() -> Iterator[Running]:
    """A hub of this course with an instructor and two students, fresh, over TLS, gone afterwards."""
    if reason := missing():
        pytest.skip(reason)
    with Path("/run/course-hub-test.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # another run of this test uses the same accounts
        chosen = settings.load(write_settings())
        cli.remove(chosen)
        shutil.rmtree(PICTURES, ignore_errors=True)
        PICTURES.mkdir(parents=True)
        cli.set_up(chosen)
        try:
            with running.LocalHub(chosen):
                yield Running(chosen, running.demo_passwords(chosen))
        finally:
            shutil.copy(chosen.folders.state / "hub.log", PICTURES / "hub.log")
            cli.remove(chosen)


def write_settings() -> Path:
    """The hub's settings, on ports that are free now."""
    pins = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(environments.REQUIREMENTS.iterdir())))
    PLACE.mkdir(exist_ok=True)
    ports = free_ports(4)
    (PLACE / "students.csv").write_text(
        f"id,first_name,last_name\n{STUDENT},First,Student\n{OTHER},Second,Student\n"
    )
    path = PLACE / "hub.toml"
    path.write_text(f"""
[course]
id = "{COURSE}"
grader = "{GRADER}"
repository = "{ROOT}"
instructors = ["{INSTRUCTOR}"]
students_file = "students.csv"
[folders]
software = "/opt/course-hub-test-{pins.hexdigest()[:12]}"
state = "state"
exchange = "exchange"
homes = "home"
backups = "backups"
[web]
address = "127.0.0.1"
tls = "self-signed"
port = {ports[0]}
hub_port = {ports[1]}
proxy_api_port = {ports[2]}
formgrader_port = {ports[3]}
""")
    return path


def free_ports(count: int) -> list[int]:
    """Ports on which nothing listens."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def test_a_student_s_work_becomes_a_mark_and_feedback(hub: Running) -> None:
    from browser import AssignmentList, Formgrader, Lab, chromium

    with chromium() as browser:
        instructor = Lab(browser, hub.url, PICTURES)
        instructor.log_in(INSTRUCTOR, hub.passwords[INSTRUCTOR])
        assert visible_roles(instructor) == {"open-assignment-list", "open-course-list"}
        instructor.nbgrader_menu("open-course-list")
        instructor.page.locator(f"a:has-text('{COURSE}')").first.wait_for()
        instructor.picture("courses")
        formgrader = Formgrader(instructor, COURSE, ASSIGNMENT)
        release(formgrader)

        student = Lab(browser, hub.url, PICTURES)
        student.log_in(STUDENT, hub.passwords[STUDENT])
        assert visible_roles(student) == {"open-assignment-list"}
        assignments = AssignmentList(student, COURSE, ASSIGNMENT)
        fetch_and_submit(assignments)

        collect_and_grade(formgrader)
        look_at_feedback(assignments)
        refuse_through_the_web(student, hub)
        refuse_through_a_notebook(student, hub)


def release(formgrader: Formgrader) -> None:  # noqa: F821
    """The instructor makes the student version and releases it."""
    formgrader.open()
    formgrader.lab.picture("formgrader")
    assert "Success" in formgrader.press(formgrader.row, "assign")
    assert "Success" in formgrader.press(formgrader.row, "release")


def visible_roles(lab: Lab) -> set[str]:  # noqa: F821
    """What the Nbgrader menu shows to a person."""
    commands = set(lab.nbgrader_menu_entries())
    lab.picture("menu")
    return commands


def fetch_and_submit(assignments: AssignmentList) -> None:  # noqa: F821
    """The student fetches, answers wrongly, reads which mistake it is, mends it, validates and submits."""
    lab = assignments.lab
    assignments.open()
    assignments.fetch()
    lab.picture("fetched")
    notebook = assignments.open_notebook()
    notebook.run(notebook.cell("from utils.checks import"))
    answer = notebook.cell(ANSWER_CELL)
    notebook.write(answer, WRONG)
    assert notebook.run(answer).strip() == ""
    test = notebook.cell(TEST_CELL)
    said = notebook.run(test)
    lab.picture("mistake")
    assert MISTAKE.search(said), said
    assert "verify" not in said
    notebook.write(notebook.cell(ANSWER_CELL), RIGHT)
    notebook.run(notebook.cell(ANSWER_CELL))
    assert "visible checks passed" in notebook.run(notebook.cell(TEST_CELL))
    lab.picture("mended")
    notebook.save()
    assert ANSWER_CELL not in notebook.validate()
    assignments.open()
    assignments.submit()
    lab.picture("submitted")


def collect_and_grade(formgrader: Formgrader) -> None:  # noqa: F821
    """The instructor collects, grades with the two kernels, and releases the feedback."""
    formgrader.open()
    said = formgrader.press(formgrader.row, "collect", "collect")
    assert f"Collected: {STUDENT}," in said
    formgrader.open_submissions(STUDENT)
    row = formgrader.student(STUDENT)
    assert "Success" in formgrader.press(row, "autograde", "autograde")
    formgrader.student(STUDENT).locator(f"td:has-text('{POINTS_FOR_HE}')").first.wait_for()
    formgrader.lab.picture("graded")
    assert "Success" in formgrader.press(formgrader.student(STUDENT), "generate-feedback")
    assert "Success" in formgrader.press(formgrader.student(STUDENT), "release-feedback")


def look_at_feedback(assignments: AssignmentList) -> None:  # noqa: F821
    """The student fetches and opens the feedback, and finds no hidden test in it."""
    assignments.open()
    assignments.fetch_feedback()
    page = assignments.open_feedback()
    text, source = page.inner_text("body"), page.content()
    assignments.lab.picture("feedback")
    assert f"{POINTS_FOR_HE}" in text
    for secret in ("BEGIN HIDDEN", "verify", "grading."):
        assert secret not in source, secret


def refuse_through_the_web(lab: Lab, hub: Running) -> None:  # noqa: F821
    """The student asks for what is not the student's, by its address."""
    assert lab.status(f"/services/{COURSE}/lab") == 403
    assert lab.status(f"/user/{OTHER}/lab") == 404  # not running: the hub does not even say that it exists
    assert lab.status(f"/user/{INSTRUCTOR}/lab") == 403
    assert lab.status("/hub/admin") == 403
    assert lab.status(f"/user/{STUDENT}/formgrader") == 404


def refuse_through_a_notebook(lab: Lab, hub: Running) -> None:  # noqa: F821
    """The student's own code looks for what it must not see; every answer is "Permission denied"."""
    from browser import new_notebook

    course, exchange = hub.settings.course_folder, hub.settings.exchange_course
    paths = [hub.settings.home(OTHER), hub.settings.home(INSTRUCTOR), course, course / "source",
             course / "gradebook.db", exchange / "inbound", exchange / "feedback",
             hub.settings.environment("grader") / "lib", hub.settings.folders.state]  # fmt: skip
    code = f"""\
from pathlib import Path

def attempt(path):
    try:
        return list(Path(path).iterdir()) if Path(path).is_dir() else Path(path).read_bytes()
    except PermissionError:
        return "Permission denied"

for path in {[str(path) for path in paths]}:
    print(path, attempt(path), sep=": ")
try:
    import grading
    print("imported grading")
except ModuleNotFoundError as error:
    print(error)"""
    notebook = new_notebook(lab)
    cell = notebook.panel.locator(".jp-CodeCell").first
    notebook.write(cell, code)
    said = notebook.run(cell)
    lab.picture("refused")
    for path in paths:
        assert f"{path}: Permission denied" in said.replace("\\n", " ")
    assert "No module named 'grading'" in said
