"""From a grey crop to the network's input: ONE recipe, stored with the model, for training and prediction alike."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from PIL import Image

from pipeline.faces.align import align, like_a_face


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


def _middle(gray: np.ndarray, zoom: float) -> np.ndarray:
    top, left = (round(side * (1 - 1 / zoom) / 2) for side in gray.shape)
    return gray[top : gray.shape[0] - top, left : gray.shape[1] - left]


@dataclass(frozen=True)
class Preprocessing:
    """size: (H, W) of the network's input. standardise: each image to mean 0 and standard deviation 1, so that the
    light of a photo as a whole says nothing about the person. align: None for the crop as it is; else the `width` of
    pipeline.faces.align, by which a face is turned upright and scaled where its landmarks are known. zoom: 1.2 cuts a plain
    crop to its middle, 1 / 1.2 of each side."""

    size: tuple[int, int]
    standardise: bool = True
    align: float | None = None
    zoom: float = 1.0

    def view(self, gray: np.ndarray, landmarks: np.ndarray | None = None) -> np.ndarray:
        """A grey picture (h, w) uint8 as the network sees it, before standardising: (H, W) uint8.

        landmarks: (5, 2) in its pixels. Without them (None, NaN, or points unlike a face) the plain crop is taken.
        """
        if self.align is None or not like_a_face(landmarks):
            return fit(_middle(gray, self.zoom), self.size)
        return align(gray, landmarks, self.size, self.align)

    def __call__(self, grays: Sequence[np.ndarray], landmarks: Sequence[np.ndarray | None] | None = None) -> np.ndarray:
        """Grey pictures (h, w) uint8 of any size, with landmarks (N, 5, 2) or None -> (N, 1, H, W) float32."""
        points = [None] * len(grays) if landmarks is None else landmarks
        views = [self.view(gray, five) for gray, five in zip(grays, points, strict=True)]
        x = np.stack(views).astype(np.float32)[:, None] / 255
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
