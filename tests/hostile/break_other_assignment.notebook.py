# tries: the notebook of another assignment
# mark: 0
def attack(notebook, folder):
    from nbformat.v4 import new_notebook, new_code_cell
    import nbformat
    info = {"nbgrader": {"grade_id": "another", "grade": True, "points": 10, "solution": False, "locked": True, "schema_version": 3}}
    return nbformat.writes(new_notebook(cells=[new_code_cell("1", metadata=info)])).encode()
