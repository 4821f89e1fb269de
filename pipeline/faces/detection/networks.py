"""P-Net, R-Net and O-Net: the three small networks of MTCNN (Zhang, Zhang, Li and Qiao 2016), built of our own layers.

Each is shown a square of the photo and answers two questions; O-Net answers three:

    is this a face?               two numbers, whose softmax gives the probability p of "face"
    where is it exactly?          four numbers: the shift of each edge of the square, in units of its side
    where are eyes, nose, mouth?  five points, in units of the square's side                          (O-Net only)

    P-Net   sees 12 x 12,  6,632 weights    proposes: fast, often wrong; it sees every place of the photo at every size
    R-Net   sees 24 x 24,  100,178          refines: it checks the squares that P-Net took for a face
    O-Net   sees 48 x 48,  389,040          the output: it carefully checks the remaining squares

Nine places in ten are not a face, and the cheapest network rejects them. The expensive one sees only a few dozen
squares. This is called a cascade, and it is the reason for the speed.

P-Net has no dense layer, only convolutions, and so it has no fixed input size. On a picture of H x W it gives what it
would give on every 12 x 12 square of it, two pixels apart, and the squares share their work. Along one axis of n
pixels:

    conv 3    n - 2
    pool 2    ceil((n - 2) / 2)        from here on neighbours are two pixels apart: the stride of P-Net is 2
    conv 3    ... - 2
    conv 3    ... - 2                  n = 12 gives 10, 5, 3, 1: one answer per square, so the cell of P-Net is 12
    answers = ceil((n - 2) / 2) - 4                                                                (2)

Answer i stands for the pixels 2 i to 2 i + 11 of the axis. Where n is odd, the last of them lies beyond the edge: the
pooling takes a half window there. boxes.py turns answers into boxes.

The weights have Keras's layout (KH, KW, C, F) and are transposed to ours, (F, C, KH, KW). Before its dense layers the
original flattens (W, H, C), columns first. Our Flatten takes (C, H, W), so the rows of that weight matrix are
reordered.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from siamese_np.layers import Conv2D, Dense, Flatten, MaxPool2D, PReLU, Sequential
from siamese_np.layers.base import Layer

PNET_SIDE, RNET_SIDE, ONET_SIDE = 12, 24, 48


@dataclass(frozen=True)
class Network:
    """A trunk of layers, and the heads that follow it: `face`, `shift`, and in O-Net also `points`."""

    trunk: Sequential
    heads: dict[str, Layer]

    def answer(self, x: np.ndarray) -> dict[str, np.ndarray]:
        """x (N, 3, H, W) float32 from `normal` -> for each head (N, numbers), or (N, numbers, OH, OW) for P-Net.

        "face" is only the probability p: (N,), or (N, OH, OW) for P-Net.
        """
        features = self.features(x)
        answers = {name: self.ask(name, features) for name in self.heads}
        return answers | {"face": face_probability(answers["face"])}

    def features(self, x: np.ndarray) -> np.ndarray:
        """The output of the trunk for x."""
        return self.trunk.forward(x)

    def ask(self, head: str, features: np.ndarray) -> np.ndarray:
        """The output of a head for features, all of them or some."""
        return self.heads[head].forward(features)


def normal(colours: np.ndarray) -> np.ndarray:
    """Colours from 0 to 255 -> about -1 to 1, float32, as in the training of the networks."""
    return (colours - np.float32(127.5)) / np.float32(128)


def face_probability(logits: np.ndarray) -> np.ndarray:
    """The second part of the softmax of two numbers (no face, face) on axis 1:

        p = exp(b - m) / (exp(a - m) + exp(b - m)),    m = max(a, b)                    (1)

    m does not change the value, but keeps exp from overflowing. Near p = 1 float32 has few numbers, so rounding decides
    which of two confident boxes has the larger p. This form is rounded as in other frameworks, unlike the shorter form
    1 / (1 + exp(a - b)).
    """
    largest = logits.max(axis=1)
    no_face, face = np.exp(logits[:, 0] - largest), np.exp(logits[:, 1] - largest)
    return face / (no_face + face)  # (1)


def pnet(arrays: list[np.ndarray]) -> Network:
    """(N, 3, H, W), with H and W of at least 11 -> answers on a grid, whose size is derived above."""
    make = _Maker(arrays)
    trunk = [
        *make.conv(3, 10, 3), MaxPool2D(2, padding="same"),
        *make.conv(10, 16, 3),
        *make.conv(16, 32, 3),
    ]  # fmt: skip
    return make.network(trunk, shift=make.conv(32, 4, 1, linear=True), face=make.conv(32, 2, 1, linear=True))


def rnet(arrays: list[np.ndarray]) -> Network:
    """(N, 3, 24, 24) -> face (N,), shift (N, 4)."""
    make = _Maker(arrays)
    trunk = [
        *make.conv(3, 28, 3), MaxPool2D(3, 2, "same"),
        *make.conv(28, 48, 3), MaxPool2D(3, 2),
        *make.conv(48, 64, 2),
        Flatten(), *make.dense_after_flatten(64, 3, 128),
    ]  # fmt: skip
    return make.network(trunk, shift=make.dense(128, 4), face=make.dense(128, 2))


def onet(arrays: list[np.ndarray]) -> Network:
    """(N, 3, 48, 48) -> face (N,), shift (N, 4), points (N, 10): the five x, then the five y."""
    make = _Maker(arrays)
    trunk = [
        *make.conv(3, 32, 3), MaxPool2D(3, 2, "same"),
        *make.conv(32, 64, 3), MaxPool2D(3, 2),
        *make.conv(64, 64, 3), MaxPool2D(2, padding="same"),
        *make.conv(64, 128, 2),
        Flatten(), *make.dense_after_flatten(128, 3, 256),
    ]  # fmt: skip
    return make.network(trunk, shift=make.dense(256, 4), points=make.dense(256, 10), face=make.dense(256, 2))


class _Maker:
    """Makes layers and fills them with the next arrays of the list."""

    def __init__(self, arrays: list[np.ndarray]) -> None:
        self.arrays: Iterator[np.ndarray] = iter(arrays)
        self.rng = np.random.default_rng(0)  # a layer needs it for its first weights, which are replaced at once

    def conv(self, channels: int, filters: int, side: int, linear: bool = False) -> list[Layer]:
        layer = Conv2D(channels, filters, side, rng=self.rng)
        self._fill(layer, weight=next(self.arrays).transpose(3, 2, 0, 1), bias=next(self.arrays))
        return [layer] if linear else [layer, self._prelu(filters)]

    def dense(self, inputs: int, outputs: int) -> list[Layer]:
        layer = Dense(inputs, outputs, rng=self.rng)
        self._fill(layer, weight=next(self.arrays), bias=next(self.arrays))
        return [layer]

    def dense_after_flatten(self, channels: int, side: int, outputs: int) -> list[Layer]:
        layer = Dense(channels * side * side, outputs, rng=self.rng)
        columns_first = next(self.arrays).reshape(side, side, channels, outputs)
        weight = columns_first.transpose(2, 1, 0, 3).reshape(-1, outputs)
        self._fill(layer, weight=weight, bias=next(self.arrays))
        return [layer, self._prelu(outputs)]

    def network(self, trunk: list[Layer], **heads: list[Layer]) -> Network:
        return Network(Sequential(trunk), {name: layer for name, (layer,) in heads.items()})

    def _prelu(self, channels: int) -> PReLU:
        layer = PReLU(channels)
        self._fill(layer, weight=next(self.arrays).reshape(-1))
        return layer

    @staticmethod
    def _fill(layer: Layer, **values: np.ndarray) -> None:
        for name, value in values.items():
            if layer.params[name].shape != value.shape:
                raise ValueError(f"{type(layer).__name__}: {name} {layer.params[name].shape} can't be {value.shape}")
            layer.params[name][...] = value
