"""How long a class takes: stock nbgrader, `course grade`, and the bare limit, on one machine in one run.

    python -m benchmarks.class_grading [--each 8] [--sample 2] [--flat 10 100] [--write]

A mixed class (samples/) hands in all assignments; four ways to grade it are timed, one after the other. Stock
nbgrader is so slow that by default it grades only a sample of the class, and its time is scaled; the table says so.
`--write` puts table and machine into docs/performance.md.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

import psutil

from grading import notebooks, samples
from grading.current import Course
from grading.demo import scratch_course

STOCK_CANNOT = ("endless_loop", "endless_loop_in_a_cell", "exits")
"""Samples that stock nbgrader does not get to the end of."""

Class = dict[str, list[str]]
"""Who hands in which assignment."""


@dataclass
class Row:
    """One way to grade: seconds for each part of the class (an assignment, or all), and how many were really graded."""

    title: str
    seconds: dict[str, float] = field(default_factory=dict)
    graded: int = 0
    wrong: int = 0

    @property
    def total(self) -> float:
        return sum(self.seconds.values())


# -- the class ------------------------------------------------------------------------------------------------


def chosen(course: Course, each: int) -> Class:
    """At most ``each`` samples of every assignment, evenly spread, of those that every way can grade."""
    classes = {}
    for assignment in course.assignments():
        read = [samples.read(course, assignment, name) for name in samples.names(course, assignment)]
        fit = [s.name for s in read if s.raw is None and not s.missing and s.name not in STOCK_CANNOT]
        classes[assignment] = spread(fit, each)
    return classes


def spread(names: Sequence[str], count: int) -> list[str]:
    """``count`` of the names, at equal distances."""
    count = min(count, len(names))
    return [names[index * len(names) // count] for index in range(count)]


def size(classes: Class) -> int:
    """How many submissions that is."""
    return sum(map(len, classes.values()))


def hand_in(course: Course, classes: Class) -> None:
    """Everybody hands in."""
    for assignment, names in classes.items():
        for name in names:
            samples.hand_in(course, assignment, name)


# -- stock nbgrader -------------------------------------------------------------------------------------------


def stock_course(course: Course, folder: Path, classes: Class, demos: bool) -> Course:
    """The same course with nbgrader as it comes; without ``demos`` those cells do nothing."""
    for assignment, names in classes.items():
        kept = [course.source(assignment)]
        kept += [
            course.root / "submitted" / name / assignment / course.source(assignment).name for name in names
        ]
        for path in kept:
            target = folder / path.relative_to(course.root)
            shutil.copytree(path.parent, target.parent)
            if not demos:
                without_demos(target)
    shutil.copytree(course.root / "utils", folder / "utils")
    settings = 'c = get_config()\nc.CourseDirectory.course_id = "stock"\n'
    settings += "c.Execute.timeout = 1800\n"  # seconds for a cell: nbgrader would give up on the slow demos
    (folder / "nbgrader_config.py").write_text(settings)
    for assignment in classes:
        nbgrader(folder, "generate_assignment", assignment, "--create", "--force")
    return Course(folder)


def without_demos(path: Path) -> None:
    """Empty the cells of a notebook that train and plot for the student."""
    notebook = notebooks.load(path)
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id", "").startswith("demo"):
            cell.source = "pass"
    path.write_text(notebooks.dumps(notebook), encoding="utf-8")


def nbgrader(folder: Path, *words: str) -> None:
    """Run nbgrader's own command in a course."""
    command = [sys.executable, "-m", "nbgrader", *words]
    path = {"PYTHONPATH": os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)}
    ran = subprocess.run(command, cwd=folder, env=os.environ | path, capture_output=True, text=True)
    if ran.returncode:
        raise SystemExit(f"nbgrader {' '.join(words)}: {ran.stderr[-3000:]}")


def time_stock(course: Course, folder: Path, classes: Class, sample: int, demos: bool) -> Row:
    """Stock nbgrader's autograde, one submission after the other, scaled up from a sample of the class."""
    few = {assignment: spread(names, sample or len(names)) for assignment, names in classes.items()}
    row = Row(
        "nbgrader autograde, notebooks as handed out"
        if demos
        else "nbgrader autograde, without the demo cells"
    )
    stock = stock_course(course, folder, few, demos)
    for assignment, names in few.items():
        start = time.perf_counter()
        nbgrader(stock.root, "autograde", assignment)
        row.seconds[assignment] = (time.perf_counter() - start) * len(classes[assignment]) / len(names)
        row.graded += len(names)
        row.wrong += wrong(course, assignment, marks(stock, assignment))
        tell(row, assignment)
    return row


# -- this course's grader ---------------------------------------------------------------------------------------


def time_course(course: Course, classes: Class) -> Row:
    """`course grade`, with its feedback pages and tables of marks, started once for all that was handed in."""
    row = Row("course grade")
    start = time.perf_counter()
    course_grade(course)
    row.seconds["all"] = time.perf_counter() - start
    tell(row, "all")
    for assignment, names in classes.items():
        row.graded += len(names)
        row.wrong += wrong(course, assignment, marks(course, assignment))
    return row


def course_grade(course: Course, *words: str) -> None:
    """The command, as people run it."""
    command = [sys.executable, "-m", "grading.cli", "grade", *words]
    subprocess.run(command, cwd=course.root, capture_output=True, check=True)


def marks(course: Course, assignment: str) -> dict[str, float]:
    """Points by student."""
    with course.gradebook() as gradebook:
        return {s.student_id: float(s.score) for s in gradebook.assignment_submissions(assignment)}


def wrong(course: Course, assignment: str, given: dict[str, float]) -> int:
    """How many marks are not what the sample says."""
    return sum(abs(samples.read(course, assignment, name).mark - mark) > 1e-9 for name, mark in given.items())


# -- the bare limit ---------------------------------------------------------------------------------------------


def time_bare(course: Course, classes: Class) -> Row:
    """The answers and their cases in plain Python, a new process for each submission, on all cores."""
    row = Row("plain Python, no Jupyter, no sandbox")
    for assignment, names in classes.items():
        start = time.perf_counter()
        points = fresh([(course.root, assignment, name) for name in names])
        row.seconds[assignment] = time.perf_counter() - start
        row.graded += len(names)
        row.wrong += wrong(course, assignment, dict(zip(names, points, strict=True)))
        tell(row, assignment)
    return row


def fresh(jobs: Iterable[tuple[Path, str, str]]) -> list[float]:
    """A new Python process for each job."""
    with ThreadPoolExecutor(cores()) as pool:
        return list(pool.map(_fresh, jobs))


def _fresh(job: tuple[Path, str, str]) -> float:
    command = [sys.executable, "-W", "ignore", "-m", "benchmarks.bare", *map(str, job)]
    return float(
        subprocess.run(command, env=single_thread(), capture_output=True, text=True, check=True).stdout
    )


def single_thread() -> dict[str, str]:
    """The environment with one thread for each process, as the cores are all taken."""
    return os.environ | dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


# -- the same for a larger class ----------------------------------------------------------------------------------


@dataclass
class Flat:
    """A class of equal submissions: how many, seconds in all, most memory of the process that keeps the gradebook."""

    count: int
    seconds: float
    memory: float


def time_equal(course: Course, assignment: str, count: int, folder: Path) -> Flat:
    """Grade ``count`` copies of the right answer."""
    shutil.copytree(course.root, folder, ignore=shutil.ignore_patterns("submitted", "autograded", "feedback"))
    larger = Course(folder)
    first = samples.hand_in(larger, assignment, "all_right")
    for number in range(1, count):
        shutil.copytree(first, folder / "submitted" / f"student{number:05}" / assignment)
    command = [sys.executable, "-m", "grading.cli", "grade", assignment]
    start = time.perf_counter()
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    memory = watch_memory(process)
    seconds = time.perf_counter() - start
    handed_in = {path.name for path in (folder / "submitted").iterdir()}
    if process.returncode or not handed_in <= set(marks(larger, assignment)):
        raise SystemExit(f"only a part of {count} equal submissions was graded")
    return Flat(count, seconds, memory)


def watch_memory(process: subprocess.Popen[bytes]) -> float:
    """The most memory in MiB that a process held until its end (without those it started)."""
    most = 0
    watched = psutil.Process(process.pid)
    while process.poll() is None:
        try:
            most = max(most, watched.memory_info().rss)
        except psutil.NoSuchProcess:
            break
        time.sleep(0.05)
    process.wait()
    return most / 2**20


# -- telling ------------------------------------------------------------------------------------------------------


def tell(row: Row, part: str) -> None:
    """One line as soon as it is known."""
    print(f"  {row.title}: {part} {row.seconds[part]:.1f} s", flush=True)


def table(rows: list[Row], flat: list[Flat], count: int) -> str:
    """The result as Markdown."""
    handed_out, bare_row = rows[0], rows[3]
    head = ["way", "graded", "seconds for the class", "submissions a minute", "times as fast as handed out"]
    head += ["of the bare limit's time", "marks other than stated"]
    lines = [f"| {' | '.join(head)} |", "|---|" + "---:|" * 6]
    for row in rows:
        lines.append(
            f"| {row.title} | {row.graded} of {count} | {row.total:.1f} | {60 * count / row.total:.1f} "
            f"| {handed_out.total / row.total:.1f} | {row.total / bare_row.total:.2f} | {row.wrong} |"
        )
    if flat:
        lines += [
            "",
            "| equal submissions | seconds | seconds each | memory of the process that keeps the marks |",
        ]
        lines += ["|---:|---:|---:|---:|"]
    lines += [
        f"| {f.count} | {f.seconds:.1f} | {f.seconds / f.count:.2f} | {f.memory:.0f} MiB |" for f in flat
    ]
    return "\n".join(lines)


def machine() -> str:
    """What the figures were measured on, without its name."""
    memory = psutil.virtual_memory().total / 2**30
    packages = ", ".join(f"{name} {version(name)}" for name in ("nbgrader", "ipykernel", "numpy"))
    return (
        f"{cores()} cores ({processor()}), {memory:.0f} GiB of memory, {platform.system()} "
        f"{platform.release().split('-')[0]}, Python {platform.python_version()}, {packages}"
    )


def processor() -> str:
    """The processor's model, where the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.machine()
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.machine()


def write(page: Path, text: str) -> None:
    """Put the measured part into the page, between its two marks."""
    before, begin, rest = page.read_text(encoding="utf-8").partition("<!-- measured -->\n")
    _, end, after = rest.partition("<!-- end -->\n")
    if not (begin and end):
        raise SystemExit(f"{page} has no place for the table")
    page.write_text(f"{before}{begin}{text}\n{end}{after}", encoding="utf-8")


def measure(
    each: int, sample: int, sizes: Sequence[int], folder: Path
) -> tuple[list[Row], list[Flat], Class]:
    """All rows, in the order of the table, and the classes of equal submissions."""
    here = Course.find()
    classes = chosen(here, each)
    course = scratch_course(here, folder / "course")
    for assignment in classes:
        notebooks.release(course, assignment)
    hand_in(course, classes)
    rows = [
        time_stock(course, folder / "handed-out", classes, sample, demos=True),
        time_stock(course, folder / "without", classes, sample, demos=False),
        time_course(course, classes),
        time_bare(course, classes),
    ]
    shutil.rmtree(course.root / "submitted")
    first = next(iter(classes))
    return rows, [time_equal(course, first, n, folder / f"equal-{n}") for n in sizes], classes


def main() -> None:
    """Measure, print, and write if asked to."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--each", type=int, default=8, help="submissions of each assignment (default 8)")
    parser.add_argument(
        "--sample", type=int, default=1, help="how many of them stock nbgrader grades; 0: all (default 1)"
    )
    parser.add_argument(
        "--flat", type=int, nargs="*", default=[10, 50], help="sizes of classes of equal submissions"
    )
    parser.add_argument("--write", action="store_true", help="write docs/performance.md")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        rows, flat, classes = measure(options.each, options.sample, options.flat, Path(folder))
    shares = ", ".join(f"{len(names)} of {assignment}" for assignment, names in classes.items())
    text = f"{machine()}. A class of {size(classes)} submissions: {shares}.\n\n{table(rows, flat, size(classes))}"
    print(text)
    if options.write:
        write(Course.find().root / "docs" / "performance.md", text)


if __name__ == "__main__":
    main()
