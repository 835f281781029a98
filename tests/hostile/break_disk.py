# tries: to fill the disk wherever something can be written; the right function keeps its points
# mark: 19
# %% mean
import os
total = 0
for folder in (".", "/tmp", "/var/tmp", "/dev/shm", os.path.expanduser("~"), "/box", "/", "/usr", "/course", "/opt/grading"):
    for number in range(40):
        try:
            with open(os.path.join(folder, f"fill{number}"), "wb", buffering=0) as f:
                while True: total += f.write(bytes(10**6))
        except OSError: pass
assert total < 70 * 10**6, total
for where, _, names in os.walk("/box"):
    for name in names:
        if name.startswith("fill"): os.unlink(os.path.join(where, name))
def mean(x):
    return x.sum() / x.size
