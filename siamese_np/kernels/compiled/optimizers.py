"""The optimisers of ../../optimizers.py, compiled: one pass over memory each, where NumPy makes several."""

import numpy as np
from numba import njit

from siamese_np import threads
from siamese_np.kernels.compiled.options import COMPILED
from siamese_np.kernels.compiled.team import give, take


@njit(**COMPILED)
def _sgd(team, thread, number, weights, grads, velocities, learning_rate, momentum):
    give(team, thread)
    first, last = take(team, thread, number)
    while first < last:
        # indices known to be >= 0 allow vector code
        w, g, velocity = weights[first:last], grads[first:last], velocities[first:last]
        for i in range(len(w)):
            velocity[i] = momentum * velocity[i] + g[i]
            w[i] -= learning_rate * velocity[i]
        first, last = take(team, thread, number)


@njit(**COMPILED)
def _rmsprop(team, thread, number, weights, grads, second_moment, learning_rate, rho, rest, eps):
    give(team, thread)
    first, last = take(team, thread, number)
    while first < last:
        w, g, v = weights[first:last], grads[first:last], second_moment[first:last]
        for i in range(len(w)):
            v[i] = rho * v[i] + rest * g[i] * g[i]
            w[i] -= learning_rate * g[i] / (np.sqrt(v[i]) + eps)
        first, last = take(team, thread, number)


@njit(**COMPILED)
def _adam(
    team, thread, number, weights, grads, first_moment, second_moment,
    step_size, v_correction, beta1, rest1, beta2, rest2, eps,
):  # fmt: skip
    give(team, thread)
    first, last = take(team, thread, number)
    while first < last:
        w, g = weights[first:last], grads[first:last]
        m, v = first_moment[first:last], second_moment[first:last]
        for i in range(len(w)):
            m[i] = beta1 * m[i] + rest1 * g[i]
            v[i] = beta2 * v[i] + rest2 * g[i] * g[i]
            w[i] -= step_size * m[i] / (np.sqrt(v_correction * v[i]) + eps)
        first, last = take(team, thread, number)


def _in_type_of(w, *numbers):
    """The numbers in the dtype of w: a float64 among float32 would make every operation float64."""
    return tuple(w.dtype.type(number) for number in numbers)


def sgd_step(w, g, velocity, learning_rate, momentum):
    """(1) of ../../optimizers.py, in place."""
    threads.share_out(_sgd, len(w), w, g, velocity, *_in_type_of(w, learning_rate, momentum))


def rmsprop_step(w, g, v, learning_rate, rho, eps):
    """(2), in place."""
    threads.share_out(_rmsprop, len(w), w, g, v, *_in_type_of(w, learning_rate, rho, 1 - rho, eps))


def adam_step(w, g, m, v, learning_rate, beta1, beta2, eps, t):
    """(3), in place; t counts the steps from 1."""
    step_size, v_correction = learning_rate / (1 - beta1**t), 1 / (1 - beta2**t)
    numbers = _in_type_of(w, step_size, v_correction, beta1, 1 - beta1, beta2, 1 - beta2, eps)
    threads.share_out(_adam, len(w), w, g, m, v, *numbers)
