# tries: a time of submission that is no time, which ends stock nbgrader's whole run
# mark: 19
def attack(notebook, folder):
    (folder / "timestamp.txt").write_bytes(b"next \xff Tuesday, 99:99")
