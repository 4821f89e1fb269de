"""How the arrays of a stop are drawn: sheets of maps whose cells can be clicked on, bars, and a curve."""

from dataclasses import dataclass

import numpy as np

from siamese_np.losses import ContrastiveLoss
from webapp.explore.common import colours

CURVE = 101  # points


@dataclass(frozen=True)
class Place:
    """A map on a sheet: where it is drawn, its range of values, and its unit with the largest absolute value."""

    x: int
    y: int
    number: int
    low: float
    high: float
    unit: tuple[int, ...]


@dataclass(frozen=True)
class Sheet:
    """The maps of one face at one stop. width, height: of the sheet, and cell: of a map (H, W), in numbers; shape:
    of the array; zeros: the share of its numbers that are 0."""

    columns: int
    gap: int
    width: int
    height: int
    cell: tuple[int, int]
    shape: tuple[int, ...]
    places: tuple[Place, ...]
    low: float
    high: float
    zeros: float

    def at(self, unit: tuple[int, ...]) -> tuple[int, int]:
        """Where a unit of the array is drawn, (x, y)."""
        number, i, j = self._cell(unit)
        return self.places[number].x + j, self.places[number].y + i

    def map_of(self, unit: tuple[int, ...]) -> int:
        """The number of the map in which a unit is drawn."""
        return self._cell(unit)[0]

    def _cell(self, unit: tuple[int, ...]) -> tuple[int, int, int]:
        # an array and its maps hold the same numbers in the same order
        flat = int(np.ravel_multi_index(unit, self.shape))
        return tuple(map(int, np.unravel_index(flat, (len(self.places), *self.cell))))


def sheet(array: np.ndarray, maps: np.ndarray) -> Sheet:
    """The sheet of an array (C, H, W) or (D,) that is drawn as `maps` (C, H, W)."""
    count, height, width = maps.shape
    rows, columns = colours.grid(count, height, width)
    gap = colours.gap(height, width)
    places = []
    for number, one in enumerate(maps):
        strongest = int(np.argmax(np.abs(one))) + number * height * width
        unit = tuple(map(int, np.unravel_index(strongest, array.shape)))
        x, y = number % columns * (width + gap), number // columns * (height + gap)
        places.append(Place(x, y, number, float(one.min()), float(one.max()), unit))
    size = columns * (width + gap) - gap, rows * (height + gap) - gap
    low, high, zeros = float(array.min()), float(array.max()), float(np.mean(array == 0))
    return Sheet(columns, gap, *size, (height, width), array.shape, tuple(places), low, high, zeros)


def silent_maps(units: np.ndarray | None) -> list[int]:
    """The maps of which every unit is silent. units (C, H, W) bool; none for a vector, or where nobody has looked."""
    return np.flatnonzero(units.all(axis=(1, 2))).tolist() if units is not None and units.ndim == 3 else []


def filters(weight: np.ndarray) -> np.ndarray:
    """The weights of a convolution (F, C, KH, KW) as one picture: a row for each channel of the input where there are
    several, a column for each filter."""
    count, channels, height, width = weight.shape
    if channels == 1:
        return colours.sheet(weight[:, 0], colours.grid(count, height, width)[1])
    return colours.sheet(weight.transpose(1, 0, 2, 3).reshape(-1, height, width), count)


def parameter(values: np.ndarray, output: int | None, maps: tuple[int, int, int] | None) -> np.ndarray:
    """A parameter, or its gradient, as one picture. Of a dense layer (I, J) the weights that lead to number
    `output`, at the places of the `maps` (C, H, W) that they read, where it reads maps."""
    if values.ndim == 4:
        return filters(values)
    if values.ndim == 2 and maps:
        one = values[:, output].reshape(maps)
        return colours.sheet(one, colours.grid(*maps)[1])
    return values[None] if values.ndim == 1 else values.T


def curve(loss: ContrastiveLoss, same: bool, d: float) -> tuple[list[tuple[float, float]], tuple[float, float]]:
    """Points (distance, loss) of the branch that was taken, and the pair's own."""
    reach = max(1.25 * loss.margin, 1.1 * d)
    at = np.linspace(0, reach, CURVE)
    values = [loss.forward(np.array([one]), np.array([same])) for one in at]
    return list(zip(at.tolist(), values)), (d, loss.forward(np.array([d]), np.array([same])))
