"""The loss of several pairs is the mean of their losses. And the loss of a network that has learnt nothing."""

from dataclasses import dataclass

import numpy as np

from siamese_np.losses import ContrastiveLoss

PAIRS = (("same", 0.6), ("same", 0.2), ("different", 0.5), ("different", 1.2))  # the first state
KINDS = ("same", "different")
FARTHEST = 5.0
CURVE = 57  # points
WIDTH, HEIGHT = 300, 150


@dataclass(frozen=True, eq=False)
class Several:
    """d, losses and slopes (P,) of each pair by itself; parts (P,): dL/dd of the mean; loss: the mean."""

    same: np.ndarray
    d: np.ndarray
    losses: np.ndarray
    slopes: np.ndarray
    parts: np.ndarray
    loss: float


def of(loss: ContrastiveLoss, pairs: list[tuple[str, float]]) -> Several:
    """(kind, distance) of each pair -> their losses and slopes, alone and in the mean."""
    same, d = np.array([kind == "same" for kind, _ in pairs]), np.array([far for _, far in pairs])
    alone = [(loss.forward(d[[p]], same[[p]]), loss.backward(d[[p]], same[[p]])[0]) for p in range(len(d))]
    losses, slopes = map(np.array, zip(*alone))
    return Several(same, d, losses, slopes, loss.backward(d, same), loss.forward(d, same))


@dataclass(frozen=True)
class Nothing:
    """Every pair at the same distance c. points: (c, L) as drawn; start, best: (c, L) at c = 0 and where L is least;
    at_start, at_best, margin: where they are drawn. best is None where no c up to the margin is better than others."""

    points: list[tuple[float, float]]
    start: tuple[float, float]
    best: tuple[float, float] | None
    at_start: tuple[float, float]
    at_best: tuple[float, float] | None
    margin: float


def nothing(loss: ContrastiveLoss, share: float) -> Nothing:
    """share: of the pairs that show one person."""

    def mean(c: float) -> float:
        same, different = (loss.forward(np.array([c]), np.array([kind])) for kind in (True, False))
        return share * same + (1 - share) * different

    reach = 1.4 * loss.margin
    curve = [(float(c), mean(c)) for c in np.linspace(0, reach, CURVE)]
    top = 1.1 * max(value for _, value in curve)

    def at(c: float, value: float) -> tuple[float, float]:
        return WIDTH * c / reach, HEIGHT - HEIGHT * value / top

    start, best = curve[0], None
    if loss.power == 2 or share != 0.5:
        # (5) of siamese_np/losses.py; (6), a straight line, is least at one of its ends
        c = (1 - share) * loss.margin if loss.power == 2 else loss.margin * (share < 0.5)
        best = c, mean(c)
    return Nothing([at(*one) for one in curve], start, best, at(*start), best and at(*best), at(loss.margin, 0)[0])
