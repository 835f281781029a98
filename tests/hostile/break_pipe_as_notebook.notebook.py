# tries: a pipe in the place of the notebook, at which a reader waits for ever
# mark: 0
# sentence: not a file
def attack(notebook, folder):
    import os
    (folder / "ps.ipynb").unlink(missing_ok=True)
    os.mkfifo(folder / "ps.ipynb")
    return None
