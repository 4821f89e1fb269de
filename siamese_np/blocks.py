"""The steps of a fused network (see fusion.py): several layers at once, through the compiled kernels.

With batch normalisation (layers/batchnorm.py): z = scale y + shift, scale = w / s, shift = b - w m / s, where y goes into
it. Its gradient (6), with h = (y - m) / s written out, is linear in dz and y,

    dy[i] = factor dz[i] + slope y[i] + offset                                      (1)
    factor = w / s      slope = -factor dw / (M s)      offset = -factor db / M - slope m

and so are the sums that dw and db need:

    db = sum dz         dw = (sum dz y - m sum dz) / s                              (2)

Mean and variance of the batch's M entries come from those of its parts, of n_p entries each, without cancellation (Chan et
al. 1979):

    M m = sum_p n_p m_p      M v = sum_p [ d_p + n_p (m_p - m)^2 ]                  (3)

In a block with pooling, dz is the pooled gradient at the winners and 0 elsewhere.
"""

import numpy as np

from siamese_np import threads
from siamese_np.layers import BatchNorm, Conv2D, Dense, Dropout, Layer


class Step(Layer):
    """A step holds no parameters of its own: it reads and fills those of its layers. Its buffers are made once."""

    def __init__(self) -> None:
        super().__init__()
        self.room: dict[str, np.ndarray] = {}

    def buffer(self, name: str, shape: tuple[int, ...], dtype) -> np.ndarray:
        """Room that is made once for a batch size, and is the same in the next step."""
        room = self.room.get(name)
        if room is None or room.shape != shape or room.dtype != dtype:
            room = self.room[name] = np.zeros(shape, dtype)
        return room


def batch_moments(norm: BatchNorm, means: np.ndarray, deviations: np.ndarray, n: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean m and deviation s of each channel (C,) from those of its parts (P, C) of n (P,) entries; the running values
    follow."""
    entries, n = int(n.sum()), n[:, None].astype(np.float64)
    m = (n * means).sum(0) / entries
    v = (deviations + n * np.square(means - m)).sum(0) / entries  # (3)
    return norm.follow(m.astype(means.dtype), v.astype(means.dtype), entries)


def scale_and_shift(norm: BatchNorm, m: np.ndarray, s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    scale = norm.params["weight"] / s
    return scale, norm.params["bias"] - scale * m


def running_moments(norm: BatchNorm) -> tuple[np.ndarray, np.ndarray]:
    """m and s for inference."""
    var = norm.state["running_var"]
    return norm.state["running_mean"], np.sqrt(var + var.dtype.type(norm.config["eps"]))


def line_of_gradient(
    norm: BatchNorm, m: np.ndarray, s: np.ndarray, first: np.ndarray, second: np.ndarray, entries: int, keep: float = 1.0
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """factor, slope and offset of (1), from the sums of dz and of dz y of each plane (N, C); fills the layer's gradients.

    keep: a scale on dz (that of dropout), which goes into all of them.
    """
    db = keep * first.sum(0, dtype=np.float64)
    dw = (keep * second.sum(0, dtype=np.float64) - m * db) / s  # (2)
    norm.grads["weight"][...], norm.grads["bias"][...] = dw, db
    factor = norm.params["weight"] / s
    slope = -factor * dw / (entries * s)
    offset = -factor * db / entries - slope * m  # (1)
    return tuple(np.asarray(a, first.dtype) for a in (factor * keep, slope, offset))


class ConvPool(Step):
    """Conv2D, [BatchNorm], ReLU, MaxPool2D(2), [Dropout]."""

    def __init__(self, conv: Conv2D, norm: BatchNorm | None, dropout: Dropout | None, input_gradient: bool) -> None:
        super().__init__()
        self.conv, self.norm, self.dropout, self.input_gradient = conv, norm, dropout, input_gradient
        self.kernels = conv.kernels

    def forward(self, x: np.ndarray, train: bool = False) -> np.ndarray:
        weight, bias = self.conv.params["weight"], self.conv.params["bias"]
        self.conv.expect(x, "N", weight.shape[1], "H", "W")
        x = np.ascontiguousarray(x)
        size = tuple(n + 2 * pad - k + 1 for n, pad, k in zip(x.shape[2:], self.conv.padding, weight.shape[2:]))
        pooled = (len(x), len(weight), size[0] // 2, size[1] // 2)
        if min(size) < 2:
            raise ValueError(f"Conv2D and MaxPool2D do not fit into an input of {x.shape}")
        if not train:
            return self._infer(x, weight, bias, pooled)
        lay = self.kernels.layout(x.shape, self.conv.padding)
        code = self.buffer("code", (lay.stacks, pooled[1], lay.length), np.int32)
        p = self.buffer("p", pooled, x.dtype)
        drawn, dropped, keep = self._draw(pooled)
        y = moments = None
        if self.norm is None:
            self.kernels.conv_pool(x, weight, bias, self.conv.padding, lay, drawn, dropped, keep, p, code)
        else:
            y = self.buffer("y", (lay.stacks, pooled[1], 2, 2, lay.length), x.dtype)
            means, deviations = (self.buffer(name, code.shape[:2], x.dtype) for name in ("means", "deviations"))
            self.kernels.conv_moments(x, weight, bias, self.conv.padding, lay, size, y, means, deviations)
            images = np.minimum(lay.images, len(x) - lay.images * np.arange(lay.stacks))
            moments = batch_moments(self.norm, means, deviations, images * size[0] * size[1])
            won = self.buffer("won", code.shape, x.dtype)
            self.kernels.norm_pool(y, *scale_and_shift(self.norm, *moments), lay, drawn, dropped, keep, p, code, won)
        self.remember(x, y, moments, lay, size, keep)
        return p

    def backward(self, dp: np.ndarray) -> np.ndarray | None:
        x, y, moments, lay, size, keep = self.recall()
        dp, code = np.ascontiguousarray(dp), self.room["code"]
        weight, grads = self.conv.params["weight"], self.conv.grads
        filters = len(weight)
        dx = self.buffer("dx", x.shape if self.input_gradient else (0, *x.shape[1:]), x.dtype)
        if self.norm is None:
            y = np.empty((0, filters, 2, 2, 0), x.dtype)
            line = (np.full(filters, keep, x.dtype), np.zeros(filters, x.dtype), np.zeros(filters, x.dtype))
        else:
            first, second = (self.buffer(name, code.shape[:2], y.dtype) for name in ("first", "second"))
            self.kernels.pool_sums(dp, code, self.room["won"], lay, first, second)
            line = line_of_gradient(self.norm, *moments, first, second, len(x) * size[0] * size[1], keep)
        self.kernels.block_backward(
            dp, code, x, y, *line, weight, self.conv.padding, lay, size, dx, grads["weight"], grads["bias"]
        )
        return dx if self.input_gradient else None

    def _infer(self, x: np.ndarray, weight: np.ndarray, bias: np.ndarray, pooled: tuple[int, ...]) -> np.ndarray:
        """Without training batch normalisation is a scale and a shift, which the convolution's weights can take over."""
        if self.norm is not None:
            scale, shift = scale_and_shift(self.norm, *running_moments(self.norm))
            weight, bias = weight * scale[:, None, None, None], scale * bias + shift
        lay = self.kernels.layout(x.shape, self.conv.padding)
        p, code = np.empty(pooled, x.dtype), np.empty((lay.stacks, pooled[1], lay.length), np.int32)
        self.kernels.conv_pool(x, weight, bias, self.conv.padding, lay, np.zeros(pooled, np.uint8), 0, 1, p, code)
        return p

    def _draw(self, shape: tuple[int, ...]) -> tuple[np.ndarray, int, float]:
        """Random bytes as Dropout draws them, how many of their values drop, and the scale of what is kept."""
        if self.dropout is None:
            return self.buffer("drawn", shape, np.uint8), 0, 1.0
        dropped = self.dropout.dropped_bytes
        drawn = np.frombuffer(self.dropout.rng.bytes(int(np.prod(shape))), np.uint8).reshape(shape)
        return drawn, dropped, 256 / (256 - dropped)


class WideDense(Step):
    """Dense, its columns shared out to the cores. The numbers cite layers/dense.py.

    A batch in so many parts, however many cores there are: products of other shapes would be rounded otherwise.
    """

    PARTS = 4

    def __init__(self, dense: Dense) -> None:
        super().__init__()
        self.dense = dense

    def forward(self, x: np.ndarray, train: bool = False) -> np.ndarray:
        weight = self.dense.params["weight"]
        self.dense.expect(x, "N", len(weight))
        shape = (len(x), weight.shape[1])
        y = self.buffer("y", shape, x.dtype) if train else np.empty(shape, x.dtype)

        if len(x) <= threads.FEW_IMAGES:
            np.matmul(x, weight, out=y)  # (1)
        else:
            threads.each(lambda part: np.matmul(x, weight[:, part], out=y[:, part]), self._parts(shape[1]))
        y += self.dense.params["bias"]
        if train:
            self.remember(x)
        return y

    def backward(self, dy: np.ndarray) -> np.ndarray:
        (x,) = self.recall()
        weight, grads = self.dense.params["weight"], self.dense.grads
        dx = self.buffer("dx", x.shape, x.dtype)

        def inputs(part: slice) -> None:
            np.matmul(x[:, part].T, dy, out=grads["weight"][part])  # (2)
            np.matmul(dy, weight[part].T, out=dx[:, part])  # (4)

        threads.each(inputs, self._parts(x.shape[1]))
        np.sum(dy, axis=0, out=grads["bias"])  # (3)
        return dx

    def _parts(self, number: int) -> list[slice]:
        bounds = [k * number // self.PARTS for k in range(self.PARTS + 1)]
        return [slice(first, last) for first, last in zip(bounds, bounds[1:])]


class Norm(Step):
    """[ReLU], BatchNorm; a vector is a feature map of one place."""

    def __init__(self, norm: BatchNorm, relu: bool, kernels) -> None:
        super().__init__()
        self.norm, self.relu, self.kernels = norm, relu, kernels

    def forward(self, x: np.ndarray, train: bool = False) -> np.ndarray:
        self.norm.expect(x, "N", len(self.norm.params["weight"]), *"HW"[: max(x.ndim - 2, 0)])
        planes = np.ascontiguousarray(x).reshape(*x.shape[:2], -1)
        if not train:
            y = np.empty(x.shape, x.dtype)
            moments = running_moments(self.norm)
        else:
            y = self.buffer("y", x.shape, x.dtype)
            means, deviations = (self.buffer(name, x.shape[:2], x.dtype) for name in ("means", "deviations"))
            self.kernels.norm_moments(planes, self.relu, means, deviations)
            moments = batch_moments(self.norm, means, deviations, np.full(len(planes), planes.shape[2]))
            self.remember(planes, moments, x.shape)
        self.kernels.norm_apply(planes, self.relu, *scale_and_shift(self.norm, *moments), y.reshape(planes.shape))
        return y

    def backward(self, dy: np.ndarray) -> np.ndarray:
        planes, moments, shape = self.recall()
        upstream = np.ascontiguousarray(dy).reshape(planes.shape)
        first, second = (self.buffer(name, shape[:2], dy.dtype) for name in ("first", "second"))
        self.kernels.norm_sums(upstream, planes, self.relu, first, second)
        line = line_of_gradient(self.norm, *moments, first, second, planes.size // planes.shape[1])
        dx = self.buffer("dx", shape, dy.dtype)
        self.kernels.norm_combine(upstream, planes, self.relu, *line, dx.reshape(planes.shape))
        return dx
