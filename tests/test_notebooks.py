"""Text to notebook and back; what `course build --check` notices."""

from __future__ import annotations

import nbformat
import pytest
from scratch_courses import DOUBLE, TEST_DOUBLE, cell, doubling, text

from grading import buildcheck, notebooks
from grading.current import CourseError


def sentences(content: str, assignment: str = "doubling") -> list[str]:
    """What the check says about a text."""
    made = notebooks.to_notebook(content)
    return [str(problem) for problem in buildcheck.check_source("source/doubling.py", made, assignment)]


# Text and notebook


def test_same_text_gives_the_same_bytes():
    first, second = (notebooks.dumps(notebooks.to_notebook(doubling())) for _ in range(2))
    assert first == second


def test_cells_are_called_after_their_grade_id_or_counted():
    made = notebooks.to_notebook(doubling())
    assert [cell.id for cell in made.cells] == [
        "cell-1",
        "imports",
        "double",
        "cell-2",
        "test_double_numbers",
    ]
    nbformat.validate(made)


def test_one_edited_line_is_one_changed_line():
    before = notebooks.dumps(notebooks.to_notebook(doubling())).splitlines()
    after = notebooks.dumps(notebooks.to_notebook(doubling(DOUBLE.replace("2 * x", "x + x")))).splitlines()
    assert len(before) == len(after)
    assert sum(one != other for one, other in zip(before, after, strict=True)) == 1


def test_text_survives_the_way_there_and_back():
    assert notebooks.to_text(notebooks.to_notebook(doubling())) == doubling()


def test_this_courses_texts_survive_the_way_there_and_back(this_course):
    for name in this_course.assignments():
        content = this_course.text(name).read_text()
        assert notebooks.to_text(notebooks.to_notebook(content), like=content) == content, f"source/{name}.py"


def test_a_run_leaves_no_trace_in_the_text():
    made = notebooks.to_notebook(doubling())
    made.metadata["widgets"] = {"state": {}}
    for used in made.cells:
        used.metadata.update({"trusted": True, "execution": {"iopub.status.busy": "now"}, "collapsed": False})
        if used.cell_type == "code":
            used.execution_count = 3
            used.outputs = [nbformat.v4.new_output("stream", text="hello")]
    assert notebooks.to_text(made) == doubling()


# Import


def test_import_of_an_unchanged_notebook_changes_nothing(make_course):
    course = make_course()
    course.text("doubling").write_text(doubling() + "\n\n")  # as import would not write it
    before = course.text("doubling").read_bytes()
    notebooks.build(course, ["doubling"])
    assert notebooks.import_notebook(course, course.source("doubling")) == (course.text("doubling"), False)
    assert course.text("doubling").read_bytes() == before


def test_import_carries_an_edit_back(make_course):
    course = make_course()
    notebooks.build(course, ["doubling"])
    edited = notebooks.load(course.source("doubling"))
    edited.cells[2].source = edited.cells[2].source.replace("2 * x", "x + x")
    edited.cells.append(nbformat.v4.new_markdown_cell("The end."))
    nbformat.write(edited, course.source("doubling"))
    assert notebooks.import_notebook(course, course.source("doubling"))[1]
    expected = doubling(DOUBLE.replace("2 * x", "x + x")) + "\n# %% [markdown]\n# The end.\n"
    assert course.text("doubling").read_text() == expected


def test_import_leaves_empty_lines_between_other_cells_as_they_are(make_course):
    course = make_course()
    airy = (
        doubling()
        .replace("\n# %%\ndouble", "\n\n\n# %%\ndouble")
        .replace("\n\n\n# %% nbgrader", "\n\n# %% nbgrader")
    )
    course.text("doubling").write_text(airy)
    notebooks.build(course, ["doubling"])
    edited = notebooks.load(course.source("doubling"))
    edited.cells[0].source = "# Two times"
    nbformat.write(edited, course.source("doubling"))
    assert notebooks.import_notebook(course, course.source("doubling"))[1]
    assert course.text("doubling").read_text() == airy.replace("# # Twice", "# # Two times")


@pytest.mark.parametrize("strip", [False, True])
def test_import_refuses_a_students_version(make_course, strip):
    course = make_course()
    notebooks.release(course, "doubling")
    before = course.text("doubling").read_bytes()
    students = notebooks.load(course.release("doubling"))
    if strip:
        for held in (cell.metadata["nbgrader"] for cell in students.cells if "nbgrader" in cell.metadata):
            held.pop("checksum")
    path = course.root / "doubling.ipynb"
    nbformat.write(students, path)
    with pytest.raises(CourseError, match="is a student's version: its solutions are gone"):
        notebooks.import_notebook(course, path)
    assert course.text("doubling").read_bytes() == before


@pytest.mark.parametrize("content", ["", "hello", "{}", '{"cells": 3}'])
def test_import_refuses_what_is_no_notebook(make_course, content):
    course = make_course()
    path = course.root / "doubling.ipynb"
    path.write_text(content)
    with pytest.raises(CourseError, match="is not a notebook"):
        notebooks.import_notebook(course, path)


# What the check notices in a text


def test_a_sound_text_has_no_problem():
    assert sentences(doubling()) == []


@pytest.mark.parametrize(
    ("wrong", "meant"),
    [
        ("### BEGIN HIDEN TESTS", "BEGIN HIDDEN TESTS"),
        ("### BEGIN HIDDEN TEST", "BEGIN HIDDEN TESTS"),
        ("### BEGIN HIDDENTESTS", "BEGIN HIDDEN TESTS"),
        ("### begin hidden tests", "BEGIN HIDDEN TESTS"),
        ("# Begin Hidden Tests:", "BEGIN HIDDEN TESTS"),
        ("### START HIDDEN TESTS", "BEGIN HIDDEN TESTS"),
        ("###BEGIN_HIDDEN_TESTS", "BEGIN HIDDEN TESTS"),
        ("### BEGIN TESTS", "BEGIN HIDDEN TESTS"),
        ("### BGEIN HIDDEN TESTS", "BEGIN HIDDEN TESTS"),
        ("### HIDDEN TESTS BEGIN", "BEGIN HIDDEN TESTS"),
        ("x = 1  ### BEGIN HIDDEN TESTS", "BEGIN HIDDEN TESTS"),
        ("### BEGIN SOLUTIONS", "BEGIN SOLUTION"),
        ("### BEGIN SOLUTIN", "BEGIN SOLUTION"),
        ("### Begin solution", "BEGIN SOLUTION"),
        ("### BEGIN YOUR SOLUTION", "BEGIN SOLUTION"),
        ("### SOLUTION BEGIN", "BEGIN SOLUTION"),
        ("### END OF SOLUTION", "END SOLUTION"),
        ("### EDN SOLUTION", "END SOLUTION"),
        ("### STOP SOLUTION", "END SOLUTION"),
        ("### END HIDDEN", "END HIDDEN TESTS"),
        ("### END HIDDEN  TETS", "END HIDDEN TESTS"),
        ("### BEGIN MARKSCHEME", "BEGIN MARK SCHEME"),
        ("### BEGIN MARKING SCHEME", "BEGIN MARK SCHEME"),
        ("### beginHiddenTests", "BEGIN HIDDEN TESTS"),
    ],
)
def test_a_misspelt_marker_is_noticed(wrong, meant):
    assert buildcheck.near_marker(wrong) == meant


@pytest.mark.parametrize(
    "line",
    [
        "# The end of the first hidden layer.",
        "# the solution of the equation",
        "# Hidden layers first.",
        "# Tests of the gradient",
        "# Beginning with zeros, the network never learns.",
        "# YOUR CODE HERE",
        "# Scale: the standard deviation is right. (4 points)",
        "begin_solution = 3",
        "end, solution = 1, 2",
        "# mark the scheme you like best",
        "",
    ],
)
def test_ordinary_lines_are_not_taken_for_markers(line):
    assert buildcheck.near_marker(line) is None


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (
            doubling(test=TEST_DOUBLE.replace("### END HIDDEN TESTS\n", "")),
            "`BEGIN HIDDEN TESTS` is never closed",
        ),
        (
            doubling(test=TEST_DOUBLE.replace("### BEGIN HIDDEN TESTS\n", "")),
            "has no `BEGIN HIDDEN TESTS` before",
        ),
        (doubling(DOUBLE.replace("    ### END SOLUTION\n", "")), "`BEGIN SOLUTION` is never closed"),
        (doubling(DOUBLE.replace("### END SOLUTION", "### BEGIN SOLUTION")), "close one region before"),
        (doubling(DOUBLE.replace("### END SOLUTION", "### END HIDDEN TESTS")), "has no `BEGIN HIDDEN TESTS`"),
        (doubling("def double(x):\n    return 2 * x\n"), "nothing of this answer cell goes out"),
        (doubling(test=TEST_DOUBLE.replace("HIDDEN TESTS", "SOLUTION")), "belongs in an answer cell"),
        (doubling(DOUBLE.replace("SOLUTION", "HIDDEN TESTS")), "belongs in a graded test cell"),
        (doubling(DOUBLE + "import grading\n"), "students do not have `grading`"),
        (
            doubling() + "\n# %% [markdown]\n# Write between BEGIN SOLUTION and the end.\n",
            "looks like a marker",
        ),
        (text(cell("given", "a", "1"), cell("given", "a", "2")), "'a' is there twice"),
        (text(cell("given", "a b", "1")), "'a b' cannot be a grade_id"),
        (text(cell("given", "cell-3", "1")), "is kept for cells without a name"),
        (text(cell("given", "", "1")), "'' cannot be a grade_id"),
        (text(cell("test", "t", "1")), "needs points"),
        (text(cell("test", "t", "1", points=-1)), "needs points"),
        (
            text(cell("test", "t", "1", points=1, locked=False)),
            "a graded test cell (grade true) must be locked",
        ),
        (text(cell("answer", "t", DOUBLE, locked=True)), "must be open to the student"),
        (text(cell("answer", "t", DOUBLE, points=3)), "carries no mark; take points out"),
        (text(cell("given", "t", "1", schema_version=1)), "schema_version is 1"),
        (text('# %% nbgrader={"grade_id": "t", "locked": true}\n1'), "lacks grade, schema_version"),
    ],
)
def test_a_problem_is_named_with_its_cell(content, expected):
    found = sentences(content)
    assert any(expected in sentence for sentence in found), found
    assert all(sentence.startswith("source/doubling.py: cell ") for sentence in found)


def test_points_must_add_up_to_what_the_exercises_declare(monkeypatch):
    class Exercises:
        __name__, POINTS = "grading.exercises.doubling", 3

    monkeypatch.setattr(buildcheck, "exercises_of", lambda assignment: Exercises())
    declared = "add up to 2 points, but grading.exercises.doubling.POINTS is 3"
    assert any(declared in sentence for sentence in sentences(doubling()))


def test_an_assignment_without_exercises_declares_no_total():
    assert buildcheck.exercises_of("no_such_assignment") is None
