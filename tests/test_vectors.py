"""Parameters as one column and back."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from optimizers import draw
from published import SWEEP

from utils.network import backward_propagation, compute_cost, forward_propagation
from utils.vectors import (
    GRADIENT_CHECKING_NET,
    dictionary_to_vector,
    gradients_to_vector,
    vector_to_dictionary,
)


@pytest.mark.parametrize(
    "sizes", [[3, 1], [2, 4, 1], [4, 5, 3, 1], [2, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1]], ids=str
)
def test_round_trip(sizes: list[int]) -> None:
    parameters = draw(sizes, seed=1)
    theta, names = dictionary_to_vector(parameters)
    assert theta.shape == (len(names), 1)
    back = vector_to_dictionary(theta, sizes)
    assert list(back) == list(parameters)
    for name, value in parameters.items():
        np.testing.assert_array_equal(back[name], value)
        assert not np.shares_memory(back[name], theta)
        assert not np.shares_memory(theta, value)


def test_order_is_layer_by_layer_and_row_by_row_whatever_the_dictionary() -> None:
    parameters = {
        "b2": [[60.0]],
        "W2": np.array([[40.0, 50.0]]),
        "b1": np.array([[20.0], [30.0]]),
        "W1": np.array([[1.0, 2.0], [3.0, 4.0]]),
    }
    theta, names = dictionary_to_vector(parameters)
    assert theta.ravel().tolist() == [1, 2, 3, 4, 20, 30, 40, 50, 60]
    assert names == ["W1"] * 4 + ["b1"] * 2 + ["W2"] * 2 + ["b2"]


def test_gradients_come_in_the_same_order_without_the_rest() -> None:
    X, Y = np.random.RandomState(0).randn(4, 3), np.array([[1, 1, 0]])
    parameters = draw(list(GRADIENT_CHECKING_NET))
    gradients = backward_propagation(X, Y, forward_propagation(X, parameters)[1])
    column = gradients_to_vector(dict(sorted(gradients.items())))
    as_parameters = {name[1:]: value for name, value in gradients.items() if name[1] in "Wb"}
    np.testing.assert_array_equal(column, dictionary_to_vector(as_parameters)[0])


def published_case() -> tuple[Any, Any, dict[str, Any]]:
    """Seed 1, then X, W1, b1, W2, b2, W3, b3 in that order."""
    rng = np.random.RandomState(1)
    X = rng.randn(4, 3)
    shapes = {"W1": (5, 4), "b1": (5, 1), "W2": (3, 5), "b2": (3, 1), "W3": (1, 3), "b3": (1, 1)}
    return X, np.array([[1, 1, 0]]), {name: rng.randn(*shape) for name, shape in shapes.items()}


def difference(gradients: dict[str, Any], epsilon: float, one_sided: bool = False) -> float:
    """The relative difference between these gradients and numerical ones on the published case."""
    X, Y, parameters = published_case()
    theta, _ = dictionary_to_vector(parameters)

    def cost(vector: Any) -> float:
        return compute_cost(forward_propagation(X, vector_to_dictionary(vector))[0], Y)

    numerical = np.zeros_like(theta)
    for i in range(theta.size):
        step = np.zeros_like(theta)
        step[i] = epsilon
        low, width = (theta, epsilon) if one_sided else (theta - step, 2 * epsilon)
        numerical[i] = (cost(theta + step) - cost(low)) / width
    exact = gradients_to_vector(gradients)
    norm = np.linalg.norm
    return float(norm(exact - numerical) / (norm(exact) + norm(numerical)))


def published_gradients(dW2: float = 1.0, db1: float = 1.0) -> dict[str, Any]:
    X, Y, parameters = published_case()
    gradients = backward_propagation(X, Y, forward_propagation(X, parameters)[1])
    return gradients | {"dW2": dW2 * gradients["dW2"], "db1": db1 * gradients["db1"]}


def test_published_cost_and_size_of_gradient_checking() -> None:
    X, Y, parameters = published_case()
    assert compute_cost(forward_propagation(X, parameters)[0], Y) == pytest.approx(
        2.407833389834357, rel=1e-12
    )
    assert dictionary_to_vector(parameters)[0].shape == (47, 1)


def test_published_differences_of_gradient_checking() -> None:
    assert difference(published_gradients(2, 4), 1e-7) == pytest.approx(0.2850931567761623, rel=1e-6)
    assert difference(published_gradients(1, 4), 1e-7) == pytest.approx(0.25442297, rel=1e-6)
    assert difference(published_gradients(2, 1), 1e-7) == pytest.approx(0.17344197, rel=1e-6)
    assert difference(published_gradients(), 1e-7) == pytest.approx(1.1890913024229996e-07, rel=1e-2)


@pytest.mark.parametrize(("epsilon", "published"), SWEEP.items())
def test_error_of_a_right_gradient_falls_and_rises_with_epsilon(epsilon: float, published: float) -> None:
    assert difference(published_gradients(), epsilon) == pytest.approx(published, rel=0.1)


@pytest.mark.parametrize(("epsilon", "published"), [(1e-4, 1.9e-6), (1e-7, 1.7e-7)])
def test_one_sided_differences_are_worse(epsilon: float, published: float) -> None:
    assert difference(published_gradients(), epsilon, one_sided=True) == pytest.approx(published, rel=0.1)


def test_a_vector_of_the_wrong_length_is_refused_in_one_sentence() -> None:
    message = r"^theta holds 46 numbers, but a network \[4, 5, 3, 1\] has 47 parameters\.$"
    with pytest.raises(ValueError, match=message):
        vector_to_dictionary(np.zeros((46, 1)))
    with pytest.raises(
        ValueError, match=r"^theta holds 2 numbers, but a network \[2, 1\] has 3 parameters\.$"
    ):
        vector_to_dictionary(np.zeros(2), [2, 1])
    with pytest.raises(ValueError, match=r"a network \[3\] has 0 parameters\.$"):
        vector_to_dictionary(np.zeros(2), [3])


def test_missing_entries_are_named() -> None:
    parameters = draw([2, 3, 1])
    del parameters["b1"]
    with pytest.raises(ValueError, match=r"^parameters has no entry b1, only W1, W2, b2\.$"):
        dictionary_to_vector(parameters)
    with pytest.raises(ValueError, match=r"^gradients has no entry db1, only dW1, dA0\.$"):
        gradients_to_vector({"dW1": np.zeros((2, 2)), "dA0": np.zeros((2, 2))})
    with pytest.raises(ValueError, match=r"^gradients has no entry dW1, only nothing\.$"):
        gradients_to_vector({})
