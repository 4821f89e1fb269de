"""Every layer, the distance, the loss and a whole Siamese network, put through gradcheck.

`rows(kernels)` is what the tests, the command and the table share. Inputs are built 100 h away from kinks: values for
ReLU are not near 0, values for pooling differ, margins are not met exactly.
"""

import json
import sys
from collections.abc import Callable, Iterator
from types import ModuleType

import numpy as np

from siamese_np import distance, gradcheck, kernels
from siamese_np.gradcheck import Comparison, check_layer, compare, numeric_gradient
from siamese_np.layers import (
    BatchNorm,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    GlobalAvgPool2D,
    L2Normalize,
    MaxPool2D,
    PReLU,
    ReLU,
    Sequential,
)
from siamese_np.losses import ContrastiveLoss
from siamese_np.siamese import SiameseNetwork

CLEAR = 100 * gradcheck.H


def _spread(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Values that all differ by at least 20 CLEAR, none nearer to 0 than 10 CLEAR: no ReLU and no pool is near a kink."""
    n = int(np.prod(shape))
    return ((rng.permutation(n) - n // 2 + 0.5) * 20 * CLEAR).reshape(shape)


def layer_cases(rng: np.random.Generator, k: ModuleType) -> dict[str, tuple]:
    """Name of each case -> (layer, an input to check it at)."""
    more = {"rng": rng, "dtype": np.float64}
    return {
        "Dense": (Dense(5, 4, **more), rng.standard_normal((3, 5))),
        "ReLU": (ReLU(), _spread((3, 7), rng)),
        "PReLU": (PReLU(3, dtype=np.float64), _spread((2, 3, 4, 3), rng)),
        "Flatten": (Flatten(), rng.standard_normal((2, 3, 2, 2))),
        "Dropout": (Dropout(0.5, rng=rng), rng.standard_normal((4, 6))),
        "L2Normalize": (L2Normalize(), rng.standard_normal((4, 5))),
        "BatchNorm 1-d": (BatchNorm(4, dtype=np.float64), rng.standard_normal((5, 4))),
        "BatchNorm 2-d": (BatchNorm(3, dtype=np.float64), rng.standard_normal((2, 3, 3, 4))),
        "GlobalAvgPool2D": (GlobalAvgPool2D(), rng.standard_normal((2, 3, 4, 3))),
        "Conv2D": (Conv2D(2, 3, 3, kernels=k, **more), rng.standard_normal((2, 2, 6, 5))),
        "Conv2D padding 1": (Conv2D(2, 3, 3, 1, 1, kernels=k, **more), rng.standard_normal((2, 2, 4, 5))),
        "Conv2D stride 2": (Conv2D(2, 2, (2, 3), 2, (0, 2), kernels=k, **more), rng.standard_normal((2, 2, 7, 6))),
        "Conv2D 9 images": (Conv2D(1, 2, 3, kernels=k, **more), rng.standard_normal((9, 1, 4, 5))),
        "MaxPool2D": (MaxPool2D(2, kernels=k), _spread((2, 2, 5, 4), rng)),
        "MaxPool2D overlapping": (MaxPool2D(3, 2, kernels=k), _spread((2, 2, 7, 6), rng)),
        "MaxPool2D same": (MaxPool2D(3, 2, "same", kernels=k), _spread((2, 2, 6, 5), rng)),
        "MaxPool2D 9 images": (MaxPool2D(2, kernels=k), _spread((9, 1, 4, 4), rng)),
    }


def _distance(rng: np.random.Generator) -> list[Comparison]:
    a, b, u = rng.standard_normal((4, 5)), rng.standard_normal((4, 5)), rng.standard_normal(4)
    da, db = distance.backward(u, a, b, distance.forward(a, b))

    def value() -> float:
        return float(np.sum(u * distance.forward(a, b)))

    return [compare("a", da, numeric_gradient(value, a)), compare("b", db, numeric_gradient(value, b))]


def _loss(power: int) -> list[Comparison]:
    loss = ContrastiveLoss(margin=1.0, power=power)
    d = np.array([0.1, 0.7, 1.6, 0.2, 0.9, 1.4])  # near, far and beyond the margin, for both kinds of pair
    same = np.array([True, True, True, False, False, False])
    return [compare("distance", loss.backward(d, same), numeric_gradient(lambda: loss.forward(d, same), d))]


def small_network(rng: np.random.Generator, k: ModuleType) -> Sequential:
    """One of each kind of layer, small enough to check every weight."""
    more = {"rng": rng, "dtype": np.float64}
    return Sequential(
        [
            Conv2D(1, 3, padding=1, kernels=k, **more),
            BatchNorm(3, dtype=np.float64),
            ReLU(),
            MaxPool2D(2, kernels=k),
            Dropout(0.25, rng=rng),
            Flatten(),
            Dense(3 * 3 * 2, 4, "glorot", **more),
            L2Normalize(),
        ]
    )


def _siamese(rng: np.random.Generator, k: ModuleType) -> list[Comparison]:
    """Images -> loss and all the way back, images that share pairs included."""
    network, loss = SiameseNetwork(small_network(rng, k)), ContrastiveLoss(margin=1.0)
    images = rng.standard_normal((4, 1, 6, 5))
    pairs = np.array([[0, 1], [2, 3], [0, 2], [1, 3], [0, 3]])
    same = np.array([True, True, False, False, False])
    dropout = rng.bit_generator.state

    def forward() -> np.ndarray:
        rng.bit_generator.state = dropout
        return network.forward(images, pairs, train=True)

    dimages = network.backward(loss.backward(forward(), same))
    analytic = {"images": dimages} | {name: grad.copy() for name, grad in network.tower.grads.items()}
    # before batch normalisation a bias has gradient 0, which a relative error can't judge: the tests ask for 0 itself
    del analytic["conv2d1.bias"]
    arrays = {"images": images} | network.tower.params
    return [
        compare(name, grad, numeric_gradient(lambda: loss.forward(forward(), same), arrays[name]))
        for name, grad in analytic.items()
    ]


def cases(kernels_name: str) -> dict[str, Callable[[], list[Comparison]]]:
    """Name of each case -> a function that checks it. A case always sees the same random numbers."""
    k = kernels.get(kernels_name)

    def layer_case(name: str) -> Callable[[], list[Comparison]]:
        def run() -> list[Comparison]:
            rng = np.random.default_rng(1)
            layer, x = layer_cases(rng, k)[name]
            return check_layer(layer, x, rng)

        return run

    return {name: layer_case(name) for name in layer_cases(np.random.default_rng(1), k)} | {
        "distance": lambda: _distance(np.random.default_rng(2)),
        "ContrastiveLoss": lambda: _loss(2),
        "ContrastiveLoss power 1": lambda: _loss(1),
        "SiameseNetwork": lambda: _siamese(np.random.default_rng(3), k),
    }


def rows(kernels_name: str) -> Iterator[tuple[str, Comparison]]:
    """(name of the case, comparison), one after another."""
    for name, run in cases(kernels_name).items():
        for comparison in run():
            yield name, comparison


def line(name: str, c: Comparison) -> str:
    """One row of the table; a failure shows where, and both values."""
    row = f"{name:24} {c.of:20} {str(c.shape):16} {c.error:9.1e}  {'correct' if c.correct else 'WRONG'}"
    if not c.correct:
        row += f"  at {c.index}: analytic {c.analytic:.6g}, numeric {c.numeric:.6g}"
    return row


def report(kernels_name: str = "numpy", as_json: bool = False) -> bool:
    """Print the table, or one JSON object, on standard output; True where every gradient is correct."""
    found = []
    if not as_json:
        print(f"{'layer':24} {'gradient of':20} {'shape':16} {'error':>9}  verdict   ({kernels_name} kernels)")
    for name, c in rows(kernels_name):
        found.append({"layer": name, "gradient_of": c.of, "shape": list(c.shape), "error": c.error,
                      "correct": c.correct, "index": list(c.index), "analytic": c.analytic,
                      "numeric": c.numeric})  # fmt: skip
        if not as_json:
            print(line(name, c), flush=True)
    wrong = sum(not row["correct"] for row in found)
    if as_json:
        print(json.dumps({"kernels": kernels_name, "tolerance": gradcheck.TOLERANCE, "wrong": wrong, "rows": found}))
    else:
        print(f"{len(found)} gradients, {wrong} wrong (an error below {gradcheck.TOLERANCE:.0e} is correct)")
    return wrong == 0


def main() -> None:
    """The command line of `python -m siamese_np.gradcheck [numpy|numba]`."""
    chosen = sys.argv[1:] or ["numpy"]
    if len(chosen) != 1 or chosen[0] not in kernels.NAMES:
        print("usage: python -m siamese_np.gradcheck [numpy|numba]", file=sys.stderr)
        sys.exit(2)
    sys.exit(0 if report(chosen[0]) else 1)
