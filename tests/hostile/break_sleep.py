# tries: to wait for ever without using the processor
# mark: 15
# sentence: the limit for one call
# %% mean
import threading
def mean(x):
    threading.Event().wait()
