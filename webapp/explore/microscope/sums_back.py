"""How dx[n, unit] of a layer came about: one function for each kind of layer."""

from collections.abc import Callable

import numpy as np

from siamese_np.trace import Step
from webapp.explore.microscope.sums_forward import dropout_scale, window, winner
from webapp.explore.microscope.sums_norm import batch_norm_back
from webapp.explore.microscope.terms import Sum, Unit, named, of_dx, product, scaled, single


def _convolution_back(step: Step, n: int, unit: Unit) -> Sum:
    c, i, j = unit
    dy, w = step.dy[n], step.params["weight"]
    (sy, sx), (top, left) = step.layer.stride, step.layer.padding
    terms = []
    for f, k, l in np.ndindex(w.shape[0], *w.shape[2:]):
        row, rest_y = divmod(i + top - k, sy)
        column, rest_x = divmod(j + left - l, sx)
        if not rest_y and not rest_x and 0 <= row < dy.shape[1] and 0 <= column < dy.shape[2]:
            terms.append(product("dy", dy, (f, row, column), "w", w, (f, c, k, l)))
    return of_dx(step, n, unit, "the sum over f, k, l of w dy: all windows that read this number",
               tuple(terms))  # fmt: skip


def _dense_back(step: Step, n: int, unit: Unit) -> Sum:
    (i,) = unit
    dy, w = step.dy[n], step.params["weight"]
    terms = [product("dy", dy, (j,), "w", w, (i, j)) for j in range(len(dy))]
    return of_dx(step, n, unit, "the sum over j of dy w", tuple(terms))


def _norm_back(step: Step, n: int, unit: Unit) -> Sum:
    c = unit[0]
    numbers = (
        (named("dy", unit), float(step.dy[n][unit])), (f"w[{c}]", float(step.params["weight"][c])),
        (f"s[{c}]", float(step.layer.s[c])),
    )  # fmt: skip
    return of_dx(step, n, unit, "dy w / s", plus=numbers)


def _relu_back(step: Step, n: int, unit: Unit) -> Sum:
    x = float(step.x[n][unit])
    numbers = ((named("dy", unit), float(step.dy[n][unit])), (named("x", unit), x))
    return of_dx(
        step,
        n,
        unit,
        "dy, since x > 0" if x > 0 else "0, since x is not above 0",
        plus=numbers,
    )


def _prelu_back(step: Step, n: int, unit: Unit) -> Sum:
    x, slope = float(step.x[n][unit]), float(step.params["weight"][unit[0]])
    numbers = ((named("dy", unit), float(step.dy[n][unit])), (named("x", unit), x), (f"a[{unit[0]}]", slope))
    return of_dx(
        step,
        n,
        unit,
        "dy, since x > 0" if x > 0 else "a dy, since x is not above 0",
        plus=numbers,
    )


def _pooling_back(step: Step, n: int, unit: Unit) -> Sum:
    c, *cell = unit
    windows = [place for place in np.ndindex(step.y.shape[2:]) if tuple(cell) in window(step, *place)]
    terms = [single("dy", step.dy[n], (c, *place), winner(step, n, c, *place) == tuple(cell)) for place in windows]
    won = any(term.taken for term in terms)
    line = "the dy of each window that it won" if won else "0, since it won no window"
    return of_dx(step, n, unit, line, tuple(terms))


def _flatten_back(step: Step, n: int, unit: Unit) -> Sum:
    place = (int(np.ravel_multi_index(unit, step.x.shape[1:])),)
    return of_dx(
        step,
        n,
        unit,
        "the same number, put back to its place",
        (single("dy", step.dy[n], place),),
    )


def _dropout_back(step: Step, n: int, unit: Unit) -> Sum:
    line = "dy: nothing was dropped"
    if step.layer.dropped_bytes:
        kept = step.dx[n][unit] != 0
        kept_line = f"dy times {dropout_scale(step):.4g}, since x was not dropped"
        line = kept_line if kept else "0: x was dropped, or dy is 0"
    return of_dx(step, n, unit, line, (scaled("dy", step.dy[n], unit, float(step.dx[n][unit])),))


def _average_back(step: Step, n: int, unit: Unit) -> Sum:
    places = step.x.shape[2] * step.x.shape[3]
    return of_dx(step, n, unit, f"dy / {places}", (single("dy", step.dy[n], unit[:1]),))


def _length_one_back(step: Step, n: int, unit: Unit) -> Sum:
    x, y, dy = step.x[n], step.y[n], step.dy[n]
    terms = tuple(product("dy", dy, (i,), "y", y, (i,)) for i in range(len(y)))
    numbers = (
        (named("dy", unit), float(dy[unit])), (named("y", unit), float(y[unit])),
        ("the sum of all dy y", float(np.sum(dy * y))),
        ("r", float(np.sqrt(np.sum(x * x)))),
    )  # fmt: skip
    return of_dx(step, n, unit, "(dy - y times the sum of all dy y) / r", terms, numbers)


BACK: dict[str, Callable[[Step, int, Unit], Sum]] = {
    "Conv2D": _convolution_back,
    "Dense": _dense_back,
    "FixedNorm": _norm_back,
    "BatchNorm": batch_norm_back,
    "ReLU": _relu_back,
    "PReLU": _prelu_back,
    "MaxPool2D": _pooling_back,
    "Flatten": _flatten_back,
    "Dropout": _dropout_back,
    "GlobalAvgPool2D": _average_back,
    "L2Normalize": _length_one_back,
}
