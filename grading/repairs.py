"""Two places in nbgrader 0.9 where a submission can stop or mislead the grading of everybody, mended.

nbgrader has no setting for them, so `install` replaces two functions. Each replacement does what the original does,
except with files that a student can only have made on purpose (or by a broken unpacking program).
"""

from __future__ import annotations

import datetime
import os
import stat
import sys
from pathlib import Path
from typing import Any

from nbgrader import coursedir, utils
from nbgrader.converters import base


def install() -> None:
    """Replace the functions, once; and let nbgrader find the program alembic when its environment is not activated."""
    programs = os.path.dirname(sys.executable)
    if programs not in os.environ.get("PATH", os.defpath).split(os.pathsep):
        os.environ["PATH"] = os.pathsep.join([os.environ.get("PATH", os.defpath), programs])
    base.find_all_files = _plain_files
    coursedir.CourseDirectory.get_existing_timestamp = _timestamp


def _plain_files(path: str, exclude: list[str] | None = None) -> list[str]:
    """As nbgrader's find_all_files, without links, pipes, sockets and devices.

    The original's callers copy what it finds: a link to gradebook.db would be copied with its content, a link to
    /dev/zero would be copied until the disk is full.
    """
    found = _find_all_files(path, exclude)
    return [name for name in found if stat.S_ISREG(os.lstat(name).st_mode)]


_find_all_files = utils.find_all_files


def _timestamp(self: Any, dest_path: str) -> datetime.datetime | None:
    """As CourseDirectory.get_existing_timestamp, but a timestamp.txt that cannot be read is as good as none.

    The original ends the whole run on a text that is no date, and waits forever at a pipe.
    """
    path = Path(dest_path, "timestamp.txt")
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            raise ValueError("not a plain file")
        with path.open(encoding="utf-8") as file:
            text = file.read(200).strip()
        parsed: datetime.datetime | None = utils.parse_utc(text) if text else None
        return parsed
    except FileNotFoundError:
        return None
    except (OSError, ValueError, OverflowError) as error:
        self.log.warning("%s is not a date and is ignored: %s", path, error)
        return None
