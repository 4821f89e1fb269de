"""MaxPool2D: of each window only the largest value goes on.

    y[n,c,i,j] = max over the cells (k, l) of the window of  x[n,c, i sy + k, j sx + l]       (1)

(sy, sx) is the stride. The other values of the window have no influence, so the whole gradient goes to the winner:

    dx at the winner of window (i, j)  +=  dy[n,c,i,j],   everything else 0                   (2)

`+=`, since windows may overlap. Where several cells share the largest value, the maximum has a kink and no gradient.
There any convex combination of the gradients of these cells is a subgradient: a linear function with that slope touches
the maximum at x and lies nowhere above it. Giving all of dy to one of them is such a choice, so (2) is allowed. Here the
first in reading order wins. The number of the winning cell is kept, one byte per output.

padding "valid" takes only whole windows: OH = (H - pool) // sy + 1. "same" gives OH = ceil(H / sy): the windows reach
over the border by (OH - 1) sy + pool - H cells, the smaller half of them above and left. Cells outside never win.
"""

from types import ModuleType

import numpy as np

from siamese_np import kernels as kernel_choice
from siamese_np.layers.base import Layer, as_pair


class MaxPool2D(Layer):
    """(N, C, H, W) -> (N, C, OH, OW). pool_size, and stride (by default the same): one number, or (rows, columns).

    Raises ValueError for a padding other than "valid" and "same", and for a window of more than 256 cells.
    """

    takes = ("kernels",)

    def __init__(
        self,
        pool_size: int | tuple[int, int] = 2,
        stride: int | tuple[int, int] | None = None,
        padding: str = "valid",
        *,
        kernels: ModuleType | None = None,
    ) -> None:
        super().__init__(pool_size=pool_size, stride=stride, padding=padding)
        self.pool_size = as_pair(pool_size, "MaxPool2D: pool_size", 1)
        self.stride = self.pool_size if stride is None else as_pair(stride, "MaxPool2D: stride", 1)
        if padding not in ("valid", "same"):
            raise ValueError(f'MaxPool2D: padding is "valid" or "same", not {padding!r}')
        if self.pool_size[0] * self.pool_size[1] > 256:
            raise ValueError("MaxPool2D: a window has at most 256 cells, since the largest cell is kept in one byte")
        self.kernels = kernels or kernel_choice.get("numpy")

    def window_grid(self, height: int, width: int) -> tuple[tuple[int, int], tuple[int, int]]:
        """(OH, OW), and how many cells the first window reaches over the top and the left border."""
        size, pad_before = [], []
        for n, pool, step in zip((height, width), self.pool_size, self.stride):
            if self.config["padding"] == "valid":
                size.append((n - pool) // step + 1)
                pad_before.append(0)
            else:
                size.append(-(-n // step))
                pad_before.append(max((size[-1] - 1) * step + pool - n, 0) // 2)
        return tuple(size), tuple(pad_before)

    def forward(self, x: np.ndarray, train: bool = False) -> np.ndarray:
        self.expect(x, "N", "C", "H", "W")
        size, pad_before = self.window_grid(*x.shape[2:])
        if min(size) < 1:
            raise ValueError(f"MaxPool2D: a window of {self.pool_size} does not fit into an input of {x.shape}")
        y, winner = self.kernels.maxpool2d_forward(x, self.pool_size, self.stride, pad_before, size)  # (1)
        if train:
            self.remember(winner, x.shape, pad_before)
        return y

    def backward(self, dy: np.ndarray) -> np.ndarray:
        winner, shape, pad_before = self.recall()
        return self.kernels.maxpool2d_backward(dy, winner, shape, self.pool_size, self.stride, pad_before)  # (2)
