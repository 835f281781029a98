# tries: signals to everything it can see, from a cell
# mark: 15
# sentence: ended the Python process
# %% mean
import os, signal
for pid in (1, os.getppid(), -1, os.getpid()):
    try: os.kill(pid, signal.SIGKILL)
    except OSError: pass
