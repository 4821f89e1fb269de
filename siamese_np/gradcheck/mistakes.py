"""Five wrong backwards, to see how the check catches them, and what gives each of them away.

Each is a layer whose forward is right. A star marks the wrong gradient; without a star it is the right one.

A factor too much. The loss is a mean over the pairs, and it alone divides (../losses.py). A layer that divides by the N
images as well has

    dw* = dw / N                                                                    (1)

in every entry of the weight. So numeric = N analytic everywhere: the points lie on one line, but not on the diagonal.

A mask forgotten. A ReLU lets dy through where x > 0 only. Without this mask

    dx* = dy                                                                        (2)

is right where x > 0. Elsewhere y does not depend on x, so the numeric gradient is 0 and the analytic one is not: these
points lie on the horizontal axis.

A path forgotten. x reaches the output of a batch normalisation through itself, through the mean m and through the
variance. With m and s taken for constants, as in a prediction,

    dx* = dy w / s                                                                  (3)

lacks the two other terms of (6) of ../layers/batchnorm.py. A number added to all x changes nothing, so the right dx of
a feature adds up to 0. The sum of dx* is (w / s) sum dy, which is not 0.

A kernel turned round. The backward of a convolution sends dy of an output to the cells of its window, each times the
weight by which it came. With the kernel rotated by 180 degrees each of these numbers goes to another cell:

    dx*[n,c, i + k, j + l] += w[f,c, KH - 1 - k, KW - 1 - l] dy[n,f,i,j]            (4)

No number is lost, so the sum of dx* over all cells is the right one, although nearly every entry is wrong.

A sum forgotten. An image that is part of several pairs gets a gradient from each of them, and they add up ((3) of
../siamese.py). Written with = instead of +=,

    dz*[n] = what the last pair of image n gives                                    (5)

is right for every image of one pair, and wrong for those of several.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from siamese_np import distance
from siamese_np.gradcheck.check import Question, question
from siamese_np.gradcheck.kinks import spread
from siamese_np.layers import BatchNorm, Conv2D, Dense, Layer, ReLU

PAIRS = np.array([[0, 1], [0, 2], [3, 4]])  # image 0 is part of two pairs


class AveragedDense(Dense):
    """A Dense whose weight gradient is divided by the number of images."""

    def backward(self, dy: np.ndarray) -> np.ndarray:
        dx = super().backward(dy)
        self.grads["weight"] /= len(dy)  # wrong: (1)
        return dx


class OpenReLU(ReLU):
    """A ReLU that lets everything back through."""

    def backward(self, dy: np.ndarray) -> np.ndarray:
        self.recall()
        return dy.copy()  # wrong: (2)


class ConstantBatchNorm(BatchNorm):
    """A BatchNorm (N, C) that takes its mean and its deviation for constants."""

    def backward(self, dy: np.ndarray) -> np.ndarray:
        _, s = self._remembered
        super().backward(dy)
        return dy * self.params["weight"] / s  # wrong: (3)


class RotatedConv2D(Conv2D):
    """A Conv2D that goes back with its kernels rotated by 180 degrees."""

    def backward(self, dy: np.ndarray) -> np.ndarray:
        (x,) = self.recall()
        weight = self.params["weight"]
        rotated = np.ascontiguousarray(weight[:, :, ::-1, ::-1])
        _, dweight, dbias = self.kernels.conv2d_backward(dy, x, weight, self.stride, self.padding)
        dx, _, _ = self.kernels.conv2d_backward(dy, x, rotated, self.stride, self.padding)  # wrong: (4)
        self.grads["weight"][...] = dweight
        self.grads["bias"][...] = dbias
        return dx


class ForgetfulPairs(Layer):
    """Embeddings z (5, D) -> the distances of PAIRS (3,). An image keeps the gradient of its last pair alone."""

    def forward(self, x: np.ndarray, train: bool = False) -> np.ndarray:
        i, j = PAIRS.T
        d = distance.forward(x[i], x[j])
        if train:
            self.remember(x, d)
        return d

    def backward(self, dy: np.ndarray) -> np.ndarray:
        z, d = self.recall()
        i, j = PAIRS.T
        da, db = distance.backward(dy, z[i], z[j], d)
        dz = np.zeros_like(z)
        dz[i] = da  # wrong: (5)
        dz[j] = db
        return dz


@dataclass(frozen=True)
class Mistake:
    """what: the layer, in words that do not tell what is wrong; wrong: the gradient that is; title, gives_away: what is
    wrong, and how it is seen; build: the layer, and an input for it."""

    what: str
    wrong: str
    title: str
    gives_away: str
    build: Callable[[np.random.Generator], tuple[Layer, np.ndarray]]

    def question(self) -> Question:
        """The question that the check has to answer with WRONG."""
        rng = np.random.default_rng(5)
        layer, x = self.build(rng)
        return question(layer, x, rng)


def _norm(rng: np.random.Generator) -> tuple[Layer, np.ndarray]:
    layer = ConstantBatchNorm(4, dtype=np.float64)
    layer.params["weight"][...] = rng.uniform(0.5, 2, 4)
    return layer, rng.standard_normal((6, 4))


MISTAKES = {
    "dense": Mistake(
        "Dense, 3 images", "weight", "A factor too much",
        "All points lie on one line through 0, and it is not the diagonal: every entry is wrong by the same factor, "
        "which is the number of images. Something is divided, or multiplied, once too often.",
        lambda rng: (AveragedDense(5, 4, rng=rng, dtype=np.float64), rng.standard_normal((3, 5))),
    ),
    "relu": Mistake(
        "ReLU", "input", "A mask forgotten",
        "The points lie either on the diagonal or on the horizontal axis: where the numeric gradient is 0, the output "
        "does not depend on this number at all, but the backward says that it does.",
        lambda rng: (OpenReLU(), spread((3, 7), rng)),
    ),
    "batchnorm": Mistake(
        "BatchNorm, 6 images", "input", "A path forgotten",
        "The numeric gradients of a feature add up to 0, the analytic ones do not: a number added to all images "
        "changes nothing, and the backward does not know it. It forgets that each x also moves the mean and the "
        "variance.",
        _norm,
    ),
    "conv2d": Mistake(
        "Conv2D, 3 x 3", "input", "A kernel turned round",
        "Weight and bias are right, and the numbers of the input are of the right size and have the right sum, but "
        "they stand in wrong places. So the right numbers went to the wrong cells: the kernel is turned round.",
        lambda rng: (RotatedConv2D(2, 3, rng=rng, dtype=np.float64), rng.standard_normal((2, 2, 6, 5))),
    ),
    "pairs": Mistake(
        "Distances of three pairs", "input", "A sum forgotten",
        "Only the row of image 0 is wrong, and image 0 is the only one that is part of two pairs. The gradient of the "
        "last pair has replaced the one before. It should have been added to it.",
        lambda rng: (ForgetfulPairs(), rng.standard_normal((5, 4))),
    ),
}  # fmt: skip
