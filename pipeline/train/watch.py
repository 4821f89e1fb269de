"""Tells a training that learns nothing, by name, with what usually causes it.

A loss that goes down and stops looks the same whether the network has learnt or has found a trivial answer. So each
epoch's loss and distances are held against the plateaus of losses.py.
"""

from dataclasses import dataclass, field

import numpy as np

from siamese_np.losses import ContrastiveLoss

PATIENCE = 5  # epochs in a row before a word is said
EQUAL = 0.1  # distances below this share of the margin: the embeddings are nearly equal
ALIKE = 0.05  # the same distance for both kinds of pair, to this share of the margin
NEAR = 0.1  # a loss this near to a plateau, as a share of it, is on it
CAUSES = "usual causes: a learning rate that is too large, wrong labels, or images without contrast"


@dataclass
class Watch:
    """told: the names of what was found so far."""

    loss: ContrastiveLoss
    epochs_on: dict[str, int] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)

    def look(self, loss: float, share_same: float, d_same: float, d_different: float, z: np.ndarray) -> list[str]:
        """New warnings after an epoch. z (N, D): embeddings of different images; d_*: their mean distances."""
        margin, plateaus = self.loss.margin, self.loss.plateaus(share_same)
        equal = d_same < EQUAL * margin and d_different < EQUAL * margin
        plateau = plateaus["all distances equal"]
        alike = abs(d_same - d_different) < ALIKE * margin and abs(loss - plateau) < NEAR * plateau
        dead = float(np.mean((z == 0).all(0)))
        found = {
            "all embeddings equal": (
                equal,
                "the network gives every photo nearly the same answer, which is worth a loss of "
                f"{plateaus['all embeddings equal']:.2f}; {CAUSES}",
            ),
            "all distances equal": (
                alike and not equal,
                "photos of one person are as far apart as those of two, which is worth a loss of "
                f"{plateau:.2f}; {CAUSES}",
            ),
            "dead units": (
                dead >= 0.5,
                f"{dead:.0%} of the embedding's units are 0 for every photo; usual causes: a ReLU at the end whose "
                "inputs are all negative (use a linear embedding), or a learning rate that is too large",
            ),
        }
        new = []
        for name, (holds, text) in found.items():
            self.epochs_on[name] = self.epochs_on.get(name, 0) + 1 if holds else 0
            if self.epochs_on[name] == PATIENCE and name not in self.told:
                self.told.append(name)
                new.append(f"{name}: {text}")
        return new
