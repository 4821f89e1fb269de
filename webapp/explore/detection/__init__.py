"""Inside MTCNN: one photo through the cascade that finds faces, from the pyramid to the aligned faces."""

from webapp.explore.common.cards import Card
from webapp.explore.detection.page import blueprint

CARD = Card(
    "Inside MTCNN",
    "Follow one photo through the cascade of three networks that finds faces: what each proposes, moves and drops, down "
    "to eyes, nose and mouth, and the face cut out and turned upright.",
    "explore/detection/card.svg",
)

__all__ = ["CARD", "blueprint"]
