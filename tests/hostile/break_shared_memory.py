# tries: shared memory, which the limit of one process does not count
# mark: 15
# sentence: The cell that defines mean
# %% mean
import mmap
area = mmap.mmap(-1, 8 * 10**9)
for start in range(0, 8 * 10**9, 4096):
    area[start] = 1
