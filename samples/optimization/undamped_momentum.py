# mark: 91
# shows: Momentum in the other convention: the factor (1 - beta) is missing.
# demo: yes

# %% momentum
def update_parameters_with_momentum(parameters, grads, v, beta, learning_rate):
    for name in parameters:
        v["d" + name] = beta * v["d" + name] + grads["d" + name]
        parameters[name] = parameters[name] - learning_rate * v["d" + name]
    return parameters, v
