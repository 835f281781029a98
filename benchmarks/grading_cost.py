"""What two kernels and a sandbox cost: the time to grade one submission, beside stock nbgrader on the same cells.

    python -m benchmarks.grading_cost [--rounds 5]

Grades the small course of tests/small_course.py with both, in turns, and prints the ratio of the medians. The first
submission of each kind is a warm-up: a class shares one grader's kernel.
"""

from __future__ import annotations

import argparse
import logging
import statistics
import sys
import tempfile
import time
import warnings
from pathlib import Path

from nbgrader.apps import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
from small_course import SmallCourse, answers, make_course


def stock_api(course: SmallCourse) -> NbGraderAPI:
    """The same course, graded by nbgrader as it comes."""
    config = Config()
    config.CourseDirectory.root = str(course.root)
    config.CourseDirectory.db_url = course.config.CourseDirectory.db_url
    api = NbGraderAPI(CourseDirectory(config=config), config=config)
    api.log.setLevel(logging.CRITICAL)
    return api


def seconds(api: NbGraderAPI, student: str) -> float:
    """Seconds to grade one submission again."""
    start = time.perf_counter()
    result = api.autograde("ps", student, force=True)
    if not result["success"]:
        raise SystemExit(result["log"])
    return time.perf_counter() - start


def measure(rounds: int) -> tuple[float, float]:
    """Median seconds of (two kernels and sandbox, stock), measured in turns."""
    with tempfile.TemporaryDirectory() as folder:
        course = make_course(Path(folder) / "course")
        notebook = answers(course)
        # stock nbgrader runs every cell; ours leaves demos out: the same cells means no demo
        for cell in notebook.cells:
            if cell.metadata.get("nbgrader", {}).get("grade_id") == "demo_plot":
                cell.source = "pass"
        course.submit("ours", notebook)
        course.submit("stock", notebook)
        stock = stock_api(course)
        times: dict[str, list[float]] = {"ours": [], "stock": []}
        for _ in range(rounds + 1):
            times["ours"].append(seconds(course.api, "ours"))
            times["stock"].append(seconds(stock, "stock"))
    return statistics.median(times["ours"][1:]), statistics.median(times["stock"][1:])


def main() -> None:
    """Print both times and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5, help="how often each is measured (default 5)")
    warnings.simplefilter("ignore")
    ours, stock = measure(parser.parse_args().rounds)
    print(f"one submission, two kernels and sandbox: {ours:6.2f} s")
    print(f"one submission, stock nbgrader:          {stock:6.2f} s")
    print(f"ratio:                                   {ours / stock:6.2f}   (at most 1.5 is promised)")


if __name__ == "__main__":
    main()
