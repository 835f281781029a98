# tries: a raw cell, which some templates show as it is
# mark: 19
def attack(notebook, folder):
    from nbformat.v4 import new_raw_cell
    cell = new_raw_cell("<script>evil-script</script>")
    cell.metadata["raw_mimetype"] = "text/html"
    cell.metadata["format"] = "text/html"
    notebook.cells.append(cell)
