# tries: text that cannot be written to a file, zero bytes, control characters
# mark: 19
def attack(notebook, folder):
    import json, nbformat
    data = json.loads(nbformat.writes(notebook))
    odd = "print('\ud800 \u0000 \u202e \x1b[31m')"
    data["cells"].append({"cell_type": "code", "source": odd, "metadata": {"\ud800": 1}, "outputs": [], "execution_count": None})
    data["cells"].append({"cell_type": "markdown", "source": "\udfff \u0000", "metadata": {}})
    return json.dumps(data).encode()
