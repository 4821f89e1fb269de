"""What is said of the layers that work on maps: each number of a map comes from a window, or from a map, below it."""

from webapp.explore.common.source import derived
from webapp.explore.microscope.kinds.kind import Kind

MAPS = {
    "Conv2D": Kind(
        "Conv",
        lambda: (
            "Convolution",
            "Each filter is a small window of weights. It slides over all maps, and at each place the numbers below "
            "it are multiplied by the weights and added up. A filter gives one new map. xp is x inside its border "
            "of zeros.",
            "y[f,i,j] = b[f] + sum_{c,k,l} w[f,c,k,l] xp[c, i+k, j+l]",
            derived(
                "kernels/reference",
                "(1)",
                test="tests/siamese_np/test_kernels_conv2d.py::test_conv2d_equals_scipy_signal",
            ),
        ),
        lambda: (
            "Back through the convolution",
            "A number of the input was read by several windows. From each of them it gets back what "
            "came back to that window, times the weight with which it was read.",
            "dxp[c, i+k, j+l] += sum_f w[f,c,k,l] dy[f,i,j]",
            derived("kernels/reference", "(7)", test="tests/siamese_np/test_gradients.py::test_gradients"),
        ),
    ),
    "MaxPool2D": Kind(
        "Pool",
        lambda: (
            "Max pooling",
            "Of each window only the largest number goes on. The map becomes smaller, and a pattern may lie a little "
            "elsewhere.",
            "y[c,i,j] = the largest x of window (i, j)",
            derived(
                "layers/maxpool2d",
                "(1)",
                test="tests/siamese_np/test_kernels_maxpool2d.py::test_maxpool_equals_plain_loops",
            ),
        ),
        lambda: (
            "Back through the pooling",
            "The cells with a colour are those that won their window. Each takes the whole gradient of it; the "
            "others had no influence, and get 0.",
            "dx at the winner of window (i, j)  +=  dy[c,i,j]",
            derived(
                "layers/maxpool2d",
                "(2)",
                test="tests/siamese_np/test_maxpool2d.py::test_overlapping_windows_add_up_at_their_common_winner",
            ),
        ),
    ),
    "GlobalAvgPool2D": Kind(
        "Mean",
        lambda: (
            "Mean of each map",
            "Each map becomes one number.",
            "y[c] = (1/HW) sum_{h,w} x[c,h,w]",
            derived(
                "layers/globalavgpool2d",
                "(1)",
                test="tests/siamese_np/test_gradients.py::test_gradients",
            ),
        ),
        lambda: (
            "Back through the mean",
            "Each place of a map gets the same share.",
            "dx[c,h,w] = dy[c] / HW",
            derived(
                "layers/globalavgpool2d",
                "(2)",
                test="tests/siamese_np/test_gradients.py::test_gradients",
            ),
        ),
    ),
}
