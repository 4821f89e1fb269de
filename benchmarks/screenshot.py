"""The picture of the page in the README: python -m benchmarks.screenshot RUN [--out docs/page.png]

RUN is the folder of a demo's run. The page is started for it in another process, and asked in Chromium about one photo that
shows several people: samples of the run, the ORL faces (Olivetti Research Laboratory), set side by side. The left part
of the picture is the page in light colours, the right part the same answer in dark ones.

    pip install -e ".[browser]"           # and /usr/bin/chromium
"""

import io
from collections.abc import Sequence
from pathlib import Path

import click
import numpy as np
from PIL import Image

from benchmarks.endurance import page as served
from pipeline import photos
from pipeline.common.console import say
from pipeline.common.errors import JobError
from webapp.common import samples

CHROMIUM = "/usr/bin/chromium"
SCHEMES = ("light", "dark")
VIEW = {"width": 1180, "height": 1080}
FACES, FACE = 3, (280, 230)  # people in the photo; height and width of each
SPACE = 40  # pixels around each face
COLOURS = 192  # of the PNG, which so takes a third of the bytes


def group(run: Path) -> np.ndarray:
    """One photo (h, w) uint8 of two people of the gallery and a stranger. Raises JobError for a run without such samples."""
    there = samples.scan(run / "samples")
    if len(there.known) < FACES - 1 or not there.strangers:
        raise JobError(f"{run} has no samples of known people and of strangers: make a run with siamese-np demo")
    chosen = [*there.known[: FACES - 1], there.strangers[0]]
    return side_by_side([photos.to_gray(photos.as_picture(photos.read(sample.path))) for sample in chosen])


def side_by_side(faces: Sequence[np.ndarray]) -> np.ndarray:
    """Faces (h, w) uint8 on a wall of one grey, each enlarged to FACE."""
    height, width = FACE
    wall = np.full((height + 2 * SPACE, SPACE + len(faces) * (width + SPACE)), 60, np.uint8)
    for k, face in enumerate(faces):
        left = SPACE + k * (width + SPACE)
        wall[SPACE : SPACE + height, left : left + width] = Image.fromarray(face).resize((width, height), Image.Resampling.LANCZOS)
    return wall


def views(port: int, photo: bytes) -> list[Image.Image]:
    """The page of the answer for `photo`, in each of SCHEMES."""
    from playwright.sync_api import sync_playwright

    pictures = []
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for scheme in SCHEMES:
            tab = browser.new_context(viewport=VIEW, color_scheme=scheme, reduced_motion="reduce").new_page()
            tab.goto(f"http://127.0.0.1:{port}/")
            tab.set_input_files("#photo", {"name": "photo.png", "mimeType": "image/png", "buffer": photo})
            tab.wait_for_url("**/answers/*")
            tab.wait_for_load_state("networkidle")
            pictures.append(Image.open(io.BytesIO(tab.screenshot())).convert("RGB"))
        browser.close()
    return pictures


def halves(light: Image.Image, dark: Image.Image) -> Image.Image:
    """`light` with the part of `dark` that lies right of a slanted line through its middle."""
    width, height = light.size
    x, y = np.arange(width), np.arange(height)[:, None]
    right = x - 0.62 * width - 0.13 * (height / 2 - y)  # pixels right of the line
    return Image.composite(dark, light, Image.fromarray(np.uint8(255 * np.clip(right + 0.5, 0, 1))))


@click.command()
@click.argument("run", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), default="docs/page.png", show_default=True)
@click.option("--kernels", "kernels_name", default="numba", show_default=True)
def main(run: Path, out: Path, kernels_name: str) -> None:
    """Make the picture of the page in the README, of the run in RUN."""
    photo = photos.png_bytes(group(run))
    with served.page(run, kernels_name) as page:
        picture = halves(*views(page.port, photo))
    picture.quantize(COLOURS, dither=Image.Dither.NONE).save(out, optimize=True)
    say(f"wrote {out}: {picture.width} x {picture.height} pixels, {out.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
