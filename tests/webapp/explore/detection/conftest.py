"""A run whose first sample is a photo of one person, and that photo through the detector."""

import hashlib
import shutil
from pathlib import Path

import numpy as np
import pytest

from pipeline import photos
from pipeline.faces import landmarks


@pytest.fixture(scope="session")
def astronaut() -> Path:
    """A photo of one person, 512 x 512, shipped with scikit-image."""
    skimage = pytest.importorskip("skimage")
    return Path(skimage.__file__).parent / "data" / "astronaut.png"


@pytest.fixture
def run(made_run, tmp_path, astronaut) -> Path:
    run = shutil.copytree(made_run, tmp_path / "run")
    shutil.copy(astronaut, run / "samples/known/Anna/0.png")
    return run


@pytest.fixture
def name(astronaut) -> str:
    """The photo's name in an address."""
    return f"sample-{hashlib.sha256(astronaut.read_bytes()).hexdigest()[:16]}"


@pytest.fixture(scope="session")
def rgb(astronaut) -> np.ndarray:
    return photos.read(astronaut)


@pytest.fixture(scope="session")
def stages(rgb):
    """What the stages of the detector keep and drop."""
    seen = []
    landmarks.detector().find(rgb, 20, 0.6, 0.7, 0.8, saw=seen.append)
    return seen
