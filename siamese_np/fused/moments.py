"""The formulas of batch normalisation that the fused layers use: moments from parts, and the gradient as a linear form.

Letters as in ../layers/batchnorm.py: y is the input of the normalisation and z its output, m and s are the mean and the
deviation of the M entries of a channel, w and b are weight and bias, h = (y - m) / s.

Forward. z = w h + b is linear in y:

    z = scale y + shift         scale = w / s         shift = b - scale m                       (1)

The mean m and the variance v of the batch come from those of its parts without cancellation (Chan et al. 1979). Part p
has n_p entries, the mean m_p and the sum d_p of squared deviations from m_p:

    M m = sum_p n_p m_p         M v = sum_p [ d_p + n_p (m_p - m)^2 ]                           (2)

Backward. Equation (6) of layers/batchnorm.py, dy = (w / s) (dz - db / M - h dw / M), with h written out, is linear in
dz and y:

    dy[i] = factor dz[i] + slope y[i] + offset                                                  (3)
    factor = w / s              slope = -factor dw / (M s)      offset = -factor db / M - slope m

and the two sums that it needs are linear in sums of dz and dz y:

    db = sum dz                 dw = sum dz h = (sum dz y - m sum dz) / s                       (4)
"""

import numpy as np

from siamese_np.layers import BatchNorm


def batch_moments(
    norm: BatchNorm, means: np.ndarray, deviations: np.ndarray, n: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """m and s (C,) of the batch by (2); updates the running mean and variance of `norm`.

    means m_p and deviations d_p: (P, C). n: n_p (P,).
    """
    entries, n = int(n.sum()), n[:, None].astype(np.float64)
    m = (n * means).sum(0) / entries
    v = (deviations + n * np.square(means - m)).sum(0) / entries  # (2)
    return norm.update_running(m.astype(means.dtype), v.astype(means.dtype), entries)


def running_moments(norm: BatchNorm) -> tuple[np.ndarray, np.ndarray]:
    """m and s (C,) for inference."""
    var = norm.state["running_var"]
    return norm.state["running_mean"], np.sqrt(var + var.dtype.type(norm.config["eps"]))


def scale_and_shift(norm: BatchNorm, m: np.ndarray, s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """scale and shift (C,) of (1)."""
    scale = norm.params["weight"] / s
    return scale, norm.params["bias"] - scale * m


def backward_coefficients(
    norm: BatchNorm,
    m: np.ndarray,
    s: np.ndarray,
    sum_dz: np.ndarray,
    sum_dz_y: np.ndarray,
    entries: int,
    dropout_scale: float = 1.0,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """factor, slope and offset (C,) of (3); fills the gradients of `norm`.

    sum_dz, sum_dz_y: sums of dz and of dz y over each part (P, C). entries: M. dropout_scale: a factor that dz still
    lacks.
    """
    db = dropout_scale * sum_dz.sum(0, dtype=np.float64)
    dw = (dropout_scale * sum_dz_y.sum(0, dtype=np.float64) - m * db) / s  # (4)
    norm.grads["weight"][...], norm.grads["bias"][...] = dw, db
    factor = norm.params["weight"] / s
    slope = -factor * dw / (entries * s)
    offset = -factor * db / entries - slope * m  # (3)
    return tuple(np.asarray(a, sum_dz.dtype) for a in (factor * dropout_scale, slope, offset))
