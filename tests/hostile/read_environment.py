# tries: the environment of the grading process, here and through /proc
# mark: 19
# nowhere: token-that-must-not-leak
# %% end
import glob, os
print(dict(os.environ))
for path in glob.glob("/proc/*/environ") + glob.glob("/proc/*/cmdline") + glob.glob("/proc/*/task/*/environ"):
    try: print(path, open(path, "rb").read())
    except OSError as error: print(error)
