# tries: UTF-16 with a byte order mark, as some editors write; right answers keep their points
# mark: 19
def attack(notebook, folder):
    import nbformat
    return nbformat.writes(notebook).encode("utf-16")
