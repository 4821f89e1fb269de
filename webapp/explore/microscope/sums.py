"""One unit, and the numbers that it came from: the sum of its layer's formula, written out term by term.

`forward(step, image, unit)` is for y[image, unit] of a step of siamese_np.trace, `back(step, image, unit)` for
dx[image, unit]. The numbers are those of the trace; the indices are those of the formulas in the layers' docstrings.
That the terms add up to what the layer has computed is tested for every kind of layer.
"""

from siamese_np.trace import Step
from webapp.explore.microscope.sums_back import BACK
from webapp.explore.microscope.sums_forward import FORWARD
from webapp.explore.microscope.terms import Sum, Term, Unit, named


def forward(step: Step, image: int, unit: Unit) -> Sum:
    """How y[image, unit] of a layer came about. Raises KeyError for a kind of layer that has no sum here."""
    return FORWARD[type(step.layer).__name__](step, image, unit)


def back(step: Step, image: int, unit: Unit) -> Sum:
    """How dx[image, unit] of a layer came about. Raises KeyError for a kind of layer that has no sum here."""
    return BACK[type(step.layer).__name__](step, image, unit)


def distance(step: Step) -> Sum:
    """The distance of the pair."""
    a, b = step.x[0]
    terms = [Term(f"a[{i}] - b[{i}]", e, "itself", e, e * e, (i,)) for i, e in enumerate((a - b).tolist())]
    return Sum("d", float(step.y[0]), "the root of the sum of (a - b)^2", tuple(terms))


def distance_back(step: Step, image: int, unit: Unit) -> Sum:
    """What one number of an embedding gets back."""
    (i,) = unit
    (a, b), d, dd = step.x[0], float(step.y[0]), float(step.dy[0])
    numbers = (("dL/dd", dd), (f"a[{i}]", float(a[i])), (f"b[{i}]", float(b[i])), ("d", d))
    sign = "" if image == 0 else "-"
    line = f"{sign}dL/dd (a[{i}] - b[{i}]) / d" if d else "0, since the distance has no slope at d = 0"
    return Sum(named("da" if image == 0 else "db", unit), float(step.dx[0, image, i]), line, plus=numbers)
