# mark: 100
# shows: In-place updates, new dictionaries, comprehensions, other generators, arrays for numbers: all right.
# demo: yes

# %% average
def exponentially_weighted_average(x, b):
    t = np.arange(1, len(x) + 1)
    weights = np.tril((1 - b) * float(b) ** np.abs(t[:, None] - t))
    return weights @ x, weights @ x / (1 - b**t)

# %% gd
def update_parameters_with_gd(parameters: dict, grads: dict, alpha: float) -> dict:
    for key in parameters:
        parameters[key] -= alpha * grads["d" + key]
    return parameters

# %% mini_batches
def random_mini_batches(X, Y, size=64, seed=0):
    order = np.random.default_rng(seed).permutation(X.shape[1])
    print("the first examples:", order[:3])
    return [[X[:, part], Y[:, part]] for part in np.split(order, range(size, len(order), size))]

# %% velocity
def initialize_velocity(parameters):
    return {"d" + key: np.zeros_like(value, dtype="float32") for key, value in parameters.items()}

# %% momentum
def update_parameters_with_momentum(parameters, grads, v, beta, learning_rate):
    speed = {key: v[key] + (1 - beta) * (grads[key] - v[key]) for key in reversed(list(v))}
    moved = {key: np.subtract(parameters[key], learning_rate * speed["d" + key]) for key in parameters}
    return moved, speed

# %% conversion
def convert_learning_rate(lr, beta, to):
    return np.array([[{"undamped": lr * (1 - beta), "damped": lr / (1 - beta)}[to]]])

# %% rmsprop
def update_parameters_with_rmsprop(parameters, grads, s, beta, learning_rate, epsilon=1e-8):
    for key in parameters:
        g = grads["d" + key]
        s["d" + key] *= beta
        s["d" + key] += (1 - beta) * g * g
        parameters[key] -= learning_rate * g / (s["d" + key] ** 0.5 + epsilon)
    return parameters, s

# %% adam_state
def initialize_adam(parameters):
    return initialize_velocity(parameters), initialize_velocity(parameters)

# %% adam
def update_parameters_with_adam(parameters, grads, v, s, t, learning_rate=0.01, beta1=0.9, beta2=0.999, epsilon=1e-8):
    import math

    root = math.sqrt(1 - math.pow(beta2, t))
    for key in list(parameters):
        d = "d" + key
        v[d] = beta1 * v[d] + (1 - beta1) * grads[d]
        s[d] = beta2 * s[d] + (1 - beta2) * np.square(grads[d])
        step = learning_rate * root / (1 - beta1**t)
        parameters[key] = parameters[key] - step * v[d] / (np.sqrt(s[d]) + epsilon * root)
    return parameters, v, s

# %% decay
def update_lr(learning_rate0, epoch_num, decay_rate):
    return np.array(learning_rate0 * (1 + decay_rate * epoch_num) ** -1.0)

# %% schedule
def schedule_lr_decay(learning_rate0, epoch_num, decay_rate, time_interval=1000):
    return update_lr(learning_rate0, epoch_num // time_interval, decay_rate)
