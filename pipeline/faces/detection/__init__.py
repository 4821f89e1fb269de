"""Finding faces. `detector(name)` returns an object with `detect_faces(rgb)`:

    "mtcnn"             our own MTCNN on the layers of siamese_np; the lesson begins in mtcnn.py
    "mtcnn-tensorflow"  the package that provides the weights, if TensorFlow is installed
"""

from pipeline.faces.detection.mtcnn import MTCNN
from pipeline.faces.detection.tensorflow import TensorFlowMTCNN

__all__ = ["DETECTORS", "MTCNN", "detector"]

DETECTORS = ("mtcnn", "mtcnn-tensorflow")


def detector(name: str) -> MTCNN | TensorFlowMTCNN:
    """The detector with this name. Raises ValueError for an unknown name, JobError if what it needs is missing."""
    if name not in DETECTORS:
        raise ValueError(f"detectors are {' and '.join(DETECTORS)}, not {name!r}")
    return MTCNN() if name == "mtcnn" else TensorFlowMTCNN()
