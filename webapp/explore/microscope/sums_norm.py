"""How y and dx of a batch normalisation came about as in a training step: mean and variance are those of both faces."""

import numpy as np

from siamese_np.trace import Step
from webapp.explore.microscope.terms import Sum, Unit, named, of_dx, of_y


def of_batch(step: Step, c: int) -> tuple[float, float, np.ndarray]:
    """m, s and h of feature c: (1) and (2) of siamese_np/layers/batchnorm.py. h has a row for each image."""
    x = step.x[:, c]
    m, s = x.mean(), np.sqrt(x.var() + step.layer.config["eps"])
    return float(m), float(s), (x - m) / s


def batch_norm(step: Step, n: int, unit: Unit) -> Sum:
    c = unit[0]
    m, s, _ = of_batch(step, c)
    numbers = (
        (named("x", unit), float(step.x[n][unit])), (f"m[{c}]", m), (f"s[{c}]", s),
        (f"w[{c}]", float(step.params["weight"][c])), (f"b[{c}]", float(step.params["bias"][c])),
    )  # fmt: skip
    return of_y(step, n, unit, "w (x - m) / s + b, with m and s of both faces", plus=numbers)


def batch_norm_back(step: Step, n: int, unit: Unit) -> Sum:
    c = unit[0]
    _, s, h = of_batch(step, c)
    dy = step.dy[:, c]
    numbers = (
        (named("dy", unit), float(step.dy[n][unit])), ("the mean of dy", float(dy.mean())),
        (named("h", unit), float(h[n][unit[1:]])), ("the mean of dy h", float(np.mean(dy * h))),
        (f"w[{c}]", float(step.params["weight"][c])), (f"s[{c}]", s),
    )  # fmt: skip
    line = "(w / s) (dy - the mean of dy - h times the mean of dy h), both means over both faces"
    return of_dx(step, n, unit, line, plus=numbers)
