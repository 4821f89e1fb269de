"""Fusion: the same network with fewer passes over memory.

The readable layers make one pass over memory each: the convolution writes its output, the ReLU reads and writes it, the
pooling reads it again. A fused layer (fused/) does the work of several layers while the numbers are still in the cache,
and keeps less for backward than they do. `fuse` finds the runs of layers

    Conv2D, [BatchNorm], ReLU, MaxPool2D(2), [Dropout]          -> ConvPool
    Conv2D alone                                                -> FusedConv
    [ReLU], BatchNorm                                           -> FusedNorm
    Dense of at least WIDE weights                              -> WideDense

and puts a fused layer in the place of each run. The network's layers, names and parameter arrays stay the same objects:
training the fused network trains the readable one. Tests hold the two equal, in outputs and in every gradient.
"""

import copy
from types import ModuleType

from siamese_np.fused import ConvPool, FusedConv, FusedNorm, WideDense
from siamese_np.layers import BatchNorm, Conv2D, Dense, Dropout, Layer, MaxPool2D, ReLU, Sequential

WIDE = 100_000  # a Dense with fewer weights is as fast on one core


def fuse(network: Sequential, input_gradient: bool = False) -> Sequential:
    """The same network with fused layers. It shares layers, parameters, gradients and state with `network`.

    Without `input_gradient` a convolution at the beginning does not compute dL/dimages, which no training needs, and
    backward returns None. Layers in no such run stay as they are, and so does a network without compiled kernels.
    """
    chosen = [getattr(layer, "kernels", None) for layer in network.layers]
    kernels = next((k for k in chosen if hasattr(k, "conv_pool")), None)
    fused = copy.copy(network)
    fused.run_layers, at = [], 0
    while at < len(network.layers):
        layer, length = _fuse_first(network.layers[at:], kernels, input_gradient or at > 0)
        fused.run_layers.append(layer)
        at += length
    return fused


def _fuse_first(layers: list[Layer], kernels: ModuleType | None, input_gradient: bool) -> tuple[Layer, int]:
    """The layer that stands for the beginning of `layers`, and the number of layers it stands for."""
    first, rest = layers[0], layers[1:]
    if kernels is None:
        return first, 1
    if isinstance(first, ReLU) and rest and isinstance(rest[0], BatchNorm):
        return FusedNorm(rest[0], True, kernels), 2
    if isinstance(first, BatchNorm):
        return FusedNorm(first, False, kernels), 1
    if isinstance(first, Dense) and first.params["weight"].size >= WIDE:
        return WideDense(first, kernels), 1
    if not isinstance(first, Conv2D) or first.kernels is not kernels:
        return first, 1
    norm = rest.pop(0) if rest and isinstance(rest[0], BatchNorm) else None
    on_phases = kernels.runs_on_phases(first.kernel_size, first.stride, first.padding)
    if not on_phases:
        return first, 1
    if len(rest) < 2 or not isinstance(rest[0], ReLU) or not _pools_by_two(rest[1]):
        return FusedConv(first, input_gradient), 1
    dropout = rest[2] if len(rest) > 2 and isinstance(rest[2], Dropout) else None
    return ConvPool(first, norm, dropout, input_gradient), 3 + (norm is not None) + (dropout is not None)


def _pools_by_two(layer: Layer) -> bool:
    """Whether it is a MaxPool2D over whole windows of 2 x 2 that do not overlap."""
    whole = isinstance(layer, MaxPool2D) and layer.config["padding"] == "valid"
    return whole and layer.pool_size == (2, 2) and layer.stride == (2, 2)
