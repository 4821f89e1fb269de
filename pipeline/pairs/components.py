"""The connected components of a graph."""

from collections.abc import Iterable

import numpy as np


def components(count: int, links: Iterable[tuple[int, int]]) -> np.ndarray:
    """Nodes 0 ... count - 1 and links between them -> (count,) int32, the number of the component of each node.

    Components are numbered in the order of their first nodes.
    """
    parent = list(range(count))

    def root(node: int) -> int:
        while parent[node] != node:
            parent[node] = parent[parent[node]]  # path halving: the next search is shorter
            node = parent[node]
        return node

    for first, second in links:
        a, b = root(first), root(second)
        parent[max(a, b)] = min(a, b)  # the root is the first node of its component, and np.unique keeps that order
    return np.unique([root(node) for node in range(count)], return_inverse=True)[1].astype(np.int32)
