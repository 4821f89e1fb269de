"""siamese-np with compiled kernels and fused layers: what a user gets."""

from types import ModuleType

import numpy as np

from benchmarks import networks
from benchmarks.cases import Case, batch
from benchmarks.contenders import Prepared, Settings
from benchmarks.networks import Network, walk
from siamese_np import fusion, kernels, layers
from siamese_np.layers import Layer, Sequential
from siamese_np.losses import ContrastiveLoss
from siamese_np.optimizers import OPTIMIZERS
from siamese_np.siamese import SiameseNetwork


def use_threads(threads: int) -> None:
    """Nothing to do: Numba and BLAS read the environment, and siamese-np makes them share the cores."""


def settings(case: Case) -> Settings:
    return {"fused": lambda: prepare(case, fused(build(case.network, "numba")), kernels.get("numba"))}


def fused(network: Sequential) -> Sequential:
    """The network as it runs in a training."""
    return fusion.fuse(network)


def build(network: Network, kernels_name: str) -> Sequential:
    """The network from siamese-np's layers, one by one."""
    rng = np.random.default_rng(0)
    kernel = kernels.get(kernels_name)

    def layer(part: networks.Part, before: networks.Shape) -> Layer:
        match part:
            case networks.Conv(filters, padding):
                return layers.Conv2D(before[0], filters, padding=padding, rng=rng, kernels=kernel)
            case networks.Dense(units):
                return layers.Dense(before[0], units, rng=rng)
            case networks.Dropout(rate):
                return layers.Dropout(rate, rng=rng)
            case networks.BatchNorm(momentum, eps):
                return layers.BatchNorm(before[0], momentum, eps)
            case networks.MaxPool():
                return layers.MaxPool2D(networks.POOL, kernels=kernel)
        plain = {
            networks.ReLU: layers.ReLU,
            networks.AveragePool: layers.GlobalAvgPool2D,
            networks.Flatten: layers.Flatten,
            networks.L2Normalize: layers.L2Normalize,
        }
        return plain[type(part)]()

    return Sequential([layer(part, before) for part, before, _ in walk(network)])


def prepare(case: Case, tower: Sequential, chosen: ModuleType) -> Prepared:
    images, same = batch(case)
    parameters = tower.flat_params.size
    if case.kind == "embed":
        return Prepared(lambda: tower.forward(images), parameters)
    siamese, loss = SiameseNetwork(tower), ContrastiveLoss()
    optimizer = OPTIMIZERS[case.network.optimizer](
        tower.flat_params, tower.flat_grads, case.network.rate, kernels=chosen
    )
    first = np.arange(len(same))
    pairs = np.stack([first, first + len(same)], axis=1)

    def step() -> float:
        d = siamese.forward(images, pairs, train=True)
        value = loss.forward(d, same)
        siamese.backward(loss.backward(d, same))
        optimizer.step()
        return value

    return Prepared(step, parameters)
