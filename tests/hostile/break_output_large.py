# tries: five megabytes of output; the right function keeps its points, the output is cut
# mark: 19
# %% mean
for _ in range(50):
    print("y" * 10**5)
def mean(x):
    return x.sum() / x.size
