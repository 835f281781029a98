# tries: output without end during a call
# mark: 15
# sentence: the limit for one call
# %% mean
import os, sys
def mean(x):
    while True:
        print("z" * 10**5); os.write(1, b"z" * 10**5); sys.__stderr__.write("z" * 1000)
