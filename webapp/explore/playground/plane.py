"""Points in the plane, by siamese_np: a pair with its forces, and many points that follow the gradient.

The points stand for embeddings. There is no network between the loss and them, so each point moves against its own
gradient: z[n] becomes z[n] - rate dL/dz[n], where L is the mean over all pairs of points. mathematics.js has the same
formulas, for points that move in the page; tests/webapp/explore/playground compares them with these.
"""

from dataclasses import dataclass

import numpy as np

from siamese_np import distance, metrics
from siamese_np.losses import ContrastiveLoss

COUNT, PEOPLE = 30, 5
SPREAD = 0.5  # standard deviation of the points at the start
CURVE = 121  # points of the curve of the loss

WHO = np.arange(COUNT) % PEOPLE
PAIRS, SAME = metrics.all_pairs(WHO)


@dataclass(frozen=True, eq=False)
class Pair:
    """Two points: their distance, its loss, the slope dL/dd, the forces -dL/da and -dL/db, and ∂d/∂a, each (2,)."""

    d: float
    loss: float
    slope: float
    force_a: np.ndarray
    force_b: np.ndarray
    direction: np.ndarray


@dataclass(frozen=True, eq=False)
class Moved:
    """Many points after some steps: z (N, 2), force = -dL/dz (N, 2), and the loss before each step and at the end."""

    z: np.ndarray
    force: np.ndarray
    losses: tuple[float, ...]


def pair(loss: ContrastiveLoss, same: bool, a: np.ndarray, b: np.ndarray) -> Pair:
    """What the loss says of two points a, b (2,)."""
    d, is_same = distance.forward(a[None], b[None]), np.array([same])
    dd = loss.backward(d, is_same)
    da, db = distance.backward(dd, a[None], b[None], d)
    direction, _ = distance.backward(np.ones_like(d), a[None], b[None], d)
    return Pair(float(d[0]), loss.forward(d, is_same), float(dd[0]), -da[0], -db[0], direction[0])


def curve(loss: ContrastiveLoss, same: bool, reach: float) -> list[tuple[float, float]]:
    """(s, loss) along the line through both points: B is at 0, A at s, and their distance is |s|."""
    at = np.linspace(-reach, reach, CURVE)
    return [(float(s), loss.forward(np.abs([s]), np.array([same]))) for s in at]


def start(seed: int) -> np.ndarray:
    """The points of a seed, (COUNT, 2), in thousandths."""
    return np.round(np.random.default_rng(seed).normal(0, SPREAD, (COUNT, 2)), 3)


def labels(reversed_: bool) -> np.ndarray:
    """`same` of all pairs, (P,); reversed: the mistake that this page shows."""
    return ~SAME if reversed_ else SAME


def let_go(z: np.ndarray, loss: ContrastiveLoss, same: np.ndarray, rate: float, steps: int) -> Moved:
    """Points z (N, 2) after so many steps against the gradient."""
    losses = []
    for step in range(steps + 1):
        d = distance.forward(z[PAIRS[:, 0]], z[PAIRS[:, 1]])
        losses.append(loss.forward(d, same))
        da, db = distance.backward(loss.backward(d, same), z[PAIRS[:, 0]], z[PAIRS[:, 1]], d)
        dz = np.zeros_like(z)
        np.add.at(dz, PAIRS[:, 0], da)  # (3) of siamese_np/siamese.py
        np.add.at(dz, PAIRS[:, 1], db)
        if step < steps:
            z = z - rate * dz
    return Moved(z, -dz, tuple(losses))
