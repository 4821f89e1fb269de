"""Attribution: which pixels of two images a distance depends on. Two maps, and how they belong together.

With f the network, d(x, o) = |f(x) - f(o)| is the distance of an image x and another one, o. Cover a patch p of x: each
of its pixels becomes c, and the others stay. How far does the distance move (Zeiler and Fergus 2014, section 4)?

    move[p] = d(x with p covered, o) - d(x, o)                                      (1)

Above 0, what is in the patch held the two images together; below 0 it held them apart. Instead of covering, ask for
the slope in each pixel (Simonyan, Vedaldi and Zisserman 2014). It costs one pass back for all pixels:

    g[i] = ∂d/∂x[i]                                                                 (2)

`trace` gives it without a formula of its own: for one same pair and power 1 the loss (1) of losses.py is L = d, so that
dL/dx is ∂d/∂x. Covering p changes x[i] by c - x[i] within the patch. To first order this moves the distance by

    predicted[p] = sum over i in p of g[i] (c - x[i])                               (3)

The error of (3) is of second order in c - x, and a patch is no small change: a ReLU goes to 0, another cell wins a
pooling. So (2) and (1) are answers to two questions, and often differ.

For raw pixels f(x) = x, a network of one Flatten. Then (2) is (2) of distance.py, a map of length 1.
"""

from collections.abc import Sequence

import numpy as np

from siamese_np import distance
from siamese_np.layers import Sequential
from siamese_np.losses import ContrastiveLoss
from siamese_np.trace import trace


def corners(side: int, patch: int, step: int) -> list[int]:
    """The first pixels of the patches along an axis of `side` pixels, `step` apart, each patch whole.

    Raises ValueError where no patch fits.
    """
    if not 0 < patch <= side:
        raise ValueError(f"a patch of {patch} pixels does not fit into {side} pixels")
    return list(range(0, side - patch + 1, step))


def covered(x: np.ndarray, at: Sequence[tuple[int, int]], patch: int, fill: float = 0.0) -> np.ndarray:
    """x (C, H, W) -> (K, C, H, W), in which the patch at the k-th (row, column) of `at` (K,) is covered with `fill`."""
    images = np.repeat(x[None], len(at), axis=0)
    for image, (i, j) in zip(images, at, strict=True):
        image[:, i : i + patch, j : j + patch] = fill
    return images


def moves(network: Sequential, x: np.ndarray, other: np.ndarray, changed: np.ndarray) -> np.ndarray:
    """How far the distance of x and `other` (C, H, W) moves when x becomes each of `changed` (K, C, H, W): (K,)."""
    z, z_other = network.forward(np.concatenate([x[None], changed])), network.forward(other[None])
    d = distance.forward(z, np.repeat(z_other, len(z), axis=0))
    return d[1:] - d[0]  # (1)


def slopes(network: Sequential, pair: np.ndarray) -> tuple[float, np.ndarray]:
    """Two images (2, C, H, W) -> their distance, and ∂d/∂x of each pixel of both (2, C, H, W), float64."""
    steps = trace(network, pair, [(0, 1)], ContrastiveLoss(power=1), True)
    return float(steps[-1].x[0]), steps[0].dx  # (2)


def predicted(g: np.ndarray, x: np.ndarray, patch: int, step: int, fill: float = 0.0) -> np.ndarray:
    """Slopes g and the image x (C, H, W) -> what they predict for each patch (R, K), in the order of `corners`."""
    terms = (g * (fill - x)).sum(axis=0)
    windows = np.lib.stride_tricks.sliding_window_view(terms, (patch, patch))
    return windows[::step, ::step].sum(axis=(2, 3))  # (3)
