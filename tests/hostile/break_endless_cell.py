# tries: a cell that never ends
# mark: 15
# sentence: ran for more than
# %% mean
def mean(x):
    return x.mean()
while True:
    pass
