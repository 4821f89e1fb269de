"""From a grey crop to the network's input: ONE recipe, stored with the model, for training and prediction alike."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from PIL import Image


def fit(gray: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """A grey picture (h, w) uint8 brought to `size` (H, W): the largest centred cut of that shape, then resized.

    Nothing is stretched. Shrinking averages over areas (no aliasing), growing is bicubic.
    """
    height, width = size
    h, w = gray.shape
    scale = min(h / height, w / width)
    # rounding may carry the side that is used whole a hair beyond itself, which Pillow refuses
    cut_h, cut_w = min(height * scale, h), min(width * scale, w)
    box = ((w - cut_w) / 2, (h - cut_h) / 2, (w + cut_w) / 2, (h + cut_h) / 2)
    resample = Image.Resampling.BOX if scale >= 1 else Image.Resampling.BICUBIC
    return np.asarray(Image.fromarray(gray).resize((width, height), resample, box=box))


@dataclass(frozen=True)
class Preprocessing:
    """size: (H, W) of the network's input. standardise: each image to mean 0 and standard deviation 1, so that the
    light of a photo as a whole says nothing about the person. zoom: 1.2 looks at the middle, 1 / 1.2 of each side."""

    size: tuple[int, int]
    standardise: bool = True
    zoom: float = 1.0

    def view(self, gray: np.ndarray) -> np.ndarray:
        """A grey picture (h, w) uint8 as the network sees it (H, W) uint8, before standardising."""
        if self.zoom > 1:
            top, left = (round(side * (1 - 1 / self.zoom) / 2) for side in gray.shape)
            gray = gray[top : gray.shape[0] - top, left : gray.shape[1] - left]
        return fit(gray, self.size)

    def __call__(self, grays: Sequence[np.ndarray]) -> np.ndarray:
        """Grey pictures (h, w) uint8 of any size -> (N, 1, H, W) float32."""
        x = np.stack([self.view(gray) for gray in grays]).astype(np.float32)[:, None] / 255
        if self.standardise:
            x -= x.mean((2, 3), keepdims=True)
            # a plain grey picture has no contrast to scale: it stays 0
            x /= np.maximum(x.std((2, 3), keepdims=True), 1e-3)
        return x

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "Preprocessing":
        return cls(**{**stored, "size": tuple(stored["size"])})
