"""What "a correct gradient" means here.

A layer y = f(x) has many outputs, but a loss is one number. Any loss will do for the check, so the check takes

    L = sum_j upstream[j] y[j]

with a RANDOM upstream, hands the upstream to backward as dy, and compares every entry of every gradient with the
numeric derivative of L (numeric.py). The upstream is random because, with an upstream of ones, the true dx and dweight
of batch normalisation are 0, and a backward that returns zeros for them would pass.

An analytic gradient a and a numeric gradient n are compared by

    error = max |a - n| / max(max |a|, max |n|, 1e-6)            correct if below 1e-6         (1)

Each max runs over all entries of the array.

Where (1) finds a difference, the numeric derivative of that entry is examined before the analytic one is called wrong.
Its DOUBT is an estimate of its own error (numeric.py, (3)). A difference of more than 10 doubts is WRONG. A smaller one
"cannot be judged", and the verdict says why: a ReLU at 0, a tie in pooling, values so large that rounding hides the
change. In both cases the check has not passed. A gradient that cannot be judged needs another input: away from the
kink, or of a size near 1. float32 is refused.

The generator of a random layer is put back before every forward, so that f is the same function each time.
"""

import copy
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from siamese_np.gradcheck.numeric import doubt_of, numeric_gradient
from siamese_np.layers import BatchNorm, Layer

TOLERANCE = 1e-6
DOUBTS = 10  # a doubt is estimated from a few values only: a difference of several doubts may still be chance


@dataclass(frozen=True)
class Comparison:
    """One gradient, compared.

    of: the name of the array. error: by (1). index, analytic, numeric: the worst entry and its two values. unjudged:
    why it cannot be judged, or "".
    """

    of: str
    shape: tuple[int, ...]
    error: float
    index: tuple[int, ...]
    analytic: float
    numeric: float
    unjudged: str = ""

    @property
    def correct(self) -> bool:
        return self.error < TOLERANCE

    @property
    def verdict(self) -> str:
        """"correct", "WRONG", or "cannot be judged: ..." with the reason."""
        if self.correct:
            return "correct"
        return f"cannot be judged: {self.unjudged}" if self.unjudged else "WRONG"


@dataclass(frozen=True, eq=False)
class Question:
    """Whether a backward is right. f reads `arrays` (float64); analytic[name]: the gradient by that backward, to be
    compared with the numeric derivative of f. least, size: as for `check_gradients`."""

    f: Callable[[], float]
    arrays: dict[str, np.ndarray]
    analytic: dict[str, np.ndarray]
    least: dict[str, float] = field(default_factory=dict)
    size: float = 0.0

    def judge(self, of: str, numeric: np.ndarray) -> Comparison:
        """The gradient of one array, beside its numeric gradient."""
        x, analytic, least = self.arrays[of], self.analytic[of], self.least.get(of, 1e-6)
        return _judge(self.f, of, x, analytic, numeric, least, self.size)

    def check(self) -> list[Comparison]:
        """`check_gradients` of all arrays."""
        return check_gradients(self.f, self.arrays, self.analytic, self.least, self.size)


def compare(of: str, analytic: np.ndarray, numeric: np.ndarray, least: float = 1e-6) -> Comparison:
    """(1), with `least` in the place of 1e-6, and the worst entry. A gradient that is not finite has error infinity.

    Raises ValueError where the shapes differ.
    """
    if analytic.shape != numeric.shape:
        raise ValueError(f"the gradient of {of} has shape {analytic.shape}, it should have {numeric.shape}")
    difference, scale = _differences(analytic, numeric, least)
    worst = tuple(int(i) for i in np.unravel_index(difference.argmax(), difference.shape))
    error = float(difference.max() / scale) if np.isfinite(scale) else np.inf  # (1)
    return Comparison(of, analytic.shape, error, worst, float(analytic[worst]), float(numeric[worst]))


def _differences(analytic: np.ndarray, numeric: np.ndarray, least: float) -> tuple[np.ndarray, float]:
    difference = np.abs(analytic - numeric)
    difference[~np.isfinite(difference)] = np.inf
    return difference, max(np.abs(analytic).max(), np.abs(numeric).max(), least)


def check_gradients(
    f: Callable[[], float],
    arrays: dict[str, np.ndarray],
    analytic: dict[str, np.ndarray],
    least: dict[str, float] | None = None,
    size: float = 0.0,
) -> list[Comparison]:
    """Compare analytic[name], the gradient of f with respect to arrays[name] by some backward, with the numeric one.

    f reads the arrays (float64), which are changed in place and put back. least[name]: see `compare`. size: the sum of
    the absolute values of the terms of f. Raises TypeError for an array that is not float64.
    """
    for name, array in arrays.items():
        if array.dtype != np.float64:
            raise TypeError(
                f"gradcheck needs float64, {name} is {array.dtype}, whose rounding hides the gradient: "
                "convert the input with astype(np.float64), and build the layer with dtype=np.float64"
            )
    least = least or {}
    return [
        _judge(f, name, array, analytic[name], numeric_gradient(f, array), least.get(name, 1e-6), size)
        for name, array in arrays.items()
    ]


def _judge(
    f: Callable[[], float],
    of: str,
    x: np.ndarray,
    analytic: np.ndarray,
    numeric: np.ndarray,
    least: float,
    size: float,
) -> Comparison:
    worst = compare(of, analytic, numeric, least)
    if worst.correct or not np.isfinite(worst.error):
        return worst
    difference, scale = _differences(analytic, numeric, least)
    for flat in np.argsort(-difference, axis=None, kind="stable"):
        k = tuple(int(i) for i in np.unravel_index(flat, x.shape))
        if difference[k] < TOLERANCE * scale:
            break
        doubt, reason = doubt_of(f, x, k, size, scale)
        if not difference[k] <= DOUBTS * doubt:
            return replace(worst, error=float(difference[k] / scale), index=k, analytic=float(analytic[k]),
                           numeric=float(numeric[k]), unjudged="")  # fmt: skip
        worst = worst if worst.unjudged else replace(worst, unjudged=reason)
    return worst


def replay(layer: Layer) -> Callable[[], None]:
    """A function that puts the layer's random generators and its state back to what they are now.

    Where it is called before each forward, a layer with dropout draws the same mask each time.
    """
    generators = {id(g): g for part in getattr(layer, "layers", [layer]) if (g := getattr(part, "rng", None))}.values()
    kept = [copy.deepcopy(generator.bit_generator.state) for generator in generators]
    state = {name: array.copy() for name, array in layer.state.items()}

    def put_back() -> None:
        for generator, was in zip(generators, kept):
            generator.bit_generator.state = was
        for name, was in state.items():
            layer.state[name][...] = was

    return put_back


def zero_gradients(layer: Layer) -> dict[str, str]:
    """Name of each bias directly before a BatchNorm -> name of the weight beside it.

    Such a bias has gradient 0 (layers/batchnorm.py), which a relative error can't judge. So its error is taken relative
    to the gradient of that weight.
    """
    parts, names = getattr(layer, "layers", []), getattr(layer, "names", [])
    return {
        f"{name}.bias": f"{name}.weight"
        for name, part, following in zip(names, parts, parts[1:])
        if isinstance(following, BatchNorm) and "bias" in part.params
    }


def question(layer: Layer, x: np.ndarray, rng: np.random.Generator) -> Question:
    """dx ("input") and the gradient of every parameter of a layer, or of a Sequential, at x (float64)."""
    x = x.copy()
    put_back = replay(layer)

    def forward() -> np.ndarray:
        put_back()
        return layer.forward(x, train=True)

    arrays = {"input": x} | layer.params
    y = forward()
    upstream = rng.standard_normal(y.shape).astype(x.dtype)
    size = float(np.sum(np.abs(upstream * y)))
    dx = layer.backward(upstream).copy()
    analytic = {"input": dx} | {name: grad.copy() for name, grad in layer.grads.items()}
    least = {bias: float(np.abs(analytic[weight]).max()) for bias, weight in zero_gradients(layer).items()}
    return Question(lambda: float(np.sum(upstream * forward())), arrays, analytic, least, size)


def check_layer(layer: Layer, x: np.ndarray, rng: np.random.Generator) -> list[Comparison]:
    """Compare dx and the gradient of every parameter of a layer, or of a Sequential, at x (float64). x is not changed.

    Raises TypeError where x or a parameter is not float64.
    """
    return question(layer, x, rng).check()
