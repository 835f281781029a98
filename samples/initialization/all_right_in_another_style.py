# mark: 30
# shows: Comprehensions, helper functions, other argument names, float32, prints, type hints: all right.
# demo: yes

# %% before zeros
def column(n):
    return np.array([[0] * 1] * n)

# %% zeros
from itertools import pairwise

print("zeros it is")


def initialize_parameters_zeros(sizes: list) -> dict:
    weights = {f"W{l}": np.zeros(shape=(n, m), dtype=np.float32) for l, (m, n) in enumerate(pairwise(sizes), 1)}
    return weights | {f"b{l}": column(n) for l, n in enumerate(sizes[1:], 1)}

# %% random
def initialize_parameters_random(dims):
    import random as _unused

    print("drawing", dims)
    out = dict()
    L = len(dims) - 1
    for l in reversed(range(L)):
        out["b%d" % (l + 1)] = np.zeros_like(np.ones((dims[l + 1], 1)))
        out["W%d" % (l + 1)] = 10.0 * np.random.normal(0.0, 1.0, (dims[l + 1], dims[l]))
    return out

# %% he
def initialize_parameters_he(layers_dims):
    generator = np.random.default_rng()
    parameters = {}
    l = 1
    while l < len(layers_dims):
        n_prev = layers_dims[l - 1]
        W = generator.standard_normal((layers_dims[l], n_prev))
        parameters[f"W{l}"] = np.multiply(W, (2.0 / n_prev) ** 0.5)
        parameters[f"b{l}"] = np.full((layers_dims[l], 1), 0.0)
        l += 1
    return parameters

# %% spread
def activation_spread(weights, inputs):
    A = inputs
    last = max(int(key[1:]) for key in weights)
    spreads = ()
    for l in range(1, last + 1):
        Z = np.einsum("ij,jk->ik", weights[f"W{l}"], A) + weights[f"b{l}"]
        A = Z * (Z > 0) if l < last else 1 / (1 + np.exp(-Z))
        spreads += (((A - A.mean()) ** 2).mean() ** 0.5,)
    return np.array(spreads)

# %% relu_factor
for c in [1.8, 1.9, 2.0, 2.1]:
    print(c, activation_spread(deep_network(c), X_noise)[:20])
factor_relu = np.float64(1.9)

# %% leaky_factor
factor_leaky = 1 / np.mean([1, 1 / 4])
