"""FusedLayer: a Layer that keeps its arrays from one training step to the next; the base of this folder."""

import numpy as np

from siamese_np.layers import Layer


class FusedLayer(Layer):
    """It stands for several layers, without parameters of its own: it reads theirs and fills their gradients.

    `buffers` are reused in the next step. What backward needs is in them and in what forward gives to `remember`; the
    module of each fused layer says what that is.
    """

    def __init__(self) -> None:
        super().__init__()
        self.buffers: dict[str, np.ndarray] = {}

    def buffer(self, name: str, shape: tuple[int, ...], dtype: np.dtype | type) -> np.ndarray:
        """The array called `name`. A new one, of zeros, is made where the shape or the dtype has changed."""
        array = self.buffers.get(name)
        if array is None or array.shape != shape or array.dtype != dtype:
            array = self.buffers[name] = np.zeros(shape, dtype)
        return array
