"""Where things are drawn: the first state of the page. Its script draws what follows in the same way (draw.js)."""

import re

import numpy as np

from siamese_np.losses import ContrastiveLoss
from webapp.explore.playground import plane
from webapp.explore.playground.plane import Moved, Pair

ARROW = 0.24  # length of an arrow for a force of 1, of the pair
WIDTH, HEIGHT = 300, 150  # of the charts
SMALLEST = 1.2  # what the plane of many points shows at least, from its middle
ABOVE, BELOW = -4, 11  # where the name of a plateau stands: the upper one above its line, the lower one below
NOISE = 1e-15  # what rounding may leave of a 0
SEEN = 100  # steps that the chart has room for at least

Arrow = tuple[float, float, float, float]


def number(x: float) -> str:
    """Three decimals; what they would show as 0 and is not, as 1.0e−6."""
    if abs(x) < NOISE:
        return "0.000"
    text = f"{x:.3f}" if abs(x) >= 0.0005 else re.sub(r"e-0", "e-", f"{x:.1e}")
    return text.replace("-", "−")


def branch(loss: ContrastiveLoss, same: bool, d: float) -> str:
    """Which of the sentences of the page holds for the pair."""
    if d == 0:
        return "same-0" if same else "different-0"
    return "same" if same else "within" if d < loss.margin else "beyond"


def arrow(place: np.ndarray, force: np.ndarray, scale: float = ARROW) -> Arrow:
    """A force at a place: x1, y1, x2, y2, where y points down as in SVG."""
    end = place + scale * force
    return float(place[0]), float(-place[1]), float(end[0]), float(-end[1])


def curve(loss: ContrastiveLoss, same: bool, pair: Pair) -> dict:
    """The loss along the line through both points: the curve, the pair's place and the slope there, and the margin."""
    reach = max(1.4 * loss.margin, 1.1 * pair.d)
    top = max(value for kind in (True, False) for _, value in plane.curve(loss, kind, reach))
    scale = WIDTH / 2 / reach

    def at(s: float, value: float) -> tuple[float, float]:
        return WIDTH / 2 + scale * s, HEIGHT - HEIGHT * value / top

    tangent = [at(pair.d + step, pair.loss + step * pair.slope) for step in (-0.25 * reach, 0.25 * reach)]
    kinds = {name: [at(*point) for point in plane.curve(loss, kind, reach)]
             for name, kind in (("chosen", same), ("other", not same))}  # fmt: skip
    return {**kinds, "point": at(pair.d, pair.loss), "tangent": tangent, "margin": scale * loss.margin}


def many(moved: Moved) -> dict:
    """The many points in a plane that shows from -1 to 1: how much one unit is there, and places and arrows."""
    half = max(SMALLEST, 1.1 * float(np.abs(moved.z).max()))
    longest = max(float(np.abs(moved.force).max()), 1e-9)
    scale = min(0.25 / longest, 20 / half)
    return {
        "unit": 1 / half,
        "places": [(float(x / half), float(-y / half)) for x, y in moved.z],
        "arrows": [arrow(place / half, force, scale) for place, force in zip(moved.z, moved.force)],
    }


def chart(losses: tuple[float, ...], plateaus: list[float]) -> dict:
    """The loss over the steps, beside its plateaus."""
    top = 1.08 * max(*losses, *plateaus)
    right = max(SEEN, len(losses) - 1)
    return {
        "points": [(WIDTH * k / right, HEIGHT - HEIGHT * value / top) for k, value in enumerate(losses)],
        "plateaus": [HEIGHT - HEIGHT * value / top for value in plateaus],
        "names": [ABOVE if value == max(plateaus) else BELOW for value in plateaus],
        "right": right,
    }
