"""What is said of the layers that take each number for itself."""

from webapp.explore.common.source import derived
from webapp.explore.microscope.kinds.kind import Kind

NUMBERS = {
    "FixedNorm": Kind(
        "Norm",
        lambda: (
            "Batch normalisation",
            "Each map is shifted and scaled by two numbers that were measured while the network was trained, "
            "and by two that it has learnt. In a prediction all four are constants.",
            "y = w (x - m) / s + b",
            derived(
                "trace",
                "(1)",
                test="tests/siamese_np/test_batchnorm.py::test_without_training_the_running_values_are_used_by_hand",
            ),
        ),
        lambda: (
            "Back through the normalisation",
            "The map was multiplied by w / s, and so is its gradient.",
            "dx = dy w / s",
            derived(
                "trace", "(2)", test="tests/siamese_np/test_trace.py::test_the_gradients_of_a_fixed_norm_are_correct"
            ),
        ),
    ),
    "ReLU": Kind(
        "ReLU",
        lambda: (
            "ReLU",
            "What is below 0 becomes 0. Without such a bend all layers together would be one single matrix.",
            "y = max(0, x)",
            derived(
                "layers/relu",
                "(1)",
                test="tests/siamese_np/test_relu.py::"
                "test_relu_passes_what_is_above_zero_and_its_gradient_at_zero_is_zero",
            ),
        ),
        lambda: (
            "Back through the ReLU",
            "Where x was above 0, the gradient passes. Where it was not, nothing passes: a small change of x "
            "would have changed nothing.",
            "dx = dy where x > 0, else 0",
            derived(
                "layers/relu",
                "(2)",
                test="tests/siamese_np/test_relu.py::"
                "test_relu_passes_what_is_above_zero_and_its_gradient_at_zero_is_zero",
            ),
        ),
    ),
    "PReLU": Kind(
        "PReLU",
        lambda: (
            "PReLU",
            "What is below 0 is made smaller, by a factor that each map has learnt.",
            "y = x where x > 0, else a x",
            derived(
                "layers/prelu",
                "(1)",
                test="tests/siamese_np/test_prelu.py::test_prelu_takes_rows_as_well",
            ),
        ),
        lambda: (
            "Back through the PReLU",
            "The gradient passes where x was above 0, and is made smaller elsewhere.",
            "dx = dy where x > 0, else a dy",
            derived("layers/prelu", "(2)", test="tests/siamese_np/test_gradients.py::test_gradients"),
        ),
    ),
    "Dropout": Kind(
        "Drop",
        lambda: (
            "Dropout",
            "In training some numbers are set to 0 by chance. In a prediction, as here, nothing is dropped.",
            "y = x",
            derived(
                "layers/dropout",
                "(1)",
                test="tests/siamese_np/test_dropout.py::test_dropout_does_nothing_without_training_or_at_rate_zero",
            ),
        ),
        lambda: (
            "Back through dropout",
            "Nothing was dropped, so all passes.",
            "dx = dy",
            derived(
                "layers/dropout",
                "(2)",
                test="tests/siamese_np/test_dropout.py::test_dropout_does_nothing_without_training_or_at_rate_zero",
            ),
        ),
    ),
}
