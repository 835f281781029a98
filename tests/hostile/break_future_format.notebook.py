# tries: a notebook format that does not exist yet
# mark: 19
def attack(notebook, folder):
    import json, nbformat
    data = json.loads(nbformat.writes(notebook))
    data["nbformat"] = 99
    return json.dumps(data).encode()
