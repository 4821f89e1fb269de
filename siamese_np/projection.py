"""A map of embeddings in the plane: principal components, turned so that a map stays still while a network learns.

Let Z (N, D) be the embeddings as rows, minus their mean, and Z = U S V' its singular value decomposition. The two
columns of V with the largest singular values are the directions in which the embeddings vary most (Pearson 1901):

    M = Z [v_1 v_2]                                                                 (1)

and the part of the variance that the map shows is

    shown = (s_1^2 + s_2^2) / sum_k s_k^2                                           (2)

(1) leaves open which way the map is turned, and whether it is mirrored: v and -v are equally good, and where s_1 and
s_2 are near, the two directions mix. So the map of one epoch would flip and turn against the one before, M_0, although
hardly anything moved. Of all turned and mirrored maps M R, with R'R = 1, the nearest to M_0 is wanted:

    E(R) = |M R - M_0|^2 = |M|^2 + |M_0|^2 - 2 tr(R' M' M_0)

With M' M_0 = A T B' that is smallest where tr(R' A T B') = tr(B' R' A T) is largest. B' R' A is orthogonal, so none of
its entries is above 1, and the trace is at most sum_k t_k. It is that for B' R' A = 1:

    R = A B'                                                                        (3)

the orthogonal Procrustes problem (Schönemann 1966). Turning changes no distance within the map.
"""

import numpy as np


def principal_map(z: np.ndarray) -> tuple[np.ndarray, float]:
    """embeddings z (N, D), D at least 2 -> their map (N, 2) by (1), and the share of the variance that it shows, (2).

    float64. The share is 1 where all embeddings are equal.
    """
    centred = np.asarray(z, np.float64) - np.mean(z, axis=0, dtype=np.float64)
    _, s, v = np.linalg.svd(centred, full_matrices=False)
    whole = np.sum(s**2)
    return centred @ v[:2].T, float(np.sum(s[:2] ** 2) / whole) if whole else 1.0  # (1), (2)


def turned_to(m: np.ndarray, before: np.ndarray) -> np.ndarray:
    """A map (N, 2), turned or mirrored to lie nearest to the map `before` (N, 2) of the same points."""
    a, _, b = np.linalg.svd(m.T @ before)
    return m @ (a @ b)  # (3)
