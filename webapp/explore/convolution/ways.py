"""One face and one filter, in four ways forward and back by siamese_np.kernels.four_ways, and what one place needs."""

import time
from dataclasses import dataclass
from typing import Any

import numpy as np

from siamese_np.kernels import four_ways

BORDER = 1  # zeros around the image, so that the output has its size
SPAN = 25  # columns, or places of a line, that are drawn
SIDE = 3  # of the kernel


@dataclass(frozen=True, eq=False)
class Ways:
    """x (H, W), xp (HP, WP), w (3, 3). y and seconds: way -> its output, and the time that it took. dx: way back -> the
    gradient of x, for dy = y, which is the gradient of L = (1/2) sum y^2."""

    x: np.ndarray
    xp: np.ndarray
    w: np.ndarray
    y: dict[str, np.ndarray]
    seconds: dict[str, float]
    dx: dict[str, np.ndarray]
    dw: dict[str, np.ndarray]

    @property
    def dy(self) -> np.ndarray:
        return self.y["window"]


@dataclass(frozen=True)
class Term:
    """One product. row, column: where its first factor stands, in x or in dy; outside of x is the border of zeros."""

    tap: tuple[int, int]
    row: int
    column: int
    left: float
    weight: float
    value: float


@dataclass(frozen=True, eq=False)
class Cut:
    """A piece of a long matrix: `values` from column `start` on, and which of its columns is the chosen one."""

    values: np.ndarray
    start: int
    marked: int


def compute(x: np.ndarray, w: np.ndarray) -> Ways:
    """All ways, for x (H, W) and w (3, 3), both float64."""
    xp, y, seconds = np.pad(x, BORDER), {}, {}
    for name, way in four_ways.WAYS.items():
        begin = time.perf_counter()
        y[name] = way(xp, w)
        seconds[name] = time.perf_counter() - begin
    dy = y["window"]
    back = {
        "columns": four_ways.back_by_columns(dy, w),
        "lines": four_ways.back_by_lines(dy, w),
        "rotation": four_ways.back_by_rotation(dy, w),
    }
    dw = {
        "columns": four_ways.weight_gradient_by_columns(dy, xp, w.shape),
        "winograd": four_ways.weight_gradient_by_winograd(dy, xp),
    }
    dx = {name: dxp[BORDER:-BORDER, BORDER:-BORDER] for name, dxp in back.items()}
    return Ways(x, xp, w, y, seconds, dx, dw)


def difference(found: dict[str, np.ndarray], name: str) -> float:
    """The largest difference of one of several equal arrays from the first of them."""
    first = next(iter(found.values()))
    return float(np.abs(found[name] - first).max())


def window_terms(ways: Ways, i: int, j: int) -> list[Term]:
    """The nine products of y[i, j]."""
    column = four_ways.columns(ways.xp, ways.w.shape)[:, i * ways.x.shape[1] + j]
    products = ways.w.ravel() * column
    return [
        Term((k, l), i + k - BORDER, j + l - BORDER, float(x), float(ways.w[k, l]), float(product) + 0.0)
        for (k, l), x, product in zip(np.ndindex(ways.w.shape), column, products)
    ]


def back_terms(ways: Ways, h: int, v: int) -> list[Term]:
    """What is added up in dx[h, v]: the entries of dcol that came from there. Windows that are not there give none."""
    height, width = ways.dy.shape
    dcol = four_ways.column_gradient(ways.dy, ways.w).reshape(SIDE, SIDE, height, width)
    found = []
    for k, l in np.ndindex(ways.w.shape):
        i, j = h + BORDER - k, v + BORDER - l
        if 0 <= i < height and 0 <= j < width:
            found.append(
                Term((k, l), i, j, float(ways.dy[i, j]), float(ways.w[k, l]), float(dcol[k, l, i, j]) + 0.0)
            )
    return found


def cut(values: np.ndarray, place: int) -> Cut:
    """SPAN columns of a matrix (rows, columns) around one of them."""
    start = max(0, min(place - SPAN // 2, values.shape[1] - SPAN))
    return Cut(values[:, start : start + SPAN], start, place - start)


def columns(ways: Ways, i: int, j: int) -> Cut:
    """col of (2) around the column of place (i, j)."""
    return cut(four_ways.columns(ways.xp, ways.w.shape), i * ways.x.shape[1] + j)


def columns_output(ways: Ways, i: int, j: int) -> Cut:
    """y as the one row that the matrix product gives, around place (i, j)."""
    return cut(ways.y["columns"].reshape(1, -1), i * ways.x.shape[1] + j)


def column_gradient(ways: Ways, i: int, j: int) -> Cut:
    """dcol of (5) around the column of place (i, j)."""
    return cut(four_ways.column_gradient(ways.dy, ways.w), i * ways.x.shape[1] + j)


def lines(ways: Ways, i: int, j: int) -> Cut:
    """The terms of (3) around place (i, j)."""
    return cut(four_ways.tap_lines(ways.xp, ways.w), i * ways.xp.shape[1] + j)


def gaps(ways: Ways, piece: Cut) -> list[int]:
    """Which places of a piece of a line are gaps."""
    width, outputs = ways.xp.shape[1], ways.x.shape[1]
    return [n for n in range(piece.values.shape[1]) if (piece.start + n) % width >= outputs]


def turned(ways: Ways, h: int, v: int) -> dict[str, np.ndarray]:
    """(8) at one place: the window of dy around it, with zeros outside, and the kernel rotated by 180 degrees."""
    return {"dy": np.pad(ways.dy, BORDER)[h : h + SIDE, v : v + SIDE], "w": ways.w[::-1, ::-1]}


def row_of_square(ways: Ways, i: int, j: int) -> dict[str, np.ndarray]:
    """Winograd's steps for one row: the first row x (4,) of the square in which (i, j) is, and g (3,) of the kernel."""
    x, g = four_ways.squares(ways.xp)[i // 2, j // 2][0], ways.w[0]
    return {"x": x, "g": g} | four_ways.row_steps(x, g)


def lost_in_rounding() -> dict[str, Any]:
    """One row in float32, in which a large neighbour of weight 0 costs Winograd's sum its only term. As texts."""
    g, x = np.array([1, 0, 0], np.float32), np.array([1, 1e8, 0, 0], np.float32)
    steps = four_ways.row_steps(x, g)  # in float64: G is
    m = steps["u"].astype(np.float32) * steps["v"].astype(np.float32)
    y0 = {"winograd": (m[0] + m[1]) + m[2], "definition": (g[0] * x[0] + g[1] * x[1]) + g[2] * x[2]}
    numbers = {"spacing": np.spacing(m[1]), "sum": m[0] + m[1], **y0}
    rows = {"g": g, "x": x, "m": m}
    return {name: _text(one) for name, one in numbers.items()} | {
        name: [_text(one) for one in row] for name, row in rows.items()
    }


def _text(x: np.floating) -> str:
    return f"{x + 0:,.0f}".replace("-", "−")


def square(ways: Ways, i: int, j: int) -> dict[str, np.ndarray]:
    """X, V, U, M and Y of the square of four outputs in which (i, j) is."""
    x = four_ways.squares(ways.xp)[i // 2, j // 2]
    return {"X": x, "W": ways.w} | four_ways.square_steps(x, ways.w)
