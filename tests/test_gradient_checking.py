"""The figures that the notebook *gradient checking* quotes, computed with the notebook's own cells."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from published import SWEEP
from source_cells import cells_of

from utils.vectors import dictionary_to_vector, vector_to_dictionary


@pytest.fixture(scope="module")
def cells() -> dict[str, str]:
    return cells_of("gradient_checking")


@pytest.fixture
def notebook(cells: dict[str, str]) -> dict[str, Any]:
    """The names that the notebook defines up to the repair."""
    space: dict[str, Any] = {}
    for name in ("imports", "forward", "backward", "check", "given_forward", "given_backward", "check_n"):
        exec(cells[name], space)
    return space


def difference(space: dict[str, Any], backward: Any, epsilon: float = 1e-7) -> float:
    X, Y, parameters = space["example_net"]()
    _, cache = space["forward_propagation_n"](X, Y, parameters)
    return float(space["gradient_check_n"](parameters, backward(X, Y, cache), X, Y, epsilon))


@pytest.mark.parametrize(
    ("x", "theta", "figure"), [(2, 4, 2.919335883291695e-10), (3, 4, 7.814075313343006e-11)]
)
def test_one_number(notebook: dict[str, Any], x: float, theta: float, figure: float) -> None:
    assert notebook["gradient_check"](x, theta) == pytest.approx(figure, rel=1e-3)


def test_the_network_of_the_text(notebook: dict[str, Any]) -> None:
    X, Y, parameters = notebook["example_net"]()
    cost, _ = notebook["forward_propagation_n"](X, Y, parameters)
    theta, names = dictionary_to_vector(parameters)
    assert cost == pytest.approx(2.407833389834357, rel=1e-12)
    assert theta.shape == (47, 1)
    assert (names[20], names[46]) == ("b1", "b3")
    back = vector_to_dictionary(theta)
    assert all(np.array_equal(back[name], parameters[name]) for name in parameters)


def test_difference_as_handed_out(notebook: dict[str, Any]) -> None:
    assert difference(notebook, notebook["handed_out"]) == pytest.approx(0.2850931567761623, rel=1e-6)


def test_difference_when_mended(notebook: dict[str, Any], cells: dict[str, str]) -> None:
    exec(cells["repaired"], notebook)
    assert difference(notebook, notebook["backward_propagation_n"]) == pytest.approx(1.189e-7, rel=1e-2)


@pytest.mark.parametrize(
    ("fault", "mended", "figure"), [(r" \* 2\n", "\n", 0.25442297), ("= 4 / m", "= 1 / m", 0.17344197)]
)
def test_difference_when_half_mended(
    notebook: dict[str, Any], cells: dict[str, str], fault: str, mended: str, figure: float
) -> None:
    text, count = re.subn(fault, mended, cells["given_backward"])
    assert count == 1
    exec(text, notebook)
    assert difference(notebook, notebook["backward_propagation_n"]) == pytest.approx(figure, rel=1e-6)


@pytest.mark.parametrize(("epsilon", "figure"), SWEEP.items())
def test_the_sweep(notebook: dict[str, Any], cells: dict[str, str], epsilon: float, figure: float) -> None:
    exec(cells["repaired"], notebook)
    assert difference(notebook, notebook["backward_propagation_n"], epsilon) == pytest.approx(
        figure, rel=0.05
    )
