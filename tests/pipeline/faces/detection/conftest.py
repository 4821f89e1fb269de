"""The detector, a photo of one person, and a comparison of detected faces."""

from pathlib import Path

import numpy as np
import pytest

from pipeline import photos
from pipeline.faces.detection import MTCNN


@pytest.fixture(scope="session")
def mtcnn() -> MTCNN:
    return MTCNN()


@pytest.fixture(scope="session")
def astronaut() -> np.ndarray:
    """A photo of one person, (512, 512, 3) uint8, shipped with scikit-image."""
    skimage = pytest.importorskip("skimage")
    return photos.read(Path(skimage.__file__).parent / "data" / "astronaut.png")


@pytest.fixture(scope="session")
def agree():
    """agree(ours, theirs): the same faces, within a pixel."""

    def check(ours: list[dict], theirs: list[dict]) -> None:
        assert len(ours) == len(theirs)
        for face, reference in zip(ours, theirs):
            np.testing.assert_allclose(face["box"], reference["box"], rtol=0, atol=1)
            assert face["confidence"] == pytest.approx(reference["confidence"], abs=1e-3)
            for name, point in reference["keypoints"].items():
                np.testing.assert_allclose(face["keypoints"][name], point, rtol=0, atol=1)

    return check
