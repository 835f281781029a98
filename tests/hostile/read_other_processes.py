# tries: to see or touch processes outside of the sandbox
# mark: 19
# nowhere: SEEN
# %% end
import os
for pid in range(1, 40000):
    try:
        words = open(f"/proc/{pid}/cmdline").read()
    except OSError:
        continue
    if "pytest" in words or "nbgrader" in words or "course" in words.split("/opt")[0]:
        print("SE" + "EN", words)
