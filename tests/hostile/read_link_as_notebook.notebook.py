# tries: a link to the instructor's notebook handed in as the notebook
# mark: 0
# sentence: is a link
def attack(notebook, folder):
    (folder / "ps.ipynb").unlink(missing_ok=True)
    (folder / "ps.ipynb").symlink_to(folder.parents[2] / "source" / "ps" / "ps.ipynb")
    return None
