"""One unit, and the numbers that it came from: the sum of its layer's formula, written out term by term.

`forward(step, image, unit)` is for y[image, unit] of a step of siamese_np.trace, `back(step, image, unit)` for
dx[image, unit]. The numbers are those of the trace; the indices are those of the formulas in the layers' docstrings. That
the terms add up to what the layer has computed is tested for every kind of layer.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from siamese_np.trace import Step

Unit = tuple[int, ...]


@dataclass(frozen=True)
class Term:
    """One term: what is multiplied, and the product. right: the second factor and its name, None where there is none.
    unit: where the first factor stands in its array. taken: False for a cell that lost the pooling."""

    left_name: str
    left: float
    right_name: str | None
    right: float | None
    value: float
    unit: Unit
    taken: bool = True


@dataclass(frozen=True)
class Sum:
    """name: of the unit, "y[3, 10, 7]"; value: what the layer has computed; line: how it is made, in words and letters;
    terms: of the sum; plus: further (name, number) of the line."""

    name: str
    value: float
    line: str
    terms: tuple[Term, ...] = ()
    plus: tuple[tuple[str, float], ...] = ()

    def largest(self, count: int) -> tuple[Term, ...]:
        """The `count` terms that count most, the largest first."""
        return tuple(sorted(self.terms, key=lambda term: -abs(term.value))[:count])


def named(letter: str, unit: Unit) -> str:
    """ "x[3, 10, 7]"."""
    return f"{letter}[{', '.join(map(str, unit))}]"


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


def _convolution(step: Step, n: int, unit: Unit) -> Sum:
    f, i, j = unit
    x, w = step.x[n], step.params["weight"]
    (sy, sx), (top, left) = step.layer.stride, step.layer.padding
    terms = []
    for c, k, l in np.ndindex(w.shape[1:]):
        row, column = i * sy + k - top, j * sx + l - left
        if 0 <= row < x.shape[1] and 0 <= column < x.shape[2]:  # all else is the border of zeros
            terms.append(_product("x", x, (c, row, column), "w", w, (f, c, k, l)))
    return Sum(named("y", unit), float(step.y[n][unit]), f"b[{f}] + the sum over c, k, l of w x", tuple(terms),
               ((f"b[{f}]", float(step.params["bias"][f])),))  # fmt: skip


def _convolution_back(step: Step, n: int, unit: Unit) -> Sum:
    c, i, j = unit
    dy, w = step.dy[n], step.params["weight"]
    (sy, sx), (top, left) = step.layer.stride, step.layer.padding
    terms = []
    for f, k, l in np.ndindex(w.shape[0], *w.shape[2:]):
        row, rest_y = divmod(i + top - k, sy)
        column, rest_x = divmod(j + left - l, sx)
        if not rest_y and not rest_x and 0 <= row < dy.shape[1] and 0 <= column < dy.shape[2]:
            terms.append(_product("dy", dy, (f, row, column), "w", w, (f, c, k, l)))
    return Sum(named("dx", unit), float(step.dx[n][unit]), "the sum over f, k, l of w dy: all windows that read this number",
               tuple(terms))  # fmt: skip


def _dense(step: Step, n: int, unit: Unit) -> Sum:
    (j,) = unit
    x, w = step.x[n], step.params["weight"]
    terms = [_product("x", x, (i,), "w", w, (i, j)) for i in range(len(x))]
    return Sum(named("y", unit), float(step.y[n][unit]), f"b[{j}] + the sum over i of x w", tuple(terms),
               ((f"b[{j}]", float(step.params["bias"][j])),))  # fmt: skip


def _dense_back(step: Step, n: int, unit: Unit) -> Sum:
    (i,) = unit
    dy, w = step.dy[n], step.params["weight"]
    terms = [_product("dy", dy, (j,), "w", w, (i, j)) for j in range(len(dy))]
    return Sum(named("dx", unit), float(step.dx[n][unit]), "the sum over j of dy w", tuple(terms))


def _norm(step: Step, n: int, unit: Unit) -> Sum:
    c = unit[0]
    numbers = (
        (named("x", unit), float(step.x[n][unit])), (f"m[{c}]", float(step.layer.mean[c])), (f"s[{c}]", float(step.layer.s[c])),
        (f"w[{c}]", float(step.params["weight"][c])), (f"b[{c}]", float(step.params["bias"][c])),
    )  # fmt: skip
    return Sum(named("y", unit), float(step.y[n][unit]), "w (x - m) / s + b", plus=numbers)


def _norm_back(step: Step, n: int, unit: Unit) -> Sum:
    c = unit[0]
    numbers = (
        (named("dy", unit), float(step.dy[n][unit])), (f"w[{c}]", float(step.params["weight"][c])),
        (f"s[{c}]", float(step.layer.s[c])),
    )  # fmt: skip
    return Sum(named("dx", unit), float(step.dx[n][unit]), "dy w / s", plus=numbers)


def _relu(step: Step, n: int, unit: Unit) -> Sum:
    x = float(step.x[n][unit])
    return Sum(named("y", unit), float(step.y[n][unit]), "max(0, x)", plus=((named("x", unit), x),))


def _relu_back(step: Step, n: int, unit: Unit) -> Sum:
    x = float(step.x[n][unit])
    numbers = ((named("dy", unit), float(step.dy[n][unit])), (named("x", unit), x))
    return Sum(named("dx", unit), float(step.dx[n][unit]), "dy, since x > 0" if x > 0 else "0, since x is not above 0", plus=numbers)


def _prelu(step: Step, n: int, unit: Unit) -> Sum:
    x, slope = float(step.x[n][unit]), float(step.params["weight"][unit[0]])
    numbers = ((named("x", unit), x), (f"a[{unit[0]}]", slope))
    return Sum(named("y", unit), float(step.y[n][unit]), "x, since x > 0" if x > 0 else "a x, since x is not above 0", plus=numbers)


def _prelu_back(step: Step, n: int, unit: Unit) -> Sum:
    x, slope = float(step.x[n][unit]), float(step.params["weight"][unit[0]])
    numbers = ((named("dy", unit), float(step.dy[n][unit])), (named("x", unit), x), (f"a[{unit[0]}]", slope))
    return Sum(named("dx", unit), float(step.dx[n][unit]), "dy, since x > 0" if x > 0 else "a dy, since x is not above 0", plus=numbers)


def _window(step: Step, i: int, j: int) -> list[tuple[int, int]]:
    """The cells of the input in window (i, j) of a pooling, in reading order."""
    height, width = step.x.shape[2:]
    _, (top, left) = step.layer.window_grid(height, width)
    (rows, columns), (sy, sx) = step.layer.pool_size, step.layer.stride
    cells = [(i * sy + k - top, j * sx + l - left) for k, l in np.ndindex(rows, columns)]
    return [(row, column) for row, column in cells if 0 <= row < height and 0 <= column < width]


def _winner(step: Step, n: int, c: int, i: int, j: int) -> tuple[int, int]:
    cells = _window(step, i, j)
    return cells[int(np.argmax([step.x[n, c, row, column] for row, column in cells]))]


def _pooling(step: Step, n: int, unit: Unit) -> Sum:
    c, i, j = unit
    best = _winner(step, n, c, i, j)
    terms = [_single("x", step.x[n], (c, *cell), cell == best) for cell in _window(step, i, j)]
    return Sum(named("y", unit), float(step.y[n][unit]), "the largest number of the window", tuple(terms))


def _pooling_back(step: Step, n: int, unit: Unit) -> Sum:
    c, *cell = unit
    windows = [place for place in np.ndindex(step.y.shape[2:]) if tuple(cell) in _window(step, *place)]
    terms = [_single("dy", step.dy[n], (c, *place), _winner(step, n, c, *place) == tuple(cell)) for place in windows]
    won = any(term.taken for term in terms)
    line = "the dy of each window that it won" if won else "0, since it won no window"
    return Sum(named("dx", unit), float(step.dx[n][unit]), line, tuple(terms))


def _flatten(step: Step, n: int, unit: Unit) -> Sum:
    place = tuple(map(int, np.unravel_index(unit[0], step.x.shape[1:])))
    return Sum(named("y", unit), float(step.y[n][unit]), "the same number, read map by map", (_single("x", step.x[n], place),))


def _flatten_back(step: Step, n: int, unit: Unit) -> Sum:
    place = (int(np.ravel_multi_index(unit, step.x.shape[1:])),)
    return Sum(named("dx", unit), float(step.dx[n][unit]), "the same number, put back to its place", (_single("dy", step.dy[n], place),))


def _dropout(step: Step, n: int, unit: Unit) -> Sum:
    return Sum(named("y", unit), float(step.y[n][unit]), "x: nothing is dropped in a prediction", (_single("x", step.x[n], unit),))


def _dropout_back(step: Step, n: int, unit: Unit) -> Sum:
    return Sum(named("dx", unit), float(step.dx[n][unit]), "dy: nothing was dropped", (_single("dy", step.dy[n], unit),))


def _average(step: Step, n: int, unit: Unit) -> Sum:
    places = [(unit[0], i, j) for i, j in np.ndindex(step.x.shape[2:])]
    line = f"the sum over the map, divided by {len(places)}"
    return Sum(named("y", unit), float(step.y[n][unit]), line, tuple(_single("x", step.x[n], place) for place in places))


def _average_back(step: Step, n: int, unit: Unit) -> Sum:
    places = step.x.shape[2] * step.x.shape[3]
    return Sum(named("dx", unit), float(step.dx[n][unit]), f"dy / {places}", (_single("dy", step.dy[n], unit[:1]),))


def _length_one(step: Step, n: int, unit: Unit) -> Sum:
    x = step.x[n]
    terms = tuple(_product("x", x, (i,), "x", x, (i,)) for i in range(len(x)))
    numbers = ((named("x", unit), float(x[unit])), ("r", float(np.sqrt(np.sum(x * x)))))
    return Sum(named("y", unit), float(step.y[n][unit]), "x / r, where r is the root of the sum of all x²", terms, numbers)


def _length_one_back(step: Step, n: int, unit: Unit) -> Sum:
    x, y, dy = step.x[n], step.y[n], step.dy[n]
    terms = tuple(_product("dy", dy, (i,), "y", y, (i,)) for i in range(len(y)))
    numbers = (
        (named("dy", unit), float(dy[unit])), (named("y", unit), float(y[unit])), ("the sum of all dy y", float(np.sum(dy * y))),
        ("r", float(np.sqrt(np.sum(x * x)))),
    )  # fmt: skip
    return Sum(named("dx", unit), float(step.dx[n][unit]), "(dy - y times the sum of all dy y) / r", terms, numbers)


def _product(left: str, x: np.ndarray, at: Unit, right: str, w: np.ndarray, there: Unit) -> Term:
    value, weight = float(x[at]), float(w[there])
    return Term(named(left, at), value, named(right, there), weight, value * weight, at)


def _single(letter: str, x: np.ndarray, at: Unit, taken: bool = True) -> Term:
    value = float(x[at])
    return Term(named(letter, at), value, None, None, value if taken else 0.0, at, taken)


FORWARD: dict[str, Callable[[Step, int, Unit], Sum]] = {
    "Conv2D": _convolution, "Dense": _dense, "FixedNorm": _norm, "ReLU": _relu, "PReLU": _prelu, "MaxPool2D": _pooling,
    "Flatten": _flatten, "Dropout": _dropout, "GlobalAvgPool2D": _average, "L2Normalize": _length_one,
}  # fmt: skip
BACK: dict[str, Callable[[Step, int, Unit], Sum]] = {
    "Conv2D": _convolution_back, "Dense": _dense_back, "FixedNorm": _norm_back, "ReLU": _relu_back, "PReLU": _prelu_back,
    "MaxPool2D": _pooling_back, "Flatten": _flatten_back, "Dropout": _dropout_back, "GlobalAvgPool2D": _average_back,
    "L2Normalize": _length_one_back,
}  # fmt: skip
