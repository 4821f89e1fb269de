"""How sure a measured rate is: Wilson's interval.

x of n probes were accepted, so the measured rate is r = x / n. If the true rate is p, r has mean p and variance p (1 - p) / n.
The interval holds every p from which r lies at most z of its standard deviations away:

    (r - p)^2 <= z^2 p (1 - p) / n                                                              (1)

Sorted by powers of p that is a quadratic inequality,

    p^2 (1 + z^2 / n) - p (2 r + z^2 / n) + r^2 <= 0                                            (2)

which holds between its two roots:

    p = (r + z^2 / 2n  -+  z sqrt(r (1 - r) / n + z^2 / 4n^2)) / (1 + z^2 / n)                  (3)

z = 1.96 gives 95 %. For r = 0 the ends are 0 and z^2 / (n + z^2): "none of 10" may be 28 %. The simpler interval
r -+ z sqrt(r (1 - r) / n) puts r in place of p in (1), and shrinks to nothing there.
(E. B. Wilson, Probable inference, the law of succession, and statistical inference, Journal of the American Statistical
Association 22, 1927.)

n counts probes that are independent of each other. Photos of one person are not: where a rate is of several photos of few
people, the number of people is the honest n.
"""

from math import sqrt

Z = 1.959964  # 95 % of a normal distribution lie within so many standard deviations


def wilson(rate: float, n: int, z: float = Z) -> tuple[float, float]:
    """The ends (low, high) of the interval (3) for a rate between 0 and 1 that was measured on n probes.

    Raises ValueError for another rate; without any probe nothing is known: (0, 1).
    """
    if not 0 <= rate <= 1:
        raise ValueError(f"a rate lies between 0 and 1, got {rate}")
    if n < 1:
        return 0.0, 1.0
    middle = rate + z * z / (2 * n)
    half = z * sqrt(rate * (1 - rate) / n + (z / (2 * n)) ** 2)
    whole = 1 + z * z / n
    # at a rate of 0 or 1 the root is exact, its rounding is not
    return max(0.0, (middle - half) / whole), min(1.0, (middle + half) / whole)  # (3)
