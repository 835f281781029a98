# mark: 50
# shows: One-line functions, no copies but shifts that are taken back, vectorised norms, a set for a list: all right.
# demo: yes

# %% forward
def forward_propagation(a, b):
    return np.multiply(a, b)

# %% backward
def backward_propagation(a, b):
    print("the slope is", a)
    return float(a)

# %% check
def gradient_check(x, theta, eps=1e-7):
    slope = (forward_propagation(x, theta + eps) - forward_propagation(x, theta - eps)) / 2 / eps
    exact = backward_propagation(x, theta)
    return abs(exact - slope) / (abs(exact) + abs(slope))

# %% check_n
def costs(theta, X, Y):
    return forward_propagation_n(X, Y, vector_to_dictionary(theta))[0]


def gradient_check_n(parameters, gradients, X, Y, eps=1e-7):
    theta = dictionary_to_vector(parameters)[0].ravel()
    slopes = []
    for step in eps * np.eye(theta.size):
        slopes.append((costs(theta + step, X, Y) - costs(theta - step, X, Y)) / (2 * eps))
    exact = gradients_to_vector(gradients).ravel()
    slopes = np.array(slopes)
    length = lambda v: np.sqrt(np.sum(np.power(v, 2)))
    return np.array([[length(exact - slopes) / (length(exact) + length(slopes))]])

# %% planted
planted = ["db1", "dW2"]

# %% best_epsilon
best_epsilon = np.float64(1e-5)

# %% verdict
verdict = {"not decided"}

# %% repaired
def backward_propagation_n(X, Y, cache):
    _, A1, _, _, _, A2, W2, _, _, A3, W3, _ = cache
    m = Y.shape[1]
    dZ3 = (A3 - Y) / m
    dZ2 = np.einsum("ij,ik->jk", W3, dZ3) * (A2 > 0)
    dZ1 = (W2.T @ dZ2) * (A1 > 0)
    return {
        "db1": dZ1.sum(1).reshape(-1, 1), "db2": dZ2.sum(1)[:, None], "db3": dZ3.sum(keepdims=True),
        "dW1": dZ1 @ X.T, "dW2": dZ2 @ A1.T, "dW3": dZ3 @ A2.T,
    }

# %% wrong_entries
def wrong_entries(parameters, gradients, X, Y):
    found = set()
    for name in parameters:
        exact, slope = np.asarray(gradients["d" + name]), np.zeros(parameters[name].shape)
        for place in np.ndindex(slope.shape):
            old = parameters[name][place]
            parameters[name][place] = old + 1e-4
            above = forward_propagation_n(X, Y, parameters)[0]
            parameters[name][place] = old - 1e-4
            below = forward_propagation_n(X, Y, parameters)[0]
            parameters[name][place] = old
            slope[place] = (above - below) / 2e-4
        if np.linalg.norm(exact - slope) > 1e-3 * (np.linalg.norm(exact) + np.linalg.norm(slope)):
            found.add("d" + name)
    return found
