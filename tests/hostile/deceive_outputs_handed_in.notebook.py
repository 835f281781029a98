# tries: outputs stored in the notebook that was handed in
# mark: 14
def attack(notebook, folder):
    from nbformat.v4 import new_output
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = [new_output("display_data", {"text/html": "<script>evil-script</script>"}), new_output("execute_result", {"text/plain": "4.0"})]
        if cell.metadata.get("nbgrader", {}).get("grade_id") == "squares":
            cell.source = "def squares(n):\n    return []"
