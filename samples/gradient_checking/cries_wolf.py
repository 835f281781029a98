# mark: 42
# shows: The detector accuses right gradients: its limit is below what rounding leaves.

# %% wrong_entries
def wrong_entries(parameters, gradients, X, Y):
    epsilon = 1e-7
    theta, names = dictionary_to_vector(parameters)
    grad = gradients_to_vector(gradients)
    found = []
    for i in range(len(theta)):
        plus, minus = theta.copy(), theta.copy()
        plus[i] += epsilon
        minus[i] -= epsilon
        slope = (
            forward_propagation_n(X, Y, vector_to_dictionary(plus))[0]
            - forward_propagation_n(X, Y, vector_to_dictionary(minus))[0]
        ) / (2 * epsilon)
        if abs(slope - grad[i, 0]) > 1e-12 and "d" + names[i] not in found:
            found.append("d" + names[i])
    return found
