# tries: JSON nested a million deep
# mark: 0
# sentence: not valid JSON
def attack(notebook, folder):
    return b"[" * 10**6 + b"]" * 10**6
