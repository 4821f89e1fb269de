"""Against the package mtcnn on photos: stored boxes of a folder of them, and the package itself where it can run.

    SIAMESE_NP_PHOTOS=FOLDER pytest -m detection      FOLDER has photos/ and photos_mtcnn.json
"""

import json
import os
from pathlib import Path

import numpy as np
import pytest

from pipeline import photos
from pipeline.faces.detection import detector

pytestmark = pytest.mark.detection


def test_every_photo_gives_the_stored_faces(mtcnn, agree):
    folder = Path(os.environ.get("SIAMESE_NP_PHOTOS", "nowhere"))
    if not (folder / "photos_mtcnn.json").exists():
        pytest.skip("SIAMESE_NP_PHOTOS names no folder with photos_mtcnn.json")
    stored = json.loads((folder / "photos_mtcnn.json").read_text())["photos"]
    assert stored
    for entry in stored:
        picture = photos.shrunk(photos.read(folder / "photos" / entry["photo"]), entry["long_side"])
        agree(mtcnn.detect_faces(picture), entry["faces"])


def test_the_package_on_tensorflow_gives_the_same_faces(mtcnn, astronaut, agree):
    pytest.importorskip("tensorflow")
    for picture in (astronaut, np.ascontiguousarray(astronaut[:300, ::-1]), np.full((90, 90, 3), 128, np.uint8)):
        agree(mtcnn.detect_faces(picture), detector("mtcnn-tensorflow").detect_faces(picture))
