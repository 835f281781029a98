# mark: 84
# shows: In momentum each b takes the gradient and the velocity of its W: shapes go wrong; the average starts at the first value.

# %% average
def exponentially_weighted_average(values, beta):
    v, averages, corrected = values[0], [], []
    for t, value in enumerate(values, start=1):
        v = beta * v + (1 - beta) * value
        averages.append(v)
        corrected.append(v / (1 - beta**t))
    return averages, corrected

# %% momentum
def update_parameters_with_momentum(parameters, grads, v, beta, learning_rate):
    for l in range(1, len(parameters) // 2 + 1):
        W, b = "W" + str(l), "b" + str(l)
        v["d" + W] = beta * v["d" + W] + (1 - beta) * grads["d" + W]
        v["d" + b] = beta * v["d" + b] + (1 - beta) * grads["d" + W]
        parameters[W] = parameters[W] - learning_rate * v["d" + W]
        parameters[b] = parameters[b] - learning_rate * v["d" + b]
    return parameters, v
