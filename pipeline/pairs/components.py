"""Which things hang together when some are linked in twos."""

from collections.abc import Iterable

import numpy as np


def components(count: int, links: Iterable[tuple[int, int]]) -> np.ndarray:
    """(count,) int32: things with the same number are linked, directly or by others; numbered as they first appear."""
    parent = list(range(count))

    def root(node: int) -> int:
        while parent[node] != node:
            parent[node] = parent[parent[node]]  # halves the way for whoever asks next
            node = parent[node]
        return node

    for first, second in links:
        a, b = root(first), root(second)
        parent[max(a, b)] = min(a, b)  # so that a root is the first of its component, and np.unique keeps that order
    return np.unique([root(node) for node in range(count)], return_inverse=True)[1].astype(np.int32)
