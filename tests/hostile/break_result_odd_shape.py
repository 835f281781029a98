# tries: an empty array whose dimensions are astronomic
# mark: 15
# %% mean
def mean(x):
    return np.empty((0, 2**62))
