"""Inputs that keep clear of kinks.

ReLU has no derivative at 0, max pooling none where the two largest cells of a window are equal, the distance none at 0
and the loss none at the margin. A central difference over such a place is no derivative of anything, so the inputs of
the checks keep CLEAR = 100 h away from it. For a single layer such an input is written down (`spread`). Inside of a
network the values depend on all layers before, so inputs are drawn until the plain layers find one that is clear
(`clear_input`).
"""

from collections.abc import Callable

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from siamese_np.gradcheck.check import replay
from siamese_np.gradcheck.numeric import H
from siamese_np.layers import MaxPool2D, PReLU, ReLU, Sequential

CLEAR = 100 * H
MOST_DRAWS = 1000


def spread(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Values that all differ by at least 20 CLEAR, none of them nearer to 0 than 10 CLEAR."""
    n = int(np.prod(shape))
    return ((rng.permutation(n) - n // 2 + 0.5) * 20 * CLEAR).reshape(shape)


def clearance(network: Sequential, x: np.ndarray) -> float:
    """How near a training forward of the plain layers comes to a kink.

    That is the smallest distance of a ReLU's input from 0, or of a window's largest cell from its second largest. The
    generators and the state of the network are put back.
    """
    put_back, least = replay(network), np.inf
    for layer in network.layers:
        if isinstance(layer, (ReLU, PReLU)):
            least = min(least, float(np.abs(x).min()))
        if isinstance(layer, MaxPool2D):
            least = min(least, _gap(layer, x))
        x = layer.forward(x, train=True)
    put_back()
    return least


def _gap(layer: MaxPool2D, x: np.ndarray) -> float:
    """Windows whose largest cell is exactly 0 are left out: behind a ReLU all their cells are closed and stay
    closed."""
    if layer.config["padding"] != "valid":
        raise ValueError("clearance: of pooling only padding 'valid' is known here")
    windows = sliding_window_view(x, layer.pool_size, axis=(2, 3))[:, :, :: layer.stride[0], :: layer.stride[1]]
    second, largest = np.moveaxis(np.partition(windows.reshape(*windows.shape[:4], -1), -2)[..., -2:], -1, 0)
    return float((largest - second)[largest != 0].min(initial=np.inf))


def clear_input(
    network: Sequential, draw: Callable[[], np.ndarray], more: Callable[[np.ndarray], float] = lambda x: np.inf
) -> np.ndarray:
    """The first x of draw() whose clearance, and whose more(x), is at least CLEAR.

    Raises RuntimeError where none of MOST_DRAWS is: then the network is too large, or its values are too small.
    """
    for _ in range(MOST_DRAWS):
        x = draw()
        if clearance(network, x) >= CLEAR and more(x) >= CLEAR:
            return x
    raise RuntimeError(f"none of {MOST_DRAWS} inputs keeps {CLEAR:g} clear of all kinks: use fewer or larger values")
