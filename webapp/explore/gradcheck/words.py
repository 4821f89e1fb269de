"""Where the five wrong backwards are derived, and what is said of an array that was checked."""

from siamese_np.gradcheck import TOLERANCE, Comparison
from webapp.explore.common.source import Derived, derived
from webapp.explore.gradcheck.checks import Curve


def of_mistake(name: str) -> Derived:
    """Where a mistake of siamese_np.gradcheck.mistakes is derived, and the code that makes it."""
    return {
        "dense": derived("gradcheck/mistakes", "(1)",
                         test="tests/siamese_np/test_gradcheck_mistakes.py::test_averaged_dense_is_wrong_by_one_factor"),
        "relu": derived("gradcheck/mistakes", "(2)",
                        test="tests/siamese_np/test_gradcheck_mistakes.py::test_open_relu_is_wrong_on_the_axis_alone"),
        "batchnorm": derived("gradcheck/mistakes", "(3)",
                             test="tests/siamese_np/test_gradcheck_mistakes.py::test_constant_batchnorm_does_not_add_up_to_zero"),
        "conv2d": derived("gradcheck/mistakes", "(4)",
                          test="tests/siamese_np/test_gradcheck_mistakes.py::test_rotated_conv2d_keeps_the_sum"),
        "pairs": derived("gradcheck/mistakes", "(5)",
                         test="tests/siamese_np/test_gradcheck_mistakes.py::test_forgetful_pairs_is_wrong_where_an_image_is_in_two_pairs"),
    }[name]  # fmt: skip


def of_curve(curve: Curve, verdict: Comparison) -> str:
    """What the curve shows, in words."""
    if not verdict.correct:
        return (
            "A smaller step does not help: the error stays, whatever h is. So it is not the numeric derivative that is "
            "wrong, it is the formula."
        )
    if curve.truncation == 0:
        return (
            "Within a step of 1e-3 nothing bends here: the values are linear in these numbers, so there is no truncation "
            "error, and a larger step is a better step, until it reaches over a kink."
        )
    return (
        "From the right, the error falls with h²: ten times smaller steps make it a hundred times smaller. Then rounding "
        "takes over, and every smaller step makes it larger."
    )


def of_error(error: float) -> str:
    """Whether an error is small enough."""
    return "below 1e−6: correct" if error < TOLERANCE else "not below 1e−6"
