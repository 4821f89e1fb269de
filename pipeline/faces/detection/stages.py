"""What the stages of the detector see, keep and drop, for those who want to look: `mtcnn.find(..., saw=stages.append)`.

The stages come in the order in which they decide: "pnet" once for each level of the pyramid, "levels", "rnet", "onet".
A stage that has no box to look at does not come.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Stage:
    """One decision about N boxes.

    boxes (N, 4), not clipped, and confidence (N,): what the network says, or what the stage was given. sure: the row
    numbers of the boxes above the threshold; stays: those of them that suppression keeps, the most confident first.
    asked (N, 4): the squares that R-Net or O-Net was shown. points (N, 5, 2): of O-Net. scale: of a level, and level
    (3, h, w): the photo at that scale, as P-Net is given it.
    """

    name: str
    boxes: np.ndarray
    confidence: np.ndarray
    sure: np.ndarray
    stays: np.ndarray
    asked: np.ndarray | None = None
    points: np.ndarray | None = None
    scale: float | None = None
    level: np.ndarray | None = None


Saw = Callable[[Stage], None]


def nobody(stage: Stage) -> None:
    """Nobody looks."""
