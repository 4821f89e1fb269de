"""The detector, the astronaut, and simple faces' worth of arrays."""

from pathlib import Path

import numpy as np
import pytest

from pipeline import photos
from pipeline.detection import MTCNN


@pytest.fixture(scope="session")
def mtcnn() -> MTCNN:
    return MTCNN()


@pytest.fixture(scope="session")
def astronaut() -> np.ndarray:
    """A photo of one person, (512, 512, 3) uint8, shipped with scikit-image."""
    skimage = pytest.importorskip("skimage")
    return photos.read(Path(skimage.__file__).parent / "data" / "astronaut.png")
