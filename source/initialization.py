# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Initialization
#
# Training needs a place to start. You will train one small network from several starting points, see some of them fail for good, find out what went wrong inside, and derive the rule that most ReLU networks start from today.
#
# You need: a forward and a backward pass that you have seen once, NumPy arrays, a `for` loop. **30 points**, about an hour and a half.

# %% [markdown]
# **How it works.** Run the cells in order with Shift+Enter. Where a cell says `# YOUR CODE HERE`, write your answer and take out the line `raise NotImplementedError()`. The cell below it checks your answer on a few examples; your mark comes from other examples of the same kind.

# %% nbgrader={"grade": false, "grade_id": "imports", "locked": true, "schema_version": 3, "solution": false, "task": false}
import numpy as np

from utils.checks import check, check_answer
from utils.network import accuracy, backward_propagation, forward_propagation
from utils.training import train

# %% [markdown]
# ## The task
#
# Two noisy circles, one inside the other: 300 points to train on, 100 to test on. Each column of `X_train` is a point, and `Y_train` holds its class, 0 or 1. No straight line separates them, so the hidden layers have to do something useful.

# %% nbgrader={"grade": false, "grade_id": "demo_data", "locked": true, "schema_version": 3, "solution": false, "task": false}
from utils.datasets import load_circles
from utils.plots import plot_activations, plot_costs, plot_decision_boundaries, plot_spread

X_train, Y_train, X_test, Y_test = load_circles()
print("X_train", X_train.shape, " Y_train", Y_train.shape)
plot_decision_boundaries({"the training points": lambda points: 0.5 + 0 * points[0]}, X_train, Y_train)

# %% [markdown]
# The network has 2 inputs, hidden layers of 10 and 5 ReLU units, and one sigmoid output. `model` trains it with 15 000 steps of gradient descent, each on all 300 points. In every run below the data, the network, the learning rate and the steps are the same. **Only the starting point differs**, and that part is yours.


# %% nbgrader={"grade": false, "grade_id": "given_model", "locked": true, "schema_version": 3, "solution": false, "task": false}
def model(X, Y, learning_rate=0.01, num_iterations=15000, print_cost=True, initialization="he", seed=3):
    """Train the network [2, 10, 5, 1] from a chosen start.

    initialization: "zeros", "random" or "he" (your functions), or any function of layers_dims.
    Returns a history: history.costs, history.iterations, history.parameters (after the last step).
    """
    layers_dims = [X.shape[0], 10, 5, 1]
    np.random.seed(seed)
    if initialization == "zeros":
        parameters = initialize_parameters_zeros(layers_dims)
    elif initialization == "random":
        parameters = initialize_parameters_random(layers_dims)
    elif initialization == "he":
        parameters = initialize_parameters_he(layers_dims)
    else:
        parameters = initialization(layers_dims)
    how = {"learning_rate": learning_rate, "num_iterations": num_iterations, "record_every": 100}
    history = train(X, Y, parameters, progress=print_cost, **how)
    if print_cost:
        steps = [step for step in (0, 1000, 5000, 10000, 14000) if step < num_iterations]
        print("step" + "".join(f"{step:>9}" for step in steps))
        print("cost" + "".join(f"{history.cost_at(step):9.4f}" for step in steps))
    return history


def print_accuracies(history):
    """The share of points that a trained network puts into the right class."""
    train_accuracy = accuracy(X_train, Y_train, history.parameters)
    test_accuracy = accuracy(X_test, Y_test, history.parameters)
    print(f"accuracy: {train_accuracy:.2f} on the training points, {test_accuracy:.2f} on the test points")


# %% [markdown]
# ## 1. All zeros
#
# The simplest start: every weight and every bias is 0.
#
# `layers_dims` lists the width of each layer, the input first: `[2, 10, 5, 1]`. Layer $l$ takes the $n_{l-1}$ numbers of the layer before and makes $n_l$ new ones. So `W1` has shape (10, 2) and `b1` has shape (10, 1).
#
# **Write `initialize_parameters_zeros`.**


# %% nbgrader={"grade": false, "grade_id": "zeros", "locked": false, "schema_version": 3, "solution": true, "task": false}
def initialize_parameters_zeros(layers_dims):
    """Parameters that are all 0.

    layers_dims: list of the widths [n_0, n_1, ..., n_L], the input first.
    Returns a dictionary with W1, b1, ..., WL, bL:
      Wl  zeros of shape (n_l, n_{l-1})
      bl  zeros of shape (n_l, 1)
    """
    ### BEGIN SOLUTION
    parameters = {}
    for l in range(1, len(layers_dims)):
        parameters[f"W{l}"] = np.zeros((layers_dims[l], layers_dims[l - 1]))
        parameters[f"b{l}"] = np.zeros((layers_dims[l], 1))
    return parameters
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_zeros_shapes", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
# Zeros: the keys and shapes, for networks of any depth. (3 points)
check(initialize_parameters_zeros, "shapes")
### BEGIN HIDDEN TESTS
from grading.verify import verify

verify(initialize_parameters_zeros, "shapes")
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_zeros_values", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
# Zeros: every number is 0. (3 points)
check(initialize_parameters_zeros, "values")
### BEGIN HIDDEN TESTS
from grading.verify import verify

verify(initialize_parameters_zeros, "values")
### END HIDDEN TESTS

# %% [markdown]
# **Predict, then run.** All weights are 0. What does the network answer for a point, before any training? What is the cost then? And what will 15 000 steps change about it?

# %% nbgrader={"grade": false, "grade_id": "demo_zeros", "locked": true, "schema_version": 3, "solution": false, "task": false}
zeros = model(X_train, Y_train, initialization="zeros")
print_accuracies(zeros)

# %% [markdown]
# You should see a cost of 0.6931 from the first step to the last, and an accuracy of 0.50. Every output is sigmoid(0) = 1/2, and the cost of answering "one half" is always $-\ln \tfrac12 = \ln 2 = 0.6931$. Remember this number: it is the cost of knowing nothing.
#
# Why does nothing move? Look at the gradients.

# %% nbgrader={"grade": false, "grade_id": "demo_zero_gradients", "locked": true, "schema_version": 3, "solution": false, "task": false}
parameters = initialize_parameters_zeros([2, 10, 5, 1])
output, cache = forward_propagation(X_train, parameters)
gradients = backward_propagation(X_train, Y_train, cache)
for name in ("dW1", "db1", "dW2", "db2", "dW3", "db3"):
    print(f"largest entry of {name}: {np.max(np.abs(gradients[name]))}")

# %% [markdown]
# Every gradient is exactly 0. The gradient of `W3` contains a factor $A_2$, and $A_2 = \mathrm{ReLU}(0) = 0$. The gradients further down contain `W3`, which is 0 too. Only `db3`, the mean of output − label, could differ from 0, and it does not, because half of the labels are 1.
#
# This network does less than logistic regression: it never starts.

# %% [markdown]
# ### Any equal numbers?
#
# You may have read that zeros make all units "learn the same thing". Here they learn nothing at all. To see the story about equal units, start from equal weights that are *not* 0.
#
# **Predict, then run.** All weights are 0.5, all biases 0. Ten hidden units in layer 1 start as twins. After 15 000 steps, how many different rows does `W1` have?


# %% nbgrader={"grade": false, "grade_id": "demo_symmetry", "locked": true, "schema_version": 3, "solution": false, "task": false}
def all_one_half(layers_dims):
    """Your zeros, with 0.5 added to each weight."""
    zeros = initialize_parameters_zeros(layers_dims)
    return {name: value + 0.5 if name.startswith("W") else value for name, value in zeros.items()}


equal = model(X_train, Y_train, initialization=all_one_half)
print_accuracies(equal)
print("W1 after training:")
print(np.round(equal.parameters["W1"], 4))

# %% nbgrader={"grade": false, "grade_id": "demo_symmetry_plot", "locked": true, "schema_version": 3, "solution": false, "task": false}
plot_decision_boundaries(
    {"all zeros": zeros.parameters, "all weights 0.5": equal.parameters}, X_train, Y_train
)

# %% [markdown]
# One row, ten times (cost 0.6485 at step 14 000, accuracy 0.58). Equal units compute equal outputs, receive equal gradients, and stay equal. You paid for ten units and got one, and one unit can only draw a straight edge.
#
# So the weights of different units must **differ** at the start. Nothing is easier: draw them at random. The biases may stay 0.

# %% [markdown]
# ## 2. Large random weights
#
# **Write `initialize_parameters_random`**: each weight is drawn from the normal distribution (mean 0, standard deviation 1) and multiplied by 10; the biases are 0.
#
# `np.random.randn(4, 3)` draws an array of shape (4, 3). Do not call `np.random.seed` in your function: whoever calls it decides about that.


# %% nbgrader={"grade": false, "grade_id": "random", "locked": false, "schema_version": 3, "solution": true, "task": false}
def initialize_parameters_random(layers_dims):
    """Large random weights, and biases that are 0.

    layers_dims: list of the widths [n_0, n_1, ..., n_L], the input first.
    Returns a dictionary with W1, b1, ..., WL, bL:
      Wl  shape (n_l, n_{l-1}), each entry 10 times a draw from the normal distribution
      bl  zeros of shape (n_l, 1)
    """
    ### BEGIN SOLUTION
    parameters = {}
    for l in range(1, len(layers_dims)):
        parameters[f"W{l}"] = np.random.randn(layers_dims[l], layers_dims[l - 1]) * 10
        parameters[f"b{l}"] = np.zeros((layers_dims[l], 1))
    return parameters
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_random_shapes", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Random: the keys and shapes, for networks of any depth. (2 points)
check(initialize_parameters_random, "shapes")
### BEGIN HIDDEN TESTS
from grading.verify import verify

verify(initialize_parameters_random, "shapes")
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_random_biases", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Random: every bias is 0. (2 points)
check(initialize_parameters_random, "biases")
### BEGIN HIDDEN TESTS
from grading.verify import verify

verify(initialize_parameters_random, "biases")
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_random_weights", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
# Random: the weights of every layer are normal, with mean 0 and standard deviation 10. (4 points)
check(initialize_parameters_random, "weights")
### BEGIN HIDDEN TESTS
from grading.verify import verify

verify(initialize_parameters_random, "weights")
### END HIDDEN TESTS

# %% [markdown]
# **Predict, then run.** With weights this large, how sure is the network of its first answers? About half of them are wrong. What does it cost to be sure and wrong?

# %% nbgrader={"grade": false, "grade_id": "demo_random", "locked": true, "schema_version": 3, "solution": false, "task": false}
large = model(X_train, Y_train, initialization="random")
print_accuracies(large)
plot_decision_boundaries(
    {"all weights 0.5": equal.parameters, "random, times 10": large.parameters}, X_train, Y_train
)

# %% [markdown]
# The units differ now, and the network learns: accuracy about 0.83 and 0.86. But the first cost is `inf`. The sums in the last layer are in the thousands; the sigmoid of such a number is 1 to the last digit, and $-\ln(1 - 1)$ is infinite.
#
# Then the cost falls from 0.62 (step 1000) to about 0.38 (step 14 000), in jumps. Your last digits may differ from your neighbour's: these runs are chaotic.

# %% [markdown]
# ## 3. So, smaller is better?
#
# "Small random values do better", many courses say at this point. Test it. These are the same random draws as before, times 0.01, 0.1, 0.3, 1 and 2, next to the 10 you have.
#
# **Predict, then run.** Put the six scales in order, the lowest final cost first. Write your order down.


# %% nbgrader={"grade": false, "grade_id": "demo_scales", "locked": true, "schema_version": 3, "solution": false, "task": false}
def random_times(scale):
    """An initialization: your random draws, but times `scale`."""

    def initialize(layers_dims):
        draws = initialize_parameters_random(layers_dims)
        return {name: value * (scale / 10) for name, value in draws.items()}

    return initialize


scales = {
    f"times {scale}": model(X_train, Y_train, print_cost=False, initialization=random_times(scale))
    for scale in (0.01, 0.1, 0.3, 1, 2)
}
scales["times 10"] = large
for name, history in scales.items():
    test_accuracy = accuracy(X_test, Y_test, history.parameters)
    print(f"{name:>10}:   cost {history.cost_at(14000):.4f}   test accuracy {test_accuracy:.2f}")
plot_costs(scales, together=True)

# %% [markdown]
# You should see costs (at step 14 000) of 0.6931, 0.6925, 0.3135, 0.0637, about 0.08 and about 0.38.
#
# The *smallest* scale is the worst: 0.01 stays at ln 2 for 15 000 steps, just like zeros. 0.1 has barely begun. The best of these is 1, in the middle. Too large is bad, too small is worse, and it took six trainings to find out. What decides? Look inside.

# %% [markdown]
# ## 4. Look inside: the spread of the activations
#
# A network can tell two points apart only if its activations differ between them. How much they differ is their standard deviation, their **spread**. Here are two networks with six hidden layers of 100 units, before any training. Read each row from left to right.


# %% nbgrader={"grade": false, "grade_id": "given_deep_network", "locked": true, "schema_version": 3, "solution": false, "task": false}
def deep_network(c, depth=20, width=100):
    """`depth` hidden ReLU layers of equal width and one output; W = draws * sqrt(c / width), b = 0."""
    rng = np.random.RandomState(2)
    parameters = {}
    for l in range(1, depth + 1):
        parameters[f"W{l}"] = rng.randn(width, width) * np.sqrt(c / width)
        parameters[f"b{l}"] = np.zeros((width, 1))
    parameters[f"W{depth + 1}"] = rng.randn(1, width) * np.sqrt(c / width)
    parameters[f"b{depth + 1}"] = np.zeros((1, 1))
    return parameters


X_noise = np.random.RandomState(0).randn(100, 200)  # 200 made-up examples of 100 numbers each


# %% nbgrader={"grade": false, "grade_id": "demo_activations", "locked": true, "schema_version": 3, "solution": false, "task": false}
def hidden_layers(c, depth):
    """A1, A2, ... of a deep network, as the forward pass leaves them in its cache."""
    output, cache = forward_propagation(X_noise, deep_network(c, depth))
    return cache[1 : 4 * depth : 4]


plot_activations({"c = 0.5": hidden_layers(0.5, 6), "c = 4": hidden_layers(4, 6)})

# %% [markdown]
# With $c = 0.5$ the signal dies: after six layers all activations are close to 0, whatever the input. With $c = 4$ it grows from layer to layer. (The tall bar at 0 is ReLU: it sets about half of the values to 0.)
#
# Now measure it. `forward_propagation(X, parameters)` returns the output and a cache, the tuple $(Z_1, A_1, W_1, b_1, Z_2, A_2, W_2, b_2, \dots)$ with four entries for each layer.

# %% [markdown]
# **Write `activation_spread`**: one number for each layer, the standard deviation (`np.std`) of all entries of its $A_l$ together. The output layer counts as a layer; the input `X` does not.


# %% nbgrader={"grade": false, "grade_id": "spread", "locked": false, "schema_version": 3, "solution": true, "task": false}
def activation_spread(parameters, X):
    """The spread of the activations, layer by layer.

    parameters: dictionary with W1, b1, ..., WL, bL, for any number L of layers.
    X: inputs of shape (n_0, m), one example per column.
    Returns a list of L numbers: the standard deviations of A1, ..., AL.
    """
    ### BEGIN SOLUTION
    output, cache = forward_propagation(X, parameters)
    spreads = []
    for place in range(1, len(cache), 4):
        spreads.append(np.std(cache[place]))
    return spreads
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_spread_layers", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Spread: one number for each layer, for networks of any depth. (2 points)
check(activation_spread, "layers")
### BEGIN HIDDEN TESTS
from grading.verify import verify

verify(activation_spread, "layers")
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_spread_values", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Spread: each number is the standard deviation of that layer's activations. (2 points)
check(activation_spread, "values")
### BEGIN HIDDEN TESTS
from grading.verify import verify

verify(activation_spread, "values")
### END HIDDEN TESTS

# %% [markdown]
# First, the riddle of section 3. Here is the spread in our small network at step 0, for each of the six scales.

# %% nbgrader={"grade": false, "grade_id": "demo_small_spread", "locked": true, "schema_version": 3, "solution": false, "task": false}
print("              layer 1   layer 2    output")
for scale in (0.01, 0.1, 0.3, 1, 2, 10):
    np.random.seed(3)
    spreads = activation_spread(random_times(scale)([2, 10, 5, 1]), X_train)
    print(f"times {scale:<5}" + "".join(f"{spread:10.2g}" for spread in spreads))

# %% [markdown]
# At 0.01 the outputs for all 300 points differ by less than a millionth: the network says "one half" to everybody, and its gradients are as tiny as its signals. At 10 the spread explodes to 150 in layer 2, and the sigmoid is stuck at its end, where it can no longer tell points apart. At 1 the spread stays between 0.1 and 2 all the way.
#
# Three layers forgive a lot. Twenty do not.


# %% nbgrader={"grade": false, "grade_id": "demo_deep", "locked": true, "schema_version": 3, "solution": false, "task": false}
def hidden_spread(c):
    """Your spread in the 20 hidden layers of a deep network."""
    return activation_spread(deep_network(c), X_noise)[:20]


plot_spread({f"c = {c}": hidden_spread(c) for c in (0.5, 1, 4, 8)})

# %% [markdown]
# The scale is logarithmic, and the lines are straight: each layer multiplies the spread by the same factor. Below 1 the signal dies, above 1 it explodes, and depth does the rest.
#
# **Find the $c$** with which the spread stays the same through all 20 layers. Play in the next cell. The draws are random, so "the same" means: the last layer within a factor of 2 of the first.

# %%
c = 1
spread = hidden_spread(c)
print(f"layer 1: {spread[0]:.3g}   layer 20: {spread[19]:.3g}   ratio: {spread[19] / spread[0]:.3g}")

# %% [markdown]
# **Write down the $c$ that you found**, as `factor_relu = ...` with your number.

# %% nbgrader={"grade": false, "grade_id": "relu_factor", "locked": false, "schema_version": 3, "solution": true, "task": false}
# factor_relu = the c that keeps the spread the same through 20 ReLU layers
### BEGIN SOLUTION
factor_relu = 2
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_relu_factor", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# The factor c for ReLU; before grading, only whether it is a number is checked. (1 point)
check_answer("factor_relu", factor_relu)
### BEGIN HIDDEN TESTS
from grading.verify import verify_answer

verify_answer("factor_relu", factor_relu)
### END HIDDEN TESTS

# %% [markdown]
# ## 5. The rule of He
#
# Why that number? Follow the mean square $q$ of the numbers in one layer to the next.
#
# - A sum $z = w_1 a_1 + \dots + w_n a_n$ has mean square $n v q$, if the weights are random with mean 0 and mean square $v$: $n$ terms, $v q$ each.
# - ReLU sets the negative half of the $z$ to 0. The mean square of what is left is $n v q / 2$.

# %% [markdown]
# The mean square stays at $q$ if $v = 2/n$: weights of standard deviation $\sqrt{2/n}$. Here $n$ is the number of units in the layer *before*, because that is how many terms each sum has. Kaiming He and colleagues derived this in 2015.
#
# **Write `initialize_parameters_he`**: as in section 2, but instead of 10 the factor is $\sqrt{2 / n_{l-1}}$, a different one for each layer.


# %% nbgrader={"grade": false, "grade_id": "he", "locked": false, "schema_version": 3, "solution": true, "task": false}
def initialize_parameters_he(layers_dims):
    """Random weights at He's scale, and biases that are 0.

    layers_dims: list of the widths [n_0, n_1, ..., n_L], the input first.
    Returns a dictionary with W1, b1, ..., WL, bL:
      Wl  shape (n_l, n_{l-1}), draws from the normal distribution times sqrt(2 / n_{l-1})
      bl  zeros of shape (n_l, 1)
    """
    ### BEGIN SOLUTION
    parameters = {}
    for l in range(1, len(layers_dims)):
        n, n_prev = layers_dims[l], layers_dims[l - 1]
        parameters[f"W{l}"] = np.random.randn(n, n_prev) * np.sqrt(2 / n_prev)
        parameters[f"b{l}"] = np.zeros((n, 1))
    return parameters
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_he_shapes", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# He: the keys and shapes, for networks of any depth. (2 points)
check(initialize_parameters_he, "shapes")
### BEGIN HIDDEN TESTS
from grading.verify import verify

verify(initialize_parameters_he, "shapes")
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_he_biases", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# He: every bias is 0. (2 points)
check(initialize_parameters_he, "biases")
### BEGIN HIDDEN TESTS
from grading.verify import verify

verify(initialize_parameters_he, "biases")
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_he_scale", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
# He: the weights of layer l are normal, with standard deviation sqrt(2 / n_{l-1}). (6 points)
check(initialize_parameters_he, "scale")
### BEGIN HIDDEN TESTS
from grading.verify import verify

verify(initialize_parameters_he, "scale")
### END HIDDEN TESTS

# %% [markdown]
# **Predict, then run.** Where does the cost start, compared with ln 2 = 0.6931 and with `inf`? Will He beat the winner of section 3, the scale 1 with its 0.0637?

# %% nbgrader={"grade": false, "grade_id": "demo_he", "locked": true, "schema_version": 3, "solution": false, "task": false}
he = model(X_train, Y_train, initialization="he")
print_accuracies(he)
plot_costs({"all zeros": zeros, "random, times 10": large, "He": he})

# %% nbgrader={"grade": false, "grade_id": "demo_boundaries", "locked": true, "schema_version": 3, "solution": false, "task": false}
plot_decision_boundaries(
    {"all zeros": zeros.parameters, "random, times 10": large.parameters, "He": he.parameters},
    X_train,
    Y_train,
)

# %% [markdown]
# You should see 0.8831, 0.6880, 0.5305, 0.1502 and 0.0736 at the five steps, and accuracies of 0.99 and 0.96.
#
# He does *not* beat the scale 1 here. The two cannot differ much: layer 1 has $n = 2$ inputs, and $\sqrt{2/2} = 1$. And one run is one draw: call `model` with `seed=0`, and He is still at 0.66 at step 14 000. In a small network, luck counts as much as the rule.

# %%
# Free to use: for example model(X_train, Y_train, initialization="he", seed=0)

# %% [markdown]
# ### Where the rule earns its name
#
# Make the network deeper: 8 hidden layers of 20 units, 2000 steps, the same data.
#
# **Predict, then run.** Which of these will learn: the scale 0.1, the scale 1 (our winner), or He?


# %% nbgrader={"grade": false, "grade_id": "demo_deep_training", "locked": true, "schema_version": 3, "solution": false, "task": false}
def train_deep(name, initialize):
    """2000 steps with 8 hidden layers of 20 units."""
    np.random.seed(3)
    start = initialize([2] + 8 * [20] + [1])
    how = {"learning_rate": 0.01, "num_iterations": 2000, "record_every": 20}
    with np.errstate(all="ignore"):  # the scale 1 overflows
        history = train(X_train, Y_train, start, progress=name, **how)
        print_accuracies(history)
    return history


deep_tenth = train_deep("times 0.1", random_times(0.1))
deep_one = train_deep("times 1", random_times(1))
deep_he = train_deep("He", initialize_parameters_he)
plot_costs({"times 0.1": deep_tenth, "times 1": deep_one, "He": deep_he})

# %% [markdown]
# The winner of section 3 is dead: its first cost is `inf`, its first step throws the weights far away, and nothing comes back (you see ln 2 or `nan`, and an accuracy of 0.50). The scale 0.1 never leaves ln 2. He reaches about 0.05. (The spikes on the way are single steps that were too long.)

# %% [markdown]
# And there was nothing to search for. The scale 0.3 would learn here, too. No wonder: $\sqrt{2/20} = 0.32$. He's rule finds that number by itself, for each layer.

# %% [markdown]
# ## 6. Another activation
#
# A *leaky* ReLU lets part of the negative values through. This one halves them: $z$ becomes $z/2$ where $z < 0$.
#
# **Think first.** What share of the mean square is left after it? ReLU leaves 1/2, and its factor is 2. Which factor $c$ does this leaky ReLU need? Then use the next cell to see whether the spread stays the same.


# %% nbgrader={"grade": false, "grade_id": "given_leaky", "locked": true, "schema_version": 3, "solution": false, "task": false}
def leaky_spread(c, depth=20, width=100):
    """The spread in each hidden layer of the deep network with the leaky ReLU max(z, z / 2)."""
    parameters = deep_network(c, depth, width)
    A, spreads = X_noise, []
    for l in range(1, depth + 1):
        Z = parameters[f"W{l}"] @ A
        A = np.maximum(Z, Z / 2)
        spreads.append(np.std(A))
    return spreads


# %%
c = 2
spread = leaky_spread(c)
print(f"layer 1: {spread[0]:.3g}   layer 20: {spread[19]:.3g}   ratio: {spread[19] / spread[0]:.3g}")

# %% [markdown]
# **Write down your factor**, as `factor_leaky = ...` with your number.

# %% nbgrader={"grade": false, "grade_id": "leaky_factor", "locked": false, "schema_version": 3, "solution": true, "task": false}
# factor_leaky = the c that keeps the spread the same through 20 leaky layers
### BEGIN SOLUTION
factor_leaky = 8 / 5
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_leaky_factor", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# The factor c for the leaky ReLU; before grading, only whether it is a number is checked. (1 point)
check_answer("factor_leaky", factor_leaky)
### BEGIN HIDDEN TESTS
from grading.verify import verify_answer

verify_answer("factor_leaky", factor_leaky)
### END HIDDEN TESTS

# %% [markdown]
# ## What to remember
#
# - ln 2 = 0.693 is the cost of knowing nothing. A cost that starts far above is over-confident; one that stays there is dead.
# - Equal weights stay equal: random draws break the symmetry. Biases may be 0.
# - Scale decides. Each layer multiplies the spread, and depth multiplies the mistake.
# - ReLU: standard deviation $\sqrt{2/n_{l-1}}$. Another activation, another factor.

# %% [markdown]
# Before you hand in: *Kernel → Restart Kernel and Run All Cells*, then save.
#
# **Sources.** K. He, X. Zhang, S. Ren, J. Sun, *Delving deep into rectifiers* (ICCV 2015): the factor 2, and the leaky case. X. Glorot, Y. Bengio, *Understanding the difficulty of training deep feedforward neural networks* (AISTATS 2010): the idea of keeping the spread, for tanh.
