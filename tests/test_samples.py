"""Every sample submission gets exactly the mark it states."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from grading import notebooks, samples
from grading.batch import grade
from grading.current import Course, CourseError
from grading.demo import scratch_course
from grading.marks import Mark

COURSE = Course(Path(__file__).resolve().parents[1])
ASSIGNMENTS = [name for name in COURSE.assignments() if samples.names(COURSE, name)]


@pytest.fixture(scope="module", params=ASSIGNMENTS)
def graded(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, tuple[float, Mark]]:
    """All samples of an assignment, graded: the stated mark and the one given, by name."""
    course = scratch_course(COURSE, tmp_path_factory.mktemp("class") / "course")
    notebooks.release(course, request.param)
    names = samples.names(course, request.param)
    for name in names:
        samples.hand_in(course, request.param, name)
    marks = {mark.submission: mark for mark in grade(course, request.param)}
    assert sorted(marks) == names
    return {name: (samples.read(course, request.param, name).mark, marks[name]) for name in names}


@pytest.mark.slow
def test_each_sample_gets_its_mark(graded):
    wrong = {
        name: f"{given.score:g} instead of {stated:g}: {given.sentences or given.problem}"
        for name, (stated, given) in graded.items()
        if given.score != stated
    }
    assert not wrong


@pytest.mark.slow
def test_whoever_lost_points_is_told_why(graded):
    for name, (_, given) in graded.items():
        lost = {exercise for exercise, (got, most) in given.exercises.items() if got < most}
        assert given.problem or lost <= set(given.sentences), name


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
def test_samples_cover_right_blank_and_wrong(assignment):
    known = {name: samples.read(COURSE, assignment, name) for name in samples.names(COURSE, assignment)}
    assert {"all_right", "all_right_in_another_style", "blank"} <= set(known)
    assert known["blank"].mark == 0
    assert known["all_right"].mark == known["all_right_in_another_style"].mark
    assert all(sample.mark <= known["all_right"].mark for sample in known.values())
    assert all(sample.shows.endswith(".") for sample in known.values())


# How a sample becomes a notebook


def write(course: Course, name: str, content: str) -> None:
    folder = course.root / "samples" / "doubling"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(content)


def handed_in(course: Course, content: str) -> list[dict]:
    """Cells of the notebook that a sample hands in."""
    write(course, "one.py", content)
    folder = samples.hand_in(course, "doubling", "one")
    return json.loads((folder / "doubling.ipynb").read_text())["cells"]


HEAD = "# mark: 2\n# shows: something.\n"


def test_without_cells_it_is_the_right_answer_as_it_was_run(released):
    cells = handed_in(released, HEAD)
    assert "".join(cells[2]["source"]) == 'def double(x):\n    """Return twice `x`."""\n    return 2 * x'
    assert [cell["execution_count"] for cell in cells if cell["cell_type"] == "code"] == [1, 2, 3, 4]
    assert "secret" not in json.dumps(cells)


def test_it_can_be_blank_and_never_run(released):
    cells = handed_in(released, HEAD + "# base: blank\n# run: no\n")
    assert "raise NotImplementedError()" in "".join(cells[2]["source"])
    assert {cell["execution_count"] for cell in cells if cell["cell_type"] == "code"} == {None}


def test_it_can_replace_and_add_cells(released):
    cells = handed_in(
        released, HEAD + "\n# %% before double\nhelper = 2\n\n# %% double\ndouble = helper.__mul__\n"
    )
    assert ["".join(cell["source"]) for cell in cells[2:4]] == ["helper = 2", "double = helper.__mul__"]
    assert cells[3]["metadata"]["nbgrader"]["grade_id"] == "double"


def test_it_can_delete_duplicate_and_retype_cells(released):
    head = HEAD + "# delete: imports\n# duplicate: double\n# retype: test_double_numbers markdown\n"
    kinds = [
        (cell["cell_type"], cell["metadata"].get("nbgrader", {}).get("grade_id"))
        for cell in handed_in(released, head)
    ]
    assert kinds == [
        ("markdown", None),
        ("code", "double"),
        ("code", "double"),
        ("code", None),
        ("markdown", "test_double_numbers"),
    ]


def test_what_no_library_writes_is_handed_in_as_it_is(released):
    write(released, "odd.mark", HEAD)
    write(released, "odd.ipynb", "no json")
    folder = samples.hand_in(released, "doubling", "odd")
    assert (folder / "doubling.ipynb").read_text() == "no json"
    (released.root / "samples" / "doubling" / "odd.ipynb").unlink()
    folder = samples.hand_in(released, "doubling", "odd")
    assert sorted(path.name for path in folder.iterdir()) == ["answers.txt", "timestamp.txt"]


def test_the_time_of_a_submission_is_one_nbgrader_reads(released):
    from nbgrader.utils import parse_utc

    write(released, "one.py", HEAD)
    first = (samples.hand_in(released, "doubling", "one") / "timestamp.txt").read_text()
    shutil.rmtree(released.root / "submitted")
    assert (samples.hand_in(released, "doubling", "one") / "timestamp.txt").read_text() == first
    assert parse_utc(first).year == 2026


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("# shows: no mark.\n", "must begin with the lines"),
        (HEAD + "\n# %%\nx = 1\n", "must be `# %% <grade_id>`"),
        (HEAD + "\n# %% triple\nx = 1\n", "the notebook has no cell called 'triple'"),
        (HEAD + "# delete: triple\n", "the notebook has no cell called 'triple'"),
    ],
)
def test_a_sample_that_makes_no_sense_is_refused(released, content, expected):
    write(released, "one.py", content)
    with pytest.raises(CourseError, match=expected):
        samples.hand_in(released, "doubling", "one")


def test_an_unknown_sample_is_refused(released):
    with pytest.raises(CourseError, match="no sample called 'none'"):
        samples.read(released, "doubling", "none")
