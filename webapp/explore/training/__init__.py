"""Watch it train: a training on the faces at hand, step by step, and what it looks like when something is wrong."""

from webapp.explore.common.cards import Card
from webapp.explore.training.page import blueprint

CARD = Card(
    "Watch it train",
    "Train a network on the faces at hand and watch the loss, the distances, and the map of the embeddings. "
    "Then break it on purpose, and learn what each fault looks like.",
    "explore/training/card.svg",
)

__all__ = ["CARD", "blueprint"]
