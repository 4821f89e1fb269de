"""Baselines, the methods that a network has to beat: raw pixels without learning, and two classical linear methods.

Let X (n, F) be the pixels of the training photos as rows, minus their mean m, and X = U S V' its singular value
decomposition. V_k has the k columns of V with the largest singular values:

    eigenfaces    w = (x - m) V_k                      the k directions of largest variance                 (1)
                  (Turk and Pentland 1991)

Fisherfaces (Belhumeur, Hespanha and Kriegman 1997) are a linear map of w that separates people best. Let m_c be the mean
of the n_c rows w_n of person c, and c(n) the person of row n. The scatter within and between people is

    A = sum_n (w_n - m_c(n)) (w_n - m_c(n))'           B = sum_c n_c m_c m_c'                               (2)

The directions q with the largest q'Bq / q'Aq are wanted. With A = L L' this is a symmetric eigenproblem: r are the
leading eigenvectors of L^-1 B L^-T, and q = L^-T r (3). The rank of B is at most people - 1. A small multiple of the
identity is added to A, because with few photos per person the scatter in some directions is nearly 0 by chance.

Both are scaled to length 1, as our embeddings are, and use the training part alone.
"""

from collections.abc import Sequence

import numpy as np

from pipeline.faces.preprocess import Preprocessing

LEAST_SIDE = 40  # pixels of the longer side at least, after halving
COMPONENTS = 100  # k in (1) at most
RIDGE = 0.1  # added to A, as a share of its mean diagonal


def raw_pixels(pictures: Sequence[np.ndarray]) -> np.ndarray:
    """Grey faces (N, h, w) uint8 -> their pixels / 255 as vectors (N, F) float64.

    The sides are halved as often as the longer one keeps 40 pixels: if once, by taking every second pixel; if more often,
    by means over squares of pixels.
    """
    height, width = pictures[0].shape
    times = max(int(np.log2(max(height, width) / LEAST_SIDE)), 0)
    if times == 1:
        small = np.stack([picture[::2, ::2] for picture in pictures]) / 255
    else:
        small = Preprocessing((height >> times, width >> times), standardise=False)(pictures)
    return small.reshape(len(pictures), -1).astype(np.float64)


def eigenfaces(pixels: np.ndarray, train: np.ndarray) -> np.ndarray:
    """pixels (N, F), train (n,) rows to learn from -> (N, k) of length 1."""
    return _unit(_principal(pixels, train, min(COMPONENTS, len(train) - 1)))


def fisherfaces(pixels: np.ndarray, train: np.ndarray, people: np.ndarray) -> np.ndarray:
    """pixels (N, F), train (n,) rows to learn from, people (N,) -> (N, people - 1) of length 1."""
    owners, owner_of_row = np.unique(people[train], return_inverse=True)
    w = _principal(pixels, train, min(COMPONENTS, len(train) - len(owners)))
    means = np.stack([w[train][owner_of_row == c].mean(0) for c in range(len(owners))])
    within = w[train] - means[owner_of_row]
    a = within.T @ within  # (2)
    a += max(RIDGE * np.trace(a) / len(a), 1e-12) * np.eye(len(a))  # a is 0 where all photos of each person are equal
    scaled = means * np.sqrt(np.bincount(owner_of_row))[:, None]
    root = np.linalg.cholesky(a)
    spread = np.linalg.solve(root, scaled.T)  # L^-1 B L^-T is spread @ spread.T
    directions, _, _ = np.linalg.svd(spread, full_matrices=False)
    q = np.linalg.solve(root.T, directions[:, : len(owners) - 1])  # (3)
    return _unit(w @ q)


def _principal(pixels: np.ndarray, train: np.ndarray, k: int) -> np.ndarray:
    """pixels (N, F), train (n,) rows to learn from -> their k principal components (N, k)."""
    mean = pixels[train].mean(0)
    _, _, directions = np.linalg.svd(pixels[train] - mean, full_matrices=False)
    return (pixels - mean) @ directions[: max(k, 1)].T  # (1)


def _unit(w: np.ndarray) -> np.ndarray:
    """w (N, k) -> its rows, scaled to length 1."""
    return w / np.maximum(np.linalg.norm(w, axis=1, keepdims=True), 1e-12)
