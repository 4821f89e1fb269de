"""What decided?: which parts of two faces their distance depends on, by the network and by raw pixels."""

from webapp.explore.common.cards import Card
from webapp.explore.decided.page import blueprint

CARD = Card(
    "What decided?",
    "Cover a patch of a face, and see how far the distance moves. Beside it the slope of each pixel, the same for raw "
    "pixels, and what such maps cannot tell.",
    "explore/decided/card.svg",
)

__all__ = ["CARD", "blueprint"]
