"""The Euclidean distance of paired rows.

    d[p] = sqrt(sum_i (a[p,i] - b[p,i])^2)                                          (1)

With e = a - b and d^2 = sum e^2, both sides differentiated: 2 d dd/da[i] = 2 e[i], so

    da[p,i] = dd[p] (a[p,i] - b[p,i]) / d[p]        db = -da                        (2)

At a = b the root has an infinite slope (the surface is the tip of a cone): there the gradient is defined as 0. For a
pair of the same person that loses nothing, since the loss d^2 has gradient 2 (a - b) = 0 there.
"""

import numpy as np


def forward(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """a, b (P, D) -> distances (P,). Equal rows have distance exactly 0. Raises ValueError for unlike shapes."""
    if a.ndim != 2 or a.shape != b.shape:
        raise ValueError(f"distance expects two arrays (P, D) of one shape, got {a.shape} and {b.shape}")
    e = a - b
    return np.sqrt(np.sum(e * e, axis=1))  # (1)


def backward(dd: np.ndarray, a: np.ndarray, b: np.ndarray, d: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """dd (P,), and what went into and came out of forward -> da, db (P, D)."""
    slope = np.divide(dd, d, out=np.zeros_like(d), where=d != 0)  # where d is 0: the tip of the cone
    da = slope[:, None] * (a - b)  # (2)
    return da, -da
