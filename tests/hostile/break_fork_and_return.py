# tries: a function that returns twice, once in a copy of its process
# mark: 19
# %% mean
import os
def mean(x):
    os.fork()
    return x.sum() / x.size
