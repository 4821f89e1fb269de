"""Sequential: layers one after another, y = f_n(... f_2(f_1(x))). Backward is the same list, read from the end.

All parameters lie in one flat vector, and all gradients in a second one. The arrays in the dicts of the layers are
views into them, so that an optimiser works on two vectors and does not know of layers.
"""

from collections.abc import Sequence

import numpy as np

from siamese_np.layers.base import Layer


class Sequential(Layer):
    """The input of the first layer -> the output of the last.

    params, grads and state are named after the layers: conv2d1.weight, conv2d2.weight, batchnorm1.running_mean.
    `flat_params` and `flat_grads` are the same numbers as one vector each.
    """

    def __init__(self, layers: Sequence[Layer]) -> None:
        super().__init__()
        self.layers = list(layers)
        self.run_layers = self.layers  # what forward runs: ../fusion.py puts one fused layer in the place of several
        if len(set(map(id, layers))) < len(layers) or any(isinstance(layer, Sequential) for layer in layers):
            raise ValueError("Sequential takes each layer once, and no other Sequential: parameters lie in one vector")
        self.names = self._name_layers()
        self.flat_params = self._into_one_vector("params")
        self.flat_grads = self._into_one_vector("grads")
        for name, layer in zip(self.names, self.layers):
            for key in layer.params:
                self.params[f"{name}.{key}"] = layer.params[key]
                self.grads[f"{name}.{key}"] = layer.grads[key]
            for key in layer.state:
                self.state[f"{name}.{key}"] = layer.state[key]

    def forward(self, x: np.ndarray, train: bool = False) -> np.ndarray:
        for layer in self.run_layers:
            x = layer.forward(x, train)
        return x

    def backward(self, dy: np.ndarray) -> np.ndarray:
        for layer in reversed(self.run_layers):
            dy = layer.backward(dy)
        return dy

    def _name_layers(self) -> list[str]:
        counts: dict[str, int] = {}
        names = []
        for layer in self.layers:
            kind = type(layer).__name__.lower()
            counts[kind] = counts.get(kind, 0) + 1
            names.append(f"{kind}{counts[kind]}")
        return names

    def _into_one_vector(self, which: str) -> np.ndarray:
        dicts = [getattr(layer, which) for layer in self.layers]
        arrays = [array for values in dicts for array in values.values()]
        flat = np.concatenate([array.ravel() for array in arrays]) if arrays else np.zeros(0, np.float32)
        start = 0
        for values in dicts:
            for key, array in values.items():
                values[key] = flat[start : start + array.size].reshape(array.shape)
                start += array.size
        return flat
