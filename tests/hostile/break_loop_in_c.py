# tries: a loop inside C code that no signal handler interrupts
# mark: 15
# sentence: the limit for one call
# %% mean
def mean(x):
    return sum(range(10**13))
