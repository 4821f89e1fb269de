"""Fusion: the same network with fewer passes over memory.

The readable layers make one pass each: the convolution writes its output, the ReLU reads and writes it, the pooling reads
it again. A block makes them at once, while the numbers are still in the cache, and keeps one byte an output for the way
back instead of whole arrays. `fuse` finds such runs of layers

    Conv2D, [BatchNorm], ReLU, MaxPool2D(2), [Dropout]

and puts a block in the place of each. The network's layers, names and parameters stay what they are, and the same
arrays: training the fused network trains the readable one. Tests hold both equal, in outputs and in every gradient.

With batch normalisation (layers/batchnorm.py): z = scale y + shift, scale = w / s, shift = b - w m / s, and y the output of
the convolution. Its gradient (6), with h = (y - m) / s written out, is linear in dz and y,

    dy[i] = factor dz[i] + slope y[i] + offset                                      (1)
    factor = w / s      slope = -factor dw / (M s)      offset = -factor db / M - slope m

where dz is the pooled gradient at the winners and 0 elsewhere, and so are the sums that dw and db need:

    db = sum dz         dw = (sum dz y - m sum dz) / s                              (2)

Mean and variance of the batch come from those of its planes, of n entries each, without cancellation (Chan et al. 1979):

    m = mean of m_p      M v = sum_p [ d_p + n (m_p - m)^2 ]                        (3)
"""

import copy

import numpy as np

from siamese_np.layers import BatchNorm, Conv2D, Dropout, Layer, MaxPool2D, ReLU, Sequential


class Block(Layer):
    """One run of layers as one step. It holds no parameters of its own: it reads and fills those of its layers."""

    def __init__(self, conv: Conv2D, norm: BatchNorm | None, dropout: Dropout | None, input_gradient: bool) -> None:
        super().__init__()
        self.conv, self.norm, self.dropout, self.input_gradient = conv, norm, dropout, input_gradient
        self.kernels = conv.kernels
        self._room: dict[str, np.ndarray] = {}

    def forward(self, x: np.ndarray, train: bool = False) -> np.ndarray:
        weight, bias = self.conv.params["weight"], self.conv.params["bias"]
        self.conv.expect(x, "N", weight.shape[1], "H", "W")
        x = np.ascontiguousarray(x)
        size = tuple(n + 2 * pad - k + 1 for n, pad, k in zip(x.shape[2:], self.conv.padding, weight.shape[2:]))
        pooled = (len(x), len(weight), size[0] // 2, size[1] // 2)
        if min(pooled[2:]) < 1:
            raise ValueError(f"Conv2D and MaxPool2D do not fit into an input of {x.shape}")
        if not train:
            return self._infer(x, weight, bias, pooled)
        p, code = self._buffer("p", pooled, x.dtype), self._buffer("code", pooled, np.uint8)
        drawn, dropped, keep = self._draw(pooled)
        y = None
        if self.norm is None:
            self.kernels.conv_pool(x, weight, bias, self.conv.padding, drawn, dropped, keep, p, code)
            moments = None
        else:
            y = self._buffer("y", (*pooled[:2], *size), x.dtype)
            m, s = moments = self._normalise(x, weight, bias, y)
            scale = self.norm.params["weight"] / s
            shift = self.norm.params["bias"] - scale * m
            self.kernels.norm_pool(y, scale, shift, drawn, dropped, keep, p, code)
        self.remember(x, y, moments, size, keep)
        return p

    def backward(self, dp: np.ndarray) -> np.ndarray | None:
        x, y, moments, size, keep = self.recall()
        dp, code = np.ascontiguousarray(dp), self._room["code"]
        weight, grads = self.conv.params["weight"], self.conv.grads
        filters = len(weight)
        dx = self._buffer("dx", x.shape if self.input_gradient else (0, *x.shape[1:]), x.dtype)
        factor, slope, offset = np.full(filters, keep, x.dtype), np.zeros(filters, x.dtype), np.zeros(filters, x.dtype)
        if self.norm is None:
            y = np.empty((0, filters, *size), x.dtype)
        else:
            factor, slope, offset = self._normalise_backward(dp, code, y, *moments, keep)
        self.kernels.block_backward(
            dp, code, x, y, factor, slope, offset, weight, self.conv.padding, size, dx, grads["weight"], grads["bias"]
        )
        return dx if self.input_gradient else None

    def _infer(self, x: np.ndarray, weight: np.ndarray, bias: np.ndarray, pooled: tuple[int, ...]) -> np.ndarray:
        """Without training batch normalisation is a scale and a shift, which the convolution's weights can take over."""
        if self.norm is not None:
            mean, var = self.norm.state["running_mean"], self.norm.state["running_var"]
            scale = self.norm.params["weight"] / np.sqrt(var + x.dtype.type(self.norm.config["eps"]))
            weight = weight * scale[:, None, None, None]
            bias = scale * (bias - mean) + self.norm.params["bias"]
        p, code = np.empty(pooled, x.dtype), np.empty(pooled, np.uint8)
        nothing = np.broadcast_to(np.uint8(0), pooled)
        self.kernels.conv_pool(x, weight, bias, self.conv.padding, np.ascontiguousarray(nothing), 0, 1, p, code)
        return p

    def _normalise(self, x: np.ndarray, weight: np.ndarray, bias: np.ndarray, y: np.ndarray) -> tuple:
        """The convolution's output into y; mean m and deviation s of each filter (F,) over the batch."""
        means = self._buffer("means", y.shape[:2], x.dtype)
        deviations = self._buffer("deviations", y.shape[:2], x.dtype)
        self.kernels.conv_moments(x, weight, bias, self.conv.padding, y, means, deviations)
        n = y.shape[2] * y.shape[3]
        m = means.mean(0, dtype=np.float64)
        v = (deviations.sum(0, dtype=np.float64) + n * np.square(means - m).sum(0)) / (n * len(y))  # (3)
        return self.norm.follow(m.astype(x.dtype), v.astype(x.dtype), n * len(y))

    def _normalise_backward(self, dp, code, y, m, s, keep) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """factor, slope and offset of (1), the dropout's scale taken in; fills the gradients of batch normalisation."""
        first, second = self._buffer("first", y.shape[:2], y.dtype), self._buffer("second", y.shape[:2], y.dtype)
        self.kernels.pool_sums(dp, code, y, first, second)
        entries = y.size // y.shape[1]
        db = keep * first.sum(0, dtype=np.float64)
        dw = (keep * second.sum(0, dtype=np.float64) - m * db) / s  # (2)
        self.norm.grads["weight"][...], self.norm.grads["bias"][...] = dw, db
        factor = self.norm.params["weight"] / s
        slope = -factor * dw / (entries * s)
        offset = -factor * db / entries - slope * m  # (1)
        return tuple(np.asarray(a, y.dtype) for a in (factor * keep, slope, offset))

    def _draw(self, shape: tuple[int, ...]) -> tuple[np.ndarray, int, float]:
        """Random bytes as Dropout draws them, how many of their values drop, and the scale of what is kept."""
        if self.dropout is None:
            return self._buffer("drawn", shape, np.uint8), 0, 1.0
        dropped = self.dropout.dropped_bytes
        drawn = np.frombuffer(self.dropout.rng.bytes(int(np.prod(shape))), np.uint8).reshape(shape)
        return drawn, dropped, 256 / (256 - dropped)

    def _buffer(self, name: str, shape: tuple[int, ...], dtype) -> np.ndarray:
        """Room that is made once for a batch size, and is the same in the next step."""
        room = self._room.get(name)
        if room is None or room.shape != shape or room.dtype != dtype:
            room = self._room[name] = np.zeros(shape, dtype)
        return room


def fuse(network: Sequential, input_gradient: bool = False) -> Sequential:
    """The same network, run in blocks. It shares layers, parameters, gradients and state with `network`.

    Without `input_gradient` a block at the beginning does not compute dL/dimages, which no training needs, and backward
    returns None. What is not a run of such layers, or does not use the compiled kernels, stays as it is.
    """
    layers, steps = network.layers, []
    at = 0
    while at < len(layers):
        block, length = _block_at(layers, at, input_gradient or at > 0)
        steps.append(block or layers[at])
        at += length if block else 1
    fused = copy.copy(network)
    fused.steps = steps
    return fused


def _block_at(layers: list[Layer], at: int, input_gradient: bool) -> tuple[Block | None, int]:
    """The block that begins at a layer, and how many layers it takes the place of."""
    conv, rest = layers[at], layers[at + 1 :]
    if not isinstance(conv, Conv2D) or not hasattr(conv.kernels, "conv_pool"):
        return None, 1
    if not conv.kernels.is_walk(conv.kernel_size, conv.stride, conv.padding):
        return None, 1
    norm = rest.pop(0) if rest and isinstance(rest[0], BatchNorm) else None
    if len(rest) < 2 or not isinstance(rest[0], ReLU) or not _pools_by_two(rest[1]):
        return None, 1
    dropout = rest[2] if len(rest) > 2 and isinstance(rest[2], Dropout) else None
    return Block(conv, norm, dropout, input_gradient), 3 + (norm is not None) + (dropout is not None)


def _pools_by_two(layer: Layer) -> bool:
    whole = isinstance(layer, MaxPool2D) and layer.config["padding"] == "valid"
    return whole and layer.pool_size == (2, 2) and layer.stride == (2, 2)
