# tries: files with names that break programs
# mark: 19
def attack(notebook, folder):
    import os
    for name in ("a\nb.txt", "-rf", "--help.txt", "x" * 200, "naïve 😀.csv", "$(touch PWNED).txt", "'; rm.txt", "ps.ipynb.bak"):
        (folder / name).write_text("1")
    with open(os.path.join(os.fsencode(folder), b"\xff\xfe.bin"), "wb") as f: f.write(b"1")
