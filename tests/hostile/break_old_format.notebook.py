# tries: nbformat 3, from years ago; right answers keep their points
# mark: 19
def attack(notebook, folder):
    import json
    cells = []
    for c in notebook.cells:
        kind = {"input": c.source, "language": "python", "outputs": [], "collapsed": False} if c.cell_type == "code" else {"source": c.source}
        cells.append({"cell_type": c.cell_type, "metadata": c.metadata, **kind})
    return json.dumps({"nbformat": 3, "nbformat_minor": 0, "metadata": {"name": ""}, "worksheets": [{"cells": cells, "metadata": {}}]}).encode()
