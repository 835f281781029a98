# mark: 50
# shows: Loops, nested lists as masks, in-place changes, other argument names, prints, a (1, 1) cost: all right.
# demo: yes

# %% cost
import math


def compute_cost_with_regularization(AL, labels, params, lam):
    m = len(labels[0])
    logs = np.dot(labels, np.log(AL).T) + np.dot(1 - labels, np.log(1 - AL).T)
    squares = sum(math.pow(w, 2) for l in range(1, len(params) // 2 + 1) for row in params[f"W{l}"] for w in row)
    print("cost", -logs / m)
    return -logs / m + lam / m / 2 * squares

# %% backward_l2
def backward_propagation_with_regularization(X, Y, cache, lambd):
    grads, m, dZ = {}, Y.shape[1], cache[9] - Y
    for l in range(3, 0, -1):
        A_prev, W = (cache[4 * l - 7] if l > 1 else X), cache[4 * l - 2]
        grads["dW" + str(l)] = (np.matmul(dZ, A_prev.T) + lambd * W) / m
        grads["db" + str(l)] = np.mean(dZ, axis=1).reshape(-1, 1)
        grads["dZ" + str(l)] = dZ
        if l > 1:
            dA = W.T.dot(dZ)
            grads["dA" + str(l - 1)] = dA
            dZ = np.array(dA, copy=True)
            dZ[A_prev <= 0] = 0
    return grads

# %% before forward_dropout
def coins(shape, p):
    return [[1 if np.random.random() >= 1 - p else 0 for _ in range(shape[1])] for _ in range(shape[0])]

# %% forward_dropout
def forward_propagation_with_dropout(x, params, p=0.5):
    cache, A = [], x
    for l in (1, 2, 3):
        W, b = params["W" + str(l)], params["b" + str(l)]
        Z = W @ A + b
        if l < 3:
            D = coins(Z.shape, p)
            A = np.multiply(np.where(Z > 0, Z, 0), D) / p
            cache += [Z, D, A, W, b]
        else:
            A = 1 / (1 + np.exp(-Z))
            cache += [Z, A, W, b]
    return A, tuple(cache)

# %% backward_dropout
def backward_propagation_with_dropout(X, Y, cache, keep_prob):
    Z1, D1, A1, W1, b1, Z2, D2, A2, W2, b2, Z3, A3, W3, b3 = cache
    m = X.shape[1]
    grads = {"dZ3": A3 - Y}
    for l, A, W, D, Z in ((3, A2, W3, D2, Z2), (2, A1, W2, D1, Z1), (1, X, None, None, None)):
        dZ = grads[f"dZ{l}"]
        grads[f"dW{l}"] = np.einsum("ik,jk->ij", dZ, A) / m
        grads[f"db{l}"] = dZ.sum(1)[:, None] / m
        if l > 1:
            dA = W.T @ dZ
            dA[np.logical_not(D)] = 0
            dA /= keep_prob
            grads[f"dA{l - 1}"] = dA
            grads[f"dZ{l - 1}"] = np.where(Z > 0, dA, 0)
    return grads

# %% kept_on_average
kept_on_average = ["Z2", "A1"]

# %% masks_seen
masks_seen = len({np.asarray(seeded_forward(example, example_net, 0.5)[1][1]).tobytes() for _ in range(50)})
