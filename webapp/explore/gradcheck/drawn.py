"""Where the pictures of the page have their points."""

import math
from functools import cache

import numpy as np

from siamese_np.gradcheck import TOLERANCE, Comparison
from siamese_np.gradcheck.steps import best_step
from webapp.explore.gradcheck import kink
from webapp.explore.gradcheck.checks import STEPS, Checked, Curve

SIDE = 300  # of the scatter plot
WIDTH, HEIGHT = 440, 270  # of the curve
LOWEST, HIGHEST = -16, 1  # powers of ten of an error
WORST = 10  # rows of the table

Point = tuple[float, float]


def scatter(checked: Checked) -> tuple[list[Point], Point, float]:
    """The points (analytic, numeric) of all entries, that of the worst one, and the number at the border."""
    limit = max(float(np.abs(checked.analytic).max()), float(np.abs(checked.numeric).max()), 1e-300)

    def place(analytic: float, numeric: float) -> Point:
        return SIDE / 2 * (1 + analytic / limit), SIDE / 2 * (1 - numeric / limit)

    points = [place(a, n) for a, n in zip(checked.analytic.ravel().tolist(), checked.numeric.ravel().tolist())]
    return points, place(checked.comparison.analytic, checked.comparison.numeric), limit


def worst(checked: Checked) -> list[tuple[tuple[int, ...], float, float, float]]:
    """(index, analytic, numeric, difference) of the entries that differ most."""
    difference = np.abs(checked.analytic - checked.numeric)
    order = np.argsort(-difference, axis=None, kind="stable")[:WORST]
    places = [tuple(map(int, np.unravel_index(k, difference.shape))) for k in order]
    return [(k, float(checked.analytic[k]), float(checked.numeric[k]), float(difference[k])) for k in places]


def named(comparison: Comparison, index: tuple[int, ...]) -> str:
    """ "weight[3, 0]"."""
    return f"{comparison.of}[{', '.join(map(str, index))}]"


def across(h: float) -> float:
    """Where a step stands on the axis of the curve."""
    return WIDTH * (math.log10(h) + 12) / 11


def up(error: float) -> float:
    """Where an error stands on the axis of the curve; what is smaller than all of it stands at its end."""
    exponent = max(math.log10(error), LOWEST) if error > 0 else LOWEST
    return HEIGHT * (HIGHEST - min(exponent, HIGHEST)) / (HIGHEST - LOWEST)


def curve(found: Curve) -> dict[str, list[Point]]:
    """The measured errors, and the two lines as far as they are within the picture."""
    lines = {
        "truncation": [(h, found.truncation * h**2) for h in STEPS],
        "rounding": [(h, found.rounding / h) for h in STEPS],
    }
    inside = {
        name: [(across(h), up(error)) for h, error in line if 10.0**LOWEST < error < 10.0**HIGHEST]
        for name, line in lines.items()
    }
    return {"measured": [(across(h), up(error)) for h, error in zip(STEPS, found.errors)]} | inside


def meeting(found: Curve) -> float:
    """The step at which both lines have one height."""
    return (found.rounding / found.truncation) ** (1 / 3)


def advised(found: Curve) -> tuple[float, float]:
    """(h, error) where the sum of both lines is smallest."""
    h = best_step(found.truncation, found.rounding)
    return h, found.truncation * h**2 + found.rounding / h


def best(found: Curve) -> tuple[float, float]:
    """(h, error) of the measured step with the smallest error."""
    return min(zip(STEPS, found.errors), key=lambda pair: pair[1])


TOLERATED = up(TOLERANCE)


@cache
def slopes() -> dict[str, list[Point]]:
    """The two slopes of the ReLU at all places: (place, slope)."""
    found = [kink.at(place) for place in kink.PLACES]
    return {
        "analytic": [(one.place, one.comparison.analytic) for one in found],
        "numeric": [(one.place, one.comparison.numeric) for one in found],
    }
