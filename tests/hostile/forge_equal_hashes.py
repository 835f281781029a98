# tries: a dictionary whose keys all have the same hash
# mark: 15
# %% mean
def mean(x):
    return {k * (2**61 - 1): 0 for k in range(15000)}
