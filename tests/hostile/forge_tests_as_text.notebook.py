# tries: test cells turned into text, answers into raw cells
# mark: 14
def attack(notebook, folder):
    for cell in notebook.cells:
        info = cell.metadata.get("nbgrader", {})
        if info.get("grade"):
            cell.cell_type = "markdown"
            cell.pop("outputs"), cell.pop("execution_count")
        if info.get("grade_id") == "squares":
            cell.source = "def squares(n):\n    return []"
            cell.cell_type = "raw"
            cell.pop("outputs"), cell.pop("execution_count")
