# tries: a list of millions of items
# mark: 15
# sentence: cannot read
# %% mean
def mean(x):
    return [0] * 3_000_000
