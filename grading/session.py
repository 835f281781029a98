"""Whose submission is being graded, and the seed that its hidden cases are drawn from.

The executor tells the grader's kernel before each submission; hidden tests ask ``current()``. The student's kernel has
neither this module nor the secret behind the seed.
"""

from __future__ import annotations

import hmac
import os
import secrets
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

SECRET_FILE = ".course_secret"


@dataclass(frozen=True)
class Session:
    """One submission: ``seed`` is a non-negative integer below 2**128."""

    student: str = "author"
    assignment: str = ""
    seed: int = 0


_current = Session()


def current() -> Session:
    """The submission being graded; outside of grading the author's, with seed 0."""
    return _current


def begin(student: str, assignment: str, seed: int) -> Session:
    """Make a submission the current one."""
    global _current
    _current = Session(student, assignment, seed)
    return _current


def seed_for(root: Path | str, student: str, assignment: str) -> int:
    """The seed of a student's hidden cases: the same each time, different for each, not to be guessed."""
    message = f"{assignment}\0{student}".encode()
    return int.from_bytes(hmac.new(course_secret(Path(root)), message, sha256).digest()[:16], "big")


def course_secret(root: Path) -> bytes:
    """Read the course's secret; make it on first use, readable by its owner only.

    Two processes may come first at the same time: the file appears complete or not at all, and both read the same one.
    """
    path = root / SECRET_FILE
    if not path.exists():
        draft = root / f"{SECRET_FILE}.{os.getpid()}"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_hex(32) + "\n")
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    text = path.read_text().strip()
    if len(text) < 32:
        raise ValueError(f"{path} is too short for a secret: delete it, and a new one is made")
    return text.encode()
