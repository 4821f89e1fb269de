"""One feature of four images through batch normalisation, forward and back: as in a training, or as in a prediction."""

from dataclasses import dataclass

import numpy as np

from siamese_np.layers import BatchNorm
from siamese_np.trace import FixedNorm

MODES = ("batch", "running")
UPSTREAMS = {"random": (0.5, -1.0, 2.0, 0.3), "ones": (1.0, 1.0, 1.0, 1.0)}
OTHERS = (2.0, 4.0, 7.0)  # x of the images after the first one
EPS = BatchNorm(1).config["eps"]
RUNNING = (3.0, 4.0)  # mean and variance, as a training may have gathered them
REACH = 10  # of the two sliders
WIDTH, HEIGHT = 500, 150  # of the drawing
X_REACH, Y_REACH = 20, 10  # of its two axes


@dataclass(frozen=True, eq=False)
class Normed:
    """x, y, dy, dx (4,): of one feature, for w = 1 and b = 0. mean, variance, deviation: m, v and s that were used."""

    x: np.ndarray
    y: np.ndarray
    dy: np.ndarray
    dx: np.ndarray
    mean: float
    variance: float
    deviation: float

    def pair(self) -> "Normed":
        """The first two images alone, with their own mean and variance."""
        return _normed(BatchNorm(1, dtype=np.float64), self.x[:2], self.dy[:2])

    def lines(self) -> list[tuple[float, float]]:
        """For each image, where its x stands on the upper axis of the drawing, and its y on the lower one."""
        return [(_across(x, X_REACH), _across(y, Y_REACH)) for x, y in zip(self.x.tolist(), self.y.tolist())]


def at(first: int, added: int, mode: str, upstream: str) -> Normed:
    """The feature, with x = `first` for the first image, and then `added` to all x."""
    x = np.array([float(first), *OTHERS]) + added
    dy = np.array(UPSTREAMS[upstream])
    norm = BatchNorm(1, dtype=np.float64)
    for name, value in zip(("running_mean", "running_var"), RUNNING):
        norm.state[name][...] = value
    return _normed(FixedNorm(norm) if mode == "running" else norm, x, dy)


def _normed(layer: BatchNorm | FixedNorm, x: np.ndarray, dy: np.ndarray) -> Normed:
    fixed = isinstance(layer, FixedNorm)
    mean, variance = RUNNING if fixed else (float(x.mean()), float(x.var()))
    y = layer.forward(x[:, None], train=True)[:, 0]
    dx = layer.backward(dy[:, None])[:, 0]
    return Normed(x, y, dy, dx, mean, variance, float(np.sqrt(variance + EPS)))


def _across(value: float, reach: float) -> float:
    return WIDTH / 2 * (1 + max(-1.0, min(1.0, value / reach)))
