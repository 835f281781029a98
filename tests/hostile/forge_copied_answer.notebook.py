# tries: an answer cell copied for an experiment and left behind the tests: the first copy is what the tests saw
# mark: 19
def attack(notebook, folder):
    import copy
    twin = next(copy.deepcopy(c) for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") == "squares")
    twin.source, twin.id = "def squares(n):\n    return 'an experiment'", "twin"
    notebook.cells.append(twin)
