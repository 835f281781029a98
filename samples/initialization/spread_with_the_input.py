# mark: 26
# shows: The input is counted as a layer: one number too many.

# %% spread
def activation_spread(parameters, X):
    output, cache = forward_propagation(X, parameters)
    return [np.std(A) for A in (X,) + cache[1::4]]
