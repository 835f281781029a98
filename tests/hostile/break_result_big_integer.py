# tries: an integer with a million digits
# mark: 15
# sentence: integer
# %% mean
def mean(x):
    return 10 ** 1_000_000
