"""A run whose network has all that the shipped one has, with a few filters."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from pipeline.faces.preprocess import Preprocessing
from siamese_np import weights
from siamese_np.layers import BatchNorm
from siamese_np.losses import ContrastiveLoss
from siamese_np.models import face_network
from siamese_np.trace import trace
from webapp.common import serving
from webapp.explore.common import faces

SIZE = (28, 23)


@pytest.fixture
def run(made_run, tmp_path) -> Path:
    """A run folder that a test may change."""
    run = shutil.copytree(made_run, tmp_path / "run")
    rng = np.random.default_rng(3)
    network = face_network(rng, size=SIZE, embedding=8, filters=(2, 3))
    for layer in network.layers:
        if isinstance(layer, BatchNorm):  # as after a training
            layer.state["running_mean"][...] = rng.normal(size=layer.state["running_mean"].shape)
            layer.state["running_var"][...] = rng.uniform(0.5, 2, layer.state["running_var"].shape)
    entry = {"threshold": 0.6, "far": 0.05, "frr": 0.125, "gallery_size": 10}
    weights.save(run / "model.npz", [network], {
        "preprocessing": Preprocessing(SIZE).to_json(),
        "thresholds": {rule: entry for rule in ("both", "mean", "nearest", "pair")},
        "thresholds_chosen_on": "val", "trained_on": ["Anna"], "parameters": 1000,
        "settings": {"preset": "default", "data": "", "recipe": {"margin": 1.5, "power": 2}},
    })  # fmt: skip
    return run


@pytest.fixture
def traced(app):
    """traced(query) -> the steps of the trace of the first pair by name, computed here and not by the page."""

    def of(query: str = ""):
        with app.test_request_context(f"/explore/microscope/?{query}"):
            recogniser = serving.now().recogniser
            a, b = faces.pair()
            x = faces.inputs(recogniser, 0, a, b)
            steps = trace(recogniser.members[0], x, [(0, 1)], ContrastiveLoss(1.5, 2), faces.same_person(a, b))
        return {step.name: step for step in steps}

    return of


def shown(x: float) -> str:
    """A number as the page writes it."""
    return f"{x:.4g}".replace("-", "−")
