"""Three surfaces over the plane on which optimizers show their character."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Surface:
    """A height, its slopes, where a descent starts and which part of the plane is worth a look."""

    name: str
    value: Callable[[Any, Any], Any]
    """(x, y) -> height, element by element."""
    gradient: Callable[[Any, Any], tuple[Any, Any]]
    """(x, y) -> the slopes along x and along y."""
    start: tuple[float, float]
    extent: tuple[float, float, float, float]
    """x from, x to, y from, y to."""


BOWL = Surface(
    name="ill-conditioned bowl",
    value=lambda x, y: (x**2 + 25 * y**2) / 2,
    gradient=lambda x, y: (x, 25 * y),
    start=(-4.0, 1.0),
    extent=(-4.5, 1.5, -1.5, 1.5),
)
"""25 times as steep across as along: lowest at (0, 0)."""

SADDLE = Surface(
    name="saddle",
    value=lambda x, y: x**2 / 2 + y**4 / 4 - y**2 / 2,
    gradient=lambda x, y: (x, y**3 - y),
    start=(-1.5, 1e-4),
    extent=(-1.8, 0.8, -0.6, 1.4),
)
"""Level at (0, 0), which is lowest along x and highest along y; the valleys lie at (0, -1) and (0, 1)."""

PLATEAU = Surface(
    name="plateau",
    value=lambda x, y: 1 - np.exp(-(x**2 + y**2) / 2),
    gradient=lambda x, y: (x * np.exp(-(x**2 + y**2) / 2), y * np.exp(-(x**2 + y**2) / 2)),
    start=(-3.0, 2.0),
    extent=(-3.5, 1.5, -1.5, 2.5),
)
"""A hole at (0, 0) in an almost flat plain: at the start the slope is 0.005."""
