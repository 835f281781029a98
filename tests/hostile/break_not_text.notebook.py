# tries: bytes of no encoding
# mark: 0
# sentence: UTF-8
def attack(notebook, folder):
    return bytes(range(128, 256)) * 50
