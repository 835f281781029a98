# tries: connection files of other kernels
# mark: 19
# nowhere: OTHER
# %% end
import glob, os
for pattern in ("/tmp/kernel-*/connection.json", "/root/.local/share/jupyter/runtime/*", "/run/user/*/jupyter/*"):
    for path in glob.glob(pattern, recursive=True): print("OT" + "HER", path)
