"""The data of the notebooks: what it is, and that it never changes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import make_circles, make_moons

from utils import datasets


def test_circles_are_scikit_learns() -> None:
    data = datasets.load_circles()
    assert [array.shape for array in data] == [(2, 300), (1, 300), (2, 100), (1, 100)]
    points, labels = make_circles(n_samples=300, noise=0.05, random_state=1)
    np.testing.assert_array_equal(data.X_train.T, points)
    np.testing.assert_array_equal(data.Y_train[0], labels)
    points, labels = make_circles(n_samples=100, noise=0.05, random_state=2)
    np.testing.assert_array_equal(data.X_test.T, points)
    np.testing.assert_array_equal(data.Y_test[0], labels)


def test_moons_are_scikit_learns() -> None:
    X, Y = datasets.load_moons()
    points, labels = make_moons(n_samples=300, noise=0.2, random_state=3)
    np.testing.assert_array_equal(X.T, points)
    np.testing.assert_array_equal(Y, labels[np.newaxis])


@pytest.mark.parametrize("draw", range(datasets.NOISY_BORDER_DRAWS))
def test_stored_draws_are_the_generated_ones(draw: int) -> None:
    stored, generated = datasets.load_noisy_border(draw), datasets.generate_noisy_border(seed=draw)
    assert [array.shape for array in stored] == [(2, 211), (1, 211), (2, 2000), (1, 2000)]
    for one, other in zip(stored, generated, strict=True):
        np.testing.assert_array_equal(one, other)
        assert one.dtype == float
    assert set(np.unique(stored.Y_train)) == {0, 1}


def test_noisy_border_is_what_its_docstring_says() -> None:
    data = datasets.generate_noisy_border(seed=100, num_test=200_000)
    (x1, x2), labels = data.X_test, data.Y_test[0]
    assert [x1.min(), x1.max(), x2.min(), x2.max()] == pytest.approx([-0.6, 0.3, -0.65, 0.6], abs=1e-4)
    height = x2 - 1.3 * x1 - 0.2
    assert labels[np.abs(height) < 0.01].mean() == pytest.approx(0.5, abs=0.05)
    assert labels[np.abs(height - 0.25) < 0.01].mean() == pytest.approx(
        0.841, abs=0.03
    )  # one standard deviation
    assert 0.84 < datasets.best_accuracy_noisy_border(data) < 0.88


def test_writing_the_file_again_gives_the_same_bytes(tmp_path: Path) -> None:
    datasets.write_noisy_border(tmp_path / "again.h5")
    datasets.write_noisy_border(tmp_path / "once_more.h5")
    assert (tmp_path / "again.h5").read_bytes() == (tmp_path / "once_more.h5").read_bytes()


def test_a_missing_draw_or_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match=r"^There are draws 0 to 7 of the noisy border, but no draw 8\.$"):
        datasets.load_noisy_border(8)
    monkeypatch.setattr(datasets, "NOISY_BORDER_FILE", tmp_path / "noisy_border.h5")
    with pytest.raises(FileNotFoundError, match=r"^The data file noisy_border\.h5 is missing from "):
        datasets.load_noisy_border(0)
