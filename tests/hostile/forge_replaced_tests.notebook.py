# tries: test cells whose text is `pass`
# mark: 14
def attack(notebook, folder):
    for cell in notebook.cells:
        info = cell.metadata.get("nbgrader", {})
        if info.get("grade"):
            cell.source = "pass"
        if info.get("grade_id") == "squares":
            cell.source = "def squares(n):\n    return []"
