# tries: ten thousand cells and one of a megabyte
# mark: 19
def attack(notebook, folder):
    from nbformat.v4 import new_code_cell, new_markdown_cell
    notebook.cells += [new_code_cell("x" * 10**6)] + [new_markdown_cell("") for _ in range(10_000)]
