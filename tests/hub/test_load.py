"""The load simulation in small: it runs, loses nothing and leaks nothing. The figures in the docs come from load.py."""

from __future__ import annotations

import os
import shutil

import pytest

pytestmark = pytest.mark.slow


def test_a_small_class_at_its_deadline() -> None:
    if os.geteuid() != 0 or shutil.which("useradd") is None:
        pytest.skip("making Linux accounts needs root and useradd")
    from load import simulate

    result = simulate(students=12, seconds=5.0, seed=1)
    assert result.faults == []
    assert result.submissions >= 12
    assert result.attempts_refused == 12 * (1 + 3 * 4 + 11)
