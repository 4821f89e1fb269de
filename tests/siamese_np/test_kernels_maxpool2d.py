"""Both pooling kernels, through the layer that places the windows, against plain loops. Nothing is rounded."""

import numpy as np
import pytest

from siamese_np import kernels
from siamese_np.layers import MaxPool2D

pytestmark = pytest.mark.kernels

# N, C, (H, W), pool, stride, padding
SHAPES = {
    "2x2": (1, 2, (5, 6), (2, 2), None, "valid"),
    "2x2, rows overlapping": (9, 1, (4, 7), (2, 2), (1, 2), "valid"),
    "2x2, gaps between windows": (2, 1, (8, 9), (2, 2), (3, 3), "valid"),
    "2x2, same, even size": (9, 1, (4, 6), (2, 2), None, "same"),
    "2x2, same, odd width": (3, 1, (4, 7), (2, 2), None, "same"),
    "2x2, same, odd height": (3, 1, (5, 6), (2, 2), None, "same"),
    "3 images, overlapping": (3, 1, (7, 6), (3, 3), (2, 2), "valid"),
    "9 images, 2x3": (9, 2, (5, 7), (2, 3), (1, 2), "valid"),
    "17 images, gaps between windows": (17, 1, (8, 7), (2, 1), (3, 2), "valid"),
    "a window as large as the image": (2, 1, (3, 4), (3, 4), None, "valid"),
    "same, odd size": (3, 2, (5, 7), (2, 2), None, "same"),
    "same, 3x3, stride 1": (9, 1, (4, 5), (3, 3), (1, 1), "same"),
    "same, 3x2, stride 2": (1, 2, (6, 5), (3, 2), (2, 2), "same"),
    "same, a window larger than the image": (2, 1, (2, 3), (5, 4), (2, 1), "same"),
    "same, gaps between windows": (2, 1, (7, 8), (2, 2), (3, 3), "same"),
}
shapes = pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())


def by_loops(x, dy_of, pool, stride, padding):
    """Max pooling from its definition: y, and dx for the upstream dy_of(y)."""
    stride = stride or pool
    if padding == "valid":
        size, pad_before = [(n - p) // s + 1 for n, p, s in zip(x.shape[2:], pool, stride)], (0, 0)
    else:
        size = [int(np.ceil(n / s)) for n, s in zip(x.shape[2:], stride)]
        over = [max((o - 1) * s + p - n, 0) for o, s, p, n in zip(size, stride, pool, x.shape[2:])]
        pad_before = [o // 2 for o in over]
    y, winner = np.empty((*x.shape[:2], *size), x.dtype), {}
    for n, c, i, j in np.ndindex(y.shape):
        rows = range(i * stride[0] - pad_before[0], i * stride[0] - pad_before[0] + pool[0])
        columns = range(j * stride[1] - pad_before[1], j * stride[1] - pad_before[1] + pool[1])
        inside = [(h, w) for h in rows for w in columns if 0 <= h < x.shape[2] and 0 <= w < x.shape[3]]
        values = [float(x[n, c, h, w]) for h, w in inside]
        nans = [k for k, value in enumerate(values) if value != value]
        best = nans[0] if nans else values.index(max(values))
        y[n, c, i, j], winner[n, c, i, j] = values[best], (n, c, *inside[best])
    dy, dx = dy_of(y), np.zeros_like(x)
    for place, cell in winner.items():
        dx[cell] += dy[place]
    return y, dy, dx


def assert_pools_as_by_loops(x, pool, stride, padding, kernel, rng):
    y, dy, dx = by_loops(x, lambda y: rng.integers(1, 9, y.shape).astype(x.dtype), pool, stride, padding)
    layer = MaxPool2D(pool, stride, padding, kernels=kernel)
    for found, expected in ((layer.forward(x, train=True), y), (layer.backward(dy), dx)):
        assert found.dtype == x.dtype
        np.testing.assert_array_equal(found, expected)


@shapes
@pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=["float32", "float64"])
def test_maxpool_equals_plain_loops(shape, dtype, kernel, rng):
    n, c, size, *arguments = shape
    assert_pools_as_by_loops(rng.standard_normal((n, c, *size)).astype(dtype), *arguments, kernel, rng)


@shapes
def test_of_equal_values_the_first_in_reading_order_takes_the_gradient(shape, kernel, rng):
    n, c, size, *arguments = shape
    assert_pools_as_by_loops(rng.integers(0, 2, (n, c, *size)).astype(np.float32), *arguments, kernel, rng)


@shapes
@pytest.mark.parametrize("share", [0.3, 1.0], ids=["some_cells", "all_cells"])
def test_nan_and_infinity_are_pooled_as_in_plain_loops(shape, share, kernel, rng):
    n, c, size, *arguments = shape
    x = rng.standard_normal((n, c, *size))
    x = np.where(rng.random(x.shape) < share, rng.choice([np.nan, np.inf, -np.inf, -np.inf], x.shape), x)
    assert_pools_as_by_loops(x.astype(np.float32), *arguments, kernel, rng)


@shapes
def test_a_window_of_minus_infinity_gives_its_gradient_to_a_cell_of_the_image(shape, kernel, rng):
    n, c, size, *arguments = shape
    assert_pools_as_by_loops(np.full((n, c, *size), -np.inf, np.float32), *arguments, kernel, rng)


@pytest.mark.parametrize("images", [3, 9], ids="{}_images".format)
def test_maxpool_reads_arrays_that_are_not_contiguous(images, kernel, rng):
    x = rng.standard_normal((images, 2, 5, 12)).astype(np.float32)
    for view in (x[..., ::2], np.asfortranarray(x), x[..., ::-1]):
        assert_pools_as_by_loops(view, (2, 2), (2, 1), "same", kernel, rng)
    layer = MaxPool2D(2, kernels=kernel)
    y = layer.forward(x, train=True)
    by_column = layer.backward(np.asfortranarray(y))
    layer.forward(x, train=True)
    np.testing.assert_array_equal(by_column, layer.backward(y))


@pytest.mark.parametrize("images", [3, 9], ids="{}_images".format)
def test_maxpool_does_not_change_what_it_is_handed(images, kernel, rng):
    x = rng.standard_normal((images, 2, 5, 4)).astype(np.float32)
    given = [x, *kernel.maxpool2d_forward(x, (2, 2), (2, 2), (0, 0), (2, 2))]
    before = [a.copy() for a in given]
    kernel.maxpool2d_backward(*given[1:], x.shape, (2, 2), (2, 2), (0, 0))
    for a, b in zip(given, before):
        np.testing.assert_array_equal(a, b)


def test_a_window_of_256_cells_keeps_its_last_cell_as_the_winner(kernel):
    """255 is the largest number that the winner's byte can hold."""
    x = np.arange(256, dtype=np.float32).reshape(1, 1, 16, 16)
    layer = MaxPool2D(16, kernels=kernel)
    assert layer.forward(x, train=True).item() == 255
    dx = layer.backward(np.ones((1, 1, 1, 1), np.float32))
    assert dx[0, 0, 15, 15] == 1 and dx.sum() == 1


def test_both_kernels_name_the_same_winners(rng):
    x = rng.integers(0, 3, (9, 2, 6, 5)).astype(np.float32)
    arguments = (x, (3, 2), (2, 2), (1, 0), (3, 3))
    (y, winner), (other_y, other_winner) = (kernels.get(name).maxpool2d_forward(*arguments) for name in kernels.NAMES)
    np.testing.assert_array_equal(y, other_y)
    np.testing.assert_array_equal(winner, other_winner)
    assert winner.dtype == other_winner.dtype == np.uint8
