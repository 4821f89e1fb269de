"""Recognises a training that learns nothing, and warns with the name of the fault and its usual causes.

A loss that falls and then stays looks the same whether the network has learnt or has found a trivial answer. So the
watch compares the loss and the mean distances of each epoch with the plateaus of losses.py.
"""

from dataclasses import dataclass, field

import numpy as np

from siamese_np.losses import ContrastiveLoss

PATIENCE = 5  # epochs in a row that show a fault before there is a warning
EQUAL = 0.1  # embeddings count as equal where distances are below this share of the margin
ALIKE = 0.05  # both kinds of pair count as equally far where their means differ by less than this share of the margin
TOLERANCE = 0.1  # a loss is on a plateau where it differs from it by less than this share of the plateau
CAUSES = "usual causes: a learning rate that is too large, wrong labels, or images without contrast"


@dataclass
class Watch:
    """Watches one training.

    epochs_on   for each fault, the number of epochs in a row that showed it
    told        the names of the faults that were reported
    """

    loss: ContrastiveLoss
    epochs_on: dict[str, int] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)

    def look(self, loss: float, share_same: float, d_same: float, d_different: float, z: np.ndarray) -> list[str]:
        """The new warnings after an epoch.

        loss: its mean loss. share_same: the share of same pairs among its pairs. d_same, d_different: the mean distance
        of each kind of pair. z (N, D): embeddings of different images.
        """
        margin, plateaus = self.loss.margin, self.loss.plateaus(share_same)
        equal = d_same < EQUAL * margin and d_different < EQUAL * margin
        plateau = plateaus["all distances equal"]
        alike = abs(d_same - d_different) < ALIKE * margin and abs(loss - plateau) < TOLERANCE * plateau
        dead = float(np.mean((z == 0).all(0)))
        found = {
            "all embeddings equal": (
                equal,
                "the network gives every photo nearly the same embedding, which means a loss of "
                f"{plateaus['all embeddings equal']:.2f}; {CAUSES}",
            ),
            "all distances equal": (
                alike and not equal,
                "photos of one person are as far apart as photos of two people, which means a loss of "
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
