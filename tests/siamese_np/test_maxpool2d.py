"""The layer around the kernels; the kernels themselves have tests of their own."""

import numpy as np
import pytest

from siamese_np.layers import MaxPool2D


def test_maxpool_by_hand(kernel):
    layer = MaxPool2D(2, kernels=kernel)
    x = np.array([[[[1, 5, 2, 0], [3, 4, 9, 0], [8, 8, 8, 8]]]], np.float32)  # the last row fills no window
    np.testing.assert_array_equal(layer.forward(x, train=True), [[[[5, 9]]]])
    np.testing.assert_array_equal(
        layer.backward(np.array([[[[10, 20]]]], np.float32)), [[[[0, 10, 0, 0], [0, 0, 20, 0], [0, 0, 0, 0]]]]
    )


def test_overlapping_windows_add_up_at_their_common_winner(kernel):
    layer = MaxPool2D((1, 2), 1, kernels=kernel)
    layer.forward(np.array([[[[0, 7, 1]]]], np.float32), train=True)
    np.testing.assert_array_equal(layer.backward(np.array([[[[3, 4]]]], np.float32)), [[[[0, 7, 0]]]])


@pytest.mark.parametrize(
    "arguments, grid",
    [
        ((2,), ((3, 4), (0, 0))),
        ((3, 2), ((3, 4), (0, 0))),
        ((2, None, "same"), ((4, 5), (0, 0))),  # 7 and 9 lack one cell each: it is taken below and right
        ((3, 1, "same"), ((7, 9), (1, 1))),
        (((4, 5), (3, 4), "same"), ((3, 3), (1, 2))),  # (3 - 1) 3 + 4 - 7 = 3 rows too many, 1 of them above
    ],
)
def test_the_windows_are_placed_as_the_formula_says(arguments, grid):
    assert MaxPool2D(*arguments).window_grid(7, 9) == grid


@pytest.mark.parametrize(
    "arguments, message",
    [
        ((0,), "MaxPool2D: pool_size is a whole number from 1 on, or two of them, not 0"),
        ((2, 0), "MaxPool2D: stride .* not 0"),
        ((2, 2, "full"), 'padding is "valid" or "same", not \'full\''),
        (((16, 17),), "at most 256 cells"),
    ],
)
def test_impossible_windows_are_refused_by_name(arguments, message):
    with pytest.raises(ValueError, match=message):
        MaxPool2D(*arguments)


def test_an_image_smaller_than_the_window_is_refused():
    with pytest.raises(ValueError, match=r"a window of \(2, 2\) does not fit into an input of \(1, 1, 1, 5\)"):
        MaxPool2D(2).forward(np.ones((1, 1, 1, 5), np.float32))
