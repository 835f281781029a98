"""Every plot draws what it is given, labels its axes, and leaves neither open figures nor warnings behind."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from typing import Any

import matplotlib as mpl

mpl.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.figure import Figure
from optimizers import draw, update_gd
from PIL import Image

from utils import plots
from utils.datasets import load_moons
from utils.network import forward_propagation, hidden_activations, predict
from utils.surfaces import BOWL
from utils.training import descend, gradient_descent, train

X, Y = load_moons()
PARAMETERS = draw([2, 5, 4, 1])
PATHS = {
    f"rate {rate}": descend(
        BOWL.gradient, BOWL.start, gradient_descent(update_gd), learning_rate=rate, num_steps=30
    )
    for rate in (0.01, 0.05)
}


def runs() -> dict[str, Any]:
    return {
        str(scale): train(
            X, Y, draw([2, 4, 1], scale=scale), learning_rate=0.1, num_iterations=20, progress=False
        )
        for scale in ("he", 10.0)
    }


def activations() -> dict[str, Any]:
    return {
        str(scale): hidden_activations(forward_propagation(X, draw([2, 9, 9, 9, 1], scale=scale))[1])
        for scale in ("he", 0.0, 5.0)
    }


DRAWINGS: dict[str, Callable[[], Figure]] = {
    "costs": lambda: plots.plot_costs(runs()),
    "costs together": lambda: plots.plot_costs(runs(), together=True, last_batch=True),
    "boundary": lambda: plots.plot_decision_boundary(PARAMETERS, X, Y, title="He", resolution=20),
    "boundaries": lambda: plots.plot_decision_boundaries(
        {"parameters": PARAMETERS, "function": lambda points: predict(points, PARAMETERS)},
        X,
        Y,
        resolution=20,
    ),
    "activations": lambda: plots.plot_activations(activations()),
    "spread": lambda: plots.plot_spread(activations()),
    "accuracies": lambda: plots.plot_accuracies({"none": [0.8, 0.82], "L2": [0.84, 0.85]}, reference=0.86),
    "one draw": lambda: plots.plot_accuracies({"none": [0.8], "L2": [0.84]}),
    "learning rates": lambda: plots.plot_learning_rates({"halving": lambda epoch: 0.5**epoch}, 10),
    "errors": lambda: plots.plot_errors([1e-2, 1e-4], {"centred": [1e-6, 1e-10]}, bound=1e-7),
    "vector": lambda: plots.plot_vector(PARAMETERS),
    "paths": lambda: plots.plot_paths(BOWL, PATHS),
    "heights": lambda: plots.plot_heights(BOWL, PATHS),
}


@pytest.mark.parametrize("name", DRAWINGS)
def test_drawing_is_labelled_opaque_and_closed(name: str) -> None:
    figure = DRAWINGS[name]()
    picture = io.BytesIO()
    figure.savefig(picture, format="png")
    pixels = np.asarray(Image.open(picture).convert("RGBA"))
    assert (pixels[..., 3] == 255).all()
    assert pixels[0, 0].tolist() == [255, 255, 255, 255]
    assert plt.get_fignums() == []
    if name != "vector":
        assert (
            any(ax.get_xlabel() for ax in figure.axes)
            or figure.get_supxlabel()
            or name in {"accuracies", "one draw"}
        )
        assert any(ax.get_ylabel() for ax in figure.axes)


def test_a_notebooks_own_style_changes_nothing() -> None:
    def pixels() -> Any:
        picture = io.BytesIO()
        DRAWINGS["costs"]().savefig(picture, format="png", dpi=50)
        return np.asarray(Image.open(picture))

    plain = pixels()
    with plt.style.context("dark_background"):
        styled = DRAWINGS["costs"]()
    assert styled.get_facecolor() == (1, 1, 1, 1)
    assert styled.axes[0].xaxis.label.get_color() == plots.INK
    np.testing.assert_array_equal(pixels(), plain)


def test_boundary_asks_the_model_once() -> None:
    calls = []

    def model(points: Any) -> Any:
        calls.append(points.shape)
        return points[:1] > 0

    plots.plot_decision_boundary(model, X, Y, resolution=30)
    assert calls == [(2, 900)]


def test_colours_differ_in_lightness_or_come_with_another_sign() -> None:
    signs = list(zip(plots.COLOURS, plots.DASHES, plots.MARKERS, strict=True))
    assert len(set(map(str, plots.DASHES))) == len(signs)
    assert len(set(plots.MARKERS)) == len(signs)


def test_film_is_small_moves_and_closes() -> None:
    film = plots.animate_paths(BOWL, PATHS, num_frames=12)
    assert len(film.data) < 200_000
    frames = Image.open(io.BytesIO(film.data))
    assert frames.n_frames == 12
    frames.seek(0)
    first = np.asarray(frames.convert("RGB")).astype(int)
    frames.seek(11)
    last = np.asarray(frames.convert("RGB")).astype(int)
    moved = (np.abs(first - last).sum(axis=2) > 60).sum()
    assert 100 < moved < 0.1 * first.shape[0] * first.shape[1]
    assert plt.get_fignums() == []


def test_film_stays_in_a_page_and_its_last_frame_on_paper() -> None:
    film = plots.animate_paths(BOWL, PATHS, num_frames=3)
    encoded = base64.b64encode(film.data).decode()
    assert film._repr_html_() == f'<img src="data:image/gif;base64,{encoded}" alt="{film.alt}">'
    still = Image.open(io.BytesIO(film._repr_png_()))
    moving = Image.open(io.BytesIO(film.data))
    moving.seek(2)
    np.testing.assert_array_equal(np.asarray(still.convert("RGB")), np.asarray(moving.convert("RGB")))
    assert repr(film) == film.alt
