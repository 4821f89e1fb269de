"""How y[n, unit] of a layer came about: one function for each kind of layer."""

from collections.abc import Callable

import numpy as np

from siamese_np.trace import Step
from webapp.explore.microscope.sums_norm import batch_norm
from webapp.explore.microscope.terms import Sum, Unit, named, of_y, product, scaled, single


def _convolution(step: Step, n: int, unit: Unit) -> Sum:
    f, i, j = unit
    x, w = step.x[n], step.params["weight"]
    (sy, sx), (top, left) = step.layer.stride, step.layer.padding
    terms = []
    for c, k, l in np.ndindex(w.shape[1:]):
        row, column = i * sy + k - top, j * sx + l - left
        if 0 <= row < x.shape[1] and 0 <= column < x.shape[2]:  # all else is the border of zeros
            terms.append(product("x", x, (c, row, column), "w", w, (f, c, k, l)))
    return of_y(step, n, unit, f"b[{f}] + the sum over c, k, l of w x", tuple(terms),
               ((f"b[{f}]", float(step.params["bias"][f])),))  # fmt: skip


def _dense(step: Step, n: int, unit: Unit) -> Sum:
    (j,) = unit
    x, w = step.x[n], step.params["weight"]
    terms = [product("x", x, (i,), "w", w, (i, j)) for i in range(len(x))]
    return of_y(step, n, unit, f"b[{j}] + the sum over i of x w", tuple(terms),
               ((f"b[{j}]", float(step.params["bias"][j])),))  # fmt: skip


def _norm(step: Step, n: int, unit: Unit) -> Sum:
    c = unit[0]
    numbers = (
        (named("x", unit), float(step.x[n][unit])), (f"m[{c}]", float(step.layer.mean[c])),
        (f"s[{c}]", float(step.layer.s[c])),
        (f"w[{c}]", float(step.params["weight"][c])), (f"b[{c}]", float(step.params["bias"][c])),
    )  # fmt: skip
    return of_y(step, n, unit, "w (x - m) / s + b", plus=numbers)


def _relu(step: Step, n: int, unit: Unit) -> Sum:
    x = float(step.x[n][unit])
    return of_y(step, n, unit, "max(0, x)", plus=((named("x", unit), x),))


def _prelu(step: Step, n: int, unit: Unit) -> Sum:
    x, slope = float(step.x[n][unit]), float(step.params["weight"][unit[0]])
    numbers = ((named("x", unit), x), (f"a[{unit[0]}]", slope))
    return of_y(
        step,
        n,
        unit,
        "x, since x > 0" if x > 0 else "a x, since x is not above 0",
        plus=numbers,
    )


def window(step: Step, i: int, j: int) -> list[tuple[int, int]]:
    """The cells of the input in window (i, j) of a pooling, in reading order."""
    height, width = step.x.shape[2:]
    _, (top, left) = step.layer.window_grid(height, width)
    (rows, columns), (sy, sx) = step.layer.pool_size, step.layer.stride
    cells = [(i * sy + k - top, j * sx + l - left) for k, l in np.ndindex(rows, columns)]
    return [(row, column) for row, column in cells if 0 <= row < height and 0 <= column < width]


def winner(step: Step, n: int, c: int, i: int, j: int) -> tuple[int, int]:
    """The cell that wins window (i, j): the first in reading order that holds its largest number."""
    cells = window(step, i, j)
    return cells[int(np.argmax([step.x[n, c, row, column] for row, column in cells]))]


def _pooling(step: Step, n: int, unit: Unit) -> Sum:
    c, i, j = unit
    best = winner(step, n, c, i, j)
    terms = [single("x", step.x[n], (c, *cell), cell == best) for cell in window(step, i, j)]
    return of_y(step, n, unit, "the largest number of the window", tuple(terms))


def _flatten(step: Step, n: int, unit: Unit) -> Sum:
    place = tuple(map(int, np.unravel_index(unit[0], step.x.shape[1:])))
    return of_y(step, n, unit, "the same number, read map by map", (single("x", step.x[n], place),))


def _dropout(step: Step, n: int, unit: Unit) -> Sum:
    line = "x: nothing is dropped in a prediction"
    if step.layer.dropped_bytes:
        kept = step.y[n][unit] != 0
        line = f"x times {dropout_scale(step):.4g}, since it was not dropped" if kept else "0: it was dropped, or is 0"
    return of_y(step, n, unit, line, (scaled("x", step.x[n], unit, float(step.y[n][unit])),))


def dropout_scale(step: Step) -> float:
    """What an entry is multiplied by that is not dropped: (1) of siamese_np/layers/dropout.py."""
    return 256 / (256 - step.layer.dropped_bytes)


def _average(step: Step, n: int, unit: Unit) -> Sum:
    places = [(unit[0], i, j) for i, j in np.ndindex(step.x.shape[2:])]
    line = f"the sum over the map, divided by {len(places)}"
    return of_y(step, n, unit, line, tuple(single("x", step.x[n], place) for place in places))


def _length_one(step: Step, n: int, unit: Unit) -> Sum:
    x = step.x[n]
    terms = tuple(product("x", x, (i,), "x", x, (i,)) for i in range(len(x)))
    numbers = ((named("x", unit), float(x[unit])), ("r", float(np.sqrt(np.sum(x * x)))))
    return of_y(step, n, unit, "x / r, where r is the root of the sum of all x²", terms, numbers)


FORWARD: dict[str, Callable[[Step, int, Unit], Sum]] = {
    "Conv2D": _convolution,
    "Dense": _dense,
    "FixedNorm": _norm,
    "BatchNorm": batch_norm,
    "ReLU": _relu,
    "PReLU": _prelu,
    "MaxPool2D": _pooling,
    "Flatten": _flatten,
    "Dropout": _dropout,
    "GlobalAvgPool2D": _average,
    "L2Normalize": _length_one,
}
