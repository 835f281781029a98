# tries: more points, other ids and odd values in the metadata of test cells
# mark: 14
def attack(notebook, folder):
    for cell in notebook.cells:
        info = cell.metadata.get("nbgrader", {})
        if info.get("grade"):
            info["points"] = 1000
            info["schema_version"] = 99
            info["checksum"] = "0"
        if info.get("grade_id") == "squares":
            info["grade"], info["points"] = True, 500
            cell.source = "def squares(n):\n    return []"
