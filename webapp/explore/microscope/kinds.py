"""What is said of each kind of layer, forward and back, and of the other stops."""

from collections.abc import Callable
from dataclasses import dataclass

from webapp.explore.common.source import derived


@dataclass(frozen=True)
class Kind:
    """A kind of layer, forward and back: title, text, formula and source, looked up when they are shown."""

    short: str
    forward: Callable[[], tuple] | None
    back: Callable[[], tuple] | None


KINDS = {
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
                test="tests/siamese_np/test_relu.py::test_relu_passes_what_is_above_zero_and_its_gradient_at_zero_is_zero",
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
                test="tests/siamese_np/test_relu.py::test_relu_passes_what_is_above_zero_and_its_gradient_at_zero_is_zero",
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

OTHER = {
    "faces": Kind(
        "Faces",
        lambda: (
            "Two faces",
            "This is what the network is given: grey values, brought to mean 0 and standard deviation 1, so that the "
            "light of a photo as a whole says nothing. Both faces go through ONE network, with the same weights.",
            "z = tower(images)",
            derived(
                "siamese",
                "(1)",
                test="tests/siamese_np/test_siamese.py::test_the_textbook_form_of_two_stacks_is_the_pairs_p_and_p_plus_count",
            ),
        ),
        None,
    ),
    "distance": Kind(
        "Distance",
        lambda: (
            "The distance",
            "The two embeddings are laid side by side. Their differences are squared, added up, and the root is taken.",
            "d = sqrt(sum_i (a[i] - b[i])^2)",
            derived("distance", "(1)", test="tests/siamese_np/test_distance.py::test_distance_by_hand"),
        ),
        lambda: (
            "Two opposite gradients",
            "Along this line the two embeddings are moved, and by the same amount: what one gets, the other gets with "
            "the opposite sign. A step of training goes against the gradient.",
            "da[i] = dd (a[i] - b[i]) / d        db = -da",
            derived(
                "distance",
                "(3)",
                test="tests/siamese_np/test_distance.py::test_both_images_of_a_pair_get_opposite_gradients_and_the_numeric_ones",
            ),
        ),
    ),
    "loss": Kind(
        "Loss",
        lambda: (
            "The contrastive loss",
            "Pairs of one person should be near, pairs of two people at least a margin apart.",
            "L = same d^2 + (1 - same) max(0, margin - d)^2",
            derived("losses", "(1)", test="tests/siamese_np/test_losses.py::test_contrastive_loss_by_hand"),
        ),
        None,
    ),
    "weights": Kind(
        "Weights",
        None,
        lambda: (
            "Both branches meet in the weights",
            "There is one set of weights, and each face used it. So a weight gets a gradient from face A and "
            "one from face B, and their SUM is what training follows. This is what “shared weights” means.",
            "dL/dw = what face A adds + what face B adds",
            derived(
                "siamese",
                "(3)",
                test="tests/siamese_np/test_trace.py::test_what_the_images_add_is_together_the_gradient",
            ),
        ),
    ),
}
