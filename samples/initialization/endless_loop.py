# mark: 22
# shows: One function never comes back.
# demo: yes

# %% random
def initialize_parameters_random(layers_dims):
    parameters = {}
    while True:
        pass
    for l in range(1, len(layers_dims)):
        parameters["W" + str(l)] = np.random.randn(layers_dims[l], layers_dims[l - 1]) * 10
        parameters["b" + str(l)] = np.zeros((layers_dims[l], 1))
    return parameters
