"""Time limits that mean the same on a busy machine: a right answer must not lose points to its neighbours."""

from __future__ import annotations

import math
import os
import time

MOST = 4.0
"""How many times a limit may grow; a submission that makes the load itself gains no more than this."""

_MEMORY = 5.0  # seconds over which what wants to run now is averaged

_seen: tuple[float, float] | None = None  # when, and the average then


def patient(seconds: float) -> float:
    """A limit of time, longer where twice as many processes want to run as there are cores, or more.

    Grows with the load of the last minute (see getloadavg(3)), at most `MOST` times, and only as long as the load
    lasts: a submission that was ended for its many processes lengthens nobody's limits for a minute.
    """
    try:
        load = min(os.getloadavg()[0], _recent())
    except OSError:
        return seconds
    return seconds * min(MOST, max(1.0, load / (2 * (os.cpu_count() or 1))))


def _recent() -> float:
    """How many processes wanted to run in the last seconds, as often as somebody asked; infinite if not known."""
    global _seen
    running = _running()
    if running is None:
        return math.inf
    now = time.monotonic()
    before, average = _seen or (-math.inf, 0.0)
    kept = math.exp((before - now) / _MEMORY)
    _seen = now, kept * average + (1 - kept) * running
    return _seen[1]


def _running() -> int | None:
    """How many processes run or wait for a core at this moment: the fourth field of /proc/loadavg, see proc(5)."""
    try:
        with open("/proc/loadavg", encoding="ascii") as file:
            return int(file.read().split()[3].partition("/")[0])
    except (OSError, IndexError, ValueError):
        return None
