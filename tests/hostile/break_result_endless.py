# tries: a generator without end
# mark: 15
# sentence: a generator
# %% mean
def mean(x):
    def ones():
        while True: yield 1
    return ones()
