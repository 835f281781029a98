"""The given passes agree with independent implementations, stay quiet, and import no more than NumPy."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from autograd import grad
from autograd import numpy as anp
from optimizers import draw

from utils.network import (
    accuracy,
    backward_propagation,
    compute_cost,
    forward_propagation,
    hidden_activations,
    layer_sizes,
    predict,
    relu,
    sigmoid,
    update_parameters,
)

NETS = [[3, 1], [2, 4, 1], [4, 5, 3, 1], [3, 6, 4, 2, 1], [2, 5, 4, 3, 3, 1]]


def case(sizes: list[int], seed: int = 0, m: int = 7) -> tuple[Any, Any, dict[str, Any]]:
    rng = np.random.RandomState(seed)
    parameters = draw(sizes, seed + 100)
    for name in parameters:
        if name.startswith("b"):
            parameters[name] = 0.3 * rng.randn(*parameters[name].shape)
    return rng.randn(sizes[0], m), (rng.rand(1, m) > 0.5).astype(float), parameters


def independent_cost(parameters: dict[str, Any], X: Any, Y: Any) -> Any:
    """The same network in the words of autograd, cross-entropy from the logits."""
    depth = len(parameters) // 2
    A = X
    for layer in range(1, depth + 1):
        Z = anp.dot(parameters[f"W{layer}"], A) + parameters[f"b{layer}"]
        A = anp.maximum(Z, 0)
    return anp.mean(anp.logaddexp(0, Z) - Y * Z)


@pytest.mark.parametrize("sizes", NETS, ids=str)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_cost_and_gradients_agree_with_autograd(sizes: list[int], seed: int) -> None:
    X, Y, parameters = case(sizes, seed)
    A_L, cache = forward_propagation(X, parameters)
    assert compute_cost(A_L, Y) == pytest.approx(float(independent_cost(parameters, X, Y)), rel=1e-12)
    expected = grad(independent_cost)(parameters, X, Y)
    gradients = backward_propagation(X, Y, cache)
    for name, value in expected.items():
        np.testing.assert_allclose(gradients["d" + name], value, rtol=1e-10, atol=1e-14, err_msg=name)


@pytest.mark.parametrize("sizes", NETS, ids=str)
def test_cost_and_gradients_agree_with_pytorch(sizes: list[int]) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed (make peers installs it)")
    X, Y, parameters = case(sizes)
    tensors = {name: torch.tensor(value, requires_grad=True) for name, value in parameters.items()}
    A = torch.tensor(X)
    for layer in range(1, len(sizes)):
        Z = tensors[f"W{layer}"] @ A + tensors[f"b{layer}"]
        A = torch.relu(Z)
    cost = torch.nn.functional.binary_cross_entropy_with_logits(Z, torch.tensor(Y))
    cost.backward()
    A_L, cache = forward_propagation(X, parameters)
    assert compute_cost(A_L, Y) == pytest.approx(cost.item(), rel=1e-12)
    gradients = backward_propagation(X, Y, cache)
    for name, tensor in tensors.items():
        np.testing.assert_allclose(gradients["d" + name], tensor.grad.numpy(), rtol=1e-10, atol=1e-14)


def test_cache_has_the_layout_that_students_unpack() -> None:
    X, _, parameters = case([4, 5, 3, 1])
    A_L, cache = forward_propagation(X, parameters)
    Z1, A1, W1, b1, Z2, A2, W2, b2, Z3, A3, W3, b3 = cache
    assert A3 is A_L
    for array, name in zip((W1, b1, W2, b2, W3, b3), ("W1", "b1", "W2", "b2", "W3", "b3"), strict=True):
        assert array is parameters[name]
    for A_prev, Z, A, W, b in ((X, Z1, A1, W1, b1), (A1, Z2, A2, W2, b2)):
        np.testing.assert_allclose(Z, W @ A_prev + b)
        np.testing.assert_array_equal(A, np.where(Z > 0, Z, 0))
    np.testing.assert_allclose(A3, 1 / (1 + np.exp(-Z3)))
    hidden = hidden_activations(cache)
    assert len(hidden) == 2
    assert hidden[0] is A1
    assert hidden[1] is A2


def test_backward_returns_every_name_of_the_field_in_the_right_shape() -> None:
    X, Y, parameters = case([4, 5, 3, 1])
    gradients = backward_propagation(X, Y, forward_propagation(X, parameters)[1])
    shapes = {name: value.shape for name, value in gradients.items()}
    assert shapes == {
        "dZ3": (1, 7),
        "dW3": (1, 3),
        "db3": (1, 1),
        "dA2": (3, 7),
        "dZ2": (3, 7),
        "dW2": (3, 5),
        "db2": (3, 1),
        "dA1": (5, 7),
        "dZ1": (5, 7),
        "dW1": (5, 4),
        "db1": (5, 1),
    }


def test_sigmoid_and_relu_far_out() -> None:
    z = np.array([[-1e308, -1000.0, -709.0, 0.0, 40.0, 1e308]])
    np.testing.assert_allclose(sigmoid(z), [[0, 0, np.exp(-709.0), 0.5, 1, 1]], rtol=1e-14)
    np.testing.assert_array_equal(relu(z), [[0, 0, 0, 0, 40.0, 1e308]])
    assert sigmoid(np.array(0)) == 0.5
    assert np.isnan(sigmoid(np.array([np.nan]))).all()


def test_cost_at_the_ends() -> None:
    A, Y = np.array([[0.0, 1.0]]), np.array([[0.0, 1.0]])
    assert str(compute_cost(A, Y)) == "0.0"
    assert compute_cost(A, 1 - Y) == np.inf
    assert np.isnan(compute_cost(np.array([[np.nan, 0.5]]), Y))
    assert compute_cost(np.full((1, 3), 0.5), np.array([[0, 1, 1]])) == pytest.approx(np.log(2), rel=1e-15)


def test_predict_accuracy_and_update() -> None:
    X = np.array([[-2.0, -1.0, 0.0, 3.0]])
    parameters = {"W1": np.array([[1.0]]), "b1": np.array([[0.0]])}
    np.testing.assert_array_equal(predict(X, parameters), [[0, 0, 0, 1]])  # exactly one half is class 0
    assert accuracy(X, np.array([[0, 1, 0, 1]]), parameters) == 0.75
    gradients = {"dW1": np.array([[2.0]]), "db1": np.array([[-1.0]]), "dZ1": np.zeros((1, 4))}
    updated = update_parameters(parameters, gradients, 0.5)
    assert (updated["W1"].item(), updated["b1"].item()) == (0.0, 0.5)
    assert parameters["W1"].item() == 1.0


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"W1": np.zeros((2, 5))}, "W2 has shape (3, 5), but it needs 2 columns, one per unit of layer 1."),
        ({"b2": np.zeros(3)}, "b2 has shape (3,), but beside W2 (3, 5) it must be (3, 1)."),
        ({"b2": None}, "parameters has no entry b2, only W1, b1, W2, W3, b3."),
        ({"W2": np.zeros(3)}, "W2 has shape (3,), but a weight matrix has two dimensions."),
        (
            {"W1": None, "W2": None, "W3": None},
            "parameters has no entry W1: a network needs W1, b1, W2, b2, ...",
        ),
    ],
)
def test_a_misshapen_network_is_named_in_one_sentence(change: dict[str, Any], sentence: str) -> None:
    parameters = draw([4, 5, 3, 1]) | change
    parameters = {name: value for name, value in parameters.items() if value is not None}
    if change.keys() == {"W1"}:
        parameters["b1"] = np.zeros((2, 1))
    with pytest.raises(ValueError) as error:  # noqa: PT011
        layer_sizes(parameters)
    assert str(error.value) == sentence


def test_forward_names_the_layer_whose_shapes_do_not_fit() -> None:
    parameters = draw([2, 3, 1])
    parameters["W2"] = parameters["W2"].T
    with pytest.raises(
        ValueError, match=r"Layer 2 .* W2 \(3, 1\) times an input \(3, 4\) plus b2 \(1, 1\)\."
    ):
        forward_propagation(np.zeros((2, 4)), parameters)


def modules_after(statement: str) -> set[str]:
    """The top-level names that a fresh interpreter has imported after this statement."""
    code = f"{statement}; import sys; print(*{{name.partition('.')[0] for name in sys.modules}})"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(result.stdout.split())


HEAVY = {"matplotlib", "sklearn", "scipy", "h5py", "tqdm", "IPython", "PIL", "autograd", "torch"}


@pytest.mark.parametrize("module", ["network", "vectors", "datasets", "training", "surfaces"])
def test_light_modules_import_numpy_only(module: str) -> None:
    assert not modules_after(f"import utils.{module}") & HEAVY


def global_state() -> bytes:
    kind, keys, position, has_gauss, cached = np.random.get_state(legacy=True)  # type: ignore[misc]
    return bytes(keys) + repr((kind, position, has_gauss, cached)).encode()


def helpers() -> list[Callable[[], Any]]:
    from utils import datasets, plots, training

    X, Y, parameters = case([2, 3, 1])
    rest = {"learning_rate": 0.1, "num_iterations": 3, "progress": False}
    return [
        datasets.load_circles,
        datasets.load_moons,
        datasets.load_noisy_border,
        lambda: datasets.generate_noisy_border(5),
        lambda: forward_propagation(X, parameters),
        lambda: training.train(X, Y, parameters, **rest),  # type: ignore[arg-type]
        lambda: plots.plot_decision_boundary(parameters, X, Y, resolution=10),
    ]


def test_no_helper_touches_the_global_generator() -> None:
    np.random.seed(7)
    before = global_state()
    for helper in helpers():
        helper()
        assert global_state() == before
