"""Fusion: the same network with fewer passes over memory.

The readable layers make one pass each: the convolution writes its output, the ReLU reads and writes it, the pooling reads
it again. A step of blocks.py makes them at once, while the numbers are still in the cache, and keeps one small number
an output for the way back instead of whole arrays. `fuse` finds such runs of layers

    Conv2D, [BatchNorm], ReLU, MaxPool2D(2), [Dropout]          -> ConvPool
    [ReLU], BatchNorm                                           -> Norm
    Dense of very many weights                                  -> WideDense

and puts a step in the place of each. The network's layers, names and parameters stay what they are, and the same arrays:
training the fused network trains the readable one. Tests hold both equal, in outputs and in every gradient.
"""

import copy
from types import ModuleType

from siamese_np.blocks import ConvPool, Norm, WideDense
from siamese_np.layers import BatchNorm, Conv2D, Dense, Dropout, Layer, MaxPool2D, ReLU, Sequential

WIDE = 100_000  # weights from which on a Dense is worth more than one core


def fuse(network: Sequential, input_gradient: bool = False) -> Sequential:
    """The same network, run in fewer steps. It shares layers, parameters, gradients and state with `network`.

    Without `input_gradient` a ConvPool at the beginning does not compute dL/dimages, which no training needs, and
    backward returns None. What is no such run, or a network without compiled kernels, stays as it is.
    """
    chosen = [getattr(layer, "kernels", None) for layer in network.layers]
    kernels = next((k for k in chosen if hasattr(k, "conv_pool")), None)
    fused = copy.copy(network)
    fused.steps, at = [], 0
    while at < len(network.layers):
        step, length = _step_at(network.layers[at:], kernels, input_gradient or at > 0)
        fused.steps.append(step)
        at += length
    return fused


def _step_at(layers: list[Layer], kernels: ModuleType | None, input_gradient: bool) -> tuple[Layer, int]:
    """The step for the beginning of `layers`, and how many of them it stands for."""
    first, rest = layers[0], layers[1:]
    if kernels is None:
        return first, 1
    if isinstance(first, ReLU) and rest and isinstance(rest[0], BatchNorm):
        return Norm(rest[0], True, kernels), 2
    if isinstance(first, BatchNorm):
        return Norm(first, False, kernels), 1
    if isinstance(first, Dense) and first.params["weight"].size >= WIDE:
        return WideDense(first), 1
    if not isinstance(first, Conv2D) or first.kernels is not kernels:
        return first, 1
    norm = rest.pop(0) if rest and isinstance(rest[0], BatchNorm) else None
    walks = kernels.is_walk(first.kernel_size, first.stride, first.padding)
    if not walks or len(rest) < 2 or not isinstance(rest[0], ReLU) or not _pools_by_two(rest[1]):
        return first, 1
    dropout = rest[2] if len(rest) > 2 and isinstance(rest[2], Dropout) else None
    return ConvPool(first, norm, dropout, input_gradient), 3 + (norm is not None) + (dropout is not None)


def _pools_by_two(layer: Layer) -> bool:
    whole = isinstance(layer, MaxPool2D) and layer.config["padding"] == "valid"
    return whole and layer.pool_size == (2, 2) and layer.stride == (2, 2)
