"""The pictures of the notebooks.

Every function returns a Figure that pyplot has already let go: a notebook shows it once, as the value of the
cell's last line; anywhere in a cell `display(figure)` shows it; `figure.savefig(...)` works as always.
White paper on every theme, Okabe and Ito's palette, and markers or dashes beside each colour.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, wraps
from html import escape
from typing import Any, ParamSpec

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LinearSegmentedColormap, to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Polygon
from matplotlib.ticker import MaxNLocator, PercentFormatter
from PIL import Image as PILImage

from utils.network import Array, forward_propagation
from utils.surfaces import Surface
from utils.training import History
from utils.vectors import dictionary_to_vector

BLUE, ORANGE, GREEN, RED, PURPLE, SKY = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9"
COLOURS = (BLUE, ORANGE, GREEN, RED, PURPLE, SKY, "#000000")
DASHES = ("-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1)), (0, (1, 1)))
MARKERS = ("o", "^", "s", "D", "v", "P", "X")
INK, FAINT = "#222222", "#999999"
CLASSES = LinearSegmentedColormap.from_list("classes", ["#8FBBDB", "#FFFFFF", "#F6CE80"])
PAPER: dict[str, Any] = {
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "axes.facecolor": "white",
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.titlecolor": INK,
    "axes.titlesize": 10.5,
    "axes.labelsize": 9.5,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": False,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.labelsize": 8.5,
    "ytick.labelsize": 8.5,
    "legend.fontsize": 9,
    "legend.frameon": False,
    "font.size": 9.5,
    "lines.linewidth": 1.6,
    "axes.unicode_minus": True,
}

# Fonts, sizes and colours as matplotlib ships them: a notebook's own style changes none of these pictures.
BASE = {
    name: value
    for name, value in mpl.rcParamsDefault.items()
    if name.partition(".")[0]
    in {"axes", "figure", "font", "grid", "legend", "lines", "savefig", "text", "xtick", "ytick"}
}

Predictor = Mapping[str, Array] | Callable[[Array], Any]
P = ParamSpec("P")


def _paper(draw: Callable[P, Figure]) -> Callable[P, Figure]:
    """Draw in the house style, whatever the notebook's, and let the figure go so that it is shown once."""

    @wraps(draw)
    def drawn(*args: P.args, **kwargs: P.kwargs) -> Figure:
        with mpl.rc_context({**BASE, **PAPER}):
            figure = draw(*args, **kwargs)
        plt.close(figure)
        return figure

    return drawn


@_paper
def plot_costs(
    histories: Mapping[str, History], *, together: bool = False, last_batch: bool = False
) -> Figure:
    """The cost of each run over its iterations: panels side by side on one scale, or all in one panel.

    `last_batch` adds, faintly, the cost of each epoch's last batch alone. Costs above twice ln 2, where a
    network is worse than a coin, are off the picture; infinite ones leave a gap.
    """
    figure, panels = _panels(1 if together else len(histories), width=6.0 if together else 3.0, height=3.0)
    for number, (name, history) in enumerate(histories.items()):
        ax = panels[0 if together else number]
        colour, dashes = (COLOURS[number % 7], DASHES[number % 7]) if together else (BLUE, "-")
        costs = np.where(np.isfinite(history.costs), history.costs, np.nan)
        if last_batch:
            ax.plot(
                history.iterations, history.last_batch_costs, color=FAINT, linewidth=0.6, label="last batch"
            )
        ax.plot(history.iterations, costs, color=colour, linestyle=dashes, label=name if together else None)
        ax.set_xlabel(history.unit)
        if not together:
            ax.set_title(f"{name}\ncost at the end {history.costs[-1]:.4f}")
    panels[0].set_ylabel("cost (nats per example)")
    top = 1.05 * min(max(_ordinary_top(history) for history in histories.values()), 2 * np.log(2))
    for ax in panels:
        if top > np.log(2):
            ax.axhline(np.log(2), color=FAINT, linewidth=1, linestyle=":", label="a coin: ln 2")
    panels[0].set_ylim(0, top)
    if panels[0].get_legend_handles_labels()[1]:
        panels[0].legend()
    return figure


@_paper
def plot_decision_boundaries(
    models: Mapping[str, Predictor], X: Array, Y: Array, *, resolution: int = 160
) -> Figure:
    """What each model says about every point of the plane, with the examples on top.

    A model is a dictionary of parameters (shown as the probability of class 1) or a function from points
    (2, n) to predictions (1, n). The line is drawn where the prediction crosses one half.
    """
    figure, panels = _panels(len(models), width=3.2, height=3.2)
    for ax, (name, model) in zip(panels, models.items(), strict=True):
        _draw_boundary(ax, model, X, Y, resolution)
        ax.set_title(name)
        ax.set_xlabel("$x_1$")
    panels[0].set_ylabel("$x_2$")
    panels[-1].legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), handletextpad=0.2)
    return figure


def plot_decision_boundary(
    model: Predictor, X: Array, Y: Array, *, title: str = "", resolution: int = 160
) -> Figure:
    """`plot_decision_boundaries` for a single model."""
    return plot_decision_boundaries({title: model}, X, Y, resolution=resolution)


@_paper
def plot_activations(networks: Mapping[str, Sequence[Array]], *, num_bins: int = 40) -> Figure:
    """Histograms of the values in each layer: a row per network, a column per layer.

    The number in each panel is the standard deviation. Each row has its own horizontal scale, from the
    smallest to the largest value of its first layer; what lies beyond is counted in the outermost bars.
    """
    depth = max(len(layers) for layers in networks.values())
    figure: Figure
    figure, axes = plt.subplots(
        len(networks),
        depth,
        figsize=(1.35 * depth + 0.6, 1.35 * len(networks) + 0.5),
        squeeze=False,
        layout="constrained",
        sharex="row",
    )
    for row, (name, layers) in zip(axes, networks.items(), strict=True):
        edges = _edges(layers[0], num_bins)
        for ax, values in zip(row, layers, strict=False):
            _draw_histogram(ax, values, edges)
        row[0].set_ylabel(name)
    for number, ax in enumerate(axes[0], start=1):
        ax.set_title(f"layer {number}")
    figure.supxlabel("value of an activation (last bar: everything beyond)", fontsize=9.5)
    return figure


@_paper
def plot_spread(networks: Mapping[str, Sequence[Array | float]]) -> Figure:
    """The standard deviation of each layer's values, on a logarithmic scale: does a signal live or die?

    A layer is an array of its values, or the standard deviation itself.
    """
    figure, (ax,) = _panels(1, width=6.0, height=3.0)
    for number, (name, layers) in enumerate(networks.items()):
        spread = [max(float(np.std(v) if np.ndim(v) else v), 1e-300) for v in layers]
        style: dict[str, Any] = {"color": COLOURS[number % 7], "marker": MARKERS[number % 7], "markersize": 4}
        ax.plot(range(1, len(spread) + 1), spread, label=name, **style)
    ax.set_yscale("log")
    ax.set_xlabel("layer")
    ax.set_ylabel("standard deviation of its activations")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return figure


@_paper
def plot_accuracies(accuracies: Mapping[str, Sequence[float]], *, reference: float | None = None) -> Figure:
    """Test accuracies (0 to 1) of several methods, each on the same draws of the data, in the same order.

    Small dots are draws, joined across methods; a large mark is their mean, its bar one standard error to
    either side. There are no bars from zero, because the differences are small and the scale would hide
    them. `reference` is drawn as a line: what no method can expect to pass.
    """
    figure, (ax,) = _panels(1, width=1.4 + 1.5 * len(accuracies), height=3.3)
    table = np.array(list(accuracies.values()), dtype=float)
    places = np.arange(len(table))
    ax.plot(places, table, color=FAINT, linewidth=0.7, marker="o", markersize=3.5)
    errors = table.std(axis=1, ddof=1) / np.sqrt(table.shape[1]) if table.shape[1] > 1 else None
    ax.errorbar(places, table.mean(axis=1), errors, fmt="D", color=BLUE, markersize=7, capsize=6, linewidth=2)
    for place, mean in zip(places, table.mean(axis=1), strict=True):
        beside: dict[str, Any] = {"xytext": (11, 0), "textcoords": "offset points", "va": "center"}
        paper = {"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 1}
        ax.annotate(f"{100 * mean:.1f}", (place, mean), **beside, bbox=paper)
    if reference is not None:
        ax.axhline(reference, color=RED, linestyle="--", linewidth=1.2, label="best to expect")
        ax.legend(loc="lower right")
    ax.set_xticks(places, list(accuracies))
    ax.set_xlim(-0.5, len(table) - 0.5)
    ax.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    ax.set_ylabel(f"test accuracy ({table.shape[1]} draws of the data)")
    return figure


@_paper
def plot_series(series: Mapping[str, Sequence[float] | Array], *, x: str = "step", y: str = "") -> Figure:
    """Noisy measurements, the first series, as faint dots; the others, averages of it, as lines."""
    figure, (ax,) = _panels(1, width=6.0, height=3.0)
    for number, (name, values) in enumerate(series.items()):
        places = np.arange(1, len(values) + 1)
        if number == 0:
            ax.plot(places, values, color=FAINT, marker="o", markersize=2.5, linestyle="none", label=name)
        else:
            ax.plot(places, values, color=COLOURS[number - 1], linestyle=DASHES[number - 1], label=name)
    ax.set_xlabel(x)
    ax.set_ylabel(y)
    ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return figure


@_paper
def plot_learning_rates(schedules: Mapping[str, Callable[[int], float]], num_iterations: int) -> Figure:
    """The learning rate of each schedule over the epochs 0, ..., num_iterations - 1."""
    figure, (ax,) = _panels(1, width=6.0, height=3.0)
    epochs = np.unique(np.linspace(0, num_iterations - 1, 2000).astype(int))
    for number, (name, schedule) in enumerate(schedules.items()):
        rates = [schedule(int(epoch)) for epoch in epochs]
        ax.step(epochs, rates, where="post", color=COLOURS[number], linestyle=DASHES[number], label=name)
    ax.set_xlabel("epoch")
    ax.set_ylabel("learning rate")
    ax.set_ylim(bottom=0)
    ax.legend()
    return figure


@_paper
def plot_errors(
    epsilons: Sequence[float], errors: Mapping[str, Sequence[float]], *, bound: float | None = None
) -> Figure:
    """Relative difference between numerical and exact gradient for each epsilon, both scales logarithmic."""
    figure, (ax,) = _panels(1, width=6.0, height=3.3)
    for number, (name, values) in enumerate(errors.items()):
        style: dict[str, Any] = {
            "color": COLOURS[number],
            "linestyle": DASHES[number],
            "marker": MARKERS[number],
        }
        ax.loglog(epsilons, values, markersize=5, label=name, **style)
    if bound is not None:
        ax.axhline(bound, color=FAINT, linewidth=1)
        place: dict[str, Any] = {
            "xy": (max(epsilons), bound),
            "xytext": (0, 3),
            "textcoords": "offset points",
        }
        ax.annotate(f"{bound:g}".replace("e-0", "e-"), **place, ha="right")
    ax.set_xlabel("epsilon")
    ax.set_ylabel("relative difference")
    ax.legend()
    return figure


@_paper
def plot_vector(parameters: Mapping[str, Array]) -> Figure:
    """How `dictionary_to_vector` lays the arrays of a network end to end: the arrays above, the vector below."""
    theta, names = dictionary_to_vector(parameters)
    shapes = {name: np.shape(parameters[name]) for name in dict.fromkeys(names)}
    figure: Figure
    figure, ax = plt.subplots(figsize=(8.5, 3.0), layout="constrained")
    gap = max(2.0, (theta.size - sum(columns for _, columns in shapes.values())) / max(1, len(shapes) - 1))
    above, below = 0.0, 0
    for number, (name, (rows, columns)) in enumerate(shapes.items()):
        count, colour = rows * columns, COLOURS[number % 6]
        _draw_cells(ax, above, 5.0, (rows, columns), colour)
        _draw_cells(ax, below, 0.0, (1, count), colour)
        corners = [(above, 5.0), (above + columns, 5.0), (below + count, 1.0), (below, 1.0)]
        ax.add_patch(Polygon(corners, facecolor=colour, alpha=0.15))
        label = f"{name}\n{rows} × {columns}"
        ax.text(above + columns / 2, 5.3 + rows, label, ha="center", va="bottom")
        ends = f"{below}" if count == 1 else f"{below}–{below + count - 1}"
        ax.text(below + count / 2, -0.4, ends, ha="center", va="top", fontsize=8)
        above, below = above + columns + gap, below + count
    ax.set_xlim(-1.0, max(below, above - gap) + 1.0)
    ax.set_ylim(-2.0, 9.0 + max(rows for rows, _ in shapes.values()))
    ax.set_title(f"theta: {theta.size} numbers, each array read row by row", loc="left")
    ax.set_axis_off()
    return figure


@_paper
def plot_paths(surface: Surface, paths: Mapping[str, Array]) -> Figure:
    """Contours of a surface with the path (steps + 1, 2) of each optimizer, a mark at every tenth of it."""
    figure, (ax,) = _panels(1, width=5.6, height=3.6)
    _draw_surface(ax, surface)
    for number, (name, path) in enumerate(paths.items()):
        ax.plot(*path.T, markevery=max(1, len(path) // 10), label=name, **_path_style(number))
        ax.plot(
            *path[-1], marker=MARKERS[number], color=COLOURS[number], markersize=9, markeredgecolor="white"
        )
    ax.plot(*surface.start, marker="*", color=INK, markersize=11, linestyle="none", label="start")
    ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return figure


@_paper
def plot_heights(surface: Surface, paths: Mapping[str, Array]) -> Figure:
    """The height under each path, step by step: how long does each optimizer stay where it is?"""
    figure, (ax,) = _panels(1, width=5.6, height=3.0)
    for number, (name, path) in enumerate(paths.items()):
        ax.plot(surface.value(*path.T), label=name, color=COLOURS[number], linestyle=DASHES[number])
    ax.set_title(surface.name)
    ax.set_xlabel("step")
    ax.set_ylabel("height")
    ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return figure


@dataclass(frozen=True)
class Film:
    """A film for the last line of a cell, or for `display`.

    nbconvert leaves out images of type GIF, so the film comes as HTML; on paper its last frame stands for it.
    """

    data: bytes
    """The GIF."""
    still: bytes
    """The last frame, as PNG."""
    alt: str
    """What it shows, in words."""

    def __repr__(self) -> str:
        return self.alt

    def _repr_html_(self) -> str:
        source = base64.b64encode(self.data).decode()
        return f'<img src="data:image/gif;base64,{source}" alt="{escape(self.alt)}">'

    def _repr_png_(self) -> bytes:
        return self.still


def animate_paths(
    surface: Surface, paths: Mapping[str, Array], *, num_frames: int = 40, frames_per_second: int = 10
) -> Film:
    """`plot_paths` as a film: a GIF of some 50 kB that plays without scripts, in notebooks and in pages of them.

    All paths grow at the same number of steps per frame; the film rests on its last frame and starts again.
    """
    longest = max(len(path) for path in paths.values()) - 1
    with mpl.rc_context({**BASE, **PAPER, "figure.dpi": 80}):
        figure, lines, counter = _stage(surface, list(paths))
        frames = []
        for step in np.unique(np.linspace(0, longest, num_frames).astype(int)):
            counter.set_text(f"step {step}")
            for line, path in zip(lines, paths.values(), strict=True):
                line.set_data(*path[: step + 1].T)
            frames.append(_frame(figure))
    plt.close(figure)
    pause = 1000 // frames_per_second
    film = io.BytesIO()
    durations = [pause] * (len(frames) - 1) + [2000]
    frames[0].save(film, "gif", save_all=True, append_images=frames[1:], duration=durations, loop=0)
    alt = f"Film of {', '.join(paths)} on the surface: {surface.name}"
    return Film(film.getvalue(), _png(frames[-1]), alt)


def _stage(surface: Surface, names: Sequence[str]) -> tuple[Figure, list[Any], Any]:
    """A figure whose contours and legend are a finished picture, so that a frame draws only its lines."""
    figure, ax = plt.subplots(figsize=(6.8, 3.6))
    figure.subplots_adjust(left=0.1, right=0.72, bottom=0.14, top=0.92)
    _draw_surface(ax, surface)
    for number, name in enumerate(names):
        ax.plot([], [], label=name, **_path_style(number))
    ax.plot(*surface.start, marker="*", color=INK, markersize=11, linestyle="none", label="start")
    ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    figure.canvas.draw()
    scenery = np.asarray(_canvas(figure).buffer_rgba()).copy()
    place = ax.get_position()
    figure.clear()
    figure.figimage(scenery, zorder=-1)
    ax = figure.add_axes(place)
    ax.set(xlim=surface.extent[:2], ylim=surface.extent[2:])
    ax.set_axis_off()
    lines = [ax.plot([], [], markevery=[-1], **_path_style(number))[0] for number in range(len(names))]
    return figure, lines, figure.text(0.76, 0.16, "")


def _frame(figure: Figure) -> PILImage.Image:
    """The figure as it is now, in the few colours of `_palette`."""
    figure.canvas.draw()
    picture = PILImage.fromarray(np.asarray(_canvas(figure).buffer_rgba())).convert("RGB")
    return picture.quantize(palette=_palette(), dither=PILImage.Dither.NONE)


def _png(picture: PILImage.Image) -> bytes:
    file = io.BytesIO()
    picture.save(file, "png")
    return file.getvalue()


@cache
def _palette() -> PILImage.Image:
    """Each colour of the house in five strengths on white: median cuts would lose the thin lines."""
    strengths = np.linspace(1.0, 0.2, 5)[:, np.newaxis]
    inks = [np.array(to_rgb(colour)) for colour in (*COLOURS, FAINT)]
    shades = np.concatenate([strengths * ink + (1 - strengths) for ink in inks] + [np.ones((1, 3))])
    image = PILImage.new("P", (1, 1))
    image.putpalette((255 * shades).round().astype(np.uint8).tobytes())
    return image


def _canvas(figure: Figure) -> FigureCanvasAgg:
    canvas = figure.canvas
    return canvas if isinstance(canvas, FigureCanvasAgg) else FigureCanvasAgg(figure)


def _panels(count: int, *, width: float, height: float) -> tuple[Figure, list[Axes]]:
    """A figure with `count` panels of this size (inches) in a row that share their scales."""
    figure, axes = plt.subplots(
        1,
        count,
        figsize=(width * count + 0.4, height),
        sharex=True,
        sharey=True,
        squeeze=False,
        layout="constrained",
    )
    return figure, list(axes[0])


def _ordinary_top(history: History) -> float:
    """The highest cost after the first hundredth of a run, which may be far away or infinite."""
    costs = history.costs[len(history.costs) // 100 :]
    finite = costs[np.isfinite(costs)]
    return float(finite.max()) if finite.size else 1.0


def _probability(model: Predictor, points: Array) -> Array:
    """What a model says about points (2, n), as (n,) numbers between 0 and 1."""
    if isinstance(model, Mapping):
        return forward_propagation(points, model)[0].ravel()
    return np.asarray(model(points), dtype=float).ravel()


def _draw_boundary(ax: Axes, model: Predictor, X: Array, Y: Array, resolution: int) -> None:
    margin = 0.08 * np.ptp(X, axis=1)
    (x1, y1), (x2, y2) = X.min(axis=1) - margin, X.max(axis=1) + margin
    grid_x, grid_y = np.meshgrid(np.linspace(x1, x2, resolution), np.linspace(y1, y2, resolution))
    says = _probability(model, np.stack([grid_x.ravel(), grid_y.ravel()])).reshape(grid_x.shape)
    ax.imshow(says, extent=(x1, x2, y1, y2), origin="lower", cmap=CLASSES, vmin=0, vmax=1, aspect="auto")
    if says.min() < 0.5 < says.max():
        ax.contour(grid_x, grid_y, says, levels=[0.5], colors=INK, linewidths=1.2)
    for label, (colour, marker) in enumerate([(BLUE, "o"), (ORANGE, "^")]):
        style: dict[str, Any] = {
            "color": colour,
            "marker": marker,
            "s": 16,
            "edgecolors": "white",
            "linewidths": 0.4,
        }
        ax.scatter(*X[:, Y.ravel() == label], label=f"class {label}", **style)


def _edges(values: Array, num_bins: int) -> Array:
    low, high = float(np.min(values)), float(np.max(values))
    return np.linspace(low, high if high > low else low + 1.0, num_bins + 1)


def _draw_histogram(ax: Axes, values: Array, edges: Array) -> None:
    inside = np.clip(values, edges[0], edges[-1]).ravel()
    ax.hist(inside, bins=edges.tolist(), weights=np.full(inside.size, 1 / inside.size), color=BLUE)
    ax.set_ylim(0, 1)
    ax.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    ax.label_outer()
    ax.text(
        0.95,
        0.9,
        f"sd {_short(float(np.std(values)))}",
        transform=ax.transAxes,
        ha="right",
        va="top",
        fontsize=8.5,
    )


def _short(number: float) -> str:
    return f"{number:.2g}" if number < 100 else f"{number:,.0f}"


def _draw_cells(ax: Axes, x: float, y: float, shape: tuple[int, int], colour: str) -> None:
    for row in range(shape[0]):
        for column in range(shape[1]):
            ax.add_patch(plt.Rectangle((x + column, y + row), 1, 1, facecolor=colour, edgecolor="white"))


def _draw_surface(ax: Axes, surface: Surface) -> None:
    x1, x2, y1, y2 = surface.extent
    grid_x, grid_y = np.meshgrid(np.linspace(x1, x2, 120), np.linspace(y1, y2, 120))
    heights = surface.value(grid_x, grid_y)
    levels = np.quantile(heights, np.linspace(0.01, 0.99, 18))
    ax.contour(grid_x, grid_y, heights, levels=levels, colors="#BDBDBD", linestyles="solid", linewidths=0.8)
    ax.set(xlim=(x1, x2), ylim=(y1, y2), title=surface.name, xlabel="$w$", ylabel="$b$")


def _path_style(number: int) -> dict[str, Any]:
    return {
        "color": COLOURS[number % 7],
        "linestyle": DASHES[number % 7],
        "marker": MARKERS[number % 7],
        "markersize": 5,
        "linewidth": 1.5,
    }
