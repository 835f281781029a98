"""The data that the notebooks learn from: X (2, m) with one example per column, Y (1, m) with labels 0 and 1.

Nothing here touches NumPy's global random generator.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from utils.network import Array

NOISY_BORDER_FILE = Path(__file__).with_name("noisy_border.h5")
NOISY_BORDER_DRAWS = 8


class Split(NamedTuple):
    """Training and test examples; unpacks into X_train, Y_train, X_test, Y_test."""

    X_train: Array
    Y_train: Array
    X_test: Array
    Y_test: Array


def load_circles() -> Split:
    """Two noisy circles, one inside the other: 300 training and 100 test examples, half of each class."""
    from sklearn.datasets import make_circles

    train = _as_columns(*make_circles(n_samples=300, noise=0.05, random_state=1))
    test = _as_columns(*make_circles(n_samples=100, noise=0.05, random_state=2))
    return Split(*train, *test)


def load_moons() -> tuple[Array, Array]:
    """Two interleaved half moons: X (2, 300) and Y (1, 300), half of each class, no test set."""
    from sklearn.datasets import make_moons

    return _as_columns(*make_moons(n_samples=300, noise=0.2, random_state=3))


def generate_noisy_border(seed: int, num_train: int = 211, num_test: int = 2000) -> Split:
    """Points of a rectangle, divided by a straight line that noise blurs.

    x1 is uniform on (-0.6, 0.3), x2 on (-0.65, 0.6), and the label is 1 where
    x2 - 1.3 x1 - 0.2 + 0.25 N(0, 1) > 0: near the line nobody can know the label, so a network that follows
    every training example is wrong about the next ones. The same seed gives the same numbers, rounded to
    single precision, so that the stored file is small and exact.
    """
    rng = np.random.RandomState(seed)
    return Split(*_noisy_border(rng, num_train), *_noisy_border(rng, num_test))


def best_accuracy_noisy_border(split: Split) -> float:
    """The share of test labels that the true line gets right: no network can expect more."""
    x1, x2 = split.X_test
    return float(np.mean((x2 - 1.3 * x1 - 0.2 > 0) == split.Y_test))


def load_noisy_border(draw: int = 0) -> Split:
    """Draw number `draw` (0 to 7) of `generate_noisy_border`, as stored in noisy_border.h5.

    211 training and 2000 test examples. Raises ValueError when there is no such draw, FileNotFoundError when
    the file is not beside this module.
    """
    import h5py

    if draw not in range(NOISY_BORDER_DRAWS):
        raise ValueError(
            f"There are draws 0 to {NOISY_BORDER_DRAWS - 1} of the noisy border, but no draw {draw!r}."
        )
    if not NOISY_BORDER_FILE.is_file():
        raise FileNotFoundError(
            f"The data file {NOISY_BORDER_FILE.name} is missing from {NOISY_BORDER_FILE.parent}."
        )
    with h5py.File(NOISY_BORDER_FILE, "r") as file:
        group = file[f"draw_{draw}"]
        return Split(*(np.asarray(group[name], dtype=float) for name in Split._fields))


def write_noisy_border(path: Path = NOISY_BORDER_FILE) -> None:
    """Write all draws, the same bytes every time."""
    import h5py

    with h5py.File(path, "w", track_order=False) as file:
        for draw in range(NOISY_BORDER_DRAWS):
            group = file.create_group(f"draw_{draw}")
            for name, values in generate_noisy_border(seed=draw)._asdict().items():
                stored = values.astype(np.uint8 if name.startswith("Y") else np.float32)
                group.create_dataset(name, data=stored, track_times=False)


def _noisy_border(rng: np.random.RandomState, m: int) -> tuple[Array, Array]:
    x1 = rng.uniform(-0.6, 0.3, m)
    x2 = rng.uniform(-0.65, 0.6, m)
    label = x2 - 1.3 * x1 - 0.2 + 0.25 * rng.standard_normal(m) > 0
    return np.array([x1, x2], dtype=np.float32).astype(float), label[np.newaxis].astype(float)


def _as_columns(points: Any, labels: Any) -> tuple[Array, Array]:
    """scikit-learn's rows as columns: (m, 2), (m,) -> (2, m), (1, m)."""
    return np.ascontiguousarray(points.T, dtype=float), np.asarray(labels, dtype=float)[np.newaxis]


if __name__ == "__main__":
    write_noisy_border()
