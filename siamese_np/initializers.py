"""First values of the weights.

A layer sums `fan_in` products. With weights of variance v and inputs of mean square m, its output has the variance

    Var[y] = fan_in v m                                                             (1)

For the signal to keep its size through many layers, fan_in v must be 1; a ReLU halves the mean square, so

    He:      v = 2 / fan_in                                                         (2)   He et al. 2015, eq. 10
    Glorot:  v = 2 / (fan_in + fan_out), a compromise with the way back             (3)   Glorot and Bengio 2010, eq. 16
"""

import numpy as np


def he_normal(shape: tuple[int, ...], fan_in: int, rng: np.random.Generator, dtype=np.float32) -> np.ndarray:
    """Normal weights for a layer that a ReLU follows, standard deviation sqrt(2 / fan_in) by (2)."""
    return (rng.standard_normal(shape) * np.sqrt(2 / fan_in)).astype(dtype)


def glorot_uniform(
    shape: tuple[int, ...], fan_in: int, fan_out: int, rng: np.random.Generator, dtype=np.float32
) -> np.ndarray:
    """Uniform weights for a linear layer. A uniform variable on +-limit has the variance limit^2 / 3, so by (3)
    limit = sqrt(6 / (fan_in + fan_out))."""
    limit = np.sqrt(6 / (fan_in + fan_out))
    return rng.uniform(-limit, limit, shape).astype(dtype)
