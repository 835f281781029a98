# tries: children in sessions of their own that outlive the kernel
# mark: 19
# %% mean
import subprocess, sys
for _ in range(5):
    subprocess.Popen([sys.executable, "-c", "import time; marker = 'left-behind-by-a-student'; time.sleep(600)"], start_new_session=True)
def mean(x):
    return x.sum() / x.size
