"""What is said of an array that was checked."""

from siamese_np.gradcheck import TOLERANCE, Comparison
from webapp.explore.gradcheck.checks import Curve


def of_curve(curve: Curve, verdict: Comparison) -> str:
    """What the curve shows, in words."""
    if not verdict.correct:
        return (
            "A smaller step does not help: the error stays, whatever h is. So it is not the numeric derivative that "
            "is wrong, it is the formula."
        )
    if curve.truncation == 0:
        return (
            "Within a step of 1e-3 nothing bends here: the values are linear in these numbers, so there is no "
            "truncation error, and a larger step is a better step, until it reaches over a kink."
        )
    return (
        "From the right, the error falls with h²: ten times smaller steps make it a hundred times smaller. Then "
        "rounding takes over, and every smaller step makes it larger."
    )


def of_error(error: float) -> str:
    """Whether an error is small enough."""
    return "below 1e−6: correct" if error < TOLERANCE else "not below 1e−6"
