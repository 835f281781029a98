# tries: files that the next kernel would read at its start: startup scripts, site packages, caches, the helpers
# mark: 19
# alone: what is left behind is looked for in the next submission
# nowhere: WRITTEN
# %% end
import os, site, sys
places = ["/box/home/.ipython/profile_default/startup/0.py", "/course/utils/__init__.py", "/opt/grading/wire.py", "/opt/grading/inside.py"]
places += [os.path.join(p, "sitecustomize.py") for p in sys.path if p] + [sys.prefix + "/pyvenv.cfg", "/etc/passwd", "/usr/bin/x"]
for place in places:
    try:
        os.makedirs(os.path.dirname(place), exist_ok=True)
        open(place, "w").write("print('left by another student')")
        if not place.startswith("/box"): print("WRIT" + "TEN", place)
    except OSError: pass
