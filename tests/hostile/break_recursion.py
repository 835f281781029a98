# tries: recursion without end
# mark: 15
# sentence: RecursionError
# %% mean
def mean(x):
    return mean(x)
