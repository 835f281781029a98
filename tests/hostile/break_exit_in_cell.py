# tries: to end the kernel while its cell runs
# mark: 15
# sentence: ended the Python process
# %% mean
import os
os._exit(1)
