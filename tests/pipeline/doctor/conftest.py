"""People of whom each is a pattern of their own, in a folder."""

import numpy as np
import pytest
from PIL import Image

from pipeline import photos
from pipeline.faces.align import template

SIZE = (80, 66)
PEOPLE = ("Ann", "Bob", "Cem", "Dan", "Eva", "Fay", "Gus", "Зоя")
POINTS = template(SIZE).astype(np.float32)


@pytest.fixture(scope="session")
def points():
    """Landmarks (5, 2) that suit every pattern."""
    return POINTS


@pytest.fixture(scope="session")
def patterns():
    """patterns(people, images) makes faces."""
    return _patterns


def _patterns(people: int, images: int, seed: int = 0) -> np.ndarray:
    """(people, images, 80, 66) uint8: each person a coarse pattern, each image with some of another one and noise."""
    rng = np.random.default_rng(seed)

    def coarse():
        small = rng.integers(0, 256, (10, 8), np.uint8)
        return np.asarray(Image.fromarray(small).resize(SIZE[::-1], Image.Resampling.BICUBIC), float)

    def image(own):
        return np.clip(0.65 * own + 0.35 * coarse() + rng.normal(0, 12, SIZE), 0, 255).astype(np.uint8)

    return np.array([[image(own) for _ in range(images)] for own in (coarse() for _ in range(people))])


@pytest.fixture
def healthy(tmp_path, patterns):
    """A folder of 8 people, 5 photos each, in which there is nothing to be found."""
    root = tmp_path / "faces"
    for name, images in zip(PEOPLE, patterns(len(PEOPLE), 5)):
        for k, image in enumerate(images, 1):
            photos.write_png(root / name / f"{k}.png", image)
    return root


@pytest.fixture
def everywhere(points):
    """A detector to which every picture is a face."""
    return lambda gray: points
