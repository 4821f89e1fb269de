"""P-Net, R-Net and O-Net: the three small networks of MTCNN (Zhang, Zhang, Li and Qiao 2016), of our own layers.

Each looks at a square of the photo and answers two questions, the last one three:

    is this a face?               two numbers, by softmax the probability p of "face"
    where is it exactly?          four numbers, by how much each edge of the square should move, in units of its side
    where are eyes, nose, mouth?  five points, in units of the square's side                          (O-Net only)

    P-Net   sees 12 x 12,  6,632 weights    proposes: fast and easily fooled; it sees every place of the photo at every size
    R-Net   sees 24 x 24,  100,178          refines: looks again, at what P-Net took for a face
    O-Net   sees 48 x 48,  389,040          the output: the careful last look, at what is left

Nine places in ten are no face and are settled by the cheapest network; the dear one sees a few dozen squares. That is
the cascade, and the reason why it is fast.

P-Net has no dense layer, only convolutions, and so it has no fixed input size. On a picture of H x W it gives what it
would give on every 12 x 12 square of it, two pixels apart, and the squares share their work. Follow one axis of n pixels:

    conv 3    n - 2
    pool 2    ceil((n - 2) / 2)        here neighbours become two pixels apart: the stride of P-Net is 2
    conv 3    ... - 2
    conv 3    ... - 2                  n = 12 gives 10, 5, 3, 1: one answer a square; so the cell of P-Net is 12

Answer i stands for the pixels 2 i to 2 i + 11 of the axis. boxes.py turns answers into boxes.

Weights come in Keras's order (KH, KW, C, F) and are turned to ours, (F, C, KH, KW). Before its dense layers the original
flattens (W, H, C), columns first; our Flatten takes (C, H, W), so the rows of that weight matrix are put into our order.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from siamese_np.layers import Conv2D, Dense, Flatten, MaxPool2D, PReLU, Sequential
from siamese_np.layers.base import Layer

PNET_SIDE, RNET_SIDE, ONET_SIDE = 12, 24, 48


@dataclass(frozen=True)
class Network:
    """A trunk of layers, and the heads that answer from the last of them: `face`, `shift`, in O-Net `points` too."""

    trunk: Sequential
    heads: dict[str, Layer]

    def answer(self, x: np.ndarray) -> dict[str, np.ndarray]:
        """x (N, 3, H, W) float32, as `normal` gives it -> of each head (N, numbers); P-Net (N, numbers, OH, OW).

        "face" is the probability p alone: (N,), of P-Net (N, OH, OW).
        """
        features = self.features(x)
        answers = {name: self.ask(name, features) for name in self.heads}
        return answers | {"face": face_probability(answers["face"])}

    def features(self, x: np.ndarray) -> np.ndarray:
        """What the trunk makes of x."""
        return self.trunk.forward(x)

    def ask(self, head: str, features: np.ndarray) -> np.ndarray:
        """What a head says of features, of all of them or of some."""
        return self.heads[head].forward(features)


def normal(colours: np.ndarray) -> np.ndarray:
    """Colours from 0 to 255 -> about -1 to 1, float32, as the networks were trained on."""
    return (colours - np.float32(127.5)) / np.float32(128)


def face_probability(logits: np.ndarray) -> np.ndarray:
    """The softmax of two numbers (no face, face) on axis 1, of which only the second is asked for:

        p = exp(b - m) / (exp(a - m) + exp(b - m)),    m = max(a, b)

    m changes nothing but keeps exp from overflowing. Near p = 1 float32 knows few numbers, and which of two sure boxes is
    the surer one is decided by rounding: so this is rounded as in other frameworks, and not 1 / (1 + exp(a - b)).
    """
    largest = logits.max(axis=1)
    no_face, face = np.exp(logits[:, 0] - largest), np.exp(logits[:, 1] - largest)
    return face / (no_face + face)


def pnet(arrays: list[np.ndarray]) -> Network:
    """(N, 3, H, W), H and W from 11 on -> answers on a grid; its size see above."""
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
    """Layers, filled with the next arrays of the list."""

    def __init__(self, arrays: list[np.ndarray]) -> None:
        self.arrays: Iterator[np.ndarray] = iter(arrays)
        self.rng = np.random.default_rng(0)  # a layer wants to begin somewhere; its weights are replaced at once

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
