"""Attacks on the grading, one small file each in tests/hostile/, graded together with honest neighbours.

Each file says in its header what it tries, the mark it must get, a piece of the sentence that must explain the loss,
and texts that must appear nowhere in what its author gets to see.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell
from small_course import TESTS, TOTAL, SmallCourse, answers, make_course
from traitlets.config import Config

from grading.sandbox import bubblewrap_problem

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(bubblewrap_problem()), reason=bubblewrap_problem()),
    pytest.mark.filterwarnings("ignore"),  # SQLAlchemy, jupyter_client and nbconvert have some of their own
]
HOSTILE = Path(__file__).with_name("hostile")
HONEST = ["a_honest", "m_honest", "zz_honest"]
NEVER = ["expected_value_144", "secret_input", "BEGIN HIDDEN", "token-that-must-not-leak"]


@dataclass
class Attack:
    """One file: its header and what it changes."""

    path: Path
    header: dict[str, list[str]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.path.name.removesuffix(".py").removesuffix(".notebook")

    @property
    def mark(self) -> float:
        return float(self.header["mark"][0])

    @property
    def student(self) -> str:
        """Who hands it in: attacks that only add cells at the end share one submission for each family."""
        places = set(re.findall(r"^# %% (.+)$", self.path.read_text(), re.MULTILINE))
        alone = self.path.name.endswith(".notebook.py") or places != {"end"} or "alone" in self.header
        return self.name if alone else "group_" + self.name.split("_")[0]

    def cells(self) -> str:
        """Its cells, without the header: that names what must appear nowhere."""
        text = self.path.read_text()
        return text[text.index("# %% ") :]

    def submit(self, course: SmallCourse) -> None:
        """Hand it in."""
        text = self.path.read_text()
        if not self.path.name.endswith(".notebook.py"):
            together = [attack.cells() for attack in ATTACKS if attack.student == self.student]
            if not (course.root / "submitted" / self.student).exists():
                course.submit(self.student, _with_cells(answers(course), "\n".join(together)))
            return
        notebook = answers(course)
        folder = course.root / "submitted" / self.name / "ps"
        folder.mkdir(parents=True)
        scope: dict[str, Any] = {}
        exec(compile(text, str(self.path), "exec"), scope)
        before = set(folder.iterdir())
        content = scope["attack"](notebook, folder)
        if content is not None:
            (folder / "ps.ipynb").write_bytes(content)
        elif not any(p.name == "ps.ipynb" for p in set(folder.iterdir()) - before):
            from nbformat import write

            write(notebook, folder / "ps.ipynb")


def _with_cells(notebook: NotebookNode, text: str) -> NotebookNode:
    """Replace answers (`# %% name`), or add cells (`# %% after name`, `# %% end`)."""
    parts = re.split(r"^# %% (.+)\n", text, flags=re.MULTILINE)[1:]
    for place, source in zip(parts[::2], parts[1::2], strict=True):
        names = [c.metadata.get("nbgrader", {}).get("grade_id") for c in notebook.cells]
        if place == "end":
            notebook.cells.append(new_code_cell(source))
        elif place.startswith("after "):
            notebook.cells.insert(names.index(place.removeprefix("after ")) + 1, new_code_cell(source))
        else:
            notebook.cells[names.index(place)].source = source
    return notebook


def _attacks() -> list[Attack]:
    found = []
    for path in sorted(HOSTILE.glob("*.py")):
        header: dict[str, list[str]] = {}
        for key, value in re.findall(
            r"^# (tries|mark|sentence|nowhere|alone): (.+)$", path.read_text(), re.MULTILINE
        ):
            header.setdefault(key, []).append(value)
        found.append(Attack(path, header))
    return found


ATTACKS = _attacks()


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> SmallCourse:
    """All attacks and the honest neighbours, graded in one run by nbgrader itself, with short limits."""
    extra = Config()
    execute = extra.TwoKernelExecute
    execute.call_seconds, execute.cell_seconds, execute.notebook_seconds = 3, 4, 40
    execute.memory = 1024 * 2**20
    execute.require_sandbox = True
    course = make_course(tmp_path_factory.mktemp("hostile"), extra)
    for name in HONEST:
        course.submit(name, answers(course))
    for attack in ATTACKS:
        attack.submit(course)
    os.environ["GRADER_TOKEN"] = "token-that-must-not-leak"
    try:
        result = course.grade()
    finally:
        del os.environ["GRADER_TOKEN"]
    assert result["success"], result
    return course


def test_there_are_at_least_sixty_attacks_and_each_says_what_it_tries() -> None:
    assert len(ATTACKS) >= 60
    assert {attack.name.split("_")[0] for attack in ATTACKS} == {"forge", "read", "break", "reach", "deceive"}
    for attack in ATTACKS:
        assert {"tries", "mark"} <= set(attack.header), attack.name


@pytest.mark.parametrize("name", HONEST)
def test_honest_neighbours_keep_their_exact_marks(course: SmallCourse, name: str) -> None:
    assert course.score(name) == TOTAL, course.sentences(name)


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_attack_comes_to_nothing(course: SmallCourse, attack: Attack) -> None:
    sentences = course.sentences(attack.student)
    assert course.score(attack.student) == attack.mark, (course.scores(attack.student), sentences)
    for piece in attack.header.get("sentence", []):
        assert any(piece in sentence for sentence in sentences.values()), sentences
    for test, score in course.scores(attack.student).items():
        assert score or sentences.get(test), f"{test} was lost without a word"


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_nothing_hidden_is_shown_to_the_author(course: SmallCourse, attack: Attack) -> None:
    shown = list(_outputs_of_own_cells(course.graded(attack.student)))
    shown += list(course.sentences(attack.student).values())
    secret = (course.root / ".course_secret").read_text().strip()
    for word in [*NEVER, secret, *attack.header.get("nowhere", [])]:
        for text in shown:
            assert word not in text, f"{word!r} is shown: {text[:500]}"


def _outputs_of_own_cells(notebook: dict[str, Any]) -> list[str]:
    """Everything that the student's own cells put out."""
    found = []
    for cell in notebook["cells"]:
        if not cell["metadata"].get("nbgrader", {}).get("grade"):
            found += [str(output) for output in cell.get("outputs", [])]
    return found


class _Active(HTMLParser):
    """Collects whatever in a page could run, load or send something."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("iframe", "object", "embed", "form", "input", "svg", "base", "math", "link"):
            self.found.append(tag)
        for name, value in attrs:
            address = re.sub(r"[\s\x00-\x1f]", "", (value or "").lower())
            if name.startswith("on") or address.startswith(("javascript:", "data:text", "vbscript:")):
                self.found.append(f"{tag} {name}={value}")
            if tag == "img" and name == "src" and not address.startswith("data:image/"):
                self.found.append(f"{tag} {name}={value}")
            if name == "style" and tag != "span":
                self.found.append(f"{tag} {name}={value}")


def _active(text: str) -> list[str]:
    parser = _Active()
    parser.feed(text)
    return parser.found


def _formgrader_view(course: SmallCourse, student: str) -> str:
    """The body of the page on which an instructor reads a submission."""
    from nbconvert.exporters import HTMLExporter
    from nbgrader.server_extensions.formgrader.handlers import template_path

    exporter = HTMLExporter(
        config=course.config, template_name="formgrade", extra_template_basedirs=[template_path]
    )
    names = {"notebook_id": "ps", "assignment_id": "ps", "submission_id": "1", "student": "x"}
    resources = {"index": 0, "total": 1, "base_url": "", "notebook_path": ""} | names
    view, _ = exporter.from_filename(
        str(course.root / "autograded" / student / "ps" / "ps.ipynb"), resources=resources
    )
    return str(view).split("</head>")[1]


def test_feedback_pages_and_formgrader_view_run_nothing(course: SmallCourse) -> None:
    expected = _active(_formgrader_view(course, HONEST[0]))  # nbgrader's own fields and buttons
    authors = {a.student for a in ATTACKS if a.name.startswith("deceive") or a.name == "break_exception_odd"}
    for student in sorted(authors):
        assert _active(_formgrader_view(course, student)) == expected, student
        page = course.feedback(student)
        assert _active(page) == [], student
        assert len(re.findall(r"<script", page)) == 2, "only MathJax and its settings"
        assert "Content-Security-Policy" in page
        assert len(re.findall(r'class="verdict', page)) == len(TESTS), "nobody draws a verdict"
        for word in NEVER:
            assert word not in page, student


def test_nothing_is_left_behind(course: SmallCourse) -> None:
    commands = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert "left-behind-by-a-student" not in commands
    assert not [
        p for p in course.root.rglob("*PWNED*") if "submitted" not in p.parts and "autograded" not in p.parts
    ]
    assert "left by another student" not in (Path(sys.prefix) / "pyvenv.cfg").read_text()
