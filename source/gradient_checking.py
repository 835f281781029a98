# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Gradient checking
#
# A backward pass that is slightly wrong still trains. It trains worse, and nothing tells you. Here you build the tool that tells you:
#
# - you compare a gradient with the slope of the cost;
# - you find and mend two faults in a backward pass;
# - you learn how small a difference is small enough;
# - you write a detector that names the wrong entries by itself.
#
# You need: forward and backward propagation, seen once. **50 points**, about two hours.

# %% [markdown]
# **How it works.** Run the cells in order with Shift+Enter. Where a cell says `# YOUR CODE HERE`, write your answer and take out the line `raise NotImplementedError()`. The cells below it check your answer on a few examples; your mark comes from other examples of the same kind.

# %% nbgrader={"grade": false, "grade_id": "imports", "locked": true, "schema_version": 3, "solution": false, "task": false}
import numpy as np

from utils.checks import check, check_answer
from utils.network import relu, sigmoid
from utils.vectors import dictionary_to_vector, gradients_to_vector, vector_to_dictionary

# %% [markdown]
# ## 1. The idea, with one number
#
# A derivative is a slope. If $J(\theta)$ is a cost, its slope at $\theta$ can be read off two points close by:
#
# $$\frac{dJ}{d\theta} \approx \frac{J(\theta + \varepsilon) - J(\theta - \varepsilon)}{2\varepsilon}$$
#
# This takes two forward passes and no calculus, so it can check the calculus. We begin with the smallest model there is, $J(\theta) = \theta x$.

# %% [markdown]
# **Write the forward pass.** `forward_propagation` returns the cost $J(\theta) = \theta x$ for two numbers, `x` and `theta`.


# %% nbgrader={"grade": false, "grade_id": "forward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def forward_propagation(x, theta):
    """The cost of the one-number model.

    x -- the input, a number
    theta -- the parameter, a number

    Returns J, a number.
    """
    ### BEGIN SOLUTION
    J = np.dot(theta, x)
    return J
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_forward_value", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# The cost is theta times x. (2 points)
check(forward_propagation, "value")
### BEGIN HIDDEN TESTS
from grading.verify import verify

verify(forward_propagation, "value")
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_forward_special_values", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# It also holds where theta is 0, 1 or negative. (1 point)
check(forward_propagation, "special values")
### BEGIN HIDDEN TESTS
from grading.verify import verify

verify(forward_propagation, "special values")
### END HIDDEN TESTS

# %% [markdown]
# **Write the backward pass:** `backward_propagation` returns the derivative $dJ/d\theta$. Think before you type: by which of the two letters do we differentiate?


# %% nbgrader={"grade": false, "grade_id": "backward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def backward_propagation(x, theta):
    """The derivative of J by theta.

    x -- the input, a number
    theta -- the parameter, a number

    Returns dJ/dtheta, a number.
    """
    ### BEGIN SOLUTION
    dtheta = x
    return dtheta
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_backward_value", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# The derivative by theta is x. (2 points)
check(backward_propagation, "value")
### BEGIN HIDDEN TESTS
from grading.verify import verify

verify(backward_propagation, "value")
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_backward_any_theta", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
# It does not depend on theta. (1 point)
check(backward_propagation, "any theta")
### BEGIN HIDDEN TESTS
from grading.verify import verify

verify(backward_propagation, "any theta")
### END HIDDEN TESTS

# %% [markdown]
# ## 2. The check
#
# Two numbers that should agree are compared by their *relative* difference, which is the same whether the gradients are large or small:
#
# $$\text{difference} = \frac{\lVert grad - gradapprox \rVert}{\lVert grad \rVert + \lVert gradapprox \rVert}$$
#
# It is 0 when they are equal, and at most 1. For single numbers, $\lVert\cdot\rVert$ is the absolute value; `np.linalg.norm` does both.
#
# **Write `gradient_check`:** shift `theta` by `epsilon` to both sides, call your `forward_propagation` twice, your `backward_propagation` once, and return the difference.


# %% nbgrader={"grade": false, "grade_id": "check", "locked": false, "schema_version": 3, "solution": true, "task": false}
def gradient_check(x, theta, epsilon=1e-7):
    """Compare backward_propagation with the slope of forward_propagation.

    x, theta -- numbers
    epsilon -- how far theta is shifted to either side

    Returns the relative difference, a number between 0 and 1.
    """
    ### BEGIN SOLUTION
    J_plus = forward_propagation(x, theta + epsilon)
    J_minus = forward_propagation(x, theta - epsilon)
    gradapprox = (J_plus - J_minus) / (2 * epsilon)
    grad = backward_propagation(x, theta)
    numerator = np.linalg.norm(grad - gradapprox)
    denominator = np.linalg.norm(grad) + np.linalg.norm(gradapprox)
    return numerator / denominator
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_check_right_gradient", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
# A right gradient gives a tiny difference, whatever epsilon is. (3 points)
check(gradient_check, "right gradient")
### BEGIN HIDDEN TESTS
from grading.verify import verify

verify(gradient_check, "right gradient")
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_check_relative", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
# The difference is relative: huge gradients change nothing. (3 points)
check(gradient_check, "relative")
### BEGIN HIDDEN TESTS
from grading.verify import verify

verify(gradient_check, "relative")
### END HIDDEN TESTS

# %% [markdown]
# **Predict, then run.** The gradient below is exactly right, so the difference should be 0. Will it be? And will a *larger* `epsilon` make it larger or smaller?

# %% nbgrader={"grade": false, "grade_id": "demo_one_number", "locked": true, "schema_version": 3, "solution": false, "task": false}
for epsilon in (1e-7, 1e-4, 1e-1):
    print(f"epsilon = {epsilon:g}:  difference = {gradient_check(2.0, 4.0, epsilon):.2e}")

# %% [markdown]
# At `epsilon = 1e-7` you should see about 2.9e-10, and less for larger ones. The slope of a straight line is the same at any distance, so all of this is rounding: a computer keeps about 16 digits, $J(\theta+\varepsilon)$ and $J(\theta-\varepsilon)$ share the first seven of them, and their difference keeps what is left. Remember this for section 5.

# %% [markdown]
# ## 3. A whole network
#
# Now the network 4–5–3–1: two hidden layers with ReLU, a sigmoid at the end. Its forward pass is given, and right. It returns the cost and a cache of all that the backward pass needs.


# %% nbgrader={"grade": false, "grade_id": "given_forward", "locked": true, "schema_version": 3, "solution": false, "task": false}
def forward_propagation_n(X, Y, parameters):
    """The cost of the network on m examples.

    X -- inputs (4, m);  Y -- labels 0 or 1, (1, m)
    parameters -- W1 (5, 4), b1 (5, 1), W2 (3, 5), b2 (3, 1), W3 (1, 3), b3 (1, 1)

    Returns the cost, a number, and the cache (Z1, A1, W1, b1, Z2, A2, W2, b2, Z3, A3, W3, b3).
    """
    W1, b1, W2, b2, W3, b3 = (parameters[name] for name in ("W1", "b1", "W2", "b2", "W3", "b3"))
    Z1 = W1 @ X + b1
    A1 = relu(Z1)
    Z2 = W2 @ A1 + b2
    A2 = relu(Z2)
    Z3 = W3 @ A2 + b3
    A3 = sigmoid(Z3)
    losses = -Y * np.log(A3) - (1 - Y) * np.log(1 - A3)
    cache = (Z1, A1, W1, b1, Z2, A2, W2, b2, Z3, A3, W3, b3)
    return float(np.mean(losses)), cache


def example_net(seed=1, m=3):
    """Inputs, labels and parameters, drawn from a generator of their own."""
    rng = np.random.RandomState(seed)
    X = rng.randn(4, m)
    Y = np.array([[1, 1, 0]]) if m == 3 else rng.randint(0, 2, (1, m))
    shapes = {"W1": (5, 4), "b1": (5, 1), "W2": (3, 5), "b2": (3, 1), "W3": (1, 3), "b3": (1, 1)}
    return X, Y, {name: rng.randn(*shape) for name, shape in shapes.items()}


# %% [markdown]
# The backward pass below was handed in by somebody in a hurry. **It has two faults.** Leave it as it is, even if you see them: first you build the tool, then you let the tool speak, and in section 4 you mend it.


# %% nbgrader={"grade": false, "grade_id": "given_backward", "locked": true, "schema_version": 3, "solution": false, "task": false}
def backward_propagation_n(X, Y, cache):
    """The gradients of the cost by all parameters; two of them are wrong.

    X -- inputs (4, m);  Y -- labels (1, m);  cache -- from forward_propagation_n

    Returns a dictionary with dW1, db1, dW2, db2, dW3, db3, each in the shape of its parameter.
    """
    m = X.shape[1]
    Z1, A1, W1, b1, Z2, A2, W2, b2, Z3, A3, W3, b3 = cache

    dZ3 = A3 - Y
    dW3 = 1 / m * np.dot(dZ3, A2.T)
    db3 = 1 / m * np.sum(dZ3, axis=1, keepdims=True)

    dA2 = np.dot(W3.T, dZ3)
    dZ2 = dA2 * (A2 > 0)
    dW2 = 1 / m * np.dot(dZ2, A1.T) * 2
    db2 = 1 / m * np.sum(dZ2, axis=1, keepdims=True)

    dA1 = np.dot(W2.T, dZ2)
    dZ1 = dA1 * (A1 > 0)
    dW1 = 1 / m * np.dot(dZ1, X.T)
    db1 = 4 / m * np.sum(dZ1, axis=1, keepdims=True)

    return {"dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2, "dW3": dW3, "db3": db3}


handed_out = backward_propagation_n  # under this name it stays as it is

# %% [markdown]
# A network has many parameters in many arrays; the check wants one long column. Three helpers translate:
#
# - `dictionary_to_vector(parameters)` lays W1, b1, W2, b2, W3, b3 end to end, row by row, and returns the column `theta` (47, 1) and, for each number, the name of its array;
# - `vector_to_dictionary(theta)` is the way back;
# - `gradients_to_vector(gradients)` does the same with dW1, db1, ..., in the same order.

# %% nbgrader={"grade": false, "grade_id": "demo_vector", "locked": true, "schema_version": 3, "solution": false, "task": false}
from utils.plots import plot_errors, plot_vector

X, Y, parameters = example_net()
theta, names = dictionary_to_vector(parameters)
print(f"theta has shape {theta.shape}; number 20 belongs to {names[20]}, number 46 to {names[46]}")
plot_vector(parameters)

# %% [markdown]
# **Write `gradient_check_n`:** for every number `i` of `theta`, shift that number alone to both sides, run the forward pass on either, and note the slope. Then compare the column of slopes with the column of gradients, by the same formula as before.
#
# Mind three things: shift a *copy* of `theta`; put brackets around `2 * epsilon`; keep the slopes in a column of shape (47, 1), like the gradients.


# %% nbgrader={"grade": false, "grade_id": "check_n", "locked": false, "schema_version": 3, "solution": true, "task": false}
def gradient_check_n(parameters, gradients, X, Y, epsilon=1e-7):
    """Compare gradients with the slopes of the cost, over all parameters.

    parameters -- W1, b1, W2, b2, W3, b3;  gradients -- dW1, db1, dW2, db2, dW3, db3 (and others)
    X -- inputs (4, m);  Y -- labels (1, m)
    epsilon -- how far each number is shifted to either side

    Returns norm(grad - gradapprox) / (norm(grad) + norm(gradapprox)), a number.
    """
    ### BEGIN SOLUTION
    theta, _ = dictionary_to_vector(parameters)
    grad = gradients_to_vector(gradients)
    num_parameters = theta.shape[0]
    gradapprox = np.zeros((num_parameters, 1))

    for i in range(num_parameters):
        theta_plus = np.copy(theta)
        theta_plus[i] += epsilon
        J_plus, _ = forward_propagation_n(X, Y, vector_to_dictionary(theta_plus))

        theta_minus = np.copy(theta)
        theta_minus[i] -= epsilon
        J_minus, _ = forward_propagation_n(X, Y, vector_to_dictionary(theta_minus))

        gradapprox[i] = (J_plus - J_minus) / (2 * epsilon)

    numerator = np.linalg.norm(grad - gradapprox)
    denominator = np.linalg.norm(grad) + np.linalg.norm(gradapprox)
    return numerator / denominator
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_check_n_right_gradients", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
# Right gradients give a tiny difference. (4 points)
check(gradient_check_n, "right gradients")
### BEGIN HIDDEN TESTS
from grading.verify import verify

verify(gradient_check_n, "right gradients")
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_check_n_wrong_gradients", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
# Wrong gradients give the difference of the formula. (4 points)
check(gradient_check_n, "wrong gradients")
### BEGIN HIDDEN TESTS
from grading.verify import verify

verify(gradient_check_n, "wrong gradients")
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_check_n_centred", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
# Each slope is taken between both sides, whatever epsilon is. (4 points)
check(gradient_check_n, "centred")
### BEGIN HIDDEN TESTS
from grading.verify import verify

verify(gradient_check_n, "centred")
### END HIDDEN TESTS

# %% [markdown]
# ## 4. The hunt
#
# **Predict:** suppose that one of the six gradient arrays is twice what it should be. Will the difference be near 1e-7, near 0.2, or near 2? Then run the check on the handed-out backward pass.

# %% nbgrader={"grade": false, "grade_id": "demo_handed_out", "locked": true, "schema_version": 3, "solution": false, "task": false}
cost, cache = forward_propagation_n(X, Y, parameters)
difference = gradient_check_n(parameters, handed_out(X, Y, cache), X, Y)
print(f"cost {cost:.6f}, difference of the gradients as handed out: {difference:.6f}")

# %% [markdown]
# You should see a cost of 2.407833 and a difference of 0.285093: no rounding error is that large. So the check has spoken, but it names nobody. One number for 47 gradients cannot.
#
# **Find the entries.** Use the next cell as you like. An idea: compute the slopes as in your check, then compare them array by array; `names` tells to which array each number belongs.

# %%
# Your experiments.

# %% [markdown]
# **Which of the six arrays are wrong,** in the backward pass as it was handed out? Give the set of their names, such as `{"dW1", "db3"}`.

# %% nbgrader={"grade": false, "grade_id": "planted", "locked": false, "schema_version": 3, "solution": true, "task": false}
planted = None  # a set of names
### BEGIN SOLUTION
planted = {"dW2", "db1"}
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_planted", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
# The wrong entries are named, and no others. (4 points)
check_answer("planted", planted)
### BEGIN HIDDEN TESTS
from grading.verify import verify_answer

verify_answer("planted", planted)
### END HIDDEN TESTS

# %% [markdown]
# **Mend it.** Copy the handed-out `backward_propagation_n` from section 3 into the cell below, and repair the two lines. Change nothing else: the rest is right.


# %% nbgrader={"grade": false, "grade_id": "repaired", "locked": false, "schema_version": 3, "solution": true, "task": false}
def backward_propagation_n(X, Y, cache):
    """The gradients of the cost by all parameters.

    X -- inputs (4, m);  Y -- labels (1, m);  cache -- from forward_propagation_n

    Returns a dictionary with at least dW1, db1, dW2, db2, dW3, db3, each in the shape of its parameter.
    """
    ### BEGIN SOLUTION
    m = X.shape[1]
    Z1, A1, W1, b1, Z2, A2, W2, b2, Z3, A3, W3, b3 = cache

    dZ3 = A3 - Y
    dW3 = 1 / m * np.dot(dZ3, A2.T)
    db3 = 1 / m * np.sum(dZ3, axis=1, keepdims=True)

    dA2 = np.dot(W3.T, dZ3)
    dZ2 = dA2 * (A2 > 0)
    dW2 = 1 / m * np.dot(dZ2, A1.T)
    db2 = 1 / m * np.sum(dZ2, axis=1, keepdims=True)

    dA1 = np.dot(W2.T, dZ2)
    dZ1 = dA1 * (A1 > 0)
    dW1 = 1 / m * np.dot(dZ1, X.T)
    db1 = 1 / m * np.sum(dZ1, axis=1, keepdims=True)

    return {"dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2, "dW3": dW3, "db3": db3}
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_repaired_dW2", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
# dW2 is right. (4 points)
check(backward_propagation_n, "dW2")
### BEGIN HIDDEN TESTS
from grading.verify import verify

verify(backward_propagation_n, "dW2")
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_repaired_db1", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
# db1 is right. (4 points)
check(backward_propagation_n, "db1")
### BEGIN HIDDEN TESTS
from grading.verify import verify

verify(backward_propagation_n, "db1")
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_repaired_rest", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# What was right is still right. (2 points)
check(backward_propagation_n, "the rest")
### BEGIN HIDDEN TESTS
from grading.verify import verify

verify(backward_propagation_n, "the rest")
### END HIDDEN TESTS

# %% nbgrader={"grade": false, "grade_id": "demo_repaired", "locked": true, "schema_version": 3, "solution": false, "task": false}
difference = gradient_check_n(parameters, backward_propagation_n(X, Y, cache), X, Y)
print(f"difference after the repair: {difference:.3e}")

# %% [markdown]
# With both lines mended you should see about 1.19e-7. With only dW2 mended it is 0.254, with only db1 mended 0.173: a single number shrinks slowly while faults are left.
#
# And 1.19e-7 is *not* below 1e-7, the limit that is often quoted. Is there a third fault?

# %% [markdown]
# ## 5. How small is small enough?
#
# Two errors add up in a numerical slope. **Truncation:** a curve is not its chord, which costs about $\varepsilon^2$. **Rounding:** two nearly equal costs are subtracted, which costs about $10^{-16}/\varepsilon$. A smaller $\varepsilon$ makes the first smaller and the second larger.

# %% [markdown]
# **Predict, then run.** The sweep below tries `epsilon` from 0.1 down to 1e-10. Its gradients are right, so all that you see is the error of the check itself. At which `epsilon` will it be smallest?

# %% nbgrader={"grade": false, "grade_id": "demo_sweep", "locked": true, "schema_version": 3, "solution": false, "task": false}
right = backward_propagation_n(X, Y, cache)
epsilons = [10.0**-k for k in range(1, 11)]
centred = [gradient_check_n(parameters, right, X, Y, epsilon) for epsilon in epsilons]


def one_sided(epsilon):
    """The same difference with slopes between theta and theta plus."""
    grad, slopes = gradients_to_vector(right), np.zeros((47, 1))
    for i in range(47):
        shifted = theta.copy()
        shifted[i] += epsilon
        slopes[i] = (forward_propagation_n(X, Y, vector_to_dictionary(shifted))[0] - cost) / epsilon
    return np.linalg.norm(grad - slopes) / (np.linalg.norm(grad) + np.linalg.norm(slopes))


for epsilon, difference in zip(epsilons, centred):
    print(f"epsilon = {epsilon:g}:  {difference:.1e}")
plot_errors(epsilons, {"both sides": centred, "one side": [one_sided(e) for e in epsilons]}, bound=1e-7)

# %% [markdown]
# The valley lies between the two errors. On the right the curve falls like $\varepsilon^2$, a hundred times for each factor of ten; on the left it rises as $1/\varepsilon$. The one-sided slope is worse wherever truncation counts, since its error goes like $\varepsilon$ itself.

# %% [markdown]
# **Which `epsilon` would you take** for this check, in double precision? Read it off the sweep.

# %% nbgrader={"grade": false, "grade_id": "best_epsilon", "locked": false, "schema_version": 3, "solution": true, "task": false}
best_epsilon = None  # a number
### BEGIN SOLUTION
best_epsilon = 1e-4
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_best_epsilon", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# The check errs as little as it can at this epsilon. (2 points)
check_answer("best_epsilon", best_epsilon)
### BEGIN HIDDEN TESTS
from grading.verify import verify_answer

verify_answer("best_epsilon", best_epsilon)
### END HIDDEN TESTS

# %% [markdown]
# **A verdict.** A check at `epsilon = 1e-7` gives 1.2e-7, and the rule in the book says "below 1e-7". What do you know now? Answer `"a bug"`, `"no bug"` or `"not decided"`.

# %% nbgrader={"grade": false, "grade_id": "verdict", "locked": false, "schema_version": 3, "solution": true, "task": false}
verdict = None  # one of the three
### BEGIN SOLUTION
verdict = "not decided"
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "test_verdict", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# What a difference of 1.2e-7 at epsilon 1e-7 says. (2 points)
check_answer("verdict", verdict)
### BEGIN HIDDEN TESTS
from grading.verify import verify_answer

verify_answer("verdict", verdict)
### END HIDDEN TESTS

# %% [markdown]
# There is no third fault. But 1.2e-7 alone could not tell you: it took another `epsilon`, and at 1e-4 the same gradients differ by 1.9e-10.
#
# "Below 1e-7" is no proof either. A unit that is off for all your examples (ReLU gives 0) hides what is wrong behind it, and a wrong number among millions drowns in the norm.

# %% [markdown]
# ## 6. A detector
#
# Last, the tool finds the names by itself.
#
# **Write `wrong_entries`:** it returns a list of the names (`"dW1"`, `"db1"`, ...) of all gradients that are wrong. Compare array by array: an array is wrong when the relative difference of *its own* numbers is above 1e-3. Right gradients give an empty list. Take an `epsilon` that you trust.


# %% nbgrader={"grade": false, "grade_id": "wrong_entries", "locked": false, "schema_version": 3, "solution": true, "task": false}
def wrong_entries(parameters, gradients, X, Y):
    """The names of the gradients that do not agree with the slopes of the cost.

    parameters -- W1, b1, W2, b2, W3, b3;  gradients -- dW1, db1, dW2, db2, dW3, db3
    X -- inputs (4, m);  Y -- labels (1, m)

    Returns a list of names, in any order; an empty list when all are right.
    """
    ### BEGIN SOLUTION
    epsilon = 1e-5
    theta, names = dictionary_to_vector(parameters)
    slopes = np.zeros(theta.shape)
    for i in range(theta.shape[0]):
        plus, minus = theta.copy(), theta.copy()
        plus[i] += epsilon
        minus[i] -= epsilon
        J_plus, _ = forward_propagation_n(X, Y, vector_to_dictionary(plus))
        J_minus, _ = forward_propagation_n(X, Y, vector_to_dictionary(minus))
        slopes[i] = (J_plus - J_minus) / (2 * epsilon)

    slopes = vector_to_dictionary(slopes)
    wrong = []
    for name, slope in slopes.items():
        grad = gradients["d" + name]
        difference = np.linalg.norm(grad - slope) / (np.linalg.norm(grad) + np.linalg.norm(slope))
        if difference > 1e-3:
            wrong.append("d" + name)
    return wrong
    ### END SOLUTION


# %% [markdown]
# The test cells below plant faults for you: a reversed sign, a forgotten factor, one number off, rows that changed places. When your work is graded, the faults are others, and each student has their own.

# %% nbgrader={"grade": true, "grade_id": "test_wrong_entries_one", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
# One wrong entry is found. (3 points)
check(wrong_entries, "one")
### BEGIN HIDDEN TESTS
from grading.verify import verify

verify(wrong_entries, "one")
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_wrong_entries_several", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
# Several wrong entries are all found. (3 points)
check(wrong_entries, "several")
### BEGIN HIDDEN TESTS
from grading.verify import verify

verify(wrong_entries, "several")
### END HIDDEN TESTS

# %% nbgrader={"grade": true, "grade_id": "test_wrong_entries_none", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
# Right gradients are not accused. (2 points)
check(wrong_entries, "none")
### BEGIN HIDDEN TESTS
from grading.verify import verify

verify(wrong_entries, "none")
### END HIDDEN TESTS

# %% nbgrader={"grade": false, "grade_id": "demo_hunt", "locked": true, "schema_version": 3, "solution": false, "task": false}
rng = np.random.default_rng()
for _ in range(5):
    X_new, Y_new, net = example_net(seed=int(rng.integers(10_000)), m=5)
    gradients = backward_propagation_n(X_new, Y_new, forward_propagation_n(X_new, Y_new, net)[1])
    gradients = {name: gradients[name].copy() for name in ("dW1", "db1", "dW2", "db2", "dW3", "db3")}
    planted_now = str(rng.choice(list(gradients)))
    gradients[planted_now] *= rng.choice([-1.0, 0.5, 2.0])
    print(f"planted in {planted_now}, found in {wrong_entries(net, gradients, X_new, Y_new)}")

# %% [markdown]
# Run the last cell a few times. About one fault in 70 stays unseen (and NumPy may warn of 0 / 0): when all units of a layer are off for all five examples, its gradients are 0, and twice 0 is 0. With more examples, or other parameters, it shows.

# %% [markdown]
# ## What you take with you
#
# - A numerical slope needs only forward passes, so it can judge a backward pass.
# - Take both sides: the error goes like $\varepsilon^2$, not $\varepsilon$.
# - In double precision take $\varepsilon$ near $10^{-5}$ to $10^{-4}$.
# - Right gradients then agree to about $10^{-9}$; most faults show as $10^{-3}$ and more.
# - Compare array by array, at random parameters, on several examples.
# - It is slow: check a small network, then switch it off and train.
# - With dropout, hold the masks still (see *regularization*).

# %% [markdown]
# Before you hand in: *Kernel → Restart Kernel and Run All Cells*, then save.
#
# **Sources.** Y. Bengio, *Practical recommendations for gradient-based training of deep architectures* (2012), section 4, on debugging; Ph. E. Gill, W. Murray, M. H. Wright, *Practical Optimization* (1981), section 8.6, on the choice of the step.
