# mark: 43
# shows: The 1/2 of the penalty is missing.
# demo: yes

# %% cost
def compute_cost_with_regularization(A3, Y, parameters, lambd):
    m = Y.shape[1]
    squares = sum(np.sum(np.square(parameters["W" + str(l)])) for l in (1, 2, 3))
    return compute_cost(A3, Y) + lambd / m * squares
