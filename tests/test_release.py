"""From a text to what students get: the same bytes each time, nothing that they must not see, no mark lost."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat
import pytest
from scratch_courses import DOUBLE, TEST_DOUBLE, cell, doubling, text

from grading import buildcheck, notebooks, samples
from grading.current import Course, CourseError
from grading.demo import scratch_course

COURSE = Course(Path(__file__).resolve().parents[1])


def problems(course: Course) -> list[str]:
    return [str(problem) for problem in buildcheck.check(course, course.assignments())]


def files(root: Path) -> dict[str, bytes]:
    """All files below a folder with their bytes."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()
    }


# Release


def test_students_get_the_stub_and_the_visible_test_only(released):
    made = notebooks.load(released.release("doubling"))
    sources = {cell.id: cell.source for cell in made.cells}
    assert sources["double"] == (
        'def double(x):\n    """Return twice `x`."""\n    # YOUR CODE HERE\n    raise NotImplementedError()'
    )
    visible = '# Twice a number. (2 points)\nassert double(2) == 4, "2 should give 4"'
    assert sources["test_double_numbers"] == visible
    content = released.release("doubling").read_text()
    assert "14" not in content
    assert "jupytext" not in content


def test_utils_lies_beside_the_notebook_without_the_rest(released):
    folder = released.release("doubling").parent
    assert sorted(files(folder)) == ["doubling.ipynb", "utils/__init__.py"]


def test_release_gives_the_same_bytes_again_and_elsewhere(released, make_course):
    first = released.release("doubling").read_bytes()
    notebooks.release(released, "doubling")
    assert released.release("doubling").read_bytes() == first
    elsewhere = make_course("another")
    notebooks.release(elsewhere, "doubling")
    assert elsewhere.release("doubling").read_bytes() == first


def test_files_beside_the_source_notebook_go_out(released):
    picture = released.source("doubling").parent / "images" / "net.png"
    picture.parent.mkdir()
    picture.write_bytes(b"png")
    notebooks.release(released, "doubling")
    assert (released.release("doubling").parent / "images" / "net.png").read_bytes() == b"png"
    assert problems(released) == []


def test_nbgraders_own_command_gives_the_same_release(released):
    before = files(released.release("doubling").parent)
    with (released.root / "nbgrader_config.py").open("a") as settings:
        settings.write(
            'c.GenerateAssignment.post_convert_hook = "grading.notebooks.after_generate_assignment"\n'
        )
    converter = released.converter("GenerateAssignment", "doubling")
    converter.force = True
    converter.start()
    assert files(released.release("doubling").parent) == before


def test_a_refusal_by_nbgrader_is_one_sentence_and_keeps_the_earlier_release(released):
    before = released.release("doubling").read_bytes()
    broken = doubling(DOUBLE.replace("    ### END SOLUTION\n", ""))
    released.text("doubling").write_text(broken)
    with pytest.raises(CourseError, match="doubling was not released: no end solution statement found"):
        notebooks.release(released, "doubling")
    assert released.release("doubling").read_bytes() == before


# Release when there are marks already


@pytest.fixture
def marked(released) -> Course:
    """The same course with one submission that has 2 points."""
    with released.gradebook() as gradebook:
        gradebook.add_student("kim")
        submission = gradebook.add_submission("doubling", "kim")
        for grade in submission.notebooks[0].grades:
            grade.auto_score = 2
        gradebook.db.commit()
    return released


def score(course: Course) -> float:
    with course.gradebook() as gradebook:
        return float(gradebook.find_submission("doubling", "kim").score)


def test_a_new_release_keeps_marks(marked):
    marked.text("doubling").write_text(doubling(test=TEST_DOUBLE.replace("secret = 7", "secret = 8")))
    assert notebooks.release(marked, "doubling") == []
    assert score(marked) == 2


def test_changed_points_are_told(marked):
    marked.text("doubling").write_text(doubling().replace('"points": 2', '"points": 5'))
    (note,) = notebooks.release(marked, "doubling")
    expected = "test_double_numbers carries 5 points now, before 2: grade all submissions again (--force)"
    assert note == expected
    assert score(marked) == 2


def test_a_changed_set_of_cells_is_refused_in_one_sentence(marked):
    before = marked.release("doubling").read_bytes()
    marked.text("doubling").write_text(doubling().replace("test_double_numbers", "test_double_floats"))
    sentence = (
        "you added test_double_floats and removed test_double_numbers: undo that, or give the new version"
    )
    with pytest.raises(CourseError, match=sentence):
        notebooks.release(marked, "doubling")
    assert marked.release("doubling").read_bytes() == before
    assert score(marked) == 2


# The check of what was made


def test_a_fresh_course_is_in_order_and_the_check_changes_nothing(released):
    before = files(released.root)
    assert problems(released) == []
    assert files(released.root) == before


def put(path: Path, change) -> None:
    """Change a notebook on disk."""
    made = notebooks.load(path)
    change({cell.id: cell for cell in made.cells}, made)
    path.write_text(notebooks.dumps(made))


def test_a_stale_source_notebook_is_named(released):
    put(released.source("doubling"), lambda cells, made: cells["imports"].update(source="import os"))
    (problem,) = problems(released)
    assert problem.startswith(
        "source/doubling/doubling.ipynb: differs from source/doubling.py; run `course build`"
    )


def test_a_stale_release_is_named(released):
    released.text("doubling").write_text(doubling().replace("Twice", "Two times"))
    notebooks.build(released, ["doubling"])
    assert any("release/doubling/doubling.ipynb" in problem for problem in problems(released))


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            lambda cells, made: cells["double"].update(source=DOUBLE),
            "cell double (number 3): still shows '### BEGIN SOLUTION'",
        ),
        (
            lambda cells, made: cells["double"].update(source="def double(x):\n    return 2 * x"),
            "cell double (number 3): shows a line of a solution or hidden test, 'return 2 * x'",
        ),
        (
            lambda cells, made: cells["test_double_numbers"].update(source=TEST_DOUBLE),
            "cell test_double_numbers (number 5): still shows '### BEGIN HIDDEN TESTS'",
        ),
        (
            lambda cells, made: cells["imports"].update(source="from grading.verify import verify"),
            "cell imports (number 2): imports `grading`",
        ),
        (
            lambda cells, made: cells["imports"].update(outputs=[nbformat.v4.new_output("stream", text="4")]),
            "cell imports (number 2): carries outputs",
        ),
        (
            lambda cells, made: made.cells.append(nbformat.v4.new_code_cell("answer = 42", id="extra")),
            "cell number 6: is not in the course's text",
        ),
        (
            lambda cells, made: made.metadata.update(jupytext={"formats": "ipynb,py"}),
            "release/doubling/doubling.ipynb: carries jupytext metadata",
        ),
    ],
)
def test_a_leak_in_a_release_is_named(released, change, expected):
    put(released.release("doubling"), change)
    found = problems(released)
    assert any(expected in problem for problem in found), found


def test_a_missing_release_is_named(released):
    shutil.rmtree(released.release("doubling").parent)
    assert problems(released) == [
        "release/doubling/doubling.ipynb: is missing; run `course release doubling`"
    ]


@pytest.mark.parametrize(
    "name", ["solution.py", "notes.txt", "utils/secret.txt", "data/table.xlsx", "old.ipynb"]
)
def test_a_file_that_is_not_on_the_list_is_named(released, name):
    for folder in ("source", "release"):
        path = released.root / folder / "doubling" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("")
        expected = (
            f"{folder}/doubling/{name}: would go out to students but is not on the list of files that may"
        )
        assert any(problem.startswith(expected) for problem in problems(released))
        path.unlink()


def test_an_assignment_without_a_text_is_named(released):
    shutil.copytree(released.release("doubling").parent, released.root / "release" / "tripling")
    assert problems(released) == [
        "release/tripling: has no source/tripling.py; write one (`course import`) or remove the folder"
    ]


def test_a_text_that_cannot_be_read_is_named(released):
    released.text("doubling").write_bytes(b"\xff\xfe")
    (problem,) = problems(released)
    assert problem.startswith("source/doubling.py: cannot be read as a notebook: ")


def test_hidden_lines_are_noticed_whatever_nbgrader_does():
    source = notebooks.to_notebook(text(cell("test", "t", TEST_DOUBLE, points=1)))
    shown = notebooks.to_notebook(text(cell("test", "t", "if True:\n    secret = 7", points=1)))
    found = [str(problem) for problem in buildcheck.check_release("release", shown, source)]
    assert found == [
        "release: cell t (number 1): shows a line of a solution or hidden test, 'secret = 7'; "
        "run `course release` again"
    ]


def test_this_course_shows_students_nothing_it_should_not(this_course):
    for name in this_course.assignments():
        made = notebooks.load(this_course.release(name))
        found = list(buildcheck.check_release(name, made, notebooks.read_text(this_course, name)))
        assert found == []


# Kit


def test_a_kit_is_the_same_bytes_each_time(released):
    first = notebooks.kit(released, "doubling").read_bytes()
    for path in released.release("doubling").parent.rglob("*"):
        os.utime(path, (0, 1e9))
    assert notebooks.kit(released, "doubling").read_bytes() == first


def test_a_kit_holds_the_release_the_packages_and_a_page(released):
    with zipfile.ZipFile(notebooks.kit(released, "doubling")) as kit:
        assert kit.namelist() == [
            "doubling/README.md",
            "doubling/doubling.ipynb",
            "doubling/requirements.txt",
            "doubling/utils/__init__.py",
        ]
        assert kit.read("doubling/doubling.ipynb") == released.release("doubling").read_bytes()
        lines = kit.read("doubling/requirements.txt").decode().splitlines()
    assert [line.split("==")[0] for line in lines] == list(notebooks.STUDENT_PACKAGES)
    assert all(line.split("==")[1] for line in lines)


def test_a_kit_without_a_release_is_refused(make_course):
    with pytest.raises(CourseError, match="doubling has no release yet: run `course release doubling` first"):
        notebooks.kit(make_course(), "doubling")


def lonely_python(folder: Path) -> Path:
    """A Python that has the installed packages but does not see this repository."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    (site,) = folder.glob("lib/python*/site-packages")
    installed = next(path for path in sys.path if path.endswith("site-packages"))
    (site / "packages.pth").write_text(installed + "\n")  # a plain path: no editable install is followed
    return folder / "bin" / "python"


@pytest.mark.slow
@pytest.mark.parametrize("name", COURSE.assignments())
def test_a_released_folder_works_alone(name, tmp_path):
    course = scratch_course(COURSE, tmp_path / "course")
    python = lonely_python(tmp_path / "python")
    environment = {
        key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "JUPYTER"))
    }
    environment["IPYTHONDIR"] = environment["JUPYTER_CONFIG_DIR"] = str(tmp_path / "settings")

    def run(*arguments: str, cwd: Path) -> str:
        done = subprocess.run([python, *arguments], cwd=cwd, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout

    seen = "import importlib.util as u; print(u.find_spec('grading'), u.find_spec('utils'))"
    assert run("-c", seen, cwd=tmp_path).split() == ["None", "None"]
    notebooks.release(course, name)
    with zipfile.ZipFile(notebooks.kit(course, name)) as kit:
        kit.extractall(tmp_path)
    solved = tmp_path / name / f"{name}.ipynb"
    solved.write_text(notebooks.dumps(samples.solved(course, name)))
    run("-m", "nbconvert", "--execute", "--to", "notebook", "--inplace", solved.name, cwd=solved.parent)
    outputs = [out for cell in notebooks.load(solved).cells for out in cell.get("outputs", [])]
    assert outputs
    assert not [out for out in outputs if out.output_type == "error"]
