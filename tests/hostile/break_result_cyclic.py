# tries: a list that holds itself
# mark: 15
# sentence: nested
# %% mean
def mean(x):
    loop = []
    loop.append(loop)
    return loop
