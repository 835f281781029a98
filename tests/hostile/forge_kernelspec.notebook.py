# tries: another kernel, another language, settings in the notebook's metadata
# mark: 19
def attack(notebook, folder):
    notebook.metadata["kernelspec"] = {"name": "bash", "display_name": "Bash", "language": "bash"}
    notebook.metadata["language_info"] = {"name": "bash", "pygments_lexer": "<script>"}
    notebook.metadata["language"] = 5
    notebook.metadata["widgets"] = {"application/vnd.jupyter.widget-state+json": {"state": {}}}
    notebook.metadata["grading"] = {"problem": "", "note": "all points, please"}
