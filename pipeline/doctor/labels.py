"""Suspects among the names: photos that lie far from their own person and near another.

A wrong name can't be seen by a method that learnt it. So the photos of each person are dealt out to ten folds, and each
fold is judged by a method that learnt from the other nine: Fisherfaces (see baselines.py) of the aligned faces, and of
their mirror images too, since people look the same there. With m_c the mean of person c's photos outside the fold,

    excess(x) = |x - m_own| - min over other people c of |x - m_c|                          (1)

is negative where x is nearest to its own person. A distance is the mean of those of several views of a face, which are
wrong in different ways:

    pixels        standardised
    orientations  in cells of 8 x 8 pixels, how much gradient points in each of 8 directions     (Dalal and Triggs 2005)
    embeddings    of a trained network, where there is one
"""

from collections.abc import Sequence

import numpy as np
from threadpoolctl import threadpool_limits

from pipeline.faces.preprocess import Preprocessing
from pipeline.recognise import baselines
from siamese_np import metrics

VIEW = Preprocessing((64, 56), align=1.2)  # closer than a network sees a face: hair and background mislead
FOLDS = 10
FEWEST = 3  # photos of a person who is judged: two are left for the mean
LEARNT = 1500  # photos that the directions of largest variance are learnt from, at most
CELL, DIRECTIONS = 8, 8
SUSPECT = 0.35  # (1) of a suspect is more


def excesses(
    grays: Sequence[np.ndarray], landmarks: np.ndarray, people: np.ndarray, embeddings: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """(1) of each photo (N,), NaN where it can't be judged, and the nearest other person (N,).

    grays: faces (h, w) uint8; landmarks (N, 5, 2), NaN where there is no face: those, and the photos of people with
    fewer than 3, are neither judged nor learnt from. people (N,); embeddings (N, D).
    """
    excess, nearest = np.full(len(people), np.nan), np.full(len(people), -1)
    rows = np.flatnonzero(np.isfinite(landmarks).all((1, 2)))
    everyone, counts = np.unique(people[rows], return_counts=True)
    rows = rows[np.isin(people[rows], everyone[counts >= FEWEST])]
    known, of = np.unique(people[rows], return_inverse=True)
    if len(known) < 2:
        return excess, nearest
    rng = np.random.default_rng(0)
    fold = _deal(of, rng)
    x = VIEW([grays[row] for row in rows], landmarks[rows])[:, 0].astype(np.float64)
    both = np.stack([x, x[:, :, ::-1]])  # (2, n, H, W): as it is, and in the mirror
    views = [both.reshape(2, len(rows), -1), np.stack([orientations(side) for side in both])]
    if embeddings is not None:
        views.append(embeddings[rows][None].astype(np.float64))
    with threadpool_limits(1, "blas"):  # on a busy machine, threads of small products wait for each other for seconds
        d = np.mean([_distances(_fewer(view, rng), of, fold) for view in views], axis=0)
    own = d[np.arange(len(rows)), of]
    d[np.arange(len(rows)), of] = np.inf
    excess[rows], nearest[rows] = own - d.min(1), known[d.argmin(1)]  # (1)
    return excess, nearest


def orientations(x: np.ndarray) -> np.ndarray:
    """Pictures (n, H, W) -> how much gradient points in each direction in each cell, (n, H/8 * W/8 * 8)."""
    dy, dx = np.gradient(x, axis=(1, 2))
    strength, turn = np.hypot(dy, dx), np.arctan2(dy, dx) % np.pi * DIRECTIONS / np.pi
    n, (height, width) = len(x), (side // CELL for side in x.shape[1:])
    cells = np.empty((DIRECTIONS, n, height, width))
    for k in range(DIRECTIONS):
        # a gradient between two directions counts for both, by its nearness; half a turn is the same direction
        away = np.abs((turn - k + DIRECTIONS / 2) % DIRECTIONS - DIRECTIONS / 2)
        part = (strength * np.maximum(1 - away, 0))[:, : height * CELL, : width * CELL]
        cells[k] = part.reshape(n, height, CELL, width, CELL).sum((2, 4))
    cells /= np.maximum(np.linalg.norm(cells, axis=0), 1e-9)
    return np.sqrt(cells).transpose(1, 0, 2, 3).reshape(n, -1)


def _deal(of: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A fold for each photo (n,): those of a person go round, from a random one on."""
    fold = np.empty(len(of), int)
    for person in range(of.max() + 1):
        own = rng.permutation(np.flatnonzero(of == person))
        fold[own] = (np.arange(len(own)) + rng.integers(FOLDS)) % FOLDS
    return fold


def _fewer(view: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A view (sides, n, F) as its leading eigenfaces (sides, n, k), which no name has a part in."""
    sides, n, _ = view.shape
    flat = view.reshape(sides * n, -1)
    rows = np.sort(rng.permutation(len(flat))[:LEARNT])
    return baselines.eigenfaces(flat, rows).reshape(sides, n, -1)


def _distances(view: np.ndarray, of: np.ndarray, fold: np.ndarray) -> np.ndarray:
    """A view (sides, n, k) -> distances of photos to means of people (n, K), by methods that did not see the photo."""
    sides, n, _ = view.shape
    flat, owners = view.reshape(sides * n, -1), np.tile(of, sides)
    d = np.empty((n, of.max() + 1))
    for k in np.unique(fold):
        asked = np.flatnonzero(fold == k)
        train = np.flatnonzero(np.tile(fold != k, sides))
        z = baselines.fisherfaces(flat, train, owners)
        _, means = metrics.mean_embeddings(z[train], owners[train])
        probes = z.reshape(sides, n, -1)[:, asked].mean(0)
        probes /= np.maximum(np.linalg.norm(probes, axis=1, keepdims=True), 1e-12)
        d[asked] = metrics.cross_distances(probes, means)
    return d
