"""Pages of /explore as tiles: each at a state worth seeing, cut to the pieces that show it, light and dark in turns.

A state is an address; a training that runs and a computation that takes longer are waited for.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PIL import Image

from benchmarks.screenshot.sheet import COLUMNS
from benchmarks.screenshot.who import SCHEMES

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

SIZE = (660, 520)  # pixels of a tile
PATIENCE = 120_000  # milliseconds, for a training whose kernels may have to be compiled

# hide all that is neither one of the pieces, nor within one, nor around one
CUT = """(pieces) => {
  const around = new Set();
  for (const piece of document.querySelectorAll(pieces))
    for (let part = piece; part; part = part.parentElement) around.add(part);
  for (const part of around)
    if (!part.matches(pieces)) for (const child of part.children) if (!around.has(child)) child.style.display = "none";
}"""
STYLE = """
body { padding: 1.3rem 1.3rem !important; overflow: hidden; }
h1 { font-size: 1.8rem; }
.intro { margin: 0 0 .8rem !important; padding: 0 !important; }
main { padding: 0 !important; margin: 0 !important; }
.stack { gap: .8rem !important; }
.card { padding: .9rem 1.1rem !important; }
"""


@dataclass(frozen=True)
class Tile:
    """state: the address below /explore/; pieces: CSS of what is shown; width: of the page, in its own pixels; style:
    what makes the pieces fit; start: the id of a button that is pressed first; ready: true once all is there."""

    state: str
    pieces: str
    width: int = SIZE[0]
    style: str = ""
    start: str = ""
    ready: str = "true"


TILES = (
    Tile("playground/?seed=3&steps=9", "h1, #many-title, #many-plane, .told-of .curve, .told-of .facts",
         style="#state .columns.even { grid-template-columns: 3fr 2fr; margin-top: .8rem }"),
    Tile("microscope/?stop=conv2d1&unit=1,14,12", "h1, .sides h3, .sides svg, .sides + .legend",
         style=".columns, .sides section { margin: 0 !important } .sheet { max-height: 20rem } "
               ".legend { margin-top: .7rem }"),
    Tile("gradcheck/?check=BatchNorm 2-d", "h1, #h-title, #of-curve, .errors, .key",
         style=".errors { max-height: 15rem } .key { margin: 0 }"),
    Tile("training/?seed=1", "h1, .columns > .card:not([aria-labelledby=filters-title]) > :is(h2, svg)",
         style="#state .columns.even { grid-template-columns: 2fr 3fr } "
               "[aria-labelledby=map-title] { grid-row: 1 / 3; grid-column: 2 }",
         start="go", ready="document.getElementById('go').textContent === 'Start anew'"),
    Tile("thresholds/?t=0.9", "h1, .hills", width=720,
         style=".hills { margin: 0 } .hills figure svg { height: 2.7rem !important } "
               ".hills figure + figure { margin-top: .4rem !important }",
         ready="!document.getElementById('ask')"),
    Tile("decided/", "h1, .bench > .card:first-child > :is(h2, h2 + p), .bench > .card:first-child .kinds :is(h3, svg)",
         style="#state .kinds { grid-template-columns: 1fr 1fr }", ready="!document.getElementById('cover')"),
    Tile("detection/?stop=suppress", "h1, .cascade ol, #stop-title, .stop .photo", width=760),
    Tile("convolution/?filter=edges-upright&row=22&column=14",
         "h1, .through:not(.pair-of), #columns-title, #columns-title ~ .product > div > svg",
         style=".through { margin: 0 auto !important; max-width: 28rem !important } #state .columns { margin: 0 } "
               ".product { margin: .6rem 0 0 !important } .product .strip:not(.flat) { height: 6rem }"),
)  # fmt: skip


def tiles(browser: "Browser", site: str) -> Iterator[Image.Image]:
    """All tiles, in the order of TILES, light and dark like the fields of a chessboard."""
    for number, tile in enumerate(TILES):
        scheme = SCHEMES[(number + number // COLUMNS) % 2]
        context = browser.new_context(
            viewport={"width": tile.width, "height": round(tile.width * SIZE[1] / SIZE[0])},
            device_scale_factor=SIZE[0] / tile.width, color_scheme=scheme, reduced_motion="reduce", bypass_csp=True,
        )  # fmt: skip
        tab = context.new_page()
        tab.set_default_timeout(PATIENCE)
        tab.goto(f"{site}/explore/{tile.state}")
        yield picture(tab, tile)
        context.close()


def picture(tab: "Page", tile: Tile) -> Image.Image:
    """The pieces of a page that is open."""
    if tile.start:
        tab.click(f"#{tile.start}")
    tab.wait_for_function(tile.ready)
    tab.add_style_tag(content=STYLE + tile.style)
    tab.evaluate(CUT, tile.pieces)
    tab.evaluate("scrollTo(0, 0)")
    tab.wait_for_load_state("networkidle")
    return Image.open(io.BytesIO(tab.screenshot())).convert("RGB")
