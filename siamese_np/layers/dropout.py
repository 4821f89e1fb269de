"""Dropout (Srivastava et al. 2014): in training each entry is set to 0 with probability `rate`, others are scaled up.

    y[i] = m[i] x[i] / (1 - rate),   m[i] = 0 or 1        so that the mean of y is x    (1)
    dx[i] = m[i] dy[i] / (1 - rate)                                                   (2)

In inference it does nothing. In a Siamese network an image that both branches share is embedded once, and so has one
mask. As two rows of the batch the same image has two masks, and d > 0.

The random numbers are bytes, one per entry in C order. An entry is dropped where its byte is below round(256 rate), so
the true rate is a multiple of 1/256, and the scale belongs to the true rate. A fused layer (../fused/conv_pool.py)
draws the same bytes from the same generator, and so drops the same entries.
"""

import numpy as np

from siamese_np.layers.base import Layer


class Dropout(Layer):
    """Any shape -> the same shape. rate: the share of entries to drop, rounded to a multiple of 1/256.

    Raises ValueError unless 0 <= rate <= 255/256.
    """

    takes = ("rng",)

    def __init__(self, rate: float, *, rng: np.random.Generator) -> None:
        super().__init__(rate=rate)
        if not 0 <= rate <= 255 / 256:
            raise ValueError(f"Dropout: rate is at least 0 and at most 255/256, not {rate}")
        self.dropped_bytes = round(256 * rate)
        self.rng = rng

    def forward(self, x: np.ndarray, train: bool = False) -> np.ndarray:
        self.expect(x, *["..."] * x.ndim)
        if not train:
            return x
        drawn = np.frombuffer(self.rng.bytes(x.size), np.uint8).reshape(x.shape)
        mask = (drawn >= self.dropped_bytes).astype(x.dtype)
        mask *= 256 / (256 - self.dropped_bytes)
        self.remember(mask)
        return x * mask  # (1)

    def backward(self, dy: np.ndarray) -> np.ndarray:
        (mask,) = self.recall()
        return dy * mask  # (2)
