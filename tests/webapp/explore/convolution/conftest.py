"""A run whose network begins with a convolution, and what the page should show of it."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from pipeline.faces.preprocess import Preprocessing
from siamese_np import weights
from siamese_np.kernels import reference
from siamese_np.models import face_network
from webapp.common import serving
from webapp.explore.common import faces

SIZE = (28, 23)


@pytest.fixture
def run(made_run, tmp_path) -> Path:
    """A run folder that a test may change."""
    run = shutil.copytree(made_run, tmp_path / "run")
    network = face_network(np.random.default_rng(3), size=SIZE, embedding=8, filters=(2, 3))
    entry = {"threshold": 0.6, "far": 0.05, "frr": 0.125, "gallery_size": 10}
    weights.save(run / "model.npz", [network], {
        "preprocessing": Preprocessing(SIZE).to_json(),
        "thresholds": {rule: entry for rule in ("both", "mean", "nearest", "pair")},
        "thresholds_chosen_on": "val", "trained_on": ["Anna"], "parameters": 1000,
    })  # fmt: skip
    return run


@pytest.fixture
def expected(app):
    """x, w, y, dx and dw, (H, W) and (3, 3), of the first filter and the first face: by the kernels of batches."""
    with app.test_request_context("/explore/convolution/"):
        recogniser = serving.now().recogniser
        x = faces.inputs(recogniser, 0, faces.chosen("a", faces.first_names()[0])).astype(np.float64)
        weight = recogniser.members[0].params["conv2d1.weight"][:1].astype(np.float64)
    y = reference.conv2d_forward(x, weight, np.zeros(1), (1, 1), (1, 1))
    dx, dw, _ = reference.conv2d_backward(y, x, weight, (1, 1), (1, 1))
    return {"x": x[0, 0], "w": weight[0, 0], "y": y[0, 0], "dx": dx[0, 0], "dw": dw[0, 0]}


def shown(x: float) -> str:
    """A number as the page writes it."""
    return f"{x:.4g}".replace("-", "−")
