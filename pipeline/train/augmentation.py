"""Augmentation: small random changes to a photo, so that training sees each face a little differently every time.

The changes of geometry (mirror, rotate, scale, shift) are one affine map per image. Pillow resamples each image once,
on all cores. The changes of light are a factor and an offset on the standardised values. The cutout covers one
rectangle, so that no single feature decides. Images are standardised BEFORE augmentation: afterwards it would undo the
change of light.
"""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from siamese_np import threads

PARTS = 4  # the images are shared out in this many parts, so at most this many cores are used


@dataclass(frozen=True)
class Augmentation:
    """The largest size of each change; 0 switches it off."""

    mirror: bool = True
    rotation: float = 8.0  # degrees, in either direction
    scale: float = 0.08  # factor between 1 - this and 1 + this
    shift: float = 0.05  # share of the image's side, in either direction
    contrast: float = 0.30  # factor between 1 - this and 1 + this
    brightness: float = 0.30  # added or subtracted, in standard deviations of the image
    cutout: float = 0.35  # longest side of the covered rectangle, as a share of the image's side


def augment(images: np.ndarray, how: Augmentation, rng: np.random.Generator) -> np.ndarray:
    """images (N, 1, H, W) float32, standardised -> changed copies. Pixels from outside an image get its mean, 0."""
    n, _, height, width = images.shape
    mirrored = rng.random(n) < 0.5 * how.mirror
    angle = np.deg2rad(rng.uniform(-how.rotation, how.rotation, n))
    zoom = rng.uniform(1 - how.scale, 1 + how.scale, n)
    move = rng.uniform(-how.shift, how.shift, (n, 2)) * (width, height)
    contrast = rng.uniform(1 - how.contrast, 1 + how.contrast, n)
    brightness = rng.uniform(-how.brightness, how.brightness, n)
    # Pillow takes the inverse map, from a pixel (x, y) of the result to the place in the image that it is read from:
    # (x_from_x x + x_from_y y + x_offset, y_from_x x + y_from_y y + y_offset). The moved centre is read from the centre
    cos, sin, sign = np.cos(angle) / zoom, np.sin(angle) / zoom, np.where(mirrored, -1, 1)
    x_from_x, x_from_y, y_from_x, y_from_y = sign * cos, sign * sin, -sin, cos
    centre_x, centre_y = width / 2 + move[:, 0], height / 2 + move[:, 1]
    x_offset = width / 2 - x_from_x * centre_x - x_from_y * centre_y
    y_offset = height / 2 - y_from_x * centre_x - y_from_y * centre_y
    inverse = np.stack([x_from_x, x_from_y, x_offset, y_from_x, y_from_y, y_offset], axis=1).tolist()
    images = np.ascontiguousarray(images, np.float32)
    out = np.empty_like(images)

    def resample(rows: range) -> None:
        for i in rows:
            picture = Image.frombuffer("F", (width, height), images[i, 0], "raw", "F", 0, 1)
            out[i, 0] = picture.transform((width, height), Image.Transform.AFFINE, inverse[i], Image.Resampling.BILINEAR)

    threads.each(resample, [range(part, n, PARTS) for part in range(PARTS)])
    out *= contrast[:, None, None, None].astype(out.dtype)
    out += brightness[:, None, None, None].astype(out.dtype)
    if how.cutout:
        _cut_out(out, how.cutout, rng)
    return out


def _cut_out(images: np.ndarray, longest: float, rng: np.random.Generator) -> None:
    """Set one rectangle of each image to 0, in place. Each side is at most `longest` times the image's side."""
    n, _, height, width = images.shape
    sides = (rng.uniform(0, longest, (n, 2)) * (height, width)).astype(int)
    corners = (rng.random((n, 2)) * ((height, width) - sides + 1)).astype(int)
    for image, (h, w), (top, left) in zip(images, sides, corners):
        image[:, top : top + h, left : left + w] = 0
