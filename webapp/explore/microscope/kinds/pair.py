"""What is said of the stops that are no layers: the two faces, their distance, the loss, and the weights."""

from webapp.explore.common.source import derived
from webapp.explore.microscope.kinds.kind import Kind

PAIR = {
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
                test="tests/siamese_np/test_siamese.py::"
                "test_the_textbook_form_of_two_stacks_is_the_pairs_p_and_p_plus_count",
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
            "the opposite sign. A step of training goes against the gradient. A letter d in front means the gradient "
            "of the loss: da is dL/da, and dd is dL/dd.",
            "da[i] = dd (a[i] - b[i]) / d        db = -da",
            derived(
                "distance",
                "(3)",
                test="tests/siamese_np/test_distance.py::"
                "test_both_images_of_a_pair_get_opposite_gradients_and_the_numeric_ones",
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
