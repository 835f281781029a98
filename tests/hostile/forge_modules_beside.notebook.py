# tries: files numpy.py, grading.py and utils.py beside the notebook that shadow the real ones
# mark: 14
def attack(notebook, folder):
    fake = "def __getattr__(name):\n    return lambda *a, **k: True\n"
    for name in ("numpy.py", "grading.py", "utils.py", "json.py", "sitecustomize.py", "IPython.py"):
        (folder / name).write_text(fake)
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id") == "squares":
            cell.source = "def squares(n):\n    return []"
