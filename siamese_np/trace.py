"""A trace: one pass forward and one pass backward, of which every array is kept.

    images -> layer 1 -> ... -> layer n -> z -> pairs -> distance -> loss
           <-         <-     <-         <-   <-       <-          <-

Each of these is a `Step`: what went in (x), what came out (y), what came back (dy = dL/dy), what was passed on
(dx = dL/dx), and the gradient of each parameter. It runs on the readable layers, in float64 unless told otherwise, and on
a copy: the network that is traced keeps its weights, its gradients and its running statistics.

    for step in trace(network, images, pairs, loss):
        print(step)

As in a prediction (`train=False`), dropout does nothing and batch normalisation uses its running mean m and variance v,
which are constants, so that each image stands alone and the distance is the one that a prediction gives:

    y = w (x - m) / s + b            s = sqrt(v + eps)                              (1)
    dx = dy w / s                    dw = sum dy (x - m) / s         db = sum dy    (2)

As in a training step (`train=True`), the layers draw their masks and use the statistics of these very images.

The gradient of a weight is a sum over the images, since each image uses the weight: dw = sum_n (what image n adds). It is
linear in dy. So what image n adds is the gradient for a dy that is 0 for all other images (`Step.added_by`). For two images
these are the two branches of the Siamese network, and adding them up is what "shared weights" means.
"""

import copy
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from siamese_np import distance, weights
from siamese_np.layers import BatchNorm, Dropout, Layer, Sequential
from siamese_np.losses import ContrastiveLoss


@dataclass(frozen=True, eq=False)
class Step:
    """One step of a trace. N images, P pairs, D numbers per embedding:

        a layer    x, dx and y, dy as the layer has them; params, grads: copies of its parameters and their gradients
        pairs      x, dx (N, D), one row per image;       y, dy (P, 2, D), the two rows of each pair
        distance   x, dx (P, 2, D);                       y, dy (P,)
        loss       x, dx (P,);                            y (), the loss; dy (), which is 1

    name: as in the network ("conv2d1"), or "pairs", "distance", "loss". layer: the layer of the copy, or None.
    """

    name: str
    x: np.ndarray
    y: np.ndarray
    dy: np.ndarray
    dx: np.ndarray
    params: dict[str, np.ndarray] = field(default_factory=dict)
    grads: dict[str, np.ndarray] = field(default_factory=dict)
    layer: Layer | None = None

    def added_by(self, image: int) -> dict[str, np.ndarray]:
        """What image number `image` adds to the gradient of each parameter. Over all images this adds up to `grads`.

        Raises IndexError where there is no such image.
        """
        if not self.params:
            return {}
        alone = np.zeros_like(self.dy)
        alone[image] = self.dy[image]
        self.layer.forward(self.x, train=True)
        self.layer.backward(alone)
        return {name: grad.copy() for name, grad in self.layer.grads.items()}

    def __str__(self) -> str:
        """A table: shape, smallest and largest value, and share of zeros of each array of the step."""
        arrays = {"x": self.x, "y": self.y, **self.params, "dy": self.dy, "dx": self.dx}
        arrays |= {f"d{name}": grad for name, grad in self.grads.items()}
        lines = [f"{self.name:<12}{'shape':>18}{'min':>12}{'max':>12}{'zeros':>8}"]
        for name, array in arrays.items():
            shape = "x".join(map(str, array.shape)) or "one number"
            zeros = f"{np.mean(array == 0):.0%}"
            lines.append(f"  {name:<10}{shape:>18}{array.min():>12.4g}{array.max():>12.4g}{zeros:>8}")
        return "\n".join(lines) + "\n"


def trace(
    network: Sequential,
    images: np.ndarray,
    pairs: np.ndarray | Sequence[tuple[int, int]],
    loss: ContrastiveLoss,
    same: np.ndarray | bool = True,
    *,
    train: bool = False,
    dtype: np.dtype | type = np.float64,
) -> tuple[Step, ...]:
    """The steps from the images to the loss, in the order of the pass forward.

    images (N, C, H, W); pairs (P, 2): row numbers of images; same (P,): whether a pair shows one person, or one bool for
    all pairs; train: as in a training step, or as in a prediction. dtype: float32 or float64. Raises what the layers raise
    for images that do not fit, and IndexError for a pair of images that are not there.
    """
    pairs = np.asarray(pairs).reshape(-1, 2)
    same = np.broadcast_to(np.asarray(same), len(pairs)).copy()
    plain = _copy(network, train, dtype)
    y = np.asarray(images, dtype)
    forward = []
    for layer in plain.layers:
        x, y = y, layer.forward(y, train=True)
        forward.append((x, y))
    both = y[pairs]  # (P, 2, D)
    d = distance.forward(both[:, 0], both[:, 1])
    value = loss.forward(d, same)

    dd = loss.backward(d, same)
    dboth = np.stack(distance.backward(dd, both[:, 0], both[:, 1], d), axis=1)
    dy = np.zeros_like(y)
    np.add.at(dy, pairs, dboth)  # (3) of siamese.py
    steps = [
        Step("loss", d, np.array(value, dtype), np.ones((), dtype), dd),
        Step("distance", both, d, dd, dboth),
        Step("pairs", y, both, dboth, dy),
    ]
    for name, layer, (x, y) in reversed(list(zip(plain.names, plain.layers, forward, strict=True))):
        dx = layer.backward(dy)
        params, grads = ({key: array.copy() for key, array in values.items()} for values in (layer.params, layer.grads))
        steps.append(Step(name, x, y, dy, dx, params, grads, layer))
        dy = dx
    return tuple(reversed(steps))


class FixedNorm(Layer):
    """A BatchNorm with its running statistics: (N, C) or (N, C, H, W) -> the same shape. params: weight, bias (C,).

    mean and s (C,): m and s of (1).
    """

    def __init__(self, norm: BatchNorm) -> None:
        super().__init__(**norm.config)
        for name, value in norm.params.items():
            self.add_param(name, value.copy())
        m, v = norm.state["running_mean"], norm.state["running_var"]
        self.mean, self.s = m, np.sqrt(v + v.dtype.type(norm.config["eps"]))

    def forward(self, x: np.ndarray, train: bool = False) -> np.ndarray:
        m, s, w, b = (self._along(x, values) for values in (self.mean, self.s, *self.params.values()))
        h = (x - m) / s
        if train:
            self.remember(h)
        return w * h + b  # (1)

    def backward(self, dy: np.ndarray) -> np.ndarray:
        (h,) = self.recall()
        axes = (0, *range(2, dy.ndim))
        self.grads["weight"][...] = np.sum(dy * h, axes)
        self.grads["bias"][...] = np.sum(dy, axes)
        return dy * self._along(dy, self.params["weight"] / self.s)  # (2)

    @staticmethod
    def _along(x: np.ndarray, values: np.ndarray) -> np.ndarray:
        """(C,) in a shape that broadcasts along the channels of x."""
        return values.reshape(-1, *(1,) * (x.ndim - 2))


def _copy(network: Sequential, train: bool, dtype: np.dtype | type) -> Sequential:
    """The network on plain layers, with weights, statistics and generators of its own; without `train`, as it predicts."""
    plain = weights.build(weights.architecture(network), dtype=dtype)
    generators: dict[int, np.random.Generator] = {}  # layers that share a generator share its copy
    for layer, original in zip(plain.layers, network.layers, strict=True):
        for of in ("params", "state"):
            for name, values in getattr(original, of).items():
                getattr(layer, of)[name][...] = values
        if isinstance(layer, Dropout):
            layer.rng = generators.setdefault(id(original.rng), copy.deepcopy(original.rng))
    if not train:
        plain.layers = [
            FixedNorm(layer) if isinstance(layer, BatchNorm) else Dropout(0, rng=layer.rng) if isinstance(layer, Dropout)
            else layer for layer in plain.layers
        ]  # fmt: skip
    return plain
