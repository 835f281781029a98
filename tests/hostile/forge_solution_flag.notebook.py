# tries: test cells marked as answers, so that they are graded by hand or not overwritten
# mark: 14
def attack(notebook, folder):
    for cell in notebook.cells:
        info = cell.metadata.get("nbgrader", {})
        if info.get("grade"):
            info["solution"], info["locked"], info["task"] = True, False, True
            cell.source = "4.0"
        if info.get("grade_id") == "squares":
            cell.source = "def squares(n):\n    return []"
