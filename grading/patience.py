"""Time limits that mean the same on a busy machine: a right answer must not lose points to its neighbours."""

from __future__ import annotations

import os

MOST = 4.0
"""How many times a limit may grow; a submission that makes the load itself gains no more than this."""


def patient(seconds: float) -> float:
    """A limit of time, longer where twice as many processes want to run as there are cores, or more.

    Grows with the load of the last minute (see getloadavg(3)), at most `MOST` times.
    """
    try:
        load = os.getloadavg()[0]
    except OSError:
        return seconds
    return seconds * min(MOST, max(1.0, load / (2 * (os.cpu_count() or 1))))
