# tries: an integer with a million digits
# mark: 15
# %% mean
def mean(x):
    return 10 ** 1_000_000
