# mark: 97
# shows: Epsilon stands inside the square root, in RMSprop and in Adam.
# demo: yes

# %% rmsprop
def update_parameters_with_rmsprop(parameters, grads, s, beta, learning_rate, epsilon=1e-8):
    for name in parameters:
        g = grads["d" + name]
        s["d" + name] = beta * s["d" + name] + (1 - beta) * g**2
        parameters[name] = parameters[name] - learning_rate * g / np.sqrt(s["d" + name] + epsilon)
    return parameters, s

# %% adam
def update_parameters_with_adam(parameters, grads, v, s, t, learning_rate=0.01, beta1=0.9, beta2=0.999, epsilon=1e-8):
    for name in parameters:
        d = "d" + name
        v[d] = beta1 * v[d] + (1 - beta1) * grads[d]
        s[d] = beta2 * s[d] + (1 - beta2) * grads[d] ** 2
        v_corrected = v[d] / (1 - beta1**t)
        s_corrected = s[d] / (1 - beta2**t)
        parameters[name] = parameters[name] - learning_rate * v_corrected / np.sqrt(s_corrected + epsilon)
    return parameters, v, s
