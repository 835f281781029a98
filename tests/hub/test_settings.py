"""hub.toml: what is wrong in it is said in one sentence before anything is touched."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from course_hub import roles, settings

GOOD = """
[course]
id = "course"
instructors = ["teacher"]
students = ["one", "two"]
[web]
address = "127.0.0.1"
tls = "none"
"""


def load(tmp_path: Path, text: str) -> settings.Settings:
    """Settings from a text."""
    (tmp_path / "hub.toml").write_text(text)
    return settings.load(tmp_path / "hub.toml")


def test_defaults(tmp_path: Path) -> None:
    chosen = load(tmp_path, GOOD)
    assert chosen.accounts == ("grader-course", "teacher", "one", "two")
    assert chosen.course_folder == Path("/home/grader-course/course")
    assert chosen.url == "http://127.0.0.1:443"


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('id = "course"', 'id = "a/b"', "may hold letters"),
        ('"one", "two"', '"one", "one"', "one is listed twice"),
        ('"one", "two"', '"One"', "cannot be a Linux account"),
        ('"one", "two"', '"a+b"', "cannot be a Linux account"),
        ('instructors = ["teacher"]', "", "names no instructor"),
        ('address = "127.0.0.1"', "", "sends passwords in the clear"),
        ('tls = "none"', 'tls = "files"', "needs certificate and key"),
        ('tls = "none"', 'tls = "maybe"', "tls is one of"),
        ('tls = "none"', 'tls = "none"\nport0 = 1', "does not know port0"),
        ("[web]", "[wep]", "sections that mean nothing here: wep"),
        ("[course]", "[course", "is not valid TOML"),
        ("[web]", '[limits]\nmemory = "lots"\n[web]', "a size is a number"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    assert old in GOOD
    with pytest.raises(settings.SettingsError, match=sentence) as caught:
        load(tmp_path, GOOD.replace(old, new))
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(settings.SettingsError, match="cannot read the settings file"):
        settings.load(tmp_path / "nothing.toml")


def test_a_roster_brings_names(tmp_path: Path) -> None:
    (tmp_path / "students.csv").write_text("id,first_name,last_name\none,First,Student\n\n")
    chosen = load(tmp_path, GOOD.replace('students = ["one", "two"]', 'students_file = "students.csv"'))
    assert chosen.course.students == ("one",)
    assert chosen.course.roster[0]["first_name"] == "First"


def test_a_roster_without_ids_is_said(tmp_path: Path) -> None:
    (tmp_path / "students.csv").write_text("name\none\n")
    with pytest.raises(settings.SettingsError, match="no column named id"):
        load(tmp_path, GOOD.replace('students = ["one", "two"]', 'students_file = "students.csv"'))


@pytest.mark.parametrize(("text", "size"), [("512M", 512 * 1024**2), ("1.5G", 1610612736), ("2K", 2048)])
def test_sizes(text: str, size: int) -> None:
    assert settings.parse_size(text) == size


def test_the_committed_settings_are_good() -> None:
    assert settings.load(settings.HERE / "demo.toml").course.students == ("student1", "student2")


def test_only_graders_get_the_formgrader(tmp_path: Path) -> None:
    chosen = load(tmp_path, GOOD + '[folders]\nsoftware = "software"\n')
    roles.set_up_roles(chosen)
    shown = {}
    for role in ("student", "instructor", "grader"):
        text = (chosen.role_folder(role) / "jupyter_server_config.d/nbgrader.json").read_text()
        shown[role] = {
            name for name, on in json.loads(text)["ServerApp"]["jpserver_extensions"].items() if on
        }
    assert [role for role, names in shown.items() if any("formgrader" in name for name in names)] == [
        "grader"
    ]
    page = json.loads((chosen.role_folder("student") / "labconfig/page_config.json").read_text())
    assert page["lockedExtensions"]["@jupyter/nbgrader:formgrader"] is True
