# tries: cells whose fields have the wrong types, among right answers
# mark: 19
def attack(notebook, folder):
    import json, nbformat
    data = json.loads(nbformat.writes(notebook))
    data["metadata"] = None
    data["nbformat_minor"] = "x"
    data["cells"][1:1] = [5, None, {}, {"cell_type": 7, "source": 7, "metadata": 7}, {"cell_type": "code", "source": [1, None, {}], "outputs": 3}]
    for cell in data["cells"]:
        if isinstance(cell, dict) and isinstance(cell.get("metadata"), dict):
            cell["outputs"] = [{"output_type": "nonsense", "data": []}]
            cell["id"] = ["no", "id"]
            cell["attachments"] = [1]
            cell["metadata"]["nbgrader"] = cell["metadata"].get("nbgrader", "text")
    return json.dumps(data).encode()
