"""The pictures of the page in the README: python -m benchmarks.screenshot RUN [--out docs]

RUN is the folder of a demo's run. The page is started for it in another process, and looked at in Chromium.

    page.png        Who is this?, asked about a photo of three people; light on the left, dark on the right (who.py)
    explore.png     the pages of /explore, each at a state worth seeing, light and dark in turns (explore.py)

    pip install -e ".[browser]"           # and /usr/bin/chromium
"""

from pathlib import Path

import click
from PIL import Image

from benchmarks import chromium
from benchmarks.endurance import page as served
from benchmarks.screenshot import explore, sheet, who
from pipeline import photos
from pipeline.common.console import say

COLOURS = 256  # of a PNG, which so takes a third of the bytes


@click.command()
@click.argument("run", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), default="docs", show_default=True)
@click.option("--kernels", "kernels_name", default="numba", show_default=True)
def main(run: Path, out: Path, kernels_name: str) -> None:
    """Make the pictures of the page in the README, of the run in RUN."""
    photo = photos.png_bytes(who.group(run))
    with served.page(run, kernels_name) as page, chromium.launched() as browser:
        site = f"http://127.0.0.1:{page.port}"
        save(who.halves(*who.views(browser, site, photo)), out / "page.png")
        save(sheet.of(list(explore.tiles(browser, site))), out / "explore.png")


def save(picture: Image.Image, path: Path) -> None:
    """Write a picture in few colours, and say how large it is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # by how much the colours cover, not by how often they come: one point in pink stays pink
    few = picture.quantize(COLOURS, Image.Quantize.MAXCOVERAGE, kmeans=1, dither=Image.Dither.NONE)
    few.save(path, optimize=True)
    say(f"wrote {path}: {picture.width} x {picture.height} pixels, {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
