"""What the hub's tests share: Linux accounts of their own, and calls made as those accounts."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

DEPLOY = Path(__file__).resolve().parents[2] / "deploy" / "jupyterhub"
sys.path.insert(0, str(DEPLOY))

from as_user import GRADER, HOMES, STUDENTS, call_as_user  # noqa: E402
from course_hub import accounts  # noqa: E402


@pytest.fixture(scope="session")
def people(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Any]]:
    """Four Linux accounts for the session; gives the function that calls another as one of them."""
    if os.geteuid() != 0:
        pytest.skip("making Linux accounts needs root")
    if shutil.which("useradd") is None:
        pytest.skip("no useradd on this machine")
    shutil.rmtree(HOMES, ignore_errors=True)
    HOMES.mkdir(mode=0o755)
    for name in (*STUDENTS, GRADER):
        accounts.remove(name)
        accounts.create(name, HOMES / name, login=False)
        (HOMES / name).chmod(0o700)
    yield call_as_user
    for name in (*STUDENTS, GRADER):
        accounts.remove(name)
    shutil.rmtree(HOMES)
