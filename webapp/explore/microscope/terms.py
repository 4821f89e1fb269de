"""The pieces of a sum that is written out: its terms, and where each number stands."""

from dataclasses import dataclass

import numpy as np

from siamese_np.trace import Step

Unit = tuple[int, ...]


@dataclass(frozen=True)
class Term:
    """One term: what is multiplied, and the product. right: the second factor and its name, None where there is none.
    unit: where the first factor stands in its array. taken: False for a cell that lost the pooling."""

    left_name: str
    left: float
    right_name: str | None
    right: float | None
    value: float
    unit: Unit
    taken: bool = True


@dataclass(frozen=True)
class Sum:
    """name: of the unit, "y[3, 10, 7]"; value: what the layer has computed; line: how it is made, in words and letters;
    terms: of the sum; plus: further (name, number) of the line."""

    name: str
    value: float
    line: str
    terms: tuple[Term, ...] = ()
    plus: tuple[tuple[str, float], ...] = ()

    def largest(self, count: int) -> tuple[Term, ...]:
        """The `count` terms that count most, the largest first."""
        return tuple(sorted(self.terms, key=lambda term: -abs(term.value))[:count])


def named(letter: str, unit: Unit) -> str:
    """ "x[3, 10, 7]"."""
    return f"{letter}[{', '.join(map(str, unit))}]"


def of_y(
    step: Step, n: int, unit: Unit, line: str, terms: tuple[Term, ...] = (), plus: tuple[tuple[str, float], ...] = ()
) -> Sum:
    """The sum of y[n, unit], with the value that the layer has computed."""
    return Sum(named("y", unit), float(step.y[n][unit]), line, terms, plus)


def of_dx(
    step: Step, n: int, unit: Unit, line: str, terms: tuple[Term, ...] = (), plus: tuple[tuple[str, float], ...] = ()
) -> Sum:
    """The sum of dx[n, unit], with the value that the layer has passed on."""
    return Sum(named("dx", unit), float(step.dx[n][unit]), line, terms, plus)


def product(left: str, x: np.ndarray, at: Unit, right: str, w: np.ndarray, there: Unit) -> Term:
    """A number of x and one of w, and their product."""
    value, weight = float(x[at]), float(w[there])
    return Term(named(left, at), value, named(right, there), weight, value * weight, at)


def single(letter: str, x: np.ndarray, at: Unit, taken: bool = True) -> Term:
    """A number of x that is taken as it is, or not at all."""
    value = float(x[at])
    return Term(named(letter, at), value, None, None, value if taken else 0.0, at, taken)


def scaled(letter: str, x: np.ndarray, at: Unit, value: float) -> Term:
    """A number of x that counts as `value`, a multiple of itself."""
    return Term(named(letter, at), float(x[at]), None, None, value, at, value != 0 or x[at] == 0)
