"""Limits of time grow with the load of a machine, and not without end."""

from __future__ import annotations

import os
import time

import pytest

from grading import patience
from grading.patience import MOST, patient


class Machine:
    """Four cores, with a load that is set."""

    minute = 0.0
    running: int | None = 0
    clock = 100.0


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    machine = Machine()
    monkeypatch.setattr(os, "getloadavg", lambda: (machine.minute, 0.0, 0.0))
    monkeypatch.setattr(os, "cpu_count", lambda: 4)
    monkeypatch.setattr(time, "monotonic", lambda: machine.clock)
    monkeypatch.setattr(patience, "_running", lambda: machine.running)
    monkeypatch.setattr(patience, "_seen", None)
    return machine


@pytest.mark.parametrize(
    ("load", "seconds"), [(0.0, 10), (8.0, 10), (12.0, 15), (16.0, 20), (32.0, 40), (500.0, 40)]
)
def test_a_limit_is_for_a_machine_with_cores_to_spare(machine: Machine, load: float, seconds: float) -> None:
    machine.minute, machine.running = load, int(load)
    assert patient(10) == seconds <= 10 * MOST


def test_a_load_that_is_over_lengthens_nothing(machine: Machine) -> None:
    machine.minute = machine.running = 64
    assert patient(10) == 40
    machine.running, machine.clock = 2, machine.clock + 20
    assert patient(10) == 10


def test_a_short_pause_of_a_long_load_shortens_little(machine: Machine) -> None:
    machine.minute = machine.running = 16
    assert patient(10) == 20
    machine.running, machine.clock = 8, machine.clock + 0.1
    assert 19 < patient(10) < 20


def test_a_moment_of_many_processes_is_no_load(machine: Machine) -> None:
    machine.minute, machine.running = 1.0, 64
    assert patient(10) == 10


def test_where_only_the_load_of_the_minute_is_known_it_counts(machine: Machine) -> None:
    machine.minute, machine.running = 16.0, None
    assert patient(10) == 20


def test_where_no_load_is_known_the_limit_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown() -> None:
        raise OSError

    monkeypatch.setattr(os, "getloadavg", unknown)
    assert patient(10) == 10


@pytest.mark.skipif(not os.path.exists("/proc/loadavg"), reason="needs /proc")
def test_this_machine_tells_how_many_run() -> None:
    running = patience._running()
    assert running is not None
    assert running >= 1
