# tries: a result of a gigabyte
# mark: 15
# sentence: cannot read
# %% mean
def mean(x):
    return np.zeros(30_000_000)
