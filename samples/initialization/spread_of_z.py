# mark: 28
# shows: The spread of Z, before the activation.
# demo: yes

# %% spread
def activation_spread(parameters, X):
    output, cache = forward_propagation(X, parameters)
    return [np.std(Z) for Z in cache[0::4]]
