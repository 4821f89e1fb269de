"""What can be checked, and what came out: gradients at one step h, and the error at many steps.

Every function makes its question anew: a question changes its arrays while it is answered, so no two threads share one.
Results are kept. A layer takes milliseconds. A network takes seconds, so it is computed by a job (`work`).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from siamese_np import kernels
from siamese_np.gradcheck import Comparison, H, Question, compare, question, steps
from siamese_np.gradcheck.layer_cases import LAYERS, layer_case
from siamese_np.gradcheck.mistakes import MISTAKES
from siamese_np.gradcheck.network_cases import NETWORKS, distance_question, loss_question, network_question
from siamese_np.gradcheck.numeric import numeric_entries
from webapp.explore.common import kept
from webapp.explore.common.jobs import Event, Job

DEFAULT = "BatchNorm 2-d"
WRONG = "wrong-"
FORMULAS: dict[str, Callable[[], Question]] = {
    "distance": distance_question,
    "contrastive loss": lambda: loss_question(2),
    "contrastive loss, power 1": lambda: loss_question(1),
}
GROUPS = {"Layers": tuple(LAYERS), "Formulas": tuple(FORMULAS), "The whole network": tuple(NETWORKS)}
NAMES = (*(name for names in GROUPS.values() for name in names), *(WRONG + name for name in MISTAKES))

STEPS = tuple(10 ** (-k / 3) for k in range(3, 37))  # 1e-1 to 1e-12
USUAL = 5  # the exponent of H, with which the check judges
TOGETHER = 50  # entries between two events
KEPT = 40
BYTES = 10_000_000


@dataclass(frozen=True, eq=False)
class Checked:
    """One array at one step: its two gradients, and the comparison."""

    analytic: np.ndarray
    numeric: np.ndarray
    comparison: Comparison


@dataclass(frozen=True, eq=False)
class Curve:
    """The error of one array at each of STEPS. truncation h^2 and rounding / h are the two lines."""

    errors: tuple[float, ...]
    truncation: float
    rounding: float


def ask(name: str) -> Question:
    """The question called `name`, one of NAMES."""
    if name in FORMULAS:
        return FORMULAS[name]()
    if name in NETWORKS:
        return network_question(name, kernels.get("numpy"))
    if name.startswith(WRONG):
        return MISTAKES[name.removeprefix(WRONG)].question()
    return question(*layer_case(name, kernels.get("numpy")))


def found(name: str, exponent: int) -> dict[str, Checked] | None:
    """array -> what came out at h = 10^-exponent. None for a network that no job has computed yet."""
    key = ("checked", name, exponent)
    if name not in NETWORKS and kept.results().find("gradcheck", key) is None:
        for _ in _check(name, exponent):
            pass
    return kept.results().find("gradcheck", key)


def curve(name: str, of: str) -> Curve | None:
    """The error of array `of` against h. None for a network that no job has computed yet."""
    key = ("curve", name, of)
    if name not in NETWORKS and kept.results().find("gradcheck", key) is None:
        for _ in _sweep(name, of):
            pass
    return kept.results().find("gradcheck", key)


def work(name: str, exponent: int, of: str, job: Job) -> Iterator[Event]:
    """Compute all that the page shows of `name`. Yields events; the results are kept."""
    parts = {f"at h = 1e-{e}": _check(name, e) for e in sorted({USUAL, exponent}) if found(name, e) is None}
    if curve(name, of) is None:
        parts[f"the error of {of} against h"] = _sweep(name, of)
    for words, part in parts.items():
        for done, total in part:
            yield "progress", {"done": done, "of": total, "says": f"{done} of {total}, {words}"}


def _check(name: str, exponent: int) -> Iterator[tuple[int, int]]:
    asked, h, done = ask(name), H if exponent == USUAL else 10.0**-exponent, 0
    total, checked = sum(x.size for x in asked.arrays.values()), {}
    for of, x in asked.arrays.items():
        numeric = np.zeros_like(x)
        for k, value in numeric_entries(asked.f, x, h):
            numeric[k] = value
            done += 1
            if done % TOGETHER == 0:
                yield done, total
        analytic = asked.analytic[of]
        comparison = (
            asked.judge(of, numeric) if exponent == USUAL else compare(of, analytic, numeric, asked.least.get(of, 1e-6))
        )
        checked[of] = Checked(analytic, numeric, comparison)
    kept.results().get("gradcheck", ("checked", name, exponent), lambda: checked, KEPT)


def _sweep(name: str, of: str) -> Iterator[tuple[int, int]]:
    asked, found_errors = ask(name), []
    for error in steps.errors(asked, of, STEPS):
        found_errors.append(float(error))
        yield len(found_errors), len(STEPS)
    curve = Curve(tuple(found_errors), *steps.truncation_and_rounding(asked, of))
    kept.results().get("gradcheck", ("curve", name, of), lambda: curve, KEPT)
