# tries: the tests first, the answers last, the imports at the end; right answers keep their points
# mark: 19
def attack(notebook, folder):
    notebook.cells = notebook.cells[::-1]
