# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Optimization
#
# The gradient says which way is down. An **optimizer** decides what to do about it: how far to step, what to remember from earlier steps, on how many examples to look at once.
#
# You will write the optimizers that train most networks today, watch them walk, and measure what each is worth. You need: gradients from backpropagation, seen once; NumPy arrays; dictionaries; a `for` loop. **100 points**, about four hours.

# %% [markdown]
# **How it works.** Run the cells in order with Shift+Enter. Where a cell says `# YOUR CODE HERE`, write your answer and take out the line `raise NotImplementedError()`. The cells below it check your answer on a few examples; your mark comes from other examples of the same kind.

# %% nbgrader={"grade": false, "grade_id": "imports", "locked": true, "schema_version": 3, "solution": false, "task": false}
import math

import numpy as np

from utils import training
from utils.checks import check
from utils.network import accuracy

# %% [markdown]
# ## 1. Averages that forget
#
# Every optimizer after plain gradient descent keeps an average of the past. Not of all of it: old values should fade. Here are 200 daily temperatures, with noise. The grey dots are what you get; what you want is the season behind them.

# %% nbgrader={"grade": false, "grade_id": "demo_temperatures", "locked": true, "schema_version": 3, "solution": false, "task": false}
from IPython.display import display

from utils.plots import animate_paths, plot_costs, plot_decision_boundaries, plot_heights
from utils.plots import plot_learning_rates, plot_paths, plot_series

days = np.arange(200)
noise = np.random.RandomState(0).randn(200)
temperatures = 16 - 10 * np.cos(2 * np.pi * days / 200) + 3 * noise
plot_series({"temperature": temperatures}, x="day", y="degrees")

# %% [markdown]
# The **exponentially weighted average** starts at $v_0 = 0$ and moves a little towards each new value $x_t$:
#
# $$v_t = \beta\, v_{t-1} + (1 - \beta)\, x_t$$
#
# With $\beta = 0.9$ a value from ten days ago counts about a third ($0.9^{10} = 0.35$) of today's: roughly an average over the last $1 / (1 - \beta) = 10$ days.

# %% [markdown]
# The start at 0 is a lie: nothing was measured yet. On day $t$ the weights given out so far sum to $1 - \beta^t$ only, so $v_t$ is too small by just this factor. **Bias correction** divides it out:
#
# $$\hat v_t = \frac{v_t}{1 - \beta^t}$$
#
# **Write `exponentially_weighted_average`**, which returns both series.


# %% nbgrader={"grade": false, "grade_id": "average", "locked": false, "schema_version": 3, "solution": true, "task": false}
def exponentially_weighted_average(values, beta):
    """Averages in which older values count less, without and with bias correction.

    values: T numbers x_1, ..., x_T, as an array of shape (T,).
    beta: how much of the old average is kept, 0 <= beta < 1.
    Returns averages, corrected: two series of T numbers each (arrays of shape (T,), or lists)
      averages   v_t = beta * v_{t-1} + (1 - beta) * x_t, from v_0 = 0
      corrected  v_t / (1 - beta**t); t is 1 for the first value
    """
    ### BEGIN SOLUTION
    averages, corrected = [], []
    v = 0
    for i in range(len(values)):
        v = beta * v + (1 - beta) * values[i]
        averages.append(v)
        corrected.append(v / (1 - beta ** (i + 1)))
    return averages, corrected
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_average_averages", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
# Average: each value moves the average towards it, from a start at 0. (4 points)
check(exponentially_weighted_average, "averages")
### BEGIN HIDDEN TESTS
from grading.verify import verify

verify(exponentially_weighted_average, "averages")
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_average_correction", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
# Average: the second series is the first one divided by 1 - beta^t. (4 points)
check(exponentially_weighted_average, "correction")
### BEGIN HIDDEN TESTS
from grading.verify import verify

verify(exponentially_weighted_average, "correction")
### END HIDDEN TESTS

# %% [markdown]
# **Predict, then run.** With $\beta = 0.98$ the average covers about 50 days. Where does the uncorrected curve begin? After how many days is the correction no longer visible?

# %% nbgrader={"grade": false, "grade_id": "demo_averages", "locked": true, "schema_version": 3, "solution": false, "task": false}
averages, corrected = exponentially_weighted_average(temperatures, beta=0.98)
for t in (1, 10, 50, 200):
    print(f"t = {t:3}:   plain {averages[t - 1]:5.2f}   corrected {corrected[t - 1]:5.2f}")
plot_series(
    {"temperature": temperatures, "plain, beta = 0.98": averages, "corrected": corrected},
    x="day",
    y="degrees",
)

# %% [markdown]
# The plain average begins at 0.23 degrees, and is still at 1.5 on day 10, when no day was colder than 3. The corrected one starts at the first measurement. After 150 days the two differ by 5 percent. Both lag behind the season: the days that they average are 49 days old on average, $\beta / (1 - \beta)$.

# %%
# Yours to play with: try beta = 0.5 and beta = 0.9. What do you pay for a smooth curve?

# %% [markdown]
# ## 2. Gradient descent
#
# The plain rule, for every layer $l$:
#
# $$W^{[l]} \leftarrow W^{[l]} - \alpha\, dW^{[l]} \qquad b^{[l]} \leftarrow b^{[l]} - \alpha\, db^{[l]}$$
#
# `parameters` holds W1, b1, ..., WL, bL and `grads` holds dW1, db1, ..., each with the shape of its parameter. The learning rate $\alpha$ is `learning_rate`. **Write `update_parameters_with_gd`.**


# %% nbgrader={"grade": false, "grade_id": "gd", "locked": false, "schema_version": 3, "solution": true, "task": false}
def update_parameters_with_gd(parameters, grads, learning_rate):
    """One step of gradient descent.

    parameters: dictionary with W1, b1, ..., WL, bL; Wl has shape (n_l, n_{l-1}), bl (n_l, 1).
    grads: dictionary with dW1, db1, ..., dWL, dbL, each of the shape of its parameter.
    Returns parameters: the dictionary after the step (a new one, or the same one changed).
    """
    ### BEGIN SOLUTION
    L = len(parameters) // 2
    for l in range(1, L + 1):
        parameters[f"W{l}"] = parameters[f"W{l}"] - learning_rate * grads[f"dW{l}"]
        parameters[f"b{l}"] = parameters[f"b{l}"] - learning_rate * grads[f"db{l}"]
    return parameters
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_gd_one_layer", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Gradient descent: a network of one layer takes a step downhill. (2 points)
check(update_parameters_with_gd, "one layer")
### BEGIN HIDDEN TESTS
from grading.verify import verify

verify(update_parameters_with_gd, "one layer")
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_gd_weights", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
# Gradient descent: the weights of every layer move by -learning_rate * dW. (3 points)
check(update_parameters_with_gd, "weights")
### BEGIN HIDDEN TESTS
from grading.verify import verify

verify(update_parameters_with_gd, "weights")
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_gd_biases", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
# Gradient descent: the biases of every layer move by -learning_rate * db. (3 points)
check(update_parameters_with_gd, "biases")
### BEGIN HIDDEN TESTS
from grading.verify import verify

verify(update_parameters_with_gd, "biases")
### END HIDDEN TESTS

# %% [markdown]
# ## 3. Mini-batches
#
# The exact gradient needs all examples for a single step. A gradient from 64 of them points almost the same way, and costs a fraction: more steps for the same work (Robbins and Monro, 1951). One **epoch** is one pass over all examples, in batches. Each epoch should deal them out anew, in a random order.

# %% [markdown]
# **Write `random_mini_batches`.** Shuffle the columns of X and Y *with the same permutation*, then cut consecutive slices of `mini_batch_size` columns. The last batch holds what is left. With `mini_batch_size = 64` and 300 examples: four batches of 64, one of 44.
#
# This is the one function here that takes a seed: `np.random.seed(seed)`, then `np.random.permutation(m)`, or any generator of your own made from it.


# %% nbgrader={"grade": false, "grade_id": "mini_batches", "locked": false, "schema_version": 3, "solution": true, "task": false}
def random_mini_batches(X, Y, mini_batch_size=64, seed=0):
    """All examples in random order, cut into mini-batches.

    X: inputs of shape (n_x, m), one example per column.
    Y: labels of shape (1, m).
    seed: makes the order reproducible: the same seed gives the same batches, another seed gives others.
    Returns a list of pairs (X_b, Y_b) of shapes (n_x, size) and (1, size): size is mini_batch_size, and for
    the last pair what is left (never 0). Every example is in exactly one pair, beside its own label.
    """
    ### BEGIN SOLUTION
    np.random.seed(seed)
    m = X.shape[1]
    permutation = np.random.permutation(m)
    shuffled_X = X[:, permutation]
    shuffled_Y = Y[:, permutation]
    mini_batches = []
    for k in range(math.ceil(m / mini_batch_size)):
        columns = slice(k * mini_batch_size, (k + 1) * mini_batch_size)
        mini_batches.append((shuffled_X[:, columns], shuffled_Y[:, columns]))
    return mini_batches
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_mini_batches_sizes", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
# Mini-batches: how many there are, and their shapes, the last one included. (4 points)
check(random_mini_batches, "sizes")
### BEGIN HIDDEN TESTS
from grading.verify import verify

verify(random_mini_batches, "sizes")
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_mini_batches_membership", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
# Mini-batches: every example is in exactly one batch. (4 points)
check(random_mini_batches, "every example once")
### BEGIN HIDDEN TESTS
from grading.verify import verify

verify(random_mini_batches, "every example once")
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_mini_batches_pairs", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
# Mini-batches: every example keeps its own label. (4 points)
check(random_mini_batches, "pairs")
### BEGIN HIDDEN TESTS
from grading.verify import verify

verify(random_mini_batches, "pairs")
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_mini_batches_shuffled", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Mini-batches: the order is random. (2 points)
check(random_mini_batches, "shuffled")
### BEGIN HIDDEN TESTS
from grading.verify import verify

verify(random_mini_batches, "shuffled")
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_mini_batches_seed", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Mini-batches: the same seed gives the same batches, another seed gives others. (2 points)
check(random_mini_batches, "seed")
### BEGIN HIDDEN TESTS
from grading.verify import verify

verify(random_mini_batches, "seed")
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_mini_batches_few", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# Mini-batches: fewer examples than mini_batch_size make one batch. (1 point)
check(random_mini_batches, "few examples")
### BEGIN HIDDEN TESTS
from grading.verify import verify

verify(random_mini_batches, "few examples")
### END HIDDEN TESTS

# %% [markdown]
# ## 4. Momentum
#
# A ball rolling downhill does not turn at every stone: it averages the slopes it has met (Polyak, 1964). Its velocity $v$ is the average of section 1, of gradients, with one array for each parameter.
#
# **Write `initialize_velocity`**: zeros in the shape of every parameter, under the keys of the gradients.


# %% nbgrader={"grade": false, "grade_id": "velocity", "locked": false, "schema_version": 3, "solution": true, "task": false}
def initialize_velocity(parameters):
    """Velocities at rest.

    parameters: dictionary with W1, b1, ..., WL, bL.
    Returns v: dictionary with dW1, db1, ..., dWL, dbL, zeros in the shapes of W1, b1, ..., WL, bL.
    """
    ### BEGIN SOLUTION
    v = {}
    for name in parameters:
        v["d" + name] = np.zeros_like(parameters[name])
    return v
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_velocity_shapes", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Velocity: the keys and shapes, for networks of any depth. (2 points)
check(initialize_velocity, "shapes")
### BEGIN HIDDEN TESTS
from grading.verify import verify

verify(initialize_velocity, "shapes")
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_velocity_zeros", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Velocity: every number is 0. (2 points)
check(initialize_velocity, "zeros")
### BEGIN HIDDEN TESTS
from grading.verify import verify

verify(initialize_velocity, "zeros")
### END HIDDEN TESTS

# %% [markdown]
# For each parameter, first the velocity, then the step along the *new* velocity. For the weights (the biases likewise):
#
# $$v_{dW} \leftarrow \beta\, v_{dW} + (1 - \beta)\, dW \qquad W \leftarrow W - \alpha\, v_{dW}$$
#
# No bias correction here: the ball starts at rest, and takes a while to gather speed. **Write `update_parameters_with_momentum`.**


# %% nbgrader={"grade": false, "grade_id": "momentum", "locked": false, "schema_version": 3, "solution": true, "task": false}
def update_parameters_with_momentum(parameters, grads, v, beta, learning_rate):
    """One step of gradient descent with momentum.

    parameters: dictionary with W1, b1, ..., WL, bL.
    grads: dictionary with dW1, db1, ..., dWL, dbL, each of the shape of its parameter.
    v: dictionary with the velocities so far, same keys and shapes as grads.
    Returns parameters, v: the parameters after the step, and the new velocities.
    """
    ### BEGIN SOLUTION
    L = len(parameters) // 2
    for l in range(1, L + 1):
        v[f"dW{l}"] = beta * v[f"dW{l}"] + (1 - beta) * grads[f"dW{l}"]
        v[f"db{l}"] = beta * v[f"db{l}"] + (1 - beta) * grads[f"db{l}"]
        parameters[f"W{l}"] = parameters[f"W{l}"] - learning_rate * v[f"dW{l}"]
        parameters[f"b{l}"] = parameters[f"b{l}"] - learning_rate * v[f"db{l}"]
    return parameters, v
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_momentum_velocity", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
# Momentum: the new velocities. (5 points)
check(update_parameters_with_momentum, "velocity")
### BEGIN HIDDEN TESTS
from grading.verify import verify

verify(update_parameters_with_momentum, "velocity")
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_momentum_step", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
# Momentum: the parameters move along the velocity that is returned. (3 points)
check(update_parameters_with_momentum, "step")
### BEGIN HIDDEN TESTS
from grading.verify import verify

verify(update_parameters_with_momentum, "step")
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_momentum_parameters", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
# Momentum: the parameters are where they should be. (4 points)
check(update_parameters_with_momentum, "parameters")
### BEGIN HIDDEN TESTS
from grading.verify import verify

verify(update_parameters_with_momentum, "parameters")
### END HIDDEN TESTS

# %% [markdown]
# ### Two conventions
#
# Papers and libraries do not agree on what momentum is:
#
# | form | velocity | found in |
# |---|---|---|
# | damped | $v \leftarrow \beta v + (1 - \beta)\, g$ | this course, averages |
# | undamped | $v \leftarrow \beta v + g$ | Polyak 1964, Sutskever et al. 2013, most libraries |
#
# The undamped velocity is exactly $1 / (1 - \beta)$ times the damped one. At $\beta = 0.9$: ten times.

# %% [markdown]
# So both forms walk the same path, if their learning rates make up for it:
#
# $$\alpha_\text{undamped} = (1 - \beta)\; \alpha_\text{damped}$$
#
# **Write `convert_learning_rate`**: given the rate for one form, return the rate with which the *other* form takes the same steps. `to` says for which form the rate is wanted, `"undamped"` or `"damped"`.


# %% nbgrader={"grade": false, "grade_id": "conversion", "locked": false, "schema_version": 3, "solution": true, "task": false}
def convert_learning_rate(learning_rate, beta, to):
    """The learning rate with which the other form of momentum takes the same steps.

    learning_rate: the rate of the form that you have.
    beta: 0 <= beta < 1, the same for both forms.
    to: "undamped" if learning_rate belongs to the damped form and the undamped one is wanted, else "damped".
    Returns the learning rate, a number.
    """
    ### BEGIN SOLUTION
    if to == "undamped":
        return learning_rate * (1 - beta)
    return learning_rate / (1 - beta)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_conversion_undamped", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Conversion: from the damped form to the undamped one. (2 points)
check(convert_learning_rate, "to undamped")
### BEGIN HIDDEN TESTS
from grading.verify import verify

verify(convert_learning_rate, "to undamped")
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_conversion_damped", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Conversion: from the undamped form to the damped one. (2 points)
check(convert_learning_rate, "to damped")
### BEGIN HIDDEN TESTS
from grading.verify import verify

verify(convert_learning_rate, "to damped")
### END HIDDEN TESTS

# %% [markdown]
# ## 5. RMSprop
#
# One learning rate for all parameters is a poor fit when some slopes are a thousand times others. RMSprop (Hinton, lecture 6e, 2012) keeps an average of the *squared* gradient, and divides by its root:
#
# $$s \leftarrow \beta\, s + (1 - \beta)\, g^2 \qquad W \leftarrow W - \alpha\, \frac{g}{\sqrt{s} + \varepsilon}$$
#
# Every parameter then moves by about $\alpha$ per step, steep or flat.

# %% [markdown]
# Squares and roots are taken entry by entry. The small $\varepsilon$ keeps the division sane where a gradient has been 0 for long; it stands *outside* the root. The zeros of `initialize_velocity` serve as the first $s$.
#
# **Write `update_parameters_with_rmsprop`**, in the style of momentum.


# %% nbgrader={"grade": false, "grade_id": "rmsprop", "locked": false, "schema_version": 3, "solution": true, "task": false}
def update_parameters_with_rmsprop(parameters, grads, s, beta, learning_rate, epsilon=1e-8):
    """One step of RMSprop.

    parameters: dictionary with W1, b1, ..., WL, bL.
    grads: dictionary with dW1, db1, ..., dWL, dbL, each of the shape of its parameter.
    s: dictionary with the averages of squared gradients so far, same keys and shapes as grads.
    Returns parameters, s: the parameters after the step, and the new averages.
    """
    ### BEGIN SOLUTION
    L = len(parameters) // 2
    for l in range(1, L + 1):
        for name in (f"W{l}", f"b{l}"):
            g = grads["d" + name]
            s["d" + name] = beta * s["d" + name] + (1 - beta) * np.square(g)
            parameters[name] = parameters[name] - learning_rate * g / (np.sqrt(s["d" + name]) + epsilon)
    return parameters, s
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_rmsprop_squares", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
# RMSprop: the new averages of squares. (4 points)
check(update_parameters_with_rmsprop, "squares")
### BEGIN HIDDEN TESTS
from grading.verify import verify

verify(update_parameters_with_rmsprop, "squares")
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_rmsprop_step", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
# RMSprop: the parameters after the step. (4 points)
check(update_parameters_with_rmsprop, "step")
### BEGIN HIDDEN TESTS
from grading.verify import verify

verify(update_parameters_with_rmsprop, "step")
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_rmsprop_epsilon", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# RMSprop: epsilon stands outside the root. (1 point)
check(update_parameters_with_rmsprop, "epsilon")
### BEGIN HIDDEN TESTS
from grading.verify import verify

verify(update_parameters_with_rmsprop, "epsilon")
### END HIDDEN TESTS

# %% [markdown]
# ## 6. Adam
#
# Adam (Kingma and Ba, 2015) is momentum and RMSprop together, with the bias correction of section 1. It needs two averages, `v` and `s`. **Write `initialize_adam`.** Make two dictionaries: with `v = s = {}` both names would mean the same one.


# %% nbgrader={"grade": false, "grade_id": "adam_state", "locked": false, "schema_version": 3, "solution": true, "task": false}
def initialize_adam(parameters):
    """The two averages of Adam, before the first step.

    parameters: dictionary with W1, b1, ..., WL, bL.
    Returns v, s: two dictionaries, each with dW1, db1, ..., dWL, dbL, zeros in the shapes of W1, b1, ..., bL.
    """
    ### BEGIN SOLUTION
    v, s = {}, {}
    for name in parameters:
        v["d" + name] = np.zeros_like(parameters[name])
        s["d" + name] = np.zeros_like(parameters[name])
    return v, s
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_adam_state_shapes", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Adam: v and s have the right keys and shapes. (2 points)
check(initialize_adam, "shapes")
### BEGIN HIDDEN TESTS
from grading.verify import verify

verify(initialize_adam, "shapes")
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_adam_state_zeros", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Adam: every number of v and s is 0. (2 points)
check(initialize_adam, "zeros")
### BEGIN HIDDEN TESTS
from grading.verify import verify

verify(initialize_adam, "zeros")
### END HIDDEN TESTS

# %% [markdown]
# For each parameter, with its gradient $g$ and the number $t = 1, 2, 3, \dots$ of this update:
#
# $$v \leftarrow \beta_1 v + (1 - \beta_1)\, g \qquad s \leftarrow \beta_2\, s + (1 - \beta_2)\, g^2$$
#
# $$\hat v = \frac{v}{1 - \beta_1^t} \qquad \hat s = \frac{s}{1 - \beta_2^t} \qquad W \leftarrow W - \alpha\, \frac{\hat v}{\sqrt{\hat s} + \varepsilon}$$

# %% [markdown]
# What is carried on to the next step are the *uncorrected* `v` and `s`; the corrected ones serve this step only. `t` is the number of the update, not of the layer or the epoch.
#
# **Write `update_parameters_with_adam`.** Your points come piece by piece: first moment, second moment, step, bias correction, epsilon. The line with `return` is given.


# %% nbgrader={"grade": false, "grade_id": "adam", "locked": false, "schema_version": 3, "solution": true, "task": false}
def update_parameters_with_adam(
    parameters, grads, v, s, t, learning_rate=0.01, beta1=0.9, beta2=0.999, epsilon=1e-8
):
    """One step of Adam.

    parameters: dictionary with W1, b1, ..., WL, bL.
    grads: dictionary with dW1, db1, ..., dWL, dbL, each of the shape of its parameter.
    v, s: dictionaries with the averages of gradients and of their squares, same keys and shapes as grads.
    t: the number of this update, 1 for the first.
    Returns parameters, v, s: the parameters after the step, and the new averages, uncorrected.
    """
    ### BEGIN SOLUTION
    L = len(parameters) // 2
    for l in range(1, L + 1):
        for name in (f"W{l}", f"b{l}"):
            g = grads["d" + name]
            v["d" + name] = beta1 * v["d" + name] + (1 - beta1) * g
            s["d" + name] = beta2 * s["d" + name] + (1 - beta2) * np.square(g)
            v_corrected = v["d" + name] / (1 - beta1**t)
            s_corrected = s["d" + name] / (1 - beta2**t)
            parameters[name] = parameters[name] - learning_rate * v_corrected / (
                np.sqrt(s_corrected) + epsilon
            )
    ### END SOLUTION
    return parameters, v, s


# %% nbgrader={"grade": true, "grade_id": "test_adam_first_moment", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
# Adam: the new v, uncorrected. (3 points)
check(update_parameters_with_adam, "first moment")
### BEGIN HIDDEN TESTS
from grading.verify import verify

verify(update_parameters_with_adam, "first moment")
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_adam_second_moment", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
# Adam: the new s, uncorrected. (3 points)
check(update_parameters_with_adam, "second moment")
### BEGIN HIDDEN TESTS
from grading.verify import verify

verify(update_parameters_with_adam, "second moment")
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_adam_step", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
# Adam: the step, in cases where there is nothing to correct. (5 points)
check(update_parameters_with_adam, "step")
### BEGIN HIDDEN TESTS
from grading.verify import verify

verify(update_parameters_with_adam, "step")
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_adam_bias_correction", "locked": true, "points": 7, "schema_version": 3, "solution": false, "task": false}
# Adam: v and s are corrected before the step, for early and late t. (7 points)
check(update_parameters_with_adam, "bias correction")
### BEGIN HIDDEN TESTS
from grading.verify import verify

verify(update_parameters_with_adam, "bias correction")
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_adam_epsilon", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Adam: epsilon stands outside the root. (2 points)
check(update_parameters_with_adam, "epsilon")
### BEGIN HIDDEN TESTS
from grading.verify import verify

verify(update_parameters_with_adam, "epsilon")
### END HIDDEN TESTS

# %% [markdown]
# ## 7. Four optimizers, one network
#
# Two interleaved moons, 300 points; the network [2, 5, 2, 1] with ReLU inside and a sigmoid at the end. `model` trains it with your functions: same start, same batches for all. In epoch 0 the batches have seed 11, then 12, 13, ...


# %% nbgrader={"grade": false, "grade_id": "given_model", "locked": true, "schema_version": 3, "solution": false, "task": false}
def initial_parameters(layers_dims, seed=3):
    """He's initialization: W = N(0, 1) * sqrt(2 / n_{l-1}), b = 0."""
    draws = np.random.RandomState(seed)
    parameters = {}
    for l in range(1, len(layers_dims)):
        n, n_prev = layers_dims[l], layers_dims[l - 1]
        parameters[f"W{l}"] = draws.randn(n, n_prev) * np.sqrt(2 / n_prev)
        parameters[f"b{l}"] = np.zeros((n, 1))
    return parameters


def make_optimizer(name, beta=0.9, beta1=0.9, beta2=0.999, epsilon=1e-8):
    """Your functions as an optimizer: "gd", "momentum", "rmsprop" or "adam"."""
    if name == "gd":
        return training.gradient_descent(update_parameters_with_gd)
    if name == "momentum":
        return training.momentum(initialize_velocity, update_parameters_with_momentum, beta)
    if name == "rmsprop":
        return training.rmsprop(initialize_velocity, update_parameters_with_rmsprop, beta, epsilon)
    return training.adam(initialize_adam, update_parameters_with_adam, beta1, beta2, epsilon)


def model(
    X,
    Y,
    layers_dims,
    optimizer,
    learning_rate=0.0007,
    mini_batch_size=64,
    num_epochs=5000,
    print_cost=True,
    decay=None,
    decay_rate=1,
    **settings,
):
    """Train a network on mini-batches.

    optimizer: "gd", "momentum", "rmsprop", "adam", or one made by `make_optimizer`.
    print_cost: True draws a bar with the cost, a string is written before it.
    decay: None, or your function update_lr or schedule_lr_decay.
    settings: beta, beta1, beta2, epsilon, as in `make_optimizer`.
    Returns a history: history.costs (the mean over each epoch), history.parameters (after the last step).
    """
    if isinstance(optimizer, str):
        optimizer = make_optimizer(optimizer, **settings)
    rate = training.decayed(decay, learning_rate, decay_rate) if decay else learning_rate

    def batches(epoch):
        return random_mini_batches(X, Y, mini_batch_size, seed=11 + epoch)

    how = {"optimizer": optimizer, "batches": batches, "num_iterations": num_epochs, "progress": print_cost}
    return training.train(X, Y, initial_parameters(layers_dims), learning_rate=rate, **how)


def watch(optimizer, parameters_at, epochs, batches_per_epoch=5):
    """The same optimizer; it leaves copies of the parameters after these epochs in parameters_at."""

    def step(parameters, grads, state, t, rate):
        done = (t - 1) // batches_per_epoch
        if done in epochs and done not in parameters_at:
            parameters_at[done] = {key: value.copy() for key, value in parameters.items()}
        return optimizer.step(parameters, grads, state, t, rate)

    return training.Optimizer(optimizer.initialize, step)


# %% nbgrader={"grade": false, "grade_id": "demo_moons", "locked": true, "schema_version": 3, "solution": false, "task": false}
from utils.datasets import load_moons

X, Y = load_moons()
sizes = [X_b.shape[1] for X_b, Y_b in random_mini_batches(X, Y, 64, seed=11)]
print("X", X.shape, " Y", Y.shape, " batches of", sizes)
plot_decision_boundaries({"two moons": lambda points: 0.5 + 0 * points[0]}, X, Y)

# %% [markdown]
# **Predict, then run** (it takes a while: up to 10 000 epochs each). All four have the learning rate 0.0007. Which reaches the lowest cost after 5000 epochs? How far apart will gradient descent and momentum be?

# %% nbgrader={"grade": false, "grade_id": "demo_compare", "locked": true, "schema_version": 3, "solution": false, "task": false}
layers_dims = [2, 5, 2, 1]
watched_epochs = (1000, 2000, 5000, 7500)
histories, accuracies = {}, {}
for name in ("gd", "momentum", "rmsprop", "adam"):
    num_epochs = 10_000 if name == "gd" else 5000
    parameters_at = {}
    optimizer = watch(make_optimizer(name), parameters_at, watched_epochs)
    histories[name] = model(X, Y, layers_dims, optimizer, num_epochs=num_epochs, print_cost=name)
    parameters_at[num_epochs] = histories[name].parameters
    accuracies[name] = {epoch: accuracy(X, Y, parameters) for epoch, parameters in parameters_at.items()}

print("cost at epoch         0     1000     2000     3000     4000   accuracy after 5000")
for name, history in histories.items():
    row = "".join(f"{history.cost_at(epoch):9.6f}" for epoch in (0, 1000, 2000, 3000, 4000))
    print(f"{name:>13}{row}   {accuracies[name][5000]:.4f}")
plot_costs(histories, together=True)

# %% [markdown]
# You should see accuracies of 0.7167, 0.7167, 0.9433 and 0.9433. Gradient descent and momentum creep: 0.573367 and 0.573444 at epoch 4000. RMSprop and Adam are below 0.17 at epoch 1000. (Other digits? A shuffle of your own kind is right too, and changes the last ones.)
#
# Three things in these numbers deserve a second look.

# %% [markdown]
# ### "Mini-batch costs oscillate"
#
# Many courses print the cost of one batch, the last of the epoch. Here that is 44 points, other ones each time. **Predict, then run:** how do the jumps of this number compare with those of the epoch's mean?

# %% nbgrader={"grade": false, "grade_id": "demo_oscillation", "locked": true, "schema_version": 3, "solution": false, "task": false}
for name, history in histories.items():
    mean, last = history.costs[:5000], history.last_batch_costs[:5000]
    jumps = [np.median(np.abs(np.diff(costs))) for costs in (mean, last)]
    print(f"{name:>9}: typical change to the next epoch: mean {jumps[0]:.6f}, last batch {jumps[1]:.6f}")
plot_costs(histories, last_batch=True)

# %% [markdown]
# The grey band is the last batch; the line in it is the mean of all 300. For gradient descent one jumps 800 times as far as the other. What "oscillates" is the choice of 44 points, not the training: the mean goes down smoothly. If you print a number that jumps, first ask what it is an average of.

# %% [markdown]
# ### 79.7, 79.7 and 94 percent
#
# These accuracies for gradient descent, momentum and Adam on this data are quoted all over the web. You measured 71.7, 71.7 and 94.3. **Predict, then run:** what did they do differently?

# %% nbgrader={"grade": false, "grade_id": "demo_epochs", "locked": true, "schema_version": 3, "solution": false, "task": false}
print("accuracy after " + "".join(f"{epoch:>8}" for epoch in (*watched_epochs, 10_000)) + " epochs")
for name in ("gd", "momentum", "adam"):
    found = accuracies[name]
    row = (f"{found[epoch]:8.4f}" if epoch in found else "       -" for epoch in (*watched_epochs, 10_000))
    print(f"{name:>14} " + "".join(row))

# %% [markdown]
# They trained for 10 000 epochs: 0.7967, 0.7967, 0.9400 (here only gradient descent went that far, to save you the wait). The table says when they stopped. Gradient descent has not failed at all, it is slow at this learning rate: its cost still falls, and after about 40 000 epochs it reaches 0.9167. A comparison of optimizers always is one of optimizers *and* learning rates *and* budgets.

# %% [markdown]
# ### "Momentum makes no difference"
#
# Momentum and gradient descent agree to three digits. That is no accident: in the damped form the velocity is an *average* of gradients. While those hardly change from step to step, the average is the gradient, and the step is the same.
#
# The undamped form adds them up: ten times as fast at $\beta = 0.9$.


# %% nbgrader={"grade": false, "grade_id": "demo_conventions", "locked": true, "schema_version": 3, "solution": false, "task": false}
def update_undamped(parameters, grads, v, beta, learning_rate):
    """The other convention: v = beta * v + gradient."""
    for name in parameters:
        v["d" + name] = beta * v["d" + name] + grads["d" + name]
        parameters[name] = parameters[name] - learning_rate * v["d" + name]
    return parameters, v


undamped = training.momentum(initialize_velocity, update_undamped, beta=0.9)
smaller, larger = (convert_learning_rate(0.0007, 0.9, to) for to in ("undamped", "damped"))
runs = {
    "gd": ("gd", 0.0007),
    "damped": ("momentum", 0.0007),
    "undamped, converted": (undamped, smaller),
    "undamped": (undamped, 0.0007),
    "damped, converted": ("momentum", larger),
    "gd, ten times": ("gd", 0.007),
}
pairs = {}
print("cost at epoch" + " " * 13 + "".join(f"{epoch:>10}" for epoch in (0, 100, 200, 300, 400)))
for name, (optimizer, rate) in runs.items():
    pairs[name] = model(X, Y, layers_dims, optimizer, rate, num_epochs=500, print_cost=False)
    row = "".join(f"{pairs[name].cost_at(epoch):10.6f}" for epoch in (0, 100, 200, 300, 400))
    print(f"{name:>19}, {rate:.5f}{row}")
for one, other in (("damped", "undamped, converted"), ("undamped", "damped, converted")):
    apart = np.max(np.abs(pairs[one].costs - pairs[other].costs))
    print(f"{one} and {other}: the costs differ by {apart:.0e} at most")

# %% [markdown]
# Two groups of three. Within each, the two forms of momentum agree to rounding, once your conversion has set the rate. And gradient descent with ten times the rate does nearly what undamped momentum does at 0.0007.
#
# So momentum's gain is not here: section 8 shows where it is. And when you copy a learning rate from a paper, ask which form it was for.

# %% [markdown]
# ### Can the final accuracy tell a right Adam from a wrong one?
#
# Two broken Adams, made from yours by calling it wrongly: without bias correction ($t$ so large that nothing is left to correct), and with the two betas swapped.
#
# **Predict, then run:** does the accuracy after 5000 epochs give either of them away?


# %% nbgrader={"grade": false, "grade_id": "demo_wrong_adams", "locked": true, "schema_version": 3, "solution": false, "task": false}
def broken(how):
    """Your Adam, called wrongly."""

    def update(parameters, grads, v, s, t, rate, beta1, beta2, epsilon):
        if how == "no correction":
            t = 10**9
        if how == "betas swapped":
            beta1, beta2 = beta2, beta1
        return update_parameters_with_adam(parameters, grads, v, s, t, rate, beta1, beta2, epsilon)

    return training.adam(initialize_adam, update)


right = {"yours": histories["adam"]}
wrong = {
    how: model(X, Y, layers_dims, broken(how), print_cost=how) for how in ("no correction", "betas swapped")
}
print(f"        yours: accuracy {accuracies['adam'][5000]:.4f}")
for how, history in wrong.items():
    print(f"{how:>13}: accuracy {accuracy(X, Y, history.parameters):.4f}")
plot_costs(right | wrong, together=True)

# %% [markdown]
# You should see 0.9433, and for the broken ones 0.9433 and 0.9367: a difference of two points out of 300. Without any correction it is even faster at the start.
#
# So a test that trains and looks at the accuracy passes them both. That is why your Adam was checked piece by piece, from averages that are not 0 and at several $t$.

# %% [markdown]
# ## 8. How they walk
#
# A surface over the plane shows what 300 points and 30 parameters hide. Three landscapes: a **bowl** 25 times as steep across as along; a **saddle**, level in the middle; a **plateau** with a hole in it. One learning rate per optimizer, for all three. (Gradient descent would fly out of the bowl from 0.08 on; momentum has 0.02 in the undamped form.)

# %% [markdown]
# **Predict, then run.** On the saddle the start is almost exactly on the ridge: the slope that leads away from it is 0.0001. Who leaves first? And which two will hardly have moved on the plateau after 150 steps?

# %% nbgrader={"grade": false, "grade_id": "demo_paths", "locked": true, "schema_version": 3, "solution": false, "task": false}
from utils.surfaces import BOWL, PLATEAU, SADDLE

rates = {"gd": 0.07, "momentum": convert_learning_rate(0.02, 0.9, "damped"), "rmsprop": 0.05, "adam": 0.1}


def walk(surface, num_steps):
    """The path of each optimizer on a surface, from the same start."""
    return {
        name: training.descend(
            surface.gradient, surface.start, make_optimizer(name), learning_rate=rate, num_steps=num_steps
        )
        for name, rate in rates.items()
    }


for surface in (BOWL, SADDLE, PLATEAU):
    display(plot_paths(surface, walk(surface, 150)))

# %% [markdown]
# A path does not show *when*. Here are the same 150 steps as three films, which start again by themselves. Watch the middle of the saddle: how long does plain gradient descent wait there, and who is long gone?

# %% nbgrader={"grade": false, "grade_id": "demo_films", "locked": true, "schema_version": 3, "solution": false, "task": false}
for surface in (BOWL, SADDLE, PLATEAU):
    display(animate_paths(surface, walk(surface, 150), num_frames=30))


# %% nbgrader={"grade": false, "grade_id": "demo_stays", "locked": true, "schema_version": 3, "solution": false, "task": false}
def steps_until(surface, path, height):
    """After how many steps the path is below a height for the first time."""
    below = np.flatnonzero(surface.value(*path.T) < height)
    return below[0] if below.size else None


print("steps until        " + "".join(f"{name:>10}" for name in rates))
for surface, height, words in (
    (BOWL, 0.01, "in the bowl"),
    (SADDLE, -0.1, "off the saddle"),
    (PLATEAU, 0.5, "off the plateau"),
):
    paths = walk(surface, 1000)
    print(f"{words:>19}" + "".join(f"{steps_until(surface, path, height):>10}" for path in paths.values()))
plot_heights(SADDLE, walk(SADDLE, 200))

# %% [markdown]
# **Bowl:** all arrive, and plain gradient descent first: where slopes are steep, its steps are long. RMSprop and Adam move by about their rate, however far the goal.
#
# **Saddle, plateau:** now the order is reversed. Tiny slopes make tiny steps: gradient descent takes 127 steps on the saddle, 908 on the plateau. Momentum adds the slopes up, and needs 88 and 360. RMSprop and Adam divide by them, and leave after 10 to 20.

# %% [markdown]
# ## 9. Learning rates that decay
#
# A large rate covers ground early and never settles; a small one settles, and takes for ever. Robbins and Monro (1951) proved what to do: begin large, let it shrink. The simplest rule, **inverse-time decay**:
#
# $$\alpha = \frac{\alpha_0}{1 + \text{decay rate} \cdot \text{epoch}}$$
#
# (It is often called exponential. There is no exponent in it.) **Write `update_lr`.**


# %% nbgrader={"grade": false, "grade_id": "decay", "locked": false, "schema_version": 3, "solution": true, "task": false}
def update_lr(learning_rate0, epoch_num, decay_rate):
    """Inverse-time decay of the learning rate.

    learning_rate0: the rate at epoch 0, from which every later rate is computed.
    epoch_num: the number of the epoch, 0, 1, 2, ...
    Returns the learning rate of this epoch, a number.
    """
    ### BEGIN SOLUTION
    return learning_rate0 / (1 + decay_rate * epoch_num)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_decay_start", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Decay: at epoch 0 the rate is learning_rate0. (2 points)
check(update_lr, "start")
### BEGIN HIDDEN TESTS
from grading.verify import verify

verify(update_lr, "start")
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_decay_decay", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
# Decay: the rates of later epochs. (3 points)
check(update_lr, "decay")
### BEGIN HIDDEN TESTS
from grading.verify import verify

verify(update_lr, "decay")
### END HIDDEN TESTS

# %% [markdown]
# With a decay rate of 1, the rate is halved after one epoch and down to a thousandth after 999. Too much, too soon? The remedy: drop only every `time_interval` epochs, and stay level in between.
#
# $$\alpha = \frac{\alpha_0}{1 + \text{decay rate} \cdot \lfloor \text{epoch} \,/\, \text{time interval} \rfloor}$$
#
# $\lfloor\ \rfloor$ rounds down (`np.floor`, or `//`). **Write `schedule_lr_decay`.**


# %% nbgrader={"grade": false, "grade_id": "schedule", "locked": false, "schema_version": 3, "solution": true, "task": false}
def schedule_lr_decay(learning_rate0, epoch_num, decay_rate, time_interval=1000):
    """Inverse-time decay in steps: the learning rate drops every time_interval epochs.

    learning_rate0: the rate until the first drop, from which every later rate is computed.
    epoch_num: the number of the epoch, 0, 1, 2, ...
    Returns the learning rate of this epoch, a number.
    """
    ### BEGIN SOLUTION
    return learning_rate0 / (1 + decay_rate * np.floor(epoch_num / time_interval))
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_schedule_drops", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
# Schedule: the rate at the epochs where it drops. (3 points)
check(schedule_lr_decay, "at the drops")
### BEGIN HIDDEN TESTS
from grading.verify import verify

verify(schedule_lr_decay, "at the drops")
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_schedule_between", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
# Schedule: the rate stays level between two drops. (4 points)
check(schedule_lr_decay, "between the drops")
### BEGIN HIDDEN TESTS
from grading.verify import verify

verify(schedule_lr_decay, "between the drops")
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_schedule_default", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Schedule: without time_interval it drops every 1000 epochs. (2 points)
check(schedule_lr_decay, "default interval")
### BEGIN HIDDEN TESTS
from grading.verify import verify

verify(schedule_lr_decay, "default interval")
### END HIDDEN TESTS

# %% nbgrader={"grade": false, "grade_id": "demo_rates", "locked": true, "schema_version": 3, "solution": false, "task": false}
plot_learning_rates(
    {
        "update_lr, decay rate 1": lambda epoch: update_lr(0.1, epoch, 1),
        "schedule_lr_decay, decay rate 1": lambda epoch: schedule_lr_decay(0.1, epoch, 1),
    },
    5000,
)

# %% [markdown]
# **Predict, then run.** Gradient descent gets the rate 0.1 this time, more than a hundred times 0.0007, and one of the two decays; Adam gets 0.01 and the schedule. Which of the three will reach the 0.94 of Adam without any decay?

# %% nbgrader={"grade": false, "grade_id": "demo_decays", "locked": true, "schema_version": 3, "solution": false, "task": false}
runs = {
    "gd, update_lr": ("gd", 0.1, update_lr),
    "gd, schedule": ("gd", 0.1, schedule_lr_decay),
    "adam, schedule": ("adam", 0.01, schedule_lr_decay),
}
decayed = {
    name: model(X, Y, layers_dims, optimizer, rate, decay=decay, print_cost=name)
    for name, (optimizer, rate, decay) in runs.items()
}
print("cost at epoch         0     1000     2000     3000     4000   accuracy")
for name, history in decayed.items():
    row = "".join(f"{history.cost_at(epoch):9.6f}" for epoch in (0, 1000, 2000, 3000, 4000))
    print(f"{name:>14}{row}   {accuracy(X, Y, history.parameters):.4f}")
plot_costs(decayed, together=True)

# %% [markdown]
# You should see 0.6533, 0.9433 and 0.9400. The same gradient descent, the same 0.1: decayed after every epoch it freezes at a cost of 0.66, before it has learned anything. Decayed every 1000 epochs it matches Adam. (Even without any decay 0.1 would do well here. A decay has to leave time for the work.)

# %% [markdown]
# ## What to take with you
#
# - Mini-batches: more steps for the same work; shuffle X and Y together.
# - Momentum: an average of gradients. Damped or undamped? Convert with $1 - \beta$.
# - RMSprop: steps of equal length in every direction.
# - Adam: both, with bias correction. $\varepsilon$ outside the root.
# - Decay: large first, then small, and not too soon.
# - Print the mean of the epoch, not the last batch.
# - A table of accuracies says when somebody stopped. Compare whole curves, and tune each rate.
# - A right result is no proof of right code: test the pieces.

# %% [markdown]
# Before you hand in: *Kernel → Restart Kernel and Run All Cells*, then save.
#
# **Sources.** H. Robbins, S. Monro, *A stochastic approximation method*, 1951; L. Bottou, F. Curtis, J. Nocedal, *Optimization methods for large-scale machine learning*, 2018. B. Polyak, *Some methods of speeding up the convergence of iteration methods*, 1964. I. Sutskever, J. Martens, G. Dahl, G. Hinton, *On the importance of initialization and momentum in deep learning*, 2013. G. Hinton, *Neural networks for machine learning*, lecture 6e, 2012. D. Kingma, J. Ba, *Adam: a method for stochastic optimization*, 2015.
