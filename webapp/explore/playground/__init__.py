"""Playground: points in the plane instead of embeddings, and what the loss does to them."""

from webapp.explore.common.cards import Card
from webapp.explore.playground.page import blueprint

CARD = Card(
    "Playground",
    "Drag two points of the plane, and see the force of the loss at every distance. Then let thirty points go: they "
    "are pulled and pushed until each person is a cluster.",
    "explore/playground/card.svg",
)

__all__ = ["CARD", "blueprint"]
