# tries: packages numpy/ and grading/ handed in as folders
# mark: 14
def attack(notebook, folder):
    for name in ("numpy", "grading", "ipykernel"):
        (folder / name).mkdir()
        (folder / name / "__init__.py").write_text("raise SystemExit(0)\n")
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id") == "squares":
            cell.source = "def squares(n):\n    return []"
