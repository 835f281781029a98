"""`course demo` and `course grade` on a small course with real kernels."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path

import pytest
from scratch_courses import doubling, write_course

from grading import cli, notebooks, samples
from grading.current import Course
from grading.demo import scratch_course
from grading.marks import Mark, read_marks, table, write_csv

SAMPLES = {
    "all_right.py": "# mark: 2\n# shows: right.\n# demo: yes\n",
    "blank.py": "# mark: 0\n# shows: blank.\n# demo: yes\n# base: blank\n",
    "triple.py": "# mark: 0\n# shows: wrong.\n# demo: yes\n\n# %% double\ndef double(x):\n    return 3 * x\n",
    "twice_there.py": "# mark: 2\n# shows: two.\n# demo: yes\n# duplicate: double\n# duplicate: test_double_numbers\n",
    "not_json.mark": "# mark: 0\n# shows: no notebook.\n# demo: yes\n",
    "not_json.ipynb": "hello\n",
    "no_notebook.mark": "# mark: 0\n# shows: nothing.\n# demo: yes\n",
    "wrongly_marked.py": "# mark: 1\n# shows: a sample whose mark is not what it says.\n",
}
SETTINGS = """
from grading.sanitize import configure
c = get_config()
c.CourseDirectory.course_id = "small"
configure(c)
"""


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """A small course with samples, graded with this project's kernels."""
    course = write_course(tmp_path_factory.mktemp("small") / "small", doubling=doubling())
    (course.root / "nbgrader_config.py").write_text(SETTINGS)
    folder = course.root / "samples" / "doubling"
    folder.mkdir(parents=True)
    for name, content in SAMPLES.items():
        (folder / name).write_text(content)
    return course


def rows(path: Path) -> dict[str, dict[str, str]]:
    """grades.csv by submission."""
    with path.open(newline="", encoding="utf-8") as file:
        return {row["submission"]: row for row in csv.DictReader(file)}


@pytest.mark.slow
def test_a_whole_round(small, monkeypatch, capsys):
    monkeypatch.chdir(small.root)
    assert cli.main(["demo", "doubling"]) == 0
    said = capsys.readouterr().out
    assert "6 of 6 marks are exactly what the samples say" in said
    made = rows(small.root / "build" / "demo" / "grades.csv")
    marks = {name: row["mark"] for name, row in made.items()}
    assert marks == {
        "all_right": "2",
        "blank": "0",
        "no_notebook": "0",
        "not_json": "0",
        "triple": "0",
        "twice_there": "2",
    }
    assert made["no_notebook"]["feedback"] == "No notebook called doubling.ipynb was handed in."
    assert made["triple"]["feedback"].startswith("double 0/2: ")
    for name in marks:
        page = (small.root / "build" / "demo" / "feedback" / name / "doubling" / "doubling.html").read_text()
        assert "secret" not in page
        assert "14" not in page.split("<body", 1)[-1]


@pytest.mark.slow
def test_nbgraders_own_command_gives_the_same_marks(small):
    course = scratch_course(small, small.root / "build" / "plain")
    notebooks.release(course, "doubling")
    for name in ("all_right", "triple"):
        samples.hand_in(course, "doubling", name)
    command = [sys.executable, "-m", "nbgrader", "autograde", "doubling"]
    done = subprocess.run(command, cwd=course.root, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
    marks = {mark.submission: (mark.score, mark.sentences) for mark in read_marks(course, "doubling")}
    assert marks["all_right"] == (2, {})
    assert marks["triple"][0] == 0
    assert marks["triple"][1]["double"]


@pytest.mark.slow
def test_the_demo_runs_again_and_fails_when_a_mark_is_not_the_stated_one(small, monkeypatch, capsys):
    monkeypatch.chdir(small.root)
    assert cli.main(["demo", "doubling", "--all"]) == 1
    said = capsys.readouterr().out
    assert "wrongly_marked should have 1 points, not 2" in said
    assert "6 of 7 marks are exactly what the samples say" in said


# Marks for people


MARKS = [
    Mark("ann", {"he": (2.0, 5.0), "zeros": (3.0, 3.0)}, {"he": 'the "root", the square one, is missing'}),
    Mark("bob", {"he": (5.0, 5.0), "zeros": (2.5, 3.0)}),
    Mark("eve", {"he": (0.0, 5.0), "zeros": (0.0, 3.0)}, {}, "No notebook was handed in."),
]


def test_grades_csv_survives_commas_and_quotes(tmp_path):
    write_csv(tmp_path / "grades.csv", MARKS)
    made = rows(tmp_path / "grades.csv")
    assert list(made["ann"]) == ["submission", "mark", "max", "he", "zeros", "feedback"]
    assert made["ann"]["feedback"] == 'he 2/5: the "root", the square one, is missing'
    assert [made["bob"][column] for column in ("mark", "max", "he", "zeros")] == ["7.5", "8", "5", "2.5"]
    assert made["eve"]["feedback"] == "No notebook was handed in."


def test_the_table_has_one_line_per_lost_exercise():
    assert table(MARKS, 100).splitlines() == [
        "submission  mark     feedback",
        'ann         5/8      he 2/5: the "root", the square one, is missing',
        "bob         7.5/8    zeros 2.5/3: no sentence was left",
        "eve         0/8      No notebook was handed in.",
    ]


def test_the_table_leaves_out_what_it_says_anyway():
    told = Mark("ann", {"he": (0.0, 5.0)}, {"he": "my_function: the root is missing (seen with n = [3, 4])."})
    assert table([told]).splitlines()[1] == "ann         0/5      he 0/5: the root is missing."


def test_a_narrow_table_wraps_its_sentences():
    assert max(len(line) for line in table(MARKS, 60).splitlines()) <= 60
