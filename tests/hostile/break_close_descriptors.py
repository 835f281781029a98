# tries: to close every file descriptor of the kernel
# mark: 15
# %% mean
import os
os.closerange(0, 4096)
