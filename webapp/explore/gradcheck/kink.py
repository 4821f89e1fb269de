"""A ReLU of one number that is moved onto its kink: the slope that its values show, and the one that backward gives."""

from dataclasses import dataclass

import numpy as np

from siamese_np.gradcheck import Comparison, H, Question, numeric_gradient
from siamese_np.layers import ReLU

REACH = 30  # tenths of h on each side
PLACES = range(-REACH, REACH + 1)


@dataclass(frozen=True)
class Kink:
    """place: of x, in tenths of h; below, here, above: y at x - h, x and x + h, in units of h; second, second_of_half:
    c(h) and c(h/2) of siamese_np/gradcheck/numeric.py."""

    place: int
    below: float
    here: float
    above: float
    second: float
    second_of_half: float
    comparison: Comparison


def at(place: int) -> Kink:
    """The check at x = place h / 10."""
    relu, x = ReLU(), np.array([[place / 10 * H]])
    y = relu.forward(x, train=True)
    question = Question(lambda: float(relu.forward(x).sum()), {"x": x}, {"x": relu.backward(np.ones_like(y))})
    below, before, here, after, above = (float(relu.forward(x + k * H)[0, 0]) / H for k in (-1, -0.5, 0, 0.5, 1))
    second, of_half = above - 2 * here + below, (after - 2 * here + before) / 0.5
    return Kink(place, below, here, above, second, of_half, question.judge("x", numeric_gradient(question.f, x)))
