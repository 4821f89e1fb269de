"""Pair microscope: two faces through one network, layer by layer, and the gradients on their way back."""

from webapp.explore.common.cards import Card
from webapp.explore.microscope.page import blueprint

CARD = Card(
    "Pair microscope",
    "Follow two faces through the network, layer by layer, to their distance, and the gradients all the way back. "
    "Click on any number to see the sum that it came from.",
    "explore/microscope/card.svg",
)

__all__ = ["CARD", "blueprint"]
