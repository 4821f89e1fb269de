"""Arrays as small pictures, one pixel per number, in a diverging map: orange above 0, blue below, 0 transparent.

How much a colour covers the ground is (|value| / limit)^POWER: with POWER below 1 small numbers are seen, too. So 0
takes the colour of the page, in light and in dark, and the picture needs no second version. Orange and blue differ
for every kind of colour blindness, and neither depends on red or green. Beside a picture stands its legend (the
macro `legend` of explore/common/macros.html), with the range of values.
"""

import io
import math

import numpy as np
from flask import Response
from PIL import Image

from webapp.common import pictures

ORANGE, BLUE = (224, 108, 0), (38, 120, 222)
GAP = 1  # pixels between the maps of a sheet
POWER = 0.6
STEPS = 127  # shades on each side of 0


def limit_of(*arrays: np.ndarray) -> float:
    """The largest absolute value, which gets the full colour; 1 where all numbers are 0."""
    return max(float(np.max(np.abs(array), initial=0)) for array in arrays) or 1.0


def indices(values: np.ndarray, limit: float) -> np.ndarray:
    """Numbers of any shape -> the entries of the palette, uint8: STEPS is 0, 2 * STEPS is `limit`, 0 is -`limit`."""
    return np.round(np.clip(values / limit, -1, 1) * STEPS + STEPS).astype(np.uint8)


def png(values: np.ndarray, limit: float) -> bytes:
    """A PNG file of an array (H, W)."""
    image = Image.fromarray(indices(values, limit), "P")
    image.putpalette(bytes(_palette()), "RGB")
    buffer = io.BytesIO()
    image.save(buffer, "PNG", transparency=bytes(_cover()))
    return buffer.getvalue()


def answer(values: np.ndarray, limit: float) -> Response:
    """The picture of an array (H, W) as the answer to a request, at an address that never means another one."""
    return pictures.kept_by_browser(png(values, limit), "image/png")


def gap(height: int, width: int) -> int:
    """Pixels between the maps of a sheet: none between maps of one number, which would be lost in it."""
    return GAP if height * width > 1 else 0


def grid(maps: int, height: int, width: int) -> tuple[int, int]:
    """Rows and columns in which so many maps of this size are laid out to fill about a square."""
    columns = max(1, min(maps, round(math.sqrt(maps * (height + GAP) / (width + GAP)))))
    return -(-maps // columns), columns


def sheet(maps: np.ndarray, columns: int) -> np.ndarray:
    """Maps (C, H, W) side by side, `columns` of them in a row, with zeros between (`gap`): (rows, columns) as one
    picture."""
    count, height, width = maps.shape
    rows = -(-count // columns)
    between = gap(height, width)
    cells = np.zeros((rows * columns, height + between, width + between), maps.dtype)
    cells[:count, :height, :width] = maps
    whole = cells.reshape(rows, columns, *cells.shape[1:]).transpose(0, 2, 1, 3)
    size = rows * (height + between), columns * (width + between)
    return whole.reshape(size)[: size[0] - between, : size[1] - between]


def _palette() -> list[int]:
    return [part for entry in range(2 * STEPS + 1) for part in (BLUE if entry < STEPS else ORANGE)]


def _cover() -> list[int]:
    """How much each entry of the palette covers the ground, 0 to 255."""
    return [round((abs(entry - STEPS) / STEPS) ** POWER * 255) for entry in range(2 * STEPS + 1)]
