"""What a method has to beat: the same faces compared with no learning, or with the learning of the nineties.

With X (n, F) the pixels of the training photos as rows, their mean m taken off, and X = U S V' (singular values):

    eigenfaces    w = (x - m) V_k                      the k directions of largest variance                 (1)
                  (Turk and Pentland 1991)

Fisherfaces (Belhumeur, Hespanha and Kriegman 1997) then turn and shrink those numbers so that people part best. With
m_c the mean of person c's n_c rows w_n, within and between people they scatter by

    A = sum_n (w_n - m_c(n)) (w_n - m_c(n))'           B = sum_c n_c m_c m_c'                               (2)

and the directions q with largest q'Bq / q'Aq are wanted. With A = L L' that is a symmetric eigenproblem: the leading
eigenvectors r of L^-1 B L^-T, and q = L^-T r (3). B has rank of at most people - 1. To A a small multiple of the identity
is added: with few photos a person, some directions scatter by chance hardly at all.

Both are scaled to length 1, as our embeddings are, and see the training part alone.
"""

from collections.abc import Sequence

import numpy as np

from pipeline.faces.preprocess import Preprocessing

LEAST_SIDE = 40  # pixels that the longer side keeps
COMPONENTS = 100  # k in (1), where there are so many
RIDGE = 0.1  # added to A, as a share of its mean diagonal


def raw_pixels(pictures: Sequence[np.ndarray]) -> np.ndarray:
    """Grey faces (N, h, w) uint8 -> their pixels / 255 as vectors (N, F) float64.

    The longer side is halved as often as it keeps 40 pixels; once by taking every second pixel, more often by means.
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
    owners, of = np.unique(people[train], return_inverse=True)
    w = _principal(pixels, train, min(COMPONENTS, len(train) - len(owners)))
    means = np.stack([w[train][of == c].mean(0) for c in range(len(owners))])
    within = w[train] - means[of]
    a = within.T @ within  # (2)
    a += max(RIDGE * np.trace(a) / len(a), 1e-12) * np.eye(len(a))  # where all photos of each person are equal, a is 0
    scaled = means * np.sqrt(np.bincount(of))[:, None]
    root = np.linalg.cholesky(a)
    spread = np.linalg.solve(root, scaled.T)  # L^-1 B L^-T is spread @ spread.T
    directions, _, _ = np.linalg.svd(spread, full_matrices=False)
    q = np.linalg.solve(root.T, directions[:, : len(owners) - 1])  # (3)
    return _unit(w @ q)


def _principal(pixels: np.ndarray, train: np.ndarray, k: int) -> np.ndarray:
    mean = pixels[train].mean(0)
    _, _, v = np.linalg.svd(pixels[train] - mean, full_matrices=False)
    return (pixels - mean) @ v[: max(k, 1)].T  # (1)


def _unit(w: np.ndarray) -> np.ndarray:
    return w / np.maximum(np.linalg.norm(w, axis=1, keepdims=True), 1e-12)
