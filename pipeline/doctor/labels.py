"""Photos whose name is doubted: they lie far from their own person and near another, by more than chance explains.

A method cannot see a wrong name that it learnt. So the photos of each person are dealt out to ten folds, and each fold
is judged by a method that learnt from the other nine: Fisherfaces (see baselines.py) of the aligned faces, and of their
mirror images too, since people look the same there. With m_c the mean of person c's photos outside the fold,

    excess(x) = |x - m_own| - min over other people c of |x - m_c|                          (1)

is negative where x is nearest to its own person. A distance is the mean of those of several views of a face, which are
wrong in different ways:

    pixels        standardised
    orientations  in cells of 8 x 8 pixels, how much gradient points in each of 8 directions     (Dalal and Triggs 2005)
    embeddings    of a trained network, where there is one

How (1) is spread for right names depends on the photos: -.71 +- .17 on ORL, -.36 +- .32 on photos from the web. No
fixed limit serves both. Most names are right, so the median m of all N excesses, and s, which is 1.4826 times the
median distance from m, describe the right names. Their excesses are close to normal, and a right name exceeds

    limit = max(m + s q, 0),    with q such that N (1 - Phi(q)) = a                                                 (2)

in a of all folders. A wrong name also moves the mean of the person that it went to, so that right photos of that person
look wrong. So there are two rounds. A photo that exceeds (2) with a = .3 is a suspect. Its name is doubted if it still
exceeds (2), now with a = .1, when the method has learnt from no suspect.

Measured on ORL and two sets of crops from the web, whole and in random parts of 12 people with 10 or 14 photos, with 0
and 5 % wrong names (the limits were chosen on other parts of the same photos): in 60 such folders no right name was
doubted. Of the wrong names all of 96 on ORL were found, and 41 of 234 on photos from the web. There a fixed limit of
.35 finds 197, and doubts 132 right names beside them. With 8 people and 10 photos, 2 right names were doubted in 36
folders. With 6 or 4 people there were many more, so names of fewer than 8 people are not judged.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from threadpoolctl import threadpool_limits

from pipeline.faces.preprocess import Preprocessing
from pipeline.recognise import baselines
from siamese_np import metrics

VIEW = Preprocessing((64, 56), align=1.2)  # closer than networks see a face, since hair and background mislead
FOLDS = 10
FEWEST = 3  # photos of a person who is judged: two are left for the mean
FEWEST_PEOPLE = 8  # who have so many photos
LEARNT = 1500  # the directions of largest variance are learnt from so many photos at most
CELL, DIRECTIONS = 8, 8
SUSPECTED, DOUBTED = 0.3, 0.1  # false alarms that are accepted in a folder, in the first round and the second
LEAST_SPREAD = 0.02  # of (1): drawn faces can be told apart so well that s is nearly 0


@dataclass(frozen=True)
class Verdict:
    """excess: (1) of each photo (N,), NaN where it was not judged. nearest: the nearest other person (N,). doubted: the
    photos whose name is doubted (N,) bool. limit: (2)."""

    excess: np.ndarray
    nearest: np.ndarray
    doubted: np.ndarray
    limit: float


def judge(
    grays: Sequence[np.ndarray], landmarks: np.ndarray, people: np.ndarray, embeddings: np.ndarray | None = None
) -> Verdict:
    """Which names are doubted, in two rounds. Arguments as those of `excesses`."""
    excess, _ = excesses(grays, landmarks, people, embeddings)
    suspects = excess > _limit(excess, SUSPECTED)
    excess, nearest = excesses(grays, landmarks, people, embeddings, suspects)
    limit = _limit(excess, DOUBTED)
    return Verdict(excess, nearest, suspects & (excess > limit), limit)


def _limit(excess: np.ndarray, false_alarms: float) -> float:
    """(2); infinity where nothing was judged."""
    judged = excess[np.isfinite(excess)]
    if not len(judged):
        return np.inf
    middle = np.median(judged)
    spread = max(1.4826 * np.median(abs(judged - middle)), LEAST_SPREAD)
    return float(max(middle + spread * NormalDist().inv_cdf(1 - false_alarms / len(judged)), 0))


def excesses(
    grays: Sequence[np.ndarray], landmarks: np.ndarray, people: np.ndarray, embeddings: np.ndarray | None = None,
    suspects: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """(1) of each photo (N,), NaN where it can't be judged, and the nearest other person (N,), -1 there.

    grays: faces (h, w) uint8; landmarks (N, 5, 2), NaN where there is no face: those, and the photos of people with
    fewer than 3, are neither judged nor learnt from; nothing is where fewer than 8 people are left. people (N,);
    embeddings (N, D). suspects (N,) bool: judged, but not learnt from.
    """
    excess, nearest = np.full(len(people), np.nan), np.full(len(people), -1)
    rows = np.flatnonzero(np.isfinite(landmarks).all((1, 2)))
    learnt_from = np.ones(len(people), bool) if suspects is None else ~suspects
    everyone, counts = np.unique(people[rows[learnt_from[rows]]], return_counts=True)
    rows = rows[np.isin(people[rows], everyone[counts >= FEWEST])]
    known, of = np.unique(people[rows], return_inverse=True)
    if len(known) < FEWEST_PEOPLE:
        return excess, nearest
    rng = np.random.default_rng(0)
    fold = _deal(of, rng)
    x = VIEW([grays[row] for row in rows], landmarks[rows])[:, 0].astype(np.float64)
    both = np.stack([x, x[:, :, ::-1]])  # (2, n, H, W): as it is, and in the mirror
    views = [both.reshape(2, len(rows), -1), np.stack([orientations(side) for side in both])]
    if embeddings is not None:
        views.append(embeddings[rows][None].astype(np.float64))
    with threadpool_limits(1, "blas"):  # on a busy machine, threads of small products wait for each other for seconds
        d = np.mean([_distances(_fewer(view, rng), of, fold, learnt_from[rows]) for view in views], axis=0)
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
        # a gradient between two directions counts for both, by its nearness; opposite directions are the same
        away = np.abs((turn - k + DIRECTIONS / 2) % DIRECTIONS - DIRECTIONS / 2)
        part = (strength * np.maximum(1 - away, 0))[:, : height * CELL, : width * CELL]
        cells[k] = part.reshape(n, height, CELL, width, CELL).sum((2, 4))
    cells /= np.maximum(np.linalg.norm(cells, axis=0), 1e-9)
    return np.sqrt(cells).transpose(1, 0, 2, 3).reshape(n, -1)


def _deal(of: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A fold for each photo (n,): the photos of a person go to one fold after the other, from a random one on."""
    fold = np.empty(len(of), int)
    for person in range(of.max() + 1):
        own = rng.permutation(np.flatnonzero(of == person))
        fold[own] = (np.arange(len(own)) + rng.integers(FOLDS)) % FOLDS
    return fold


def _fewer(view: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A view (sides, n, F) as its leading eigenfaces (sides, n, k), which do not depend on any name."""
    sides, n, _ = view.shape
    flat = view.reshape(sides * n, -1)
    rows = np.sort(rng.permutation(len(flat))[:LEARNT])
    return baselines.eigenfaces(flat, rows).reshape(sides, n, -1)


def _distances(view: np.ndarray, of: np.ndarray, fold: np.ndarray, learnt: np.ndarray) -> np.ndarray:
    """A view (sides, n, k) -> distances of photos to means of people (n, K), by methods that did not see the photo.

    learnt (n,) bool: the photos that any method may see.
    """
    sides, n, _ = view.shape
    flat, owners = view.reshape(sides * n, -1), np.tile(of, sides)
    d = np.empty((n, of.max() + 1))
    for k in np.unique(fold):
        probes_of_fold = np.flatnonzero(fold == k)
        train = np.flatnonzero(np.tile((fold != k) & learnt, sides))
        z = baselines.fisherfaces(flat, train, owners)
        _, means = metrics.mean_embeddings(z[train], owners[train])
        probes = z.reshape(sides, n, -1)[:, probes_of_fold].mean(0)
        probes /= np.maximum(np.linalg.norm(probes, axis=1, keepdims=True), 1e-12)
        d[probes_of_fold] = metrics.cross_distances(probes, means)
    return d
