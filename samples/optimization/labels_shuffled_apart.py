# mark: 94
# shows: X and Y get a permutation each, and the seed is a fixed one.

# %% mini_batches
def random_mini_batches(X, Y, mini_batch_size=64, seed=0):
    np.random.seed(1)
    m = X.shape[1]
    X = X[:, np.random.permutation(m)]
    Y = Y[:, np.random.permutation(m)]
    return [(X[:, k : k + mini_batch_size], Y[:, k : k + mini_batch_size]) for k in range(0, m, mini_batch_size)]
