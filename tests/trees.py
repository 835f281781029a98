"""Results of functions as trees: dictionaries, lists and tuples with arrays and numbers as leaves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


def mapped(tree: Any, leaf: Callable[[Any], Any]) -> Any:
    """The tree with a function applied to its arrays and numbers."""
    if isinstance(tree, dict):
        return {key: mapped(value, leaf) for key, value in tree.items()}
    if isinstance(tree, (list, tuple)):
        return type(tree)(mapped(item, leaf) for item in tree)
    return leaf(tree) if isinstance(tree, (np.ndarray, np.generic, int, float)) else tree
