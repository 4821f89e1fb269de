"""Finding faces. `detector(name)` gives an object with `detect_faces(rgb)`:

    "mtcnn"             our own MTCNN, run by the layers of siamese_np; see mtcnn.py, where the lesson begins
    "mtcnn-tensorflow"  the package it takes its weights from, where TensorFlow is installed
"""

from pipeline.faces.detection.mtcnn import MTCNN
from pipeline.faces.detection.tensorflow import TensorFlowMTCNN

__all__ = ["DETECTORS", "MTCNN", "detector"]

DETECTORS = ("mtcnn", "mtcnn-tensorflow")


def detector(name: str) -> MTCNN | TensorFlowMTCNN:
    """The detector of that name. Raises ValueError for another, JobError where what it needs is missing."""
    if name not in DETECTORS:
        raise ValueError(f"detectors are {' and '.join(DETECTORS)}, not {name!r}")
    return MTCNN() if name == "mtcnn" else TensorFlowMTCNN()
