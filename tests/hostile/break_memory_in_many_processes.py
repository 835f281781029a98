# tries: many processes that each stay below the limit of one
# mark: 15
# sentence: The cell that defines mean
# %% mean
import os, time
for _ in range(12):
    if os.fork() == 0:
        kept = [bytearray(os.urandom(10**6)) * 200]
        time.sleep(60)
time.sleep(60)
