"""The distance, the loss, and the shipped networks from images to loss and all the way back.

The networks are those of models.py with a few filters, in float64, plain with either kernels and fused. Each fused
network is checked as it trains, which is without the gradient of the images. The gradient of the images comes from the
same network fused with input_gradient=True.
"""

from collections.abc import Callable
from types import ModuleType

import numpy as np

from siamese_np import distance, kernels
from siamese_np.fusion import fuse
from siamese_np.gradcheck.cases import FUSED, PLAIN, Case
from siamese_np.gradcheck.check import Comparison, Question, replay, zero_gradients
from siamese_np.gradcheck.fused_cases import random_norm
from siamese_np.gradcheck.kinks import clear_input
from siamese_np.layers import BatchNorm, Sequential
from siamese_np.losses import ContrastiveLoss
from siamese_np.models import face_network, original_network
from siamese_np.siamese import SiameseNetwork

PAIRS = np.array([[0, 1], [2, 3], [0, 2], [1, 3], [0, 3]])  # images that are part of several pairs
SAME = np.array([True, True, False, False, False])


def small_original(rng: np.random.Generator, k: ModuleType) -> Sequential:
    """Two blocks, the second of which is Winograd's when fused; images (N, 1, 11, 12)."""
    return original_network(rng, k, (11, 12), filters=(4, 5), hidden=6, embedding=3, dtype=np.float64)


def small_face(rng: np.random.Generator, k: ModuleType) -> Sequential:
    """Three blocks, of which the last two are Winograd's when fused; images (N, 1, 17, 9)."""
    return face_network(rng, k, (17, 9), embedding=3, filters=(4, 5, 6), dtype=np.float64)


# Name of each network -> its function, the size of the images, and a margin that some of its distances exceed
NETWORKS = {
    "original_network": (small_original, (11, 12), 8.0),
    "face_network": (small_face, (17, 9), 1.0),
}


def distance_question() -> Question:
    """The distance of four pairs."""
    rng = np.random.default_rng(2)
    a, b, dd = rng.standard_normal((4, 5)), rng.standard_normal((4, 5)), rng.standard_normal(4)
    da, db = distance.backward(dd, a, b, distance.forward(a, b))
    return Question(lambda: float(np.sum(dd * distance.forward(a, b))), {"a": a, "b": b}, {"a": da, "b": db})


def loss_question(power: int) -> Question:
    """The loss of six pairs."""
    loss = ContrastiveLoss(margin=1.0, power=power)
    d = np.array([0.1, 0.7, 1.6, 0.2, 0.9, 1.4])  # near, far and beyond the margin, for both kinds of pair
    same = np.array([True, True, True, False, False, False])
    return Question(lambda: loss.forward(d, same), {"distance": d}, {"distance": loss.backward(d, same)})


def _randomise(network: Sequential, rng: np.random.Generator) -> None:
    """Biases that are not 0, and scales that are not 1, as after some training."""
    for layer in network.layers:
        if isinstance(layer, BatchNorm):
            fresh = random_norm(len(layer.params["weight"]), rng)
            for name, param in layer.params.items():
                param[...] = fresh.params[name]
        elif "bias" in layer.params:
            layer.params["bias"][...] = rng.standard_normal(layer.params["bias"].shape)


def network_question(name: str, k: ModuleType, fused: bool = False) -> Question:
    """A network of NETWORKS, from images to loss: its images and every parameter."""
    build, size, margin = NETWORKS[name]
    plain, rng = build(np.random.default_rng(3), k), np.random.default_rng(4)
    _randomise(plain, rng)
    loss, put_back = ContrastiveLoss(margin), replay(plain)

    def clear_of_the_loss(images: np.ndarray) -> float:
        put_back()
        d = SiameseNetwork(plain).forward(images, PAIRS, train=True)
        put_back()
        return float(min(d.min(), np.abs(d - margin).min()))

    images = clear_input(plain, lambda: 3 * rng.standard_normal((4, 1, *size)), clear_of_the_loss)

    def run(network: Sequential) -> tuple[float, np.ndarray | None]:
        """One training step without the optimiser: the loss, and dL/dimages."""
        put_back()
        siamese = SiameseNetwork(network)
        d = siamese.forward(images, PAIRS, train=True)
        return loss.forward(d, SAME), siamese.backward(loss.backward(d, SAME))

    dimages = run(fuse(plain, input_gradient=True) if fused else plain)[1].copy()
    trained = fuse(plain) if fused else plain
    run(trained)
    analytic = {"images": dimages} | {key: grad.copy() for key, grad in plain.grads.items()}
    zero = zero_gradients(plain)
    if "bias" in plain.layers[-1].params:  # it moves all embeddings alike, and distances do not see that
        zero |= {f"{plain.names[-1]}.bias": f"{plain.names[-1]}.weight"}
    least = {bias: float(np.abs(analytic[weight]).max()) for bias, weight in zero.items()}

    def value() -> float:
        put_back()
        return loss.forward(SiameseNetwork(trained).forward(images, PAIRS, train=True), SAME)

    return Question(value, {"images": images} | plain.params, analytic, least)


def _network_cases(kernels_name: str, fused: bool) -> list[Case]:
    k = kernels.get(kernels_name)
    implementation = FUSED if fused else PLAIN[kernels_name]
    return [Case(name, implementation, lambda name=name: network_question(name, k, fused).check()) for name in NETWORKS]


def cases(kernels_name: str) -> list[Case]:
    """Raises ImportError where the kernels are missing."""
    formulas: dict[str, Callable[[], list[Comparison]]] = {
        "distance": lambda: distance_question().check(),
        "ContrastiveLoss": lambda: loss_question(2).check(),
        "ContrastiveLoss power 1": lambda: loss_question(1).check(),
    }
    return [
        *(Case(name, PLAIN["numpy"], check) for name, check in formulas.items()),
        *_network_cases(kernels_name, fused=False),
        *(_network_cases(kernels_name, fused=True) if kernels_name == "numba" else []),
    ]
