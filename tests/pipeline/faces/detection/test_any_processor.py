"""NumPy sorts by other instructions where the processor has them, and then puts equal numbers into another order.
Ours is stated in boxes.best_first, and the same with and without them."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest
from numpy._core import _multiarray_umath as umath

PROGRAM = """
import json, sys
import numpy as np
from pipeline.faces.detection import MTCNN, boxes
rng = np.random.default_rng(0)
confidence = rng.integers(0, 20, 2000).astype(np.float32) / 20
corner = rng.integers(0, 100, (2000, 2))
found = np.hstack([corner, corner + rng.integers(5, 40, (2000, 1))]).astype(float)
faces = [[face["box"], face["keypoints"]] for face in MTCNN().detect_faces(np.load(sys.argv[1]))]
order, stay = boxes.best_first(confidence), boxes.suppress(found, confidence, 0.5)
print(json.dumps([faces, order.tolist(), stay.tolist()]))
"""
CAN_BE_LEFT_OUT = [name for name in umath.__cpu_dispatch__ if umath.__cpu_features__[name]]


@pytest.fixture(scope="module")
def answers(astronaut, tmp_path_factory):
    """What PROGRAM prints with the instructions of this processor, and without those that NumPy can do without."""
    picture = tmp_path_factory.mktemp("photo") / "photo.npy"
    np.save(picture, astronaut)

    def ask(left_out):
        env = os.environ | {"NPY_DISABLE_CPU_FEATURES": " ".join(left_out)}
        output = subprocess.run([sys.executable, "-c", PROGRAM, picture], env=env, check=True, stdout=subprocess.PIPE)
        return json.loads(output.stdout)

    return ask([]), ask(CAN_BE_LEFT_OUT)


def test_equal_confidences_are_ordered_as_stated(answers):
    confidence = np.random.default_rng(0).integers(0, 20, 2000)
    stated = sorted(range(2000), key=lambda row: (confidence[row], row), reverse=True)
    assert answers[0][1] == answers[1][1] == stated


def test_the_same_faces_and_boxes_are_found(answers):
    assert answers[0][0] and answers[0][0] == answers[1][0]
    assert answers[0][2] == answers[1][2]
