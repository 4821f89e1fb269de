"""FusedLayer: a Layer that keeps its arrays from one training step to the next; the base of this folder."""

import numpy as np

from siamese_np.layers import Layer


class FusedLayer(Layer):
    """It stands for several layers, has no parameters of its own, and reads and fills those of its layers."""

    def __init__(self) -> None:
        super().__init__()
        self.buffers: dict[str, np.ndarray] = {}

    def buffer(self, name: str, shape: tuple[int, ...], dtype: np.dtype | type) -> np.ndarray:
        """The array called `name`. It is made anew, of zeros, where the shape or the dtype has changed."""
        array = self.buffers.get(name)
        if array is None or array.shape != shape or array.dtype != dtype:
            array = self.buffers[name] = np.zeros(shape, dtype)
        return array
