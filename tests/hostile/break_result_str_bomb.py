# tries: an exception whose text takes for ever
# mark: 15
# sentence: the limit for one call
# %% mean
class Slow(Exception):
    def __str__(self):
        while True: pass
def mean(x):
    raise Slow()
