"""The optimisers of ../../optimizers.py, compiled: one pass over memory each, where NumPy makes one an operation."""

import numpy as np
from numba import njit, prange

from siamese_np import threads
from siamese_np.kernels.compiled.options import PARALLEL

PARTS = 16  # what the vectors are cut into for the cores


@njit(**PARALLEL)
def _sgd(w, g, u, rate, momentum):
    for part in prange(PARTS):
        for i in range(part * len(w) // PARTS, (part + 1) * len(w) // PARTS):
            u[i] = momentum * u[i] + g[i]
            w[i] -= rate * u[i]


@njit(**PARALLEL)
def _rmsprop(w, g, v, rate, rho, rest, eps):
    for part in prange(PARTS):
        for i in range(part * len(w) // PARTS, (part + 1) * len(w) // PARTS):
            v[i] = rho * v[i] + rest * g[i] * g[i]
            w[i] -= rate * g[i] / (np.sqrt(v[i]) + eps)


@njit(**PARALLEL)
def _adam(w, g, m, v, m_rate, v_scale, beta1, rest1, beta2, rest2, eps):
    for part in prange(PARTS):
        for i in range(part * len(w) // PARTS, (part + 1) * len(w) // PARTS):
            m[i] = beta1 * m[i] + rest1 * g[i]
            v[i] = beta2 * v[i] + rest2 * g[i] * g[i]
            w[i] -= m_rate * m[i] / (np.sqrt(v_scale * v[i]) + eps)


def _in_type_of(w, *numbers):
    """Plain numbers in the vectors' own type: beside float32, float64 would make every operation double."""
    return tuple(w.dtype.type(number) for number in numbers)


def sgd_step(w, g, u, rate, momentum):
    with threads.parallel_lock:
        _sgd(w, g, u, *_in_type_of(w, rate, momentum))


def rmsprop_step(w, g, v, rate, rho, eps):
    with threads.parallel_lock:
        _rmsprop(w, g, v, *_in_type_of(w, rate, rho, 1 - rho, eps))


def adam_step(w, g, m, v, rate, beta1, beta2, eps, t):
    m_rate, v_scale = rate / (1 - beta1**t), 1 / (1 - beta2**t)
    with threads.parallel_lock:
        _adam(w, g, m, v, *_in_type_of(w, m_rate, v_scale, beta1, 1 - beta1, beta2, 1 - beta2, eps))
