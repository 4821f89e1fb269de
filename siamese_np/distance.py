"""The Euclidean distance of paired rows.

    d[p] = sqrt(sum_i (a[p,i] - b[p,i])^2)                                          (1)

Backward. dd[p] is, as everywhere, dL/dd[p]: what the loss says of the distance. The partial derivative of the distance
itself is written ∂d. With e = a - b, (1) says d^2 = sum_i e[i]^2; differentiated by a[i] that is 2 d ∂d/∂a[i] = 2 e[i].
So

    ∂d[p]/∂a[p,i] = (a[p,i] - b[p,i]) / d[p]        ∂d/∂b = -∂d/∂a                  (2)

and by the chain rule

    da[p,i] = dd[p] ∂d[p]/∂a[p,i]                   db = -da                        (3)

(2) is a vector of length 1, the direction from b to a. At a = b there is no such direction, and the distance has no
derivative (the surface is the tip of a cone): there the gradient is defined as 0. For a pair of the same person nothing
is lost by that, since dd = 2 d makes (3) equal to 2 (a - b), which is 0 at a = b. For a pair of different people it
does lose something; see losses.py.
"""

import numpy as np


def forward(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """a, b (P, D), float32 or float64 -> distances (P,) of the same dtype. Equal rows have distance exactly 0.

    Raises ValueError unless both have one shape (P, D).
    """
    if a.ndim != 2 or a.shape != b.shape:
        raise ValueError(f"distance expects two arrays (P, D) of one shape, got {a.shape} and {b.shape}")
    e = a - b
    return np.sqrt(np.sum(e * e, axis=1))  # (1)


def backward(dd: np.ndarray, a: np.ndarray, b: np.ndarray, d: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """dd (P,), the inputs a, b (P, D) of forward and its output d (P,) -> da, db (P, D)."""
    factor = np.divide(dd, d, out=np.zeros_like(d), where=d != 0)  # 0 at the tip of the cone
    da = factor[:, None] * (a - b)  # (3)
    return da, -da
