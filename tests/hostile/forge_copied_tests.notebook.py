# tries: a copy of each test cell with the same id and the text `pass`, as an honest copy-paste makes it too
# mark: 14
def attack(notebook, folder):
    import copy
    cells = []
    for cell in notebook.cells:
        cells.append(cell)
        if cell.metadata.get("nbgrader", {}).get("grade"):
            twin = copy.deepcopy(cell)
            twin.source, twin.id = "pass", cell.id + "x"
            cells.append(twin)
        if cell.metadata.get("nbgrader", {}).get("grade_id") == "squares":
            cell.source = "def squares(n):\n    return []"
    notebook.cells = cells
