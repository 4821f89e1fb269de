"""Who is this?: a photo of several people is asked about, and the answer is shown in light and in dark.

The photo is made of samples of a demo's run, the ORL faces (Olivetti Research Laboratory), set side by side.
"""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from pipeline import photos
from pipeline.common.errors import JobError
from webapp.common import samples

if TYPE_CHECKING:
    from playwright.sync_api import Browser

SCHEMES = ("light", "dark")
VIEW = {"width": 1180, "height": 1080}
FACES, FACE = 3, (280, 230)  # people in the photo; height and width of each
SPACE = 40  # pixels around each face


def group(run: Path) -> np.ndarray:
    """One photo (h, w) uint8 of two people of the gallery and a stranger. Raises JobError for a run without samples."""
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
        large = Image.fromarray(face).resize((width, height), Image.Resampling.LANCZOS)
        wall[SPACE : SPACE + height, left : left + width] = large
    return wall


def views(browser: "Browser", site: str, photo: bytes) -> list[Image.Image]:
    """The page of the answer for `photo`, in each of SCHEMES."""
    pictures = []
    for scheme in SCHEMES:
        tab = browser.new_page(viewport=VIEW, color_scheme=scheme, reduced_motion="reduce")
        tab.goto(f"{site}/")
        tab.set_input_files("#photo", {"name": "photo.png", "mimeType": "image/png", "buffer": photo})
        tab.wait_for_url("**/answers/*")
        tab.wait_for_load_state("networkidle")
        pictures.append(Image.open(io.BytesIO(tab.screenshot())).convert("RGB"))
        tab.close()
    return pictures


def halves(light: Image.Image, dark: Image.Image) -> Image.Image:
    """`light` with the part of `dark` that lies right of a slanted line through its middle."""
    width, height = light.size
    x, y = np.arange(width), np.arange(height)[:, None]
    right = x - 0.62 * width - 0.13 * (height / 2 - y)  # pixels right of the line
    return Image.composite(dark, light, Image.fromarray(np.uint8(255 * np.clip(right + 0.5, 0, 1))))
