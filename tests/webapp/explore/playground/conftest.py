"""Points that follow a gradient which is measured, not derived."""

import numpy as np

from siamese_np.gradcheck.numeric import numeric_gradient
from siamese_np.losses import ContrastiveLoss


def total(z: np.ndarray, loss: ContrastiveLoss, reversed_: bool) -> float:
    """The loss of points z (N, 2), of five people in turns, over all pairs."""
    pairs = [(i, j) for i in range(len(z)) for j in range(i + 1, len(z))]
    d = np.array([np.hypot(*(z[i] - z[j])) for i, j in pairs])
    same = np.array([i % 5 == j % 5 for i, j in pairs])
    return loss.forward(d, same != reversed_)


def followed(
    z: np.ndarray, loss: ContrastiveLoss, reversed_: bool, rate: float, steps: int
) -> tuple[np.ndarray, list[float]]:
    """z and the losses after so many steps against the numeric gradient."""
    z, losses = z.copy(), [total(z, loss, reversed_)]
    for _ in range(steps):
        z = z - rate * numeric_gradient(lambda: total(z, loss, reversed_), z)
        losses.append(total(z, loss, reversed_))
    return z, losses
