"""Tiles of one size, set side by side."""

from collections.abc import Sequence

from PIL import Image

COLUMNS = 2


def of(tiles: Sequence[Image.Image]) -> Image.Image:
    """Tiles, row after row, COLUMNS of them in each."""
    width, height = tiles[0].size
    whole = Image.new("RGB", (COLUMNS * width, -(-len(tiles) // COLUMNS) * height))
    for k, tile in enumerate(tiles):
        whole.paste(tile, (k % COLUMNS * width, k // COLUMNS * height))
    return whole
