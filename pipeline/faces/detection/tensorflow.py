"""The detector `mtcnn-tensorflow`: the package mtcnn itself, for comparison. It needs TensorFlow."""

from typing import Any

import numpy as np

from pipeline.common.errors import JobError

INSTALL = 'pip install "mtcnn[tensorflow]==1.0.0"'


class TensorFlowMTCNN:
    """The package's MTCNN with the interface of ours."""

    def __init__(self) -> None:
        """Raises JobError, with the line that installs them, if the package or TensorFlow is missing."""
        try:
            from mtcnn import MTCNN
        except ImportError as error:
            raise JobError(f"the detector mtcnn-tensorflow: {error}. {INSTALL}, or choose the detector mtcnn") from None
        self._package = MTCNN()

    def detect_faces(self, image: np.ndarray) -> list[dict[str, Any]]:
        """Like mtcnn.MTCNN.detect_faces of this project."""
        return [
            {
                "box": [int(n) for n in face["box"]],
                "confidence": float(face["confidence"]),
                "keypoints": {name: [int(n) for n in point] for name, point in face["keypoints"].items()},
            }
            for face in self._package.detect_faces(image)
        ]
