# tries: a result nested a hundred thousand deep
# mark: 15
# sentence: nested
# %% mean
def mean(x):
    deep = 0.0
    for _ in range(100_000): deep = [deep]
    return deep
