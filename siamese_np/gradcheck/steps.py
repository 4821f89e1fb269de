"""How the error of a numeric derivative depends on the size of its step h.

numeric.py takes n(h) = (f(x + h) - f(x - h)) / (2 h) for the derivative. Its Taylor series is f' + h^2 f'''/6 + ..., so
halving h leaves a quarter of the second term, and the difference of both is three quarters of it. That gives the
truncation error without knowing f''':

    truncation(h) = h^2 |f'''| / 6  ~  (4/3) |n(h) - n(h/2)|                        (1)

f itself is rounded, to eps F, where F is |f|, or the sum of the absolute values of its terms where f is a sum:

    rounding(h)  ~  eps F / h                                                       (2)

When h becomes smaller, the first falls with h^2 and the second rises with 1/h. Their sum is smallest where its
derivative by h is 0, that is where h |f'''| / 3 = eps F / h^2:

    best h = (3 eps F / |f'''|)^(1/3)                                              (3)

At this step the rounding is twice the truncation error. Both are equal at a step that is larger by the factor 2^(1/3),
which is 1.26; their sum is only 6 % larger there. A wrong formula is recognised by its error, which is the same for
all h.

(1) is measured at h = START. Where f has no third derivative, as along the input of a linear layer, the difference is
rounding alone, and the truncation error is 0. Where a step of START reaches over a kink, (1) measures the kink.

All errors are relative ones, by (1) of check.py: the largest of some entries, divided by the size of the gradient.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from siamese_np.gradcheck.check import Question
from siamese_np.gradcheck.numeric import EPS, numeric_entries

ENTRIES = 12  # of an array, spread over it: a curve needs no more
START = 1e-3
NOISE = 100  # a difference of so many rounding errors is no truncation error yet


def errors(question: Question, of: str, steps: Sequence[float]) -> Iterator[float]:
    """The error of array `of`, for one step h after another."""
    x, at = question.arrays[of], _entries(question, of)
    analytic, scale = question.analytic[of], _scale(question, of)
    for h in steps:
        numeric = dict(numeric_entries(question.f, x, h, at))
        difference = max(abs(analytic[k] - value) for k, value in numeric.items())
        yield difference / max(scale, *map(abs, numeric.values()))


def truncation_and_rounding(question: Question, of: str) -> tuple[float, float]:
    """(1) / h^2 and (2) * h: the two numbers that make the two lines."""
    x, at, size = question.arrays[of], _entries(question, of), max(question.size, abs(question.f()))
    whole, half = (
        np.array([numeric for _, numeric in numeric_entries(question.f, x, h, at)]) for h in (START, START / 2)
    )
    difference = float(np.max(np.abs(whole - half)))
    truncation = 4 / 3 * difference / START**2 if difference > NOISE * EPS * size / START else 0.0  # (1)
    return truncation / _scale(question, of), EPS * size / _scale(question, of)  # (2)


def best_step(truncation: float, rounding: float) -> float:
    """The step with the smallest sum of both lines, (3). truncation, above 0, and rounding: as from
    `truncation_and_rounding`."""
    return (rounding / (2 * truncation)) ** (1 / 3)  # (3): truncation is |f'''| / 6, rounding eps F


def _entries(question: Question, of: str) -> list[tuple[int, ...]]:
    x = question.arrays[of]
    flat = np.unique(np.linspace(0, x.size - 1, ENTRIES).astype(int))
    return [tuple(map(int, np.unravel_index(k, x.shape))) for k in flat]


def _scale(question: Question, of: str) -> float:
    return max(float(np.abs(question.analytic[of]).max()), question.least.get(of, 1e-6))
