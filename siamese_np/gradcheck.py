"""What "a correct gradient" means here.

The derivative of a function of many numbers, one number at a time, from two values of the function alone:

    df/dx[k]  ~  (f(x + h e_k) - f(x - h e_k)) / (2 h)           error of order h^2           (1)

A layer y = f(x) has many outputs; the loss makes one number of them. Any loss will do for the check, so the check takes
L = sum_j u[j] y[j] with RANDOM u, hands u to backward as dy, and compares every entry of every gradient with (1). (With
all u equal to 1 the true dx of batch normalisation is 0, and a backward that returns zeros would pass.)

Analytic a and numeric n are compared by

    error = max |a - n| / max(max |a|, max |n|, 1e-6)            below 1e-6 is correct         (2)

in float64 with h = 1e-5. Formula (1) needs a smooth f: inputs are kept 100 h away from kinks such as ReLU's at 0.
Random layers get their generator put back before every forward, so that f is one function.

`python -m siamese_np.gradcheck` checks every layer (see gradcheck_cases.py) and prints a table.
"""

import copy
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

H = 1e-5
TOLERANCE = 1e-6


@dataclass(frozen=True)
class Comparison:
    """One gradient, compared: its worst entry, and the verdict."""

    of: str
    shape: tuple[int, ...]
    error: float
    index: tuple[int, ...]
    analytic: float
    numeric: float

    @property
    def correct(self) -> bool:
        return self.error < TOLERANCE


def numeric_gradient(f: Callable[[], float], x: np.ndarray, h: float = H) -> np.ndarray:
    """df/dx by (1), entry for entry. f reads x, which is changed in place and put back."""
    gradient = np.empty_like(x)
    for k in np.ndindex(x.shape):
        kept = x[k]
        x[k] = kept + h
        above = f()
        x[k] = kept - h
        below = f()
        x[k] = kept
        gradient[k] = (above - below) / (2 * h)
    return gradient


def compare(of: str, analytic: np.ndarray, numeric: np.ndarray) -> Comparison:
    """(2), and where the worst entry is. A gradient that is not finite has error infinity."""
    if analytic.shape != numeric.shape:
        raise ValueError(f"the gradient of {of} has shape {analytic.shape}, it should have {numeric.shape}")
    difference = np.abs(analytic - numeric)
    difference[~np.isfinite(difference)] = np.inf
    worst = tuple(int(i) for i in np.unravel_index(difference.argmax(), difference.shape))
    scale = max(np.abs(analytic).max(), np.abs(numeric).max(), 1e-6)
    error = float(difference.max() / scale) if np.isfinite(scale) else np.inf
    return Comparison(of, analytic.shape, error, worst, float(analytic[worst]), float(numeric[worst]))


def check_layer(layer, x: np.ndarray, rng: np.random.Generator) -> list[Comparison]:
    """Compare dx and the gradient of every parameter of a layer (or Sequential) at x (float64). x is not changed."""
    x = x.copy()
    generators = {id(g): g for part in getattr(layer, "layers", [layer]) if (g := getattr(part, "rng", None))}.values()
    before = [copy.deepcopy(g.bit_generator.state) for g in generators]
    state = {name: array.copy() for name, array in layer.state.items()}

    def forward() -> np.ndarray:
        for generator, kept in zip(generators, before):
            generator.bit_generator.state = kept
        for name, kept in state.items():
            layer.state[name][...] = kept
        return layer.forward(x, train=True)

    u = rng.standard_normal(forward().shape)
    dx = layer.backward(u)
    analytic = {"input": dx} | {name: grad.copy() for name, grad in layer.grads.items()}
    return [
        compare(name, analytic[name], numeric_gradient(lambda: float(np.sum(u * forward())), array))
        for name, array in ({"input": x} | layer.params).items()
    ]


if __name__ == "__main__":
    from siamese_np.gradcheck_cases import main

    main()
