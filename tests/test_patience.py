"""Limits of time grow with the load of a machine, and not without end."""

from __future__ import annotations

import os

import pytest

from grading.patience import MOST, patient


@pytest.mark.parametrize(
    ("load", "seconds"), [(0.0, 10), (8.0, 10), (12.0, 15), (16.0, 20), (32.0, 40), (500.0, 40)]
)
def test_a_limit_is_for_a_machine_with_cores_to_spare(
    monkeypatch: pytest.MonkeyPatch, load: float, seconds: float
) -> None:
    monkeypatch.setattr(os, "getloadavg", lambda: (load, 0.0, 0.0))
    monkeypatch.setattr(os, "cpu_count", lambda: 4)
    assert patient(10) == seconds <= 10 * MOST


def test_where_no_load_is_known_the_limit_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown() -> None:
        raise OSError

    monkeypatch.setattr(os, "getloadavg", unknown)
    assert patient(10) == 10
