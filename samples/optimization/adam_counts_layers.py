# mark: 90
# shows: Adam takes the number of the layer for t, and stores the corrected v.
# demo: yes

# %% adam
def update_parameters_with_adam(parameters, grads, v, s, t, learning_rate=0.01, beta1=0.9, beta2=0.999, epsilon=1e-8):
    L = len(parameters) // 2
    for l in range(1, L + 1):
        for name in ("W" + str(l), "b" + str(l)):
            d = "d" + name
            v[d] = beta1 * v[d] + (1 - beta1) * grads[d]
            s[d] = beta2 * s[d] + (1 - beta2) * grads[d] ** 2
            v[d] = v[d] / (1 - beta1**l)
            s_corrected = s[d] / (1 - beta2**l)
            parameters[name] = parameters[name] - learning_rate * v[d] / (np.sqrt(s_corrected) + epsilon)
    return parameters, v, s
