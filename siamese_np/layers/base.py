"""The contract of a layer.

A layer is a function y = f(x; params). Training needs two things from it: the value y, and, given the gradient of the
loss with respect to y, the gradients with respect to the input x and to each parameter.

Call the loss L (one number), and write dx for dL/dx, dy for dL/dy: so dx has the shape of x, always. Then

    dx[i] = sum_j dy[j] ∂y[j]/∂x[i]       the chain rule; every backward in this folder is this sum, worked out

    forward(x, train=False) -> y    does not change x
    backward(dy) -> dx              does not change dy; overwrites (in place) what is in `grads`

- `params` and `grads` are dicts with the same keys and shapes; `state` holds what is saved but not trained.
- `forward(train=False)` leaves nothing on the layer that changes a result: it may run in many threads at once.
- Each `backward` needs a `forward(train=True)` before it, and uses up what that forward kept.
- dtype in = dtype out. Training is in float32, gradient checks in float64.
- Randomness comes from the np.random.Generator that a layer was given.

Letters, the same in every file:

    N images   P pairs   C channels   F filters   H W height and width of the input   KH KW of the kernel
    OH OW of the output   D length of an embedding
"""

from typing import Any

import numpy as np

FLOATS = (np.dtype(np.float32), np.dtype(np.float64))


class Layer:
    """Base of all layers. A subclass adds parameters with `add_param` and keeps what backward needs with `remember`."""

    takes: tuple[str, ...] = ()  # which of rng, kernels, dtype the constructor takes beside its `config`

    def __init__(self, **config: Any) -> None:
        self.config = config  # the constructor's arguments as JSON values: what a saved architecture holds of the layer
        self.params: dict[str, np.ndarray] = {}
        self.grads: dict[str, np.ndarray] = {}
        self.state: dict[str, np.ndarray] = {}
        self._remembered: tuple | None = None

    def forward(self, x: np.ndarray, train: bool = False) -> np.ndarray:
        raise NotImplementedError

    def backward(self, dy: np.ndarray) -> np.ndarray:
        raise NotImplementedError

    def add_param(self, name: str, value: np.ndarray) -> None:
        self.params[name] = value
        self.grads[name] = np.zeros_like(value)

    def remember(self, *values: Any) -> None:
        """Keep the values of this training forward that backward needs."""
        self._remembered = values

    def recall(self) -> tuple:
        """The values that the last training forward kept. Raises RuntimeError where there are none, or not any more."""
        if self._remembered is None:
            raise RuntimeError(f"{type(self).__name__}.backward needs a forward(x, train=True) before it")
        values, self._remembered = self._remembered, None
        return values

    def expect(self, x: np.ndarray, *shape: int | str) -> None:
        """Refuse an input of another shape or dtype. In `shape` a number is demanded, a letter stands for any number.

        Raises ValueError for a shape and TypeError for a dtype; the message says what was expected and what came.
        """
        name = type(self).__name__
        if x.ndim != len(shape) or any([isinstance(want, int) and want != n for want, n in zip(shape, x.shape)]):
            raise ValueError(f"{name} expects ({', '.join(map(str, shape))}), got {x.shape}")
        dtypes = [param.dtype for param in self.params.values()] or FLOATS
        if x.dtype not in dtypes:
            wanted = " or ".join(sorted({str(dtype) for dtype in dtypes}))
            raise TypeError(f"{name} expects {wanted}, got {x.dtype}: convert the input first")


def as_pair(value: int | tuple[int, int], name: str, least: int) -> tuple[int, int]:
    """`value` for rows and columns. Raises ValueError unless it is one whole number from `least` on, or two of them."""
    pair = tuple(value) if isinstance(value, (tuple, list)) else (value, value)
    if len(pair) != 2 or not all(isinstance(n, int) and n >= least for n in pair):
        raise ValueError(f"{name} is a whole number from {least} on, or two of them, not {value!r}")
    return pair
