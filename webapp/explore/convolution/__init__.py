"""One convolution, four ways: a window, columns, shifted lines and Winograd's products, for one image and filter."""

from webapp.explore.common.cards import Card
from webapp.explore.convolution.page import blueprint

CARD = Card(
    "One convolution, four ways",
    "One image and one filter: a sliding window, one matrix product, shifted lines, and 16 products instead of "
    "36. The numbers are equal, the times are not.",
    "explore/convolution/card.svg",
)

__all__ = ["CARD", "blueprint"]
