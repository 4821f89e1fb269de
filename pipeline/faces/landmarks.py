"""The five landmarks of faces that are cropped already, found once and kept beside the pictures."""

import functools
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np

from pipeline.common.console import progress
from pipeline.faces import table
from pipeline.faces.detection import MTCNN
from pipeline.faces.detection import landmarks as detected

Find = Callable[[np.ndarray], np.ndarray | None]
NONE = np.full((5, 2), np.nan, np.float32)


def find(picture: np.ndarray) -> np.ndarray | None:
    """The landmarks (5, 2) float32 of a crop (h, w) or (h, w, 3) uint8, in its pixels; None where none are found."""
    return detected.find(picture, detector())


@functools.cache
def detector() -> MTCNN:
    """The detector, loaded at the first call: only those who look for a face need its weights."""
    return MTCNN()


def find_all(pictures: Iterable[np.ndarray], find: Find = find) -> np.ndarray:
    """The landmarks of each crop as (N, 5, 2) float32, NaN where none are found."""
    found = [find(picture) for picture in pictures]
    return np.array([NONE if points is None else points for points in found], np.float32).reshape(-1, 5, 2)


def beside(data, known=None, find: Find = find, *, folder: Path | None = None) -> np.ndarray:
    """The landmarks (N, 5, 2) of the images of `data`, a PairData.

    Those of equal images in `known`, another PairData, are reused, and so are those that extraction found when it cut
    out these images: its table lies in `folder`, where the images are from.
    """
    kept: dict[bytes, np.ndarray] = {}
    if known is not None and known.landmarks is not None:
        kept = {image.tobytes(): points for image, points in zip(known.images, known.landmarks, strict=True)}
    extracted = table.landmarks(folder / table.TABLE) if folder else {}
    rows = []
    for image in progress(data.images, "landmarks"):
        points = extracted.get(table.digest(image[0]))
        if points is None:
            points = kept.get(image.tobytes())
        rows.append(find_all([image[0]], find)[0] if points is None else points)
    return np.array(rows, np.float32).reshape(-1, 5, 2)
