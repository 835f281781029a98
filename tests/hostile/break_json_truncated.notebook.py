# tries: half a notebook
# mark: 0
# sentence: not valid JSON
def attack(notebook, folder):
    import nbformat
    return nbformat.writes(notebook)[:2000].encode()
