"""A contact sheet: many small pictures on one page, in rows with headings, each picture with a frame and a caption.

Pictures are fitted into their tiles, and never stretched. A sheet can have several pages, and only one of them is in
memory, so a sheet of thousands of photos needs the memory of one page.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import matplotlib
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from pipeline import photos
from pipeline.common.console import printable

COLUMNS = 10  # tiles side by side
LINES = 20  # lines of tiles on a page
GAP = 12  # pixels between tiles and around the page
FRAME = 3
TITLE, HEADING, CAPTION = 22, 15, 11  # font sizes in pixels
INK, SOFT = "#1c2024", "#5c6570"
# each colour has a mark as well: one man in twelve can't tell red from green
COLOURS = {"green": ("#15803d", "✓"), "red": ("#c2261b", "✗"), "grey": ("#b9bec5", "")}


@dataclass(frozen=True)
class Tile:
    """One picture, (h, w) or (h, w, 3) uint8, with its caption. Green is kept; red is rejected, or has a problem."""

    picture: np.ndarray
    caption: str
    colour: str = "grey"

    def __post_init__(self) -> None:
        if self.colour not in COLOURS:
            raise ValueError(f"the colour of a tile is one of {', '.join(COLOURS)}, got {self.colour!r}")


def write(path: Path, title: str, rows: Iterable[tuple[str, Iterable[Tile]]], tile: int = 96) -> list[Path]:
    """Write a sheet of `rows` (heading, tiles) as PNG, with tiles of `tile` pixels. Returns the pages that were written.

    Further pages have the name of the first with a number: faces.png, faces-2.png ... Rows and tiles may be generators:
    no tile is kept after it is drawn. If a row continues on the next page, its heading is repeated there.
    """
    page = _Page(Path(path), title, tile)
    for heading, tiles in rows:
        page.begin_row(heading)
        for one in tiles:
            page.draw(one)
    page.write()
    return page.written


class _Page:
    """The current page. y: the top of the current line of tiles. column: the next free place in it."""

    def __init__(self, path: Path, title: str, tile: int) -> None:
        self.path, self.title, self.tile = path, title, tile
        self.written: list[Path] = []
        self.cell = tile + 2 * FRAME + GAP
        self.line = tile + 2 * FRAME + 2 * CAPTION
        self.head = 2 * HEADING
        self.width = COLUMNS * self.cell + GAP
        self.height = GAP + 2 * TITLE + LINES * self.line + GAP
        self._new()

    def begin_row(self, heading: str) -> None:
        self._end_line()
        self.heading = heading
        self._head(heading)

    def draw(self, one: Tile) -> None:
        if self.column == COLUMNS:
            self._end_line()
        if self.y + self.line > self.height:
            self.write()
            self._new()
            self._head(f"{self.heading} (continued)")
        colour, mark = COLOURS[one.colour]
        x, side = GAP + self.column * self.cell, self.tile + 2 * FRAME
        self.pen.rectangle((x, self.y, x + side - 1, self.y + side - 1), fill="#f4f2ee", outline=colour, width=FRAME)
        picture = fitted(one.picture, self.tile)
        corner = (x + FRAME + (self.tile - picture.width) // 2, self.y + FRAME + (self.tile - picture.height) // 2)
        self.canvas.paste(picture, corner)
        if mark:
            badge = 2 * CAPTION
            self.pen.rectangle((x + side - badge, self.y, x + side - 1, self.y + badge - 1), fill=colour)
            self.pen.text((x + side - badge / 2, self.y + badge / 2), mark, "white", _font(HEADING), anchor="mm")
        caption = shortened(one.caption, CAPTION, side)
        self.pen.text((x + side / 2, self.y + side + 2), caption, SOFT, _font(CAPTION), anchor="ma")
        self.column += 1
        self.right = max(self.right, GAP + self.column * self.cell)

    def write(self) -> None:
        self._end_line()
        number = len(self.written) + 1
        path = self.path if number == 1 else self.path.with_name(f"{self.path.stem}-{number}{self.path.suffix}")
        photos.write_png(path, np.asarray(self.canvas.crop((0, 0, self.right, min(self.y + GAP, self.height)))))
        self.written.append(path)

    def _new(self) -> None:
        self.canvas = Image.new("RGB", (self.width, self.height), "white")
        self.pen = ImageDraw.Draw(self.canvas)
        self.y, self.column = GAP + 2 * TITLE, 0
        self.right = 2 * GAP  # the page is as wide as its longest row or heading
        title = f"{self.title} · page {len(self.written) + 1}" if self.written else self.title
        self._heading(GAP, title, TITLE)

    def _head(self, heading: str) -> None:
        if self.y + self.head + self.line > self.height:  # a heading is never alone at the bottom of a page
            self.write()
            self._new()
        self._heading(self.y + HEADING // 2, heading, HEADING)
        self.y += self.head

    def _end_line(self) -> None:
        if self.column:
            self.y, self.column = self.y + self.line, 0

    def _heading(self, y: int, text: str, size: int) -> None:
        short = shortened(text, size, self.width - 2 * GAP)
        self.pen.text((GAP, y), short, INK, _font(size))
        self.right = max(self.right, math.ceil(_font(size).getlength(short)) + 2 * GAP)


def fitted(picture: np.ndarray, side: int) -> Image.Image:
    """A picture, (h, w) or (h, w, 3) uint8, resized so that its longer side has `side` pixels."""
    image = Image.fromarray(picture)
    scale = side / max(image.size)
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    return image.convert("RGB").resize(size, Image.Resampling.LANCZOS, reducing_gap=3)


def shortened(text: str, size: int, width: float) -> str:
    """`text` in one line of at most `width` pixels. A longer text loses its middle, since names differ at the end."""
    text = printable(text)
    font, left = _font(size), len(text)
    short = text
    while left and font.getlength(short) > width:
        left = min(left - 1, int(left * width / font.getlength(short)) + 1)
        short = text[: left // 2] + "…" + text[len(text) - (left - left // 2) :]
    return short


def _font(size: int) -> ImageFont.FreeTypeFont:
    # DejaVu comes with matplotlib, and has Latin, Greek, Cyrillic, Arabic ...; other letters are shown as boxes
    return ImageFont.truetype(Path(matplotlib.get_data_path()) / "fonts/ttf/DejaVuSans.ttf", size)
