# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Regularization
#
# A network that fits every training example has learned the noise as well. Here you make it stop:
#
# - you add an **L2 penalty** to the cost and to the gradient;
# - you write **dropout**, forward and backward;
# - you measure on eight data sets whether the two help;
# - you find out why a seed in the wrong place makes dropout look better than it is.
#
# You need: forward and backward propagation, seen once. **50 points**, about two and a half hours.

# %% [markdown]
# **How it works.** Run the cells in order with Shift+Enter. Where a cell says `# YOUR CODE HERE`, write your answer and take out the line `raise NotImplementedError()`. The cells below it check your answer on a few examples; your mark comes from other examples of the same kind.

# %% nbgrader={"grade": false, "grade_id": "imports", "locked": true, "schema_version": 3, "solution": false, "task": false}
import numpy as np

from utils.checks import check, check_answer
from utils.network import compute_cost, forward_propagation, relu, sigmoid

# %% [markdown]
# ## 1. Data that nobody can learn by heart
#
# Each point has two coordinates, and its label says on which side of a straight line it lies. But the line is blurred: near it, chance decides. Whoever knows the line itself is right about 86 % of new points, and nobody can expect more. We have 211 points to learn from and 2000 new ones to test on.

# %% nbgrader={"grade": false, "grade_id": "demo_data", "locked": true, "schema_version": 3, "solution": false, "task": false}
from utils.datasets import best_accuracy_noisy_border, load_noisy_border
from utils.network import accuracy
from utils.plots import plot_accuracies, plot_costs, plot_decision_boundaries
from utils.training import train

draws = [load_noisy_border(number) for number in range(8)]  # eight data sets from the same source
data = draws[0]
best = np.mean([best_accuracy_noisy_border(draw) for draw in draws])
print(f"The line itself is right about {best:.1%} of new points.")
plot_decision_boundaries(
    {"the line behind the data": lambda points: points[1] - 1.3 * points[0] > 0.2}, data.X_train, data.Y_train
)

# %% [markdown]
# Every network below is trained by `model`: `lambd` switches your L2 penalty on, `keep_prob` your dropout. With neither it is plain gradient descent. The weights always begin at the same values.
#
# **Before you run the next cell, predict:** the net has 20 and 3 hidden units. Will 6000 steps be better than 600 on the training points? On new ones?


# %% nbgrader={"grade": false, "grade_id": "demo_model", "locked": true, "schema_version": 3, "solution": false, "task": false}
def starting_weights(layers_dims, seed=3):
    """W = N(0, 1) / sqrt(n_prev), b = 0; a stream of its own, so that no other seed is touched."""
    stream = np.random.RandomState(seed)
    parameters = {}
    for l in range(1, len(layers_dims)):
        shape = (layers_dims[l], layers_dims[l - 1])
        parameters[f"W{l}"] = stream.randn(*shape) / np.sqrt(layers_dims[l - 1])
        parameters[f"b{l}"] = np.zeros((layers_dims[l], 1))
    return parameters


SMALL, WIDE = (2, 20, 3, 1), (2, 64, 64, 1)  # layer widths


def model(X, Y, learning_rate=0.3, num_iterations=30000, print_cost=True, lambd=0, keep_prob=1, dims=SMALL):
    """Train a network and return its history: .parameters, .costs."""
    passes = {}
    if lambd:
        passes["cost"] = lambda A3, Y, p: compute_cost_with_regularization(A3, Y, p, lambd)
        passes["backward"] = lambda X, Y, cache: backward_propagation_with_regularization(X, Y, cache, lambd)
    if keep_prob < 1:
        passes["forward"] = lambda X, p: forward_propagation_with_dropout(X, p, keep_prob)
        passes["backward"] = lambda X, Y, cache: backward_propagation_with_dropout(X, Y, cache, keep_prob)
    passes |= {"learning_rate": learning_rate, "num_iterations": num_iterations}
    return train(X, Y, starting_weights(dims), **passes, record_every=20, progress=print_cost)


def shares(parameters, split):
    old = accuracy(split.X_train, split.Y_train, parameters)
    new = accuracy(split.X_test, split.Y_test, parameters)
    return f"{old:.1%} of the old points, {new:.1%} of the new"


steps = {}
for n in (600, 6000):
    steps[n] = model(data.X_train, data.Y_train, 0.5, n, print_cost=f"{n} steps").parameters
for n, parameters in steps.items():
    print(f"after {n} steps: {shares(parameters, data)}")
plot_decision_boundaries({f"{n} steps": p for n, p in steps.items()}, data.X_train, data.Y_train)

# %% [markdown]
# The longer training gained on the old points and lost on the new: it bent the border around single points. This is **overfitting**. One cure is to stop early, if you can tell when. This notebook is about two others, which let you train on.

# %% [markdown]
# ## 2. The L2 penalty
#
# Sharp bends need large weights. So let weights cost something:
#
# $$J = \underbrace{-\frac1m\sum_{i=1}^m \left(y^{(i)}\log a^{(i)} + (1-y^{(i)})\log(1-a^{(i)})\right)}_{\text{cross-entropy}} + \underbrace{\frac{\lambda}{2m}\left(\sum W_1^2 + \sum W_2^2 + \sum W_3^2\right)}_{\text{penalty}}$$
#
# The sums run over all entries of a matrix. The biases cost nothing. (The name is `lambd` because `lambda` is a word of Python.)
#
# **Write `compute_cost_with_regularization`.** `compute_cost(A3, Y)` gives you the cross-entropy.


# %% nbgrader={"grade": false, "grade_id": "cost", "locked": false, "schema_version": 3, "solution": true, "task": false}
def compute_cost_with_regularization(A3, Y, parameters, lambd):
    """The cross-entropy plus the L2 penalty.

    A3 -- predictions, shape (1, m)
    Y -- labels 0 and 1, shape (1, m)
    parameters -- dictionary with W1, b1, W2, b2, W3, b3
    lambd -- the weight of the penalty, a number

    Returns the cost, a number.
    """
    ### BEGIN SOLUTION
    m = Y.shape[1]
    cross_entropy_cost = compute_cost(A3, Y)
    L2_cost = 0
    for l in [1, 2, 3]:
        L2_cost += np.sum(parameters["W" + str(l)] ** 2)
    L2_cost = L2_cost * lambd / (2 * m)
    return cross_entropy_cost + L2_cost
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_cost_cross_entropy", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
# With nothing to add, the cost is the cross-entropy. (3 points)
check(compute_cost_with_regularization, "cross-entropy")
### BEGIN HIDDEN TESTS
from grading.verify import verify

verify(compute_cost_with_regularization, "cross-entropy")
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_cost_scale", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
# The squares are multiplied by lambd / (2m). (4 points)
check(compute_cost_with_regularization, "scale")
### BEGIN HIDDEN TESTS
from grading.verify import verify

verify(compute_cost_with_regularization, "scale")
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_cost_weights", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
# The penalty takes every W, and no b. (3 points)
check(compute_cost_with_regularization, "weights")
### BEGIN HIDDEN TESTS
from grading.verify import verify

verify(compute_cost_with_regularization, "weights")
### END HIDDEN TESTS

# %% [markdown]
# Now the gradient. The penalty adds its own derivative to each $dW$, and nothing to the rest:
#
# $$\frac{\partial}{\partial W_l}\,\frac{\lambda}{2m}\sum W_l^2 = \frac{\lambda}{m}\,W_l$$
#
# **Write `backward_propagation_with_regularization`.** `dZ` and `dA` are not divided by m, `dW` and `db` are, as in the formulas you know: $dW_l = \frac1m\,dZ_l\,A_{l-1}^T$, $dA_{l-1} = W_l^T\,dZ_l$.


# %% nbgrader={"grade": false, "grade_id": "backward_l2", "locked": false, "schema_version": 3, "solution": true, "task": false}
def backward_propagation_with_regularization(X, Y, cache, lambd):
    """The gradients of the cost with the L2 penalty.

    X -- inputs, shape (n_x, m)
    Y -- labels 0 and 1, shape (1, m)
    cache -- (Z1, A1, W1, b1, Z2, A2, W2, b2, Z3, A3, W3, b3) of forward_propagation
    lambd -- the weight of the penalty, a number

    Returns a dictionary with dZ3, dW3, db3, dA2, dZ2, dW2, db2, dA1, dZ1, dW1, db1,
    each in the shape of what it belongs to.
    """
    (Z1, A1, W1, b1, Z2, A2, W2, b2, Z3, A3, W3, b3) = cache
    m = X.shape[1]
    dZ3 = A3 - Y
    ### BEGIN SOLUTION
    dW3 = 1 / m * np.dot(dZ3, A2.T) + lambd / m * W3
    db3 = 1 / m * np.sum(dZ3, axis=1, keepdims=True)
    dA2 = np.dot(W3.T, dZ3)
    dZ2 = dA2 * (A2 > 0)
    dW2 = 1 / m * np.dot(dZ2, A1.T) + lambd / m * W2
    db2 = 1 / m * np.sum(dZ2, axis=1, keepdims=True)
    dA1 = np.dot(W2.T, dZ2)
    dZ1 = dA1 * (A1 > 0)
    dW1 = 1 / m * np.dot(dZ1, X.T) + lambd / m * W1
    db1 = 1 / m * np.sum(dZ1, axis=1, keepdims=True)
    ### END SOLUTION
    return {
        "dZ3": dZ3, "dW3": dW3, "db3": db3,
        "dA2": dA2, "dZ2": dZ2, "dW2": dW2, "db2": db2,
        "dA1": dA1, "dZ1": dZ1, "dW1": dW1, "db1": db1,
    }  # fmt: skip


# %% nbgrader={"grade": true, "grade_id": "test_backward_l2_weights", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
# Each dW gains lambd / m times its own W. (6 points)
check(backward_propagation_with_regularization, "weights")
### BEGIN HIDDEN TESTS
from grading.verify import verify

verify(backward_propagation_with_regularization, "weights")
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_backward_l2_rest", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
# dZ, dA and db stay as they are without a penalty. (4 points)
check(backward_propagation_with_regularization, "rest")
### BEGIN HIDDEN TESTS
from grading.verify import verify

verify(backward_propagation_with_regularization, "rest")
### END HIDDEN TESTS

# %% [markdown]
# ## 3. Does L2 help?
#
# One run proves nothing: it may have been lucky. So we train on eight data sets, with and without the penalty, everything else the same.
#
# **Predict:** with `lambd = 0.7`, will the accuracy on the *training* points go up or down?

# %% nbgrader={"grade": false, "grade_id": "demo_l2", "locked": true, "schema_version": 3, "solution": false, "task": false}
from utils.training import with_bar


def compare(settings, **common):
    """Train with each of the settings on every draw: the accuracies on old and new points, the parameters."""
    old, new, trained = ({name: [] for name in settings} for _ in range(3))
    for split in with_bar(draws, "data sets"):
        for name, extra in settings.items():
            parameters = model(split.X_train, split.Y_train, print_cost=False, **common, **extra).parameters
            old[name].append(accuracy(split.X_train, split.Y_train, parameters))
            new[name].append(accuracy(split.X_test, split.Y_test, parameters))
            trained[name].append(parameters)
    for name in settings:
        print(f"{name}: {np.mean(old[name]):.1%} of the old points, {np.mean(new[name]):.1%} of the new")
    return new, trained


l2, l2_trained = compare({"without": {}, "L2": {"lambd": 0.7}}, learning_rate=0.5, num_iterations=6000)
plot_accuracies(l2, reference=best)

# %% [markdown]
# Each thin line is a data set: small dots without and with L2. The large mark is the mean, its bar one standard error to either side.
#
# **What you should see:** L2 is worse on the old points, and better on the new: about 85.7 % after 84.5 %, on nearly every data set. That is close to the best possible.

# %% nbgrader={"grade": false, "grade_id": "demo_l2_border", "locked": true, "schema_version": 3, "solution": false, "task": false}
for name, networks in l2_trained.items():
    squares = np.mean([sum(np.sum(p[f"W{l}"] ** 2) for l in (1, 2, 3)) for p in networks])
    print(f"{name}: the squares of all weights add up to {squares:.0f} (mean of the data sets)")
plot_decision_boundaries(
    {name: networks[0] for name, networks in l2_trained.items()}, data.X_train, data.Y_train
)

# %% [markdown]
# The penalty keeps the weights small, and small weights bend the border less. Because each step subtracts a share of $W$ itself, this is also called *weight decay* (Krogh and Hertz, 1992).
#
# Try other values of `lambd` here. What does 0.01 do? And 100?

# %%
lambd = 10
trial = model(data.X_train, data.Y_train, 0.5, 3000, print_cost=False, lambd=lambd).parameters
print(f"lambd = {lambd}: {shares(trial, data)}")
plot_decision_boundaries({f"lambd = {lambd}": trial}, data.X_train, data.Y_train)

# %% [markdown]
# ## 4. Dropout, forward
#
# Dropout (Hinton and others, 2012) makes a hidden unit unreliable on purpose: at each step, for each example, it is switched off with probability `1 - keep_prob`. No unit can lean on one other unit any more.

# %% [markdown]
# A hidden layer gets three more lines after its ReLU:
#
# 1. draw a mask `D` of the shape of `A`: each entry 1 with probability `keep_prob`, else 0 (`True` and `False` will do);
# 2. set `A` to 0 where `D` is 0;
# 3. divide `A` by `keep_prob`, so that its mean stays what it was. This is *inverted* dropout.

# %% [markdown]
# **Write `forward_propagation_with_dropout`.** Both hidden layers get a mask, the output none. `np.random.rand(n, m)` draws uniform numbers from 0 to 1. The `A1` and `A2` of the cache are those after step 3.
#
# Set no seed inside: section 8 shows what that would do.


# %% nbgrader={"grade": false, "grade_id": "forward_dropout", "locked": false, "schema_version": 3, "solution": true, "task": false}
def forward_propagation_with_dropout(X, parameters, keep_prob=0.5):
    """LINEAR -> RELU -> DROPOUT -> LINEAR -> RELU -> DROPOUT -> LINEAR -> SIGMOID.

    X -- inputs, shape (n_x, m)
    parameters -- dictionary with W1, b1, W2, b2, W3, b3
    keep_prob -- the probability that a unit is kept, 0 < keep_prob <= 1

    Returns A3, the predictions, shape (1, m), and
    cache -- (Z1, D1, A1, W1, b1, Z2, D2, A2, W2, b2, Z3, A3, W3, b3),
    where D1 and D2 have the shapes of A1 and A2 and hold 0 and 1 (or False and True).
    """
    W1, b1 = parameters["W1"], parameters["b1"]
    W2, b2 = parameters["W2"], parameters["b2"]
    W3, b3 = parameters["W3"], parameters["b3"]
    ### BEGIN SOLUTION
    Z1 = np.dot(W1, X) + b1
    A1 = relu(Z1)
    D1 = np.random.rand(A1.shape[0], A1.shape[1]) < keep_prob
    A1 = A1 * D1
    A1 = A1 / keep_prob
    Z2 = np.dot(W2, A1) + b2
    A2 = relu(Z2)
    D2 = np.random.rand(A2.shape[0], A2.shape[1]) < keep_prob
    A2 = A2 * D2
    A2 = A2 / keep_prob
    Z3 = np.dot(W3, A2) + b3
    A3 = sigmoid(Z3)
    ### END SOLUTION
    cache = (Z1, D1, A1, W1, b1, Z2, D2, A2, W2, b2, Z3, A3, W3, b3)
    return A3, cache


# %% nbgrader={"grade": true, "grade_id": "test_forward_dropout_masks", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
# Each entry of D1 and D2 is kept with probability keep_prob, independently of all others. (4 points)
check(forward_propagation_with_dropout, "masks")
### BEGIN HIDDEN TESTS
from grading.verify import verify

verify(forward_propagation_with_dropout, "masks")
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_forward_dropout_dropping", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# A1 and A2 are 0 where their masks are. (2 points)
check(forward_propagation_with_dropout, "dropping")
### BEGIN HIDDEN TESTS
from grading.verify import verify

verify(forward_propagation_with_dropout, "dropping")
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_forward_dropout_scaling", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
# What is kept is divided by keep_prob. (3 points)
check(forward_propagation_with_dropout, "scaling")
### BEGIN HIDDEN TESTS
from grading.verify import verify

verify(forward_propagation_with_dropout, "scaling")
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_forward_dropout_pass", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# The rest is an ordinary forward pass, without a mask on the output. (1 point)
check(forward_propagation_with_dropout, "pass")
### BEGIN HIDDEN TESTS
from grading.verify import verify

verify(forward_propagation_with_dropout, "pass")
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_forward_dropout_fresh", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Every call draws new masks. (2 points)
check(forward_propagation_with_dropout, "fresh")
### BEGIN HIDDEN TESTS
from grading.verify import verify

verify(forward_propagation_with_dropout, "fresh")
### END HIDDEN TESTS

# %% [markdown]
# Masks are judged by what they do: shares and independence, never the digits of one seed. So it does not matter in which form or order you draw them.

# %% [markdown]
# ## 5. Dropout, backward
#
# What the forward pass did to `A1` and `A2`, the backward pass does to `dA1` and `dA2`: the same mask, the same division. A unit that was switched off had no part in the cost, so its gradient is 0.

# %% [markdown]
# **Write `backward_propagation_with_dropout`.** The rest is backward propagation without a penalty.
#
# **Think:** the ReLU's derivative already stops the gradient where `A` is 0, and a dropped unit has `A = 0`. Which entries of the result would show a forgotten mask?


# %% nbgrader={"grade": false, "grade_id": "backward_dropout", "locked": false, "schema_version": 3, "solution": true, "task": false}
def backward_propagation_with_dropout(X, Y, cache, keep_prob):
    """The gradients of the cross-entropy of a pass with dropout.

    X -- inputs, shape (n_x, m)
    Y -- labels 0 and 1, shape (1, m)
    cache -- what forward_propagation_with_dropout returned; D1 and D2 hold True and False
    keep_prob -- the probability that a unit was kept

    Returns a dictionary with dZ3, dW3, db3, dA2, dZ2, dW2, db2, dA1, dZ1, dW1, db1,
    where dA2 and dA1 are those after mask and division.
    """
    (Z1, D1, A1, W1, b1, Z2, D2, A2, W2, b2, Z3, A3, W3, b3) = cache
    m = X.shape[1]
    dZ3 = A3 - Y
    ### BEGIN SOLUTION
    dW3 = 1 / m * np.dot(dZ3, A2.T)
    db3 = 1 / m * np.sum(dZ3, axis=1, keepdims=True)
    dA2 = np.dot(W3.T, dZ3)
    dA2 = dA2 * D2
    dA2 = dA2 / keep_prob
    dZ2 = dA2 * (A2 > 0)
    dW2 = 1 / m * np.dot(dZ2, A1.T)
    db2 = 1 / m * np.sum(dZ2, axis=1, keepdims=True)
    dA1 = np.dot(W2.T, dZ2)
    dA1 = dA1 * D1
    dA1 = dA1 / keep_prob
    dZ1 = dA1 * (A1 > 0)
    dW1 = 1 / m * np.dot(dZ1, X.T)
    db1 = 1 / m * np.sum(dZ1, axis=1, keepdims=True)
    ### END SOLUTION
    return {
        "dZ3": dZ3, "dW3": dW3, "db3": db3,
        "dA2": dA2, "dZ2": dZ2, "dW2": dW2, "db2": db2,
        "dA1": dA1, "dZ1": dZ1, "dW1": dW1, "db1": db1,
    }  # fmt: skip


# %% nbgrader={"grade": true, "grade_id": "test_backward_dropout_dropping", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
# dA2 and dA1 are 0 where the masks are. (4 points)
check(backward_propagation_with_dropout, "dropping")
### BEGIN HIDDEN TESTS
from grading.verify import verify

verify(backward_propagation_with_dropout, "dropping")
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_backward_dropout_scaling", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
# What is kept of dA2 and dA1 is divided by keep_prob. (3 points)
check(backward_propagation_with_dropout, "scaling")
### BEGIN HIDDEN TESTS
from grading.verify import verify

verify(backward_propagation_with_dropout, "scaling")
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_backward_dropout_gradients", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
# dZ, dW and db follow from them as ever. (3 points)
check(backward_propagation_with_dropout, "gradients")
### BEGIN HIDDEN TESTS
from grading.verify import verify

verify(backward_propagation_with_dropout, "gradients")
### END HIDDEN TESTS

# %% [markdown]
# The answer: only `dA1` and `dA2`. With ReLU, `dZ`, `dW` and `db` come out the same, mask or no mask, so training would never show the fault. With another activation it would.

# %% [markdown]
# ## 6. What dropout keeps
#
# Dividing by `keep_prob` keeps a mean. But which? Below, one example goes through a small net 200 000 times, with new masks each time. The table compares the means with the values without dropout; each row adds up the units of its layer.

# %% nbgrader={"grade": false, "grade_id": "given_example", "locked": true, "schema_version": 3, "solution": false, "task": false}
_stream = np.random.RandomState(8)
example_net = {
    "W1": _stream.randn(6, 2), "b1": _stream.rand(6, 1),
    "W2": _stream.randn(5, 6), "b2": _stream.rand(5, 1),
    "W3": _stream.randn(1, 5), "b3": _stream.rand(1, 1),
}  # fmt: skip
example = np.array([[1.0], [-0.5]])  # its label is 1

# %% nbgrader={"grade": false, "grade_id": "demo_kept", "locked": true, "schema_version": 3, "solution": false, "task": false}
_, plain = forward_propagation(example, example_net)
np.random.seed(1)
copies = np.repeat(example, 200_000, axis=1)
A3, dropped = forward_propagation_with_dropout(copies, example_net, keep_prob=0.8)
rows = {"A1": (plain[1], dropped[2]), "Z2": (plain[4], dropped[5]), "A2": (plain[5], dropped[7])}
rows |= {"A3": (plain[9], A3), "cost": (-np.log(plain[9]), -np.log(A3))}
print("       without dropout    mean with dropout   (standard error)")
for name, (without, with_masks) in rows.items():
    sums = with_masks.sum(axis=0)
    error = sums.std() / np.sqrt(sums.size)
    print(f"{name:6} {without.sum():14.4f} {sums.mean():18.4f}       ({error:.4f})")

# %% [markdown]
# **Which of the five does dropout leave as it is, on average?** A difference of more than four standard errors is not chance. Give the set of names, such as `{"A3", "cost"}`.

# %% nbgrader={"grade": false, "grade_id": "kept_on_average", "locked": false, "schema_version": 3, "solution": true, "task": false}
kept_on_average = None  # a set of some of "A1", "Z2", "A2", "A3", "cost"
### BEGIN SOLUTION
kept_on_average = {"A1", "Z2"}
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_kept_on_average", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# What dropout leaves as it is, on average. (2 points)
check_answer("kept_on_average", kept_on_average)
### BEGIN HIDDEN TESTS
from grading.verify import verify_answer

verify_answer("kept_on_average", kept_on_average)
### END HIDDEN TESTS

# %% [markdown]
# A mask times an activation, divided by `keep_prob`, has the activation's mean; and a sum of means is the mean of the sum. But a ReLU or a sigmoid of something random does not have the value at its mean. So inverted dropout keeps the expected activation, and *not* the expected cost: costs with and without dropout cannot be compared.

# %% [markdown]
# ## 7. Does dropout help?
#
# Dropout thins a network out, so it needs one with units to spare: here 64 and 64. Half of them are dropped, at each step, for each example.
#
# This takes a while (about 20 seconds): your two functions run 12 000 times.
#
# **Predict:** will dropout be ahead on all eight data sets?

# %% nbgrader={"grade": false, "grade_id": "demo_dropout", "locked": true, "schema_version": 3, "solution": false, "task": false}
np.random.seed(1)  # once, outside: every step still draws new masks
wide = {"learning_rate": 2.0, "num_iterations": 1500, "dims": WIDE}
dropout, dropout_trained = compare({"without": {}, "dropout": {"keep_prob": 0.5}}, **wide)
plot_accuracies(dropout, reference=best)

# %% [markdown]
# **What you should see:** about 84 % after 82 %; on most data sets dropout is ahead, on one or two it may not be. With a single data set you could have "shown" either. L2 did better here, on a network that was smaller. Dropout is no magic: it pays where there are many units and little data.

# %% [markdown]
# **At test time** we want one clear answer. Should masks still be drawn? Below are the networks just trained with dropout, used in three ways on the new points.


# %% nbgrader={"grade": false, "grade_id": "demo_test_time", "locked": true, "schema_version": 3, "solution": false, "task": false}
np.random.seed(2)
changed, single, mean_of_10 = [], [], []
for parameters, split in zip(dropout_trained["dropout"], draws, strict=True):
    outputs = [forward_propagation_with_dropout(split.X_test, parameters, 0.5)[0] for _ in range(10)]
    answers = np.array(outputs) > 0.5
    changed.append(np.mean(answers[0] != answers[1]))
    single.append(np.mean(answers == split.Y_test))
    mean_of_10.append(np.mean((np.mean(outputs, axis=0) > 0.5) == split.Y_test))
print(f"one pass with masks:     {np.mean(single):.1%} right; {np.mean(changed):.1%} change in the next pass")
print(f"mean of 10 with masks:   {np.mean(mean_of_10):.1%} right")
print(f"one pass without masks:  {np.mean(dropout['dropout']):.1%} right; always the same")

# %% [markdown]
# **What is done to the activations at test time,** after training with *inverted* dropout? Answer `"masks"` (draw them), `"multiply"` (by `keep_prob`), `"divide"` (by `keep_prob`) or `"nothing"`.

# %% nbgrader={"grade": false, "grade_id": "at_test_time", "locked": false, "schema_version": 3, "solution": true, "task": false}
at_test_time = None  # one of the four
### BEGIN SOLUTION
at_test_time = "nothing"
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_at_test_time", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# What is done to the activations at test time. (1 point)
check_answer("at_test_time", at_test_time)
### BEGIN HIDDEN TESTS
from grading.verify import verify_answer

verify_answer("at_test_time", at_test_time)
### END HIDDEN TESTS

# %% [markdown]
# With masks about 6 points in 100 get another answer the next time you ask, and the answers are slightly worse. The mean of many passes is as good as one pass without masks, at many times the price. The 2014 paper divides nothing during training and multiplies the weights by `keep_prob` at test time; inverted dropout has nothing left to do there.

# %% [markdown]
# ## 8. The seed in the wrong place
#
# Well-known teaching notebooks set a seed *inside* the forward pass, so that everybody gets the same digits. Here is the same with your function:


# %% nbgrader={"grade": false, "grade_id": "given_seeded", "locked": true, "schema_version": 3, "solution": false, "task": false}
def seeded_forward(X, parameters, keep_prob):
    np.random.seed(1)
    return forward_propagation_with_dropout(X, parameters, keep_prob)


# %% [markdown]
# **How many different masks `D1` does `seeded_forward` draw in 50 calls** with `example`, `example_net` and `keep_prob = 0.5`? Count them, or think. (`D1.tobytes()` turns a mask into something a set can hold.)

# %% nbgrader={"grade": false, "grade_id": "masks_seen", "locked": false, "schema_version": 3, "solution": true, "task": false}
masks_seen = None  # a number
### BEGIN SOLUTION
masks_seen = 1
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_masks_seen", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# How many different masks the seeded pass draws. (1 point)
check_answer("masks_seen", masks_seen)
### BEGIN HIDDEN TESTS
from grading.verify import verify_answer

verify_answer("masks_seen", masks_seen)
### END HIDDEN TESTS

# %% [markdown]
# So every step of training uses the same mask: example 17 always loses the same units. What is trained is one fixed set of thinned networks, one for each example.
#
# **Predict:** which of the two will show the lower cost while it trains, fresh masks or fixed ones? And which will have the better network afterwards?


# %% nbgrader={"grade": false, "grade_id": "demo_seeded", "locked": true, "schema_version": 3, "solution": false, "task": false}
def small_dropout(split, forward):
    """The small network with keep_prob 0.86, as in those notebooks, 3000 steps."""
    passes = {
        "forward": lambda X, p: forward(X, p, 0.86),
        "backward": lambda X, Y, cache: backward_propagation_with_dropout(X, Y, cache, 0.86),
    }
    run = {"learning_rate": 0.3, "num_iterations": 3000, "record_every": 20, "progress": False}
    return train(split.X_train, split.Y_train, starting_weights(SMALL), **passes, **run)


np.random.seed(1)
ways = {"fresh masks": forward_propagation_with_dropout, "seed inside": seeded_forward}
seeds = {name: [small_dropout(split, forward) for split in draws[:3]] for name, forward in ways.items()}
for name, runs in seeds.items():
    shown = np.mean([run.costs[-10:].mean() for run in runs])
    pairs = [(run.parameters, split) for run, split in zip(runs, draws, strict=False)]
    real = np.mean([compute_cost(forward_propagation(s.X_train, p)[0], s.Y_train) for p, s in pairs])
    new = np.mean([accuracy(s.X_test, s.Y_test, p) for p, s in pairs])
    print(f"{name}: cost shown {shown:.2f}, cost of the whole network {real:.2f}, new points {new:.1%} right")
plot_costs({name: runs[0] for name, runs in seeds.items()}, together=True)

# %% [markdown]
# **What you should see:** with the seed inside, the cost falls to half of the other and below: the picture of a method that works. But this cost belongs to thinned networks that nobody will use. The mask has become a name tag, by which an example is recognised. The whole network, without tags, has a *higher* cost than with fresh masks, and is no better on new points.

# %% [markdown]
# ## 9. Checking the gradient of a random function
#
# A gradient check compares two values of the cost. If each draws its own masks, it compares two different functions, and the difference means nothing. So one often reads that gradient checking does not work with dropout. It does: freeze the masks.
#
# **Write `forward_propagation_with_frozen_masks`:** the same pass, with masks that are given.


# %% nbgrader={"grade": false, "grade_id": "frozen", "locked": false, "schema_version": 3, "solution": true, "task": false}
def forward_propagation_with_frozen_masks(X, parameters, D1, D2, keep_prob):
    """The pass of forward_propagation_with_dropout, with the masks D1 and D2 instead of new ones.

    X -- inputs, shape (n_x, m)
    parameters -- dictionary with W1, b1, W2, b2, W3, b3
    D1, D2 -- masks of the shapes of A1 and A2, True and False
    keep_prob -- the probability with which they were drawn

    Returns A3, the predictions, shape (1, m).
    """
    ### BEGIN SOLUTION
    A1 = relu(np.dot(parameters["W1"], X) + parameters["b1"])
    A1 = A1 * D1 / keep_prob
    A2 = relu(np.dot(parameters["W2"], A1) + parameters["b2"])
    A2 = A2 * D2 / keep_prob
    return sigmoid(np.dot(parameters["W3"], A2) + parameters["b3"])
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_frozen_ordinary", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# With nothing dropped it is the ordinary forward pass. (1 point)
check(forward_propagation_with_frozen_masks, "ordinary")
### BEGIN HIDDEN TESTS
from grading.verify import verify

verify(forward_propagation_with_frozen_masks, "ordinary")
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_frozen_masked", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
# The given masks are applied, and the rest is divided by keep_prob. (3 points)
check(forward_propagation_with_frozen_masks, "masked")
### BEGIN HIDDEN TESTS
from grading.verify import verify

verify(forward_propagation_with_frozen_masks, "masked")
### END HIDDEN TESTS

# %% nbgrader={"grade": false, "grade_id": "demo_gradient_check", "locked": true, "schema_version": 3, "solution": false, "task": false}
from utils.vectors import dictionary_to_vector, gradients_to_vector, vector_to_dictionary


def relative_difference(cost, parameters, gradients, epsilon=1e-5):
    """How far the gradients are from the slopes of cost(parameters), from 0 (equal) to 1."""
    theta, _ = dictionary_to_vector(parameters)
    slopes = np.zeros_like(theta)
    for i in range(theta.size):
        shift = np.zeros_like(theta)
        shift[i] = epsilon
        plus, minus = (cost(vector_to_dictionary(t, (2, 6, 5, 1))) for t in (theta + shift, theta - shift))
        slopes[i] = (plus - minus) / (2 * epsilon)
    gradient = gradients_to_vector(gradients)
    return np.linalg.norm(gradient - slopes) / (np.linalg.norm(gradient) + np.linalg.norm(slopes))


np.random.seed(3)
X, Y = data.X_train[:, :10], data.Y_train[:, :10]
A3, cache = forward_propagation_with_dropout(X, example_net, 0.7)
gradients = backward_propagation_with_dropout(X, Y, cache, 0.7)
D1, D2 = cache[1], cache[6]
costs = {
    "new masks for each cost": lambda p: compute_cost(forward_propagation_with_dropout(X, p, 0.7)[0], Y),
    "the masks frozen": lambda p: compute_cost(forward_propagation_with_frozen_masks(X, p, D1, D2, 0.7), Y),
}
for name, cost in costs.items():
    print(f"{name}: {relative_difference(cost, example_net, gradients):.1e}")

# %% [markdown]
# **What you should see:** nearly 1 with new masks, below 1e-8 with frozen ones. The check covers `dW` and `db`, so a mask that is forgotten in the backward pass escapes it, as you saw in section 5. A check says only something about what it looks at.

# %% [markdown]
# ## What to take along
#
# - **Overfitting:** better on old points, worse on new ones.
# - **L2:** cost $+\frac{\lambda}{2m}\sum W^2$, gradient $+\frac{\lambda}{m}W$, no biases.
# - **Dropout:** mask, multiply, divide by `keep_prob`; the same on the way back; nothing at test time.
# - It keeps the mean of the activations, not of the cost.
# - It wants a wide network, and new masks at every step: seed outside, never inside.
# - Freeze the masks to check the gradient.
# - Several data sets, with error bars: one run proves nothing.

# %% [markdown]
# Before you hand in: *Kernel → Restart Kernel and Run All Cells*, then save.
#
# **Sources.** A. Krogh and J. Hertz, *A simple weight decay can improve generalization*, 1992. G. Hinton, N. Srivastava, A. Krizhevsky, I. Sutskever and R. Salakhutdinov, *Improving neural networks by preventing co-adaptation of feature detectors*, 2012. N. Srivastava and the same authors, *Dropout: a simple way to prevent neural networks from overfitting*, Journal of Machine Learning Research 15, 2014. The data is drawn by `generate_noisy_border` in `utils/datasets.py`.
