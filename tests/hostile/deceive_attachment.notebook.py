# tries: attachments that are no pictures, with names that are markup
# mark: 19
def attack(notebook, folder):
    from nbformat.v4 import new_markdown_cell
    cell = new_markdown_cell("![a](attachment:a.svg) ![b](attachment:b.png\"onerror=evil_handler())")
    cell["attachments"] = {"a.svg": {"image/svg+xml": "<svg onload='evil_handler()'/>"}, "b.png\"onerror=evil_handler()": {"image/png": "\"onerror=evil_handler()"}}
    notebook.cells.append(cell)
