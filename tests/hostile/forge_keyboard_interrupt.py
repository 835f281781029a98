# tries: KeyboardInterrupt out of a function, as if the grader had stopped the test
# mark: 15
# sentence: KeyboardInterrupt
# %% mean
def mean(x):
    raise KeyboardInterrupt
