"""How fast the training loop is, and how many times as long PyTorch and scikit-learn take for the same steps.

    python -m benchmarks.training [--repeats 5] [--steps 3000]

The network [2, 10, 5, 1] on the 300 circles, on all examples at once and in batches of 64: the same start, the
same examples in the same batches, plain gradient descent in double precision, no cost recorded on the way where
that can be switched off. All rivals take turns, several times over; medians and their ratios are printed. Before
that, every rival must have arrived at the same weights.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import platform
import statistics
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from utils.datasets import load_circles
from utils.network import backward_propagation, forward_propagation, update_parameters
from utils.training import gradient_descent, train

SIZES = [2, 10, 5, 1]
RATE = 0.01
LAYERS = (1, 2, 3)


@dataclass(frozen=True)
class Job:
    """The same work for everybody."""

    name: str
    parameters: dict[str, Any]
    batches: list[tuple[Any, Any]]
    """The batches (X_b, Y_b) of every epoch."""
    num_epochs: int

    @property
    def num_steps(self) -> int:
        return self.num_epochs * len(self.batches)


Run = Callable[[], dict[str, Any]]
"""Trains from the start; returns the parameters it arrives at."""


def make_job(name: str, batch_size: int, num_steps: int) -> Job:
    X, Y, _, _ = load_circles()
    rng = np.random.RandomState(0)
    parameters = {}
    for layer, (n_prev, n) in enumerate(pairwise(SIZES), start=1):
        parameters[f"W{layer}"] = rng.randn(n, n_prev) * np.sqrt(2 / n_prev)
        parameters[f"b{layer}"] = np.zeros((n, 1))
    starts = range(0, X.shape[1], batch_size)
    batches = [(X[:, i : i + batch_size], Y[:, i : i + batch_size]) for i in starts]
    return Job(name, parameters, batches, max(1, num_steps // len(batches)))


def ours(job: Job, **options: Any) -> Run:
    """utils.training.train."""
    X, Y = (np.concatenate(parts, axis=1) for parts in zip(*job.batches, strict=True))
    if len(job.batches) > 1:
        options["batches"] = lambda epoch: job.batches
    options |= {"record_every": job.num_epochs, "progress": False}

    def run() -> dict[str, Any]:
        return train(
            X, Y, job.parameters, learning_rate=RATE, num_iterations=job.num_epochs, **options
        ).parameters

    return run


def ours_with_a_students_update(job: Job) -> Run:
    """train with an update function on dictionaries, as students write it."""
    return ours(job, optimizer=gradient_descent(update_parameters))


def plain_functions(job: Job) -> Run:
    """The functions of utils.network in the loop that a student would write."""

    def run() -> dict[str, Any]:
        parameters = job.parameters
        for _ in range(job.num_epochs):
            for X, Y in job.batches:
                _, cache = forward_propagation(X, parameters)
                parameters = update_parameters(parameters, backward_propagation(X, Y, cache), RATE)
        return parameters

    return run


def scikit_learn(job: Job) -> Run:
    """scikit-learn MLPClassifier.fit, SGD without momentum, penalty or shuffling; it computes every cost too."""
    from sklearn.neural_network import MLPClassifier

    X = np.concatenate([X for X, _ in job.batches], axis=1).T.copy()
    labels = np.concatenate([Y for _, Y in job.batches], axis=1)[0].astype(int)
    model = MLPClassifier(
        SIZES[1:-1],
        solver="sgd",
        alpha=0.0,
        momentum=0.0,
        nesterovs_momentum=False,
        learning_rate_init=RATE,
        batch_size=job.batches[0][0].shape[1],
        shuffle=False,
        warm_start=True,
        max_iter=job.num_epochs,
        n_iter_no_change=10**9,
    )
    model.partial_fit(X, labels, classes=[0, 1])  # makes its arrays, which each run fills anew

    def run() -> dict[str, Any]:
        model.coefs_ = [job.parameters[f"W{layer}"].T.copy() for layer in LAYERS]
        model.intercepts_ = [job.parameters[f"b{layer}"][:, 0].copy() for layer in LAYERS]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # "maximum iterations reached": that is the job
            model.fit(X, labels)
        weights = {f"W{layer}": model.coefs_[layer - 1].T for layer in LAYERS}
        return weights | {f"b{layer}": model.intercepts_[layer - 1][:, np.newaxis] for layer in LAYERS}

    return run


def pytorch(job: Job, threads: int | None = None) -> Run:
    """PyTorch on the CPU: nn.Sequential, BCEWithLogitsLoss, optim.SGD, in double precision."""
    import torch
    from torch import nn

    default = torch.get_num_threads()
    batches = [(torch.tensor(X.T.copy()), torch.tensor(Y.T.copy())) for X, Y in job.batches]
    layers = [nn.Linear(n_prev, n, dtype=torch.float64) for n_prev, n in pairwise(SIZES)]
    model = nn.Sequential(layers[0], nn.ReLU(), layers[1], nn.ReLU(), layers[2])
    loss = nn.BCEWithLogitsLoss()

    def run() -> dict[str, Any]:
        torch.set_num_threads(threads or default)
        with torch.no_grad():
            for number, layer in zip(LAYERS, layers, strict=True):
                layer.weight.copy_(torch.tensor(job.parameters[f"W{number}"]))
                layer.bias.copy_(torch.tensor(job.parameters[f"b{number}"][:, 0]))
        optimizer = torch.optim.SGD(model.parameters(), lr=RATE)
        for _ in range(job.num_epochs):
            for X, Y in batches:
                optimizer.zero_grad()
                loss(model(X), Y).backward()
                optimizer.step()
        torch.set_num_threads(default)
        weights = {f"W{n}": layer.weight.detach().numpy() for n, layer in zip(LAYERS, layers, strict=True)}
        biases = {
            f"b{n}": layer.bias.detach().numpy()[:, None] for n, layer in zip(LAYERS, layers, strict=True)
        }
        return weights | biases

    return run


def rivals() -> dict[str, Callable[[Job], Run]]:
    """Everybody who can take part on this machine, ours first."""
    found: dict[str, Callable[[Job], Run]] = {
        "train": ours,
        "train, a student's update": ours_with_a_students_update,
        "utils.network in a plain loop": plain_functions,
        "scikit-learn MLPClassifier": scikit_learn,
    }
    if importlib.util.find_spec("torch"):
        import torch

        found["PyTorch, 1 thread"] = lambda job: pytorch(job, threads=1)
        found[f"PyTorch, default threads ({torch.get_num_threads()})"] = pytorch
    else:
        print("PyTorch is not installed, so it does not take part (make peers installs it).")
    return found


def measure(job: Job, entrants: dict[str, Callable[[Job], Run]], num_repeats: int) -> dict[str, float]:
    """Median seconds of each rival. Raises RuntimeError when somebody arrives at other weights."""
    runs = {name: prepare(job) for name, prepare in entrants.items()}
    reference = runs["train"]()
    for name, run in runs.items():
        arrived = run()
        if not all(
            np.allclose(arrived[key], value, rtol=1e-7, atol=1e-9) for key, value in reference.items()
        ):
            raise RuntimeError(f"{name} did not do the same work on the job {job.name}: its weights differ.")
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(num_repeats):
        for name, run in runs.items():
            began = time.perf_counter()
            run()
            seconds[name].append(time.perf_counter() - began)
    return {name: statistics.median(values) for name, values in seconds.items()}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repeats", type=int, default=5, help="rounds in which all rivals take turns")
    parser.add_argument("--steps", type=int, default=3000, help="updates in each run")
    options = parser.parse_args()
    versions = f"Python {platform.python_version()}, NumPy {np.__version__}"
    print(f"{versions}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    entrants = rivals()
    for name, batch_size in (("full batch, 300 examples", 300), ("mini-batches of 64 (the last of 44)", 64)):
        job = make_job(name, batch_size, options.steps)
        medians = measure(job, entrants, options.repeats)
        print(f"\n{name}: {job.num_steps} steps, median of {options.repeats}")
        for rival, seconds in medians.items():
            ratio = seconds / medians["train"]
            print(
                f"  {rival:<34} {job.num_steps / seconds:>9,.0f} steps/s   {ratio:5.2f} times as long as train"
            )


if __name__ == "__main__":
    main()
