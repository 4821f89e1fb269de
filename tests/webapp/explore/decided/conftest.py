"""What the page should show, computed by the test."""

import numpy as np
import pytest

from siamese_np import attribution, distance
from siamese_np.layers import Flatten, Sequential
from webapp.common import serving
from webapp.explore.common import faces


class Expected:
    """A pair x (2, 1, H, W) and its two networks. Moves are computed one image at a time."""

    def __init__(self, x, network):
        self.x = x
        self.networks = {"network": network, "pixels": Sequential([Flatten()])}

    def distance(self, kind, a, b):
        f = self.networks[kind].forward
        return float(distance.forward(f(a[None]), f(b[None]))[0])

    def move(self, kind, side, i, j, patch):
        x, other = self.x[side].copy(), self.x[1 - side]
        before = self.distance(kind, x, other)
        x[:, i : i + patch, j : j + patch] = 0
        return self.distance(kind, x, other) - before

    def moves(self, kind, side, patch, step):
        rows, columns = (range(0, n - patch + 1, step) for n in self.x.shape[2:])
        return np.array([[self.move(kind, side, i, j, patch) for j in columns] for i in rows])

    def slopes(self, kind):
        return attribution.slopes(self.networks[kind], self.x)


@pytest.fixture
def expected(app) -> Expected:
    """The first pair of the run."""
    with app.test_request_context("/explore/decided/"):
        recogniser = serving.now().recogniser
        return Expected(faces.inputs(recogniser, 0, *faces.pair()), recogniser.members[0])


def number(text: str) -> float:
    """A number of the page."""
    return float(text.replace("−", "-"))
