# tries: exceptions that loops and generators swallow
# mark: 15
# %% mean
def mean(x):
    raise StopIteration
