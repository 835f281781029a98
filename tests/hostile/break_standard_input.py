# tries: to wait for a line of input
# mark: 15
# %% mean
x = input("your name, please: ")
def mean(x):
    return x.mean()
