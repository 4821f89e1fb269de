"""What is said of the layers that make one row of numbers of a face."""

from webapp.explore.common.source import derived
from webapp.explore.microscope.kinds.kind import Kind

ROWS = {
    "Flatten": Kind(
        "Flat",
        lambda: (
            "Flatten",
            "Nothing is computed: all maps are read one after the other, as one row of numbers. They are drawn as "
            "maps here.",
        ),
        lambda: ("Back through flatten", "The row of gradients is laid out as maps again."),
    ),
    "Dense": Kind(
        "Dense",
        lambda: (
            "Dense",
            "Each output is a weighted sum of all inputs. Here the maps become the few numbers that describe a face.",
            "y[j] = b[j] + sum_i x[i] w[i,j]",
            derived("layers/dense", "(1)", test="tests/siamese_np/test_dense.py::test_dense_by_hand"),
        ),
        lambda: (
            "Back through the dense layer",
            "Each input reached every output, so it gets back a sum over all outputs, with the same "
            "weights as forward. The gradients are drawn at the places of the maps that they belong to.",
            "dx[i] = sum_j dy[j] w[i,j]",
            derived("layers/dense", "(4)", test="tests/siamese_np/test_gradients.py::test_gradients"),
        ),
    ),
    "L2Normalize": Kind(
        "Length 1",
        lambda: (
            "Scaled to length 1",
            "The row is divided by its length, so that every embedding lies on a sphere and no distance is above 2.",
            "y[i] = x[i] / max(r, eps)        r = sqrt(sum_i x[i]^2)",
            derived(
                "layers/l2normalize",
                "(2)",
                test="tests/siamese_np/test_l2normalize.py::test_each_row_keeps_its_direction_and_gets_length_one",
            ),
        ),
        lambda: (
            "Back through the length",
            "The part of the gradient that would only make the row longer or shorter is taken out: the length is "
            "always 1, whatever x is.",
            "dx[k] = (dy[k] - y[k] sum_i dy[i] y[i]) / r",
            derived(
                "layers/l2normalize",
                "(3)",
                test="tests/siamese_np/test_l2normalize.py::test_the_gradient_has_no_part_along_the_row",
            ),
        ),
    ),
}
