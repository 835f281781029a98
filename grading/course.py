"""Where things lie in an nbgrader course, as a preprocessor can find out."""

from __future__ import annotations

import importlib.util
import os
import stat
from pathlib import Path
from typing import Any

from nbgrader.coursedir import CourseDirectory

from .roles import Sheet, load_sheet

_MANY = 1000  # files of a submission that are laid out
_LARGE = 256 * 2**20  # bytes; a larger file is left out


class Course:
    """The folders of the course that the converter above a preprocessor works on."""

    def __init__(self, preprocessor: Any) -> None:
        above = preprocessor
        while above is not None and not getattr(above, "coursedir", None):
            above = getattr(above, "parent", None)
        self.directory = above.coursedir if above is not None else CourseDirectory(config=preprocessor.config)
        self.root = Path(self.directory.root).resolve()

    def _folder(self, name: str, student: str, assignment: str) -> Path:
        return Path(self.directory.format_path(name, student, assignment))

    def sheet(self, resources: dict[str, Any]) -> Sheet:
        """The trusted cells of the notebook in hand."""
        info = resources["nbgrader"]
        source = self._folder(self.directory.source_directory, ".", info["assignment"])
        return load_sheet(resources, source / f"{info['notebook']}.ipynb", self.directory.course_id)

    def source_files(self, assignment: str) -> dict[str, str]:
        """Files of the assignment that students got beside the notebook."""
        return regular_files(self._folder(self.directory.source_directory, ".", assignment))

    def files(self, info: dict[str, str]) -> dict[str, str]:
        """Files that the student's kernel finds in its working folder: what was handed in, under what was given."""
        submitted = self._folder(self.directory.submitted_directory, info["student"], info["assignment"])
        return regular_files(submitted) | self.source_files(info["assignment"])

    def trusted(self, names: list[str]) -> dict[str, str]:
        """Helper packages by name: a folder of the course or, failing that, an installed package."""
        found = {}
        for name in names:
            folder = self.root / name
            if not folder.is_dir():
                spec = importlib.util.find_spec(name) if name.isidentifier() else None
                folder = Path(next(iter(spec.submodule_search_locations or []), "")) if spec else Path()
            if folder.is_dir() and folder != Path():
                found[folder.name] = str(folder.resolve())
        return found

    def hidden(self) -> list[str]:
        """What the student's kernel must not see even if it lies in a folder that it sees."""
        return [str(Path(__file__).resolve().parent), str(self.root)]


def regular_files(folder: Path) -> dict[str, str]:
    """Plain files under a folder that are not notebooks; links, pipes, devices and sockets are left out."""
    found: dict[str, str] = {}
    for where, folders, names in os.walk(folder):
        folders[:] = sorted(f for f in folders if not f.startswith("."))
        for name in sorted(names):
            path = Path(where, name)
            status = path.lstat()
            plain = stat.S_ISREG(status.st_mode) and status.st_size <= _LARGE
            if plain and not name.startswith(".") and path.suffix != ".ipynb" and len(found) < _MANY:
                found[str(path.relative_to(folder))] = str(path.resolve())
    return found
