"""What is said of the layers that work in a training step otherwise than in a prediction."""

from webapp.explore.common.source import derived
from webapp.explore.microscope.kinds import Kind

KINDS = {
    "BatchNorm": Kind(
        "Norm",
        lambda: (
            "Batch normalisation, as in a training",
            "Each map is brought to mean 0 and variance 1, over both faces and all its places, then scaled and "
            "shifted by two numbers that the network has learnt. So each number depends on both faces: the batch "
            "couples them. A batch of a training has more photos than two.",
            "m = mean of x, v = mean of (x - m)^2, s = sqrt(v + eps), h = (x - m) / s, y = w h + b",
            derived(
                "layers/batchnorm",
                "(2)",
                test="tests/siamese_np/test_trace.py::test_batch_statistics_are_those_of_the_traced_images",
            ),
        ),
        lambda: (
            "Back through the normalisation, as in a training",
            "Each x moved the mean and the variance, and through them every y of both faces. So the mean of dy is "
            "taken off, and the part along h. What is left adds up to 0 over a map: a number added to all its x "
            "changes nothing. A bias in front of this layer is such a number, so its gradient is 0.",
            "dx = (w/s) (dy - mean of dy - h (mean of dy h))",
            derived("layers/batchnorm", "(6)", test="tests/siamese_np/test_gradients.py::test_gradients"),
        ),
    ),
    "Dropout": Kind(
        "Drop",
        lambda: (
            "Dropout, as in a training",
            "Some numbers are set to 0 by chance, and the others made larger, so that the mean stays. Each face has a "
            "mask of its own.",
            "y = m x / (1 - rate), m = 0 or 1",
            derived(
                "layers/dropout",
                "(1)",
                test="tests/siamese_np/test_dropout.py::test_dropout_keeps_the_mean_and_drops_its_share",
            ),
        ),
        lambda: (
            "Back through dropout, as in a training",
            "What was dropped had no influence and gets 0. The rest was made larger, and so is its gradient.",
            "dx = m dy / (1 - rate)",
            derived(
                "layers/dropout",
                "(2)",
                test="tests/siamese_np/test_gradients.py::test_gradients",
            ),
        ),
    ),
}
