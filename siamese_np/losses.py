"""The contrastive loss: pairs of one person should be near, pairs of two people at least a margin apart.

    L = (1/P) sum_p [ same[p] d[p]^2  +  (1 - same[p]) max(0, margin - d[p])^2 ]              (1)

This is Hadsell, Chopra and LeCun 2006, eq. 4, without its factor 1/2 and as a mean over the pairs. `same` is True where
both images show one person. (In the paper Y = 0 means similar. Code that takes one convention for the other pushes the
photos of one person apart. So nothing here is called Y.)

    dL/dd[p] = (2/P) d[p]                        same pairs: pulled together                  (2)
    dL/dd[p] = -(2/P) max(0, margin - d[p])      different pairs: pushed apart                (3)

Beyond the margin nothing pushes a different pair any further: its gradient is 0. No different pair is ever pulled
together.

With power=1 the squares are left out: d for same pairs and max(0, margin - d) for different ones. The slope is 1/P for
every same pair, however near, and -1/P for every different pair inside of the margin. At d = margin the slope jumps
from -1/P to 0; any value between is a subgradient, and 0 is taken. With power=2 the slope is continuous there.

A different pair at d = 0 receives no gradient. (3) asks for the strongest push, but the direction of that push is the
gradient of the distance, which is not defined at d = 0 and set to 0 (distance.py). In practice such a pair does not
stay: two images hardly ever have exactly equal embeddings, other pairs change the shared weights and with them both
embeddings, and augmentation, dropout and the batch statistics change from step to step. Where all embeddings are equal,
as with dead ReLUs at the end, nothing frees them; that is the plateau (4).

Three trivial networks, to compare a loss with, where a share q of the pairs is same:

    all embeddings equal, d = 0                      L = (1 - q) margin^power                 (4)
    d = c for all pairs; with power 2 the best is c = (1 - q) margin, and
                                                     L = q (1 - q) margin^2                   (5)
    with power 1 every c up to the margin gives      L = q c + (1 - q)(margin - c)            (6)

For q = 1/2 these are margin^2 / 2, margin^2 / 4 and margin / 2. A training that stays there has learnt nothing.
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class ContrastiveLoss:
    """distances d (P,), float32 or float64, and same (P,) bool -> one number, and its gradient (P,).

    Raises ValueError for a margin that is not above 0, and for a power other than 1 and 2.
    """

    margin: float = 1.0
    power: int = 2

    def __post_init__(self) -> None:
        if not self.margin > 0:
            raise ValueError(f"ContrastiveLoss: margin is above 0, not {self.margin}")
        if self.power not in (1, 2):
            raise ValueError(f"ContrastiveLoss: power is 1 or 2, not {self.power}")

    def forward(self, d: np.ndarray, same: np.ndarray) -> float:
        """The mean over the pairs, (1). Raises TypeError unless `same` is bool, ValueError where the shapes differ."""
        check_same(d, same)
        return float(np.mean(np.where(same, d, self._shortfall(d)) ** self.power))  # (1)

    def backward(self, d: np.ndarray, same: np.ndarray) -> np.ndarray:
        """dL/dd (P,) of that same mean, in the dtype of d. Raises as forward does."""
        check_same(d, same)
        if self.power == 2:
            return 2 / len(d) * np.where(same, d, -self._shortfall(d))  # (2), (3)
        return np.where(same, 1, -(d < self.margin).astype(d.dtype)).astype(d.dtype) / len(d)

    def plateaus(self, share_same: float = 0.5) -> dict[str, float]:
        """The losses of the trivial networks (4) and (5) (for power 1: (6) at c = margin / 2)."""
        other = 1 - share_same
        constant = share_same * other * self.margin**2 if self.power == 2 else self.margin / 2
        return {"all embeddings equal": other * self.margin**self.power, "all distances equal": constant}

    def _shortfall(self, d: np.ndarray) -> np.ndarray:
        return np.maximum(0, self.margin - d)


def check_same(d: np.ndarray, same: np.ndarray) -> None:
    """Refuse anything but one distance and one bool per pair. An array of 0 and 1 has too often been read both ways.

    Raises TypeError unless `same` is bool, ValueError unless both are (P,) with P at least 1.
    """
    if same.dtype != bool:
        raise TypeError(f"same is a bool array, True where both images show one person; got {same.dtype}")
    if d.ndim != 1 or d.shape != same.shape or len(d) == 0:
        shapes = f"{d.shape}, {same.shape}"
        raise ValueError(f"expected one distance and one bool for each of at least one pair, got {shapes}")
