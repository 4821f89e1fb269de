"""What the index of /explore says of a page."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Card:
    """title: of the page; sentence: what it shows; drawing: a template with an SVG of 160 x 90,
    "explore/NAME/card.svg"."""

    title: str
    sentence: str
    drawing: str
