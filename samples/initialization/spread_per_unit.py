# mark: 26
# shows: One number for each unit, where one for each layer is asked for.

# %% spread
def activation_spread(parameters, X):
    output, cache = forward_propagation(X, parameters)
    return [np.std(A, axis=1) for A in cache[1::4]]
