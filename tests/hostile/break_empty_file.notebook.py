# tries: an empty file
# mark: 0
# sentence: is empty
def attack(notebook, folder):
    return b""
