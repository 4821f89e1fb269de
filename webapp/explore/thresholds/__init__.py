"""Threshold explorer: what a threshold accepts and rejects, among pairs, known people and strangers."""

from webapp.explore.common.cards import Card
from webapp.explore.thresholds.page import blueprint

CARD = Card(
    "Threshold explorer",
    "Drag the line where “the same person” ends. False accepts, false rejects, the point on the ROC, names given and "
    "strangers refused all move with it, and so does what a larger gallery makes of it.",
    "explore/thresholds/card.svg",
)

__all__ = ["CARD", "blueprint"]
