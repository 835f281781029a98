# tries: JSON that is something else
# mark: 0
# sentence: not a Jupyter notebook
def attack(notebook, folder):
    return b'{"cells": {"a": 1}, "nbformat": 4, "nbformat_minor": 5, "metadata": []}'
