"""Small changes to a face that leave the person the same: training sees every photo a little differently each time.

Position (mirror, turn, size, place) is one affine map per image, resampled once by Pillow, on all cores. Light is a
factor and a shift of the standardised values. One rectangle is covered, so that no single feature decides. Standardising
comes BEFORE this: afterwards it would undo the change of light.
"""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from siamese_np import threads

PARTS = 4  # of the images, for so many cores at most


@dataclass(frozen=True)
class Augmentation:
    """How far each change goes; 0 switches it off."""

    mirror: bool = True
    rotation: float = 8.0  # degrees either way
    scale: float = 0.08  # share either way
    shift: float = 0.05  # share of the side, either way
    contrast: float = 0.30  # factor between 1 - this and 1 + this
    brightness: float = 0.30  # added, in standard deviations of the image, either way
    cutout: float = 0.35  # longest side of the covered rectangle, as a share of the image's side


def augment(images: np.ndarray, how: Augmentation, rng: np.random.Generator) -> np.ndarray:
    """images (N, 1, H, W) float32, standardised -> changed copies. What comes from outside the image is its mean, 0."""
    n, _, height, width = images.shape
    mirrored = rng.random(n) < 0.5 * how.mirror
    angle = np.deg2rad(rng.uniform(-how.rotation, how.rotation, n))
    zoom = rng.uniform(1 - how.scale, 1 + how.scale, n)
    move = rng.uniform(-how.shift, how.shift, (n, 2)) * (width, height)
    contrast = rng.uniform(1 - how.contrast, 1 + how.contrast, n)
    brightness = rng.uniform(-how.brightness, how.brightness, n)
    # Pillow asks for the way back: (u, v), seen from the centre, comes from (a u + b v + c, d u + e v + f)
    cos, sin, side = np.cos(angle) / zoom, np.sin(angle) / zoom, np.where(mirrored, -1, 1)
    a, b, d, e = side * cos, side * sin, -sin, cos
    u, v = width / 2 + move[:, 0], height / 2 + move[:, 1]
    back = np.stack([a, b, width / 2 - a * u - b * v, d, e, height / 2 - d * u - e * v], axis=1).tolist()
    images = np.ascontiguousarray(images, np.float32)
    out = np.empty_like(images)

    def resample(rows: range) -> None:
        for i in rows:
            picture = Image.frombuffer("F", (width, height), images[i, 0], "raw", "F", 0, 1)
            out[i, 0] = picture.transform((width, height), Image.Transform.AFFINE, back[i], Image.Resampling.BILINEAR)

    threads.each(resample, [range(part, n, PARTS) for part in range(PARTS)])
    out *= contrast[:, None, None, None].astype(out.dtype)
    out += brightness[:, None, None, None].astype(out.dtype)
    if how.cutout:
        _cut_out(out, how.cutout, rng)
    return out


def _cut_out(images: np.ndarray, longest: float, rng: np.random.Generator) -> None:
    """Cover one rectangle of each image with 0, in place; its sides are up to `longest` of the image's."""
    n, _, height, width = images.shape
    sides = (rng.uniform(0, longest, (n, 2)) * (height, width)).astype(int)
    corners = (rng.random((n, 2)) * ((height, width) - sides + 1)).astype(int)
    for image, (h, w), (top, left) in zip(images, sides, corners):
        image[:, top : top + h, left : left + w] = 0
