"""The contract of a layer.

A layer is a function y = f(x; params). Training wants two things of it: the value, and, given the gradient of the loss
with respect to the value, the gradients with respect to everything that went in: the input and each parameter.

Call the loss L (one number), and write dx for dL/dx, dy for dL/dy: so dx has the shape of x, always. Then

    dx[i] = sum_j dy[j] ∂y[j]/∂x[i]       the chain rule; every backward in this folder is this sum, worked out

    forward(x, train=False) -> y    does not change x
    backward(dy) -> dx              does not change dy; overwrites (in place) what is in `grads`

- `params` and `grads` are dicts with the same keys and shapes; `state` holds what is saved but not trained.
- `forward(train=False)` leaves nothing on the layer: it may run in many threads at once.
- `backward` needs a `forward(train=True)` of its own before it, and uses it up.
- dtype in = dtype out. float32 trains, float64 checks.
- Randomness comes from the np.random.Generator a layer was given.

Letters, the same in every file:

    N images   P pairs   C channels   F filters   H W height and width of the input   KH KW of the kernel
    OH OW of the output   D length of an embedding
"""

from typing import Any

import numpy as np

FLOATS = (np.dtype(np.float32), np.dtype(np.float64))


class Layer:
    """Base of all layers. A subclass fills `params` through `add_param` and keeps what backward needs with `remember`."""

    takes: tuple[str, ...] = ()  # which of rng, kernels, dtype the constructor asks for beside its `config`

    def __init__(self, **config: Any) -> None:
        self.config = config  # the constructor's arguments as JSON values: the layer's line in a saved architecture
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
        """Keep what backward needs of this training forward."""
        self._remembered = values

    def recall(self) -> tuple:
        """What the last training forward kept; once."""
        if self._remembered is None:
            raise RuntimeError(f"{type(self).__name__}.backward needs a forward(x, train=True) before it")
        values, self._remembered = self._remembered, None
        return values

    def expect(self, x: np.ndarray, *shape: int | str) -> None:
        """Refuse an input of another shape or type. In `shape` a number is demanded, a letter is free.

        Raises ValueError for a shape, TypeError for a dtype, both in the user's words.
        """
        name = type(self).__name__
        if x.ndim != len(shape) or any([isinstance(want, int) and want != n for want, n in zip(shape, x.shape)]):
            raise ValueError(f"{name} expects ({', '.join(map(str, shape))}), got {x.shape}")
        own = [param.dtype for param in self.params.values()] or FLOATS
        if x.dtype not in own:
            wanted = " or ".join(sorted({str(dtype) for dtype in own}))
            raise TypeError(f"{name} expects {wanted}, got {x.dtype}: convert the input first")
