"""What is said of each kind of layer, forward and back, and of the other stops: words, and formulas with sources."""

from webapp.explore.microscope.kinds.kind import Kind
from webapp.explore.microscope.kinds.maps import MAPS
from webapp.explore.microscope.kinds.numbers import NUMBERS
from webapp.explore.microscope.kinds.pair import PAIR
from webapp.explore.microscope.kinds.rows import ROWS

KINDS = MAPS | NUMBERS | ROWS

__all__ = ["KINDS", "PAIR", "Kind"]
