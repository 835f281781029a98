# tries: a notebook of 70 megabytes
# mark: 0
# sentence: larger than 64 MiB
def attack(notebook, folder):
    return b'{"cells": [], "x": "' + b"x" * 70 * 2**20 + b'"}'
