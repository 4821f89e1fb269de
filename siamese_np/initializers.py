"""First values of the weights.

A layer computes y = sum_i w_i x_i with fan_in terms. Assume that the weights are independent of each other and of the
inputs, and have mean 0. Then the mean of w_i x_i w_j x_j is 0 for i != j, the terms are uncorrelated, and with weights
of variance v and inputs of mean square q = E[x^2],

    Var[y] = fan_in v q                                                             (1)

whatever the mean of the inputs is. For the signal to keep its size through many layers, fan_in v should be 1. A ReLU
sets half of a symmetric distribution to 0 and so halves its mean square: there fan_in v should be 2. On the way back
the sums have fan_out terms, and the same argument asks for fan_out v = 1.

    He:      v = 2 / fan_in                                                         (2)   He et al. 2015, eq. 10
    Glorot:  v = 2 / (fan_in + fan_out), between 1 / fan_in and 1 / fan_out         (3)   Glorot and Bengio 2010, eq. 12

A uniform variable between -limit and limit has the variance limit^2 / 3. So (3) as a uniform distribution has

    limit = sqrt(3 v) = sqrt(6 / (fan_in + fan_out))                                (4)   Glorot and Bengio 2010, eq. 16
"""

import numpy as np


def he_normal(shape: tuple[int, ...], fan_in: int, rng: np.random.Generator, dtype=np.float32) -> np.ndarray:
    """Normal weights (shape) for a layer before a ReLU, with the standard deviation sqrt(2 / fan_in) of (2)."""
    return (rng.standard_normal(shape) * np.sqrt(2 / fan_in)).astype(dtype)


def glorot_uniform(
    shape: tuple[int, ...], fan_in: int, fan_out: int, rng: np.random.Generator, dtype=np.float32
) -> np.ndarray:
    """Uniform weights (shape) for a linear layer, between -limit and limit of (4)."""
    limit = np.sqrt(6 / (fan_in + fan_out))  # (4)
    return rng.uniform(-limit, limit, shape).astype(dtype)
