"""The derivative of a function from its values alone, and how far it can be trusted.

The derivative with respect to each entry x[k] is computed by itself, from two values of the function. e_k is the array
that is 1 at k and 0 elsewhere:

    df/dx[k]  ~  n(h) = (f(x + h e_k) - f(x - h e_k)) / (2 h)                                  (1)

The size of h. By Taylor's theorem (1) has the truncation error h^2 |f'''| / 6, which asks for a small h. But f is known
only to eps |f|, where eps = 2.2e-16 is the rounding error of float64, and the division makes that eps |f| / h, which
asks for a large h. The sum of both is smallest at h = (3 eps |f| / |f'''|)^(1/3), where the rounding is twice the
truncation error (steps.py, (3)). Where f and its derivatives are of size 1, that is about 1e-5, and the error is about
4e-11: far below the tolerance of check.py, and far below what a wrong formula causes. With h = 1e-10 it would be 2e-6.
In float32, eps is 1.2e-7 and rounding alone gives 1e-2: float32 cannot be checked in this way.

Where x is of another size, so is h:

    h = 1e-5 max(1, min(|x[k]|, standard deviation of x))                                      (2)

Numbers of size 1e6 need a step in proportion, or f changes too little. But for 1e6 + 1, 1e6 + 2, ... what counts is how
much they differ, and that is of size 1: hence the standard deviation.

How far (1) can be trusted. It needs an f that is smooth between x - h and x + h, and changes that are not drowned in
rounding. With the second difference c(h) = (f(x + h) - 2 f(x) + f(x - h)) / h, which is the slope on the right minus
that on the left,

    doubt = max(|n(h) - n(h/2)|, |c(h) - 2 c(h/2)|, eps F / h, eps X S / h)                    (3)

where F is |f|, or the sum of the absolute values of its terms where f is a sum; X is the largest |x|, and S the largest
derivative: an x that is rounded to eps X changes f by eps X S.

    smooth f             the first term is of order h^2; c(h) is h f'' + O(h^3), so the second term is of order h^3
    kink inside of h     (a ReLU at 0, a tie in pooling) where x lies exactly on the kink, c(h) is the jump of the
                         slope for every h, and so is the size of the second term. Where x lies beside it, at a
                         distance e < h, c(h) is this jump times 1 - e/h, and the larger of the first two terms is at
                         least 0.4 times the error of n(h)
    rounding             each term is of the size of the noise

An x[k] that is nearer to 0 than h (but not 0), or so large that x[k] + h is x[k], is in doubt altogether.
"""

from collections.abc import Callable, Iterable, Iterator

import numpy as np

H = 1e-5
EPS = float(np.finfo(np.float64).eps)


def _step(value: float, spread: float, h: float) -> float:
    """(2), with h in the place of 1e-5."""
    return h * max(1.0, min(abs(value), spread))  # (2)


def numeric_entries(
    f: Callable[[], float], x: np.ndarray, h: float = H, at: Iterable[tuple[int, ...]] | None = None
) -> Iterator[tuple[tuple[int, ...], float]]:
    """(k, df/dx[k]) by (1), for the entries `at` of x (float64), or for all of them, one after another.

    f reads x, which is changed in place and put back before each entry is given.
    """
    spread = float(x.std())
    for k in np.ndindex(x.shape) if at is None else at:
        kept = float(x[k])
        h_k = _step(kept, spread, h)
        upper, lower = kept + h_k, kept - h_k
        x[k] = upper
        above = f()
        x[k] = lower
        below = f()
        x[k] = kept
        # kept + h is rounded: what counts is the step that was taken
        yield k, (above - below) / (upper - lower) if upper != lower else 0.0  # (1)


def numeric_gradient(f: Callable[[], float], x: np.ndarray, h: float = H) -> np.ndarray:
    """df/dx by (1), entry for entry, of the shape of x (float64). f reads x, which is changed in place and put back."""
    gradient = np.zeros_like(x)
    for k, value in numeric_entries(f, x, h):
        gradient[k] = value
    return gradient


def doubt_of(
    f: Callable[[], float], x: np.ndarray, k: tuple[int, ...], size: float, scale: float
) -> tuple[float, str]:
    """(3) for entry k of x, and in words what makes the numeric derivative uncertain there.

    size: F where that is more than |f|; scale: S.
    """
    kept, largest, values = float(x[k]), float(np.abs(x).max()), {}
    h = _step(kept, float(x.std()), H)
    if kept + h / 2 == kept:
        return np.inf, f"beside {kept:.0e}, h = {h:.0e} is lost in rounding"
    if 0 < abs(kept) < h:
        return np.inf, f"{kept:.0e} is nearer to 0 than h = {h:.0e}"
    for share in (-1, -0.5, 0, 0.5, 1):
        x[k] = kept + share * h
        values[share] = f()
    x[k] = kept
    central = [(values[s] - values[-s]) / (2 * s * h) for s in (1, 0.5)]
    second = [(values[s] - 2 * values[0] + values[-s]) / (s * h) for s in (1, 0.5)]
    size = max(size, *map(abs, values.values()))
    rounding = EPS * max(size, largest * scale) / h
    doubt = max(abs(central[0] - central[1]), abs(second[0] - 2 * second[1]), rounding)  # (3)
    if doubt <= 1000 * rounding:
        return doubt, f"values of size {max(size, largest):.0e} are rounded, which hides the change over h = {h:.0e}"
    left, right = (values[0] - values[-1]) / h, (values[1] - values[0]) / h
    slopes = f"the slope is {left:.3g} on one side and {right:.3g} on the other"
    return doubt, f"{slopes}: a kink, or no room for h = {h:.0e}"
