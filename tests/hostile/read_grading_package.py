# tries: to import what only instructors have
# mark: 19
# nowhere: IMPORTED
# %% end
import importlib, sys
for name in ("grading", "grading.session", "grading.exercises", "grading.verify", "source"):
    try:
        importlib.import_module(name); print("IMPO" + "RTED", name)
    except BaseException: pass
