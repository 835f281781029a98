# tries: all memory at once
# mark: 15
# sentence: ran out of memory
# %% mean
def mean(x):
    return np.ones(10**10).mean()
