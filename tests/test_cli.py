"""The `course` command as people type it."""

from __future__ import annotations

import shutil

import pytest
from scratch_courses import TEST_DOUBLE, doubling

from grading import cli, notebooks


def course(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    """Run a command; its status and all it said."""
    status = cli.main(list(words))
    said = capsys.readouterr()
    return status, said.out + said.err


def test_build_then_nothing_to_do(make_course, capsys):
    make_course()
    assert course(capsys, "build") == (0, "wrote source/doubling/doubling.ipynb\n")
    assert course(capsys, "build") == (0, "nothing to do: everything is up to date\n")


def test_check_names_the_file_and_fails(released, capsys):
    assert course(capsys, "build", "--check") == (0, "1 assignment: all as it should be\n")
    released.text("doubling").write_text(doubling(test=TEST_DOUBLE.replace("BEGIN HIDDEN", "BEGIN HIDEN")))
    status, said = course(capsys, "build", "--check")
    assert status == 1
    assert (
        "source/doubling.py: cell test_double_numbers (number 5): '### BEGIN HIDEN TESTS' looks like" in said
    )


def test_commands_work_from_a_folder_inside_the_course(released, capsys, monkeypatch):
    monkeypatch.chdir(released.root / "source" / "doubling")
    assert course(capsys, "release") == (0, "released doubling to release/doubling\n")
    assert course(capsys, "kit", "doubling") == (0, "wrote dist/doubling.zip\n")


def test_a_second_course_is_its_own(released, make_course, capsys):
    other = make_course("other", tripling=doubling().replace("double", "triple"))
    assert course(capsys, "release") == (0, "released tripling to release/tripling\n")
    assert other.assignments() == ["tripling"]
    assert released.assignments() == ["doubling"]
    assert notebooks.load(other.release("tripling")).cells[2].id == "triple"


def test_import_says_what_it_did(released, capsys):
    path = str(released.source("doubling"))
    assert course(capsys, "import", path) == (0, "source/doubling.py says the same already\n")
    status, said = course(capsys, "import", str(released.release("doubling")))
    assert status == 1
    assert said.endswith(
        "is a student's version: its solutions are gone, so it cannot become the course's text\n"
    )


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("release", "trebling"), "course: no assignment called 'trebling' in "),
        (("import", "source/doubling/none.ipynb"), "none.ipynb does not exist"),
        (("grade", "doubling"), "course: nothing to grade: "),
        (("grade",), "course: nothing to grade: "),
        (("grade", "--student", "nobody"), "course: nothing to grade: "),
        (("demo", "doubling"), "course: doubling has no sample submissions in "),
    ],
)
def test_a_mistake_at_the_keyboard_is_one_sentence(released, capsys, words, expected):
    status, said = course(capsys, *words)
    assert status == 1
    assert expected in said
    assert said.count("\n") == 1


def test_outside_a_course(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert course(capsys, "build") == (
        1,
        f"course: no nbgrader_config.py in {tmp_path} or above it: go to a course's folder first\n",
    )


@pytest.mark.slow
def test_grade_without_a_name_grades_all_that_was_handed_in(make_course, capsys):
    tripling = doubling().replace("double", "triple").replace("2 * x", "3 * x")
    made = make_course(doubling=doubling(), tripling=tripling, unused=doubling().replace("double", "unused"))
    assert course(capsys, "release")[0] == 0
    for student, assignment in (("both", "doubling"), ("both", "tripling"), ("one", "tripling")):
        folder = made.root / "submitted" / student / assignment
        folder.mkdir(parents=True)
        shutil.copy(made.release(assignment), folder)
    status, said = course(capsys, "grade")
    assert status == 0, said
    assert [line for line in said.splitlines() if line.endswith("ling:")] == ["doubling:", "tripling:"]
    rows = {
        name: (made.root / f"grades.{name}.csv").read_text().splitlines() for name in ("doubling", "tripling")
    }
    assert [row.split(",")[:3] for row in rows["doubling"][1:]] == [["both", "0", "2"]]
    assert [row.split(",")[0] for row in rows["tripling"][1:]] == ["both", "one"]
    assert not (made.root / "autograded" / "both" / "unused").exists()
    status, said = course(capsys, "grade", "--student", "one")
    assert status == 0, said
    assert "grades.csv" in said, "only one assignment is left to grade"
