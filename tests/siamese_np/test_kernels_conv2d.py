"""Both convolution kernels against scipy.signal, and against each other.

Whole numbers make every sum exact in any order, so the two kernels and scipy must agree to the last bit. With other
numbers the order of adding shows: 1e-12 (float64) and 1e-5 (float32) of the largest value are allowed.
"""

import numpy as np
import pytest
from scipy.signal import convolve, correlate

from siamese_np import kernels

pytestmark = pytest.mark.kernels

# N, C, F, (H, W), kernel, stride, padding. From 9 images on the compiled kernels share them out; 17 are more than slabs
SHAPES = {
    "1 image, 1x1": (1, 1, 2, (5, 7), (1, 1), (1, 1), (0, 0)),
    "3 images, 2x2, padding": (3, 2, 3, (6, 5), (2, 2), (1, 1), (1, 1)),
    "3 images, 2x3, stride with a remainder": (3, 2, 2, (8, 9), (2, 3), (3, 2), (0, 2)),
    "9 images, 3x3": (9, 1, 2, (6, 7), (3, 3), (1, 1), (0, 0)),
    "17 images, 3x3, stride 2, padding": (17, 2, 3, (6, 4), (3, 3), (2, 2), (1, 1)),
    "1 image, 5x5, padding 2": (1, 3, 1, (7, 8), (5, 5), (2, 1), (2, 1)),
    "a kernel as large as the image": (3, 1, 2, (3, 4), (3, 4), (1, 1), (0, 0)),
    "a kernel larger than the image": (2, 1, 1, (2, 1), (3, 3), (1, 1), (2, 2)),
    "windows that lie in the border alone": (2, 1, 2, (3, 2), (2, 3), (1, 1), (2, 3)),
    "the same with a stride": (2, 1, 2, (3, 2), (1, 2), (1, 2), (2, 2)),
    "a stride larger than the kernel": (9, 2, 1, (9, 8), (2, 1), (4, 3), (1, 0)),
    "8 images, 5 filters, 1x1": (8, 1, 5, (17, 18), (1, 1), (1, 1), (0, 0)),
    "7 images, 6 filters, 2x2": (7, 2, 6, (15, 11), (2, 2), (1, 1), (0, 0)),
    "40 images, 8 filters, 1x3": (40, 1, 8, (20, 19), (1, 3), (1, 1), (0, 2)),
    "a wide image": (1, 1, 4, (35, 61), (3, 3), (1, 1), (1, 1)),
    "17 images, Winograd": (17, 4, 5, (8, 7), (3, 3), (1, 1), (1, 1)),
    "1 image, Winograd, padding 2": (1, 6, 4, (9, 12), (3, 3), (1, 1), (2, 2)),
    "40 images, Winograd, rows and columns unlike": (40, 5, 4, (6, 11), (3, 3), (1, 1), (2, 0)),
}
shapes = pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES.keys())
dtypes = pytest.mark.parametrize("dtype", [np.float32, np.float64], ids=["float32", "float64"])
few_or_many = pytest.mark.parametrize("images", [3, 9], ids="{}_images".format)
# N, C, F, (H, W), kernel, stride, padding but for N: the three ways in which the compiled kernels compute
ways = pytest.mark.parametrize(
    "shape",
    [
        (2, 3, (5, 6), (3, 3), (1, 1), (1, 1)),
        (4, 4, (5, 6), (3, 3), (1, 1), (1, 1)),
        (2, 3, (5, 6), (3, 3), (2, 1), (1, 1)),
    ],
    ids=["direct", "winograd", "strided"],
)


def arrays(shape, dtype, draw):
    """x, weight, bias, dy of `shape`, filled by draw(size)."""
    n, c, f, (h, w), (kh, kw), (sy, sx), (top, left) = shape
    out = ((h + 2 * top - kh) // sy + 1, (w + 2 * left - kw) // sx + 1)
    return tuple(draw(size).astype(dtype) for size in ((n, c, h, w), (f, c, kh, kw), (f,), (n, f, *out)))


def whole_numbers(rng):
    return lambda size: rng.integers(-5, 6, size)


def scipy_forward(x, weight, bias, stride, padding):
    xp = np.pad(x, ((0, 0), (0, 0), *((p, p) for p in padding)))
    every_place = [[correlate(image, w, "valid", "direct")[0] for w in weight] for image in xp]
    return np.array(every_place)[:, :, :: stride[0], :: stride[1]] + bias[:, None, None]


def scipy_backward(dy, x, weight, stride, padding):
    """The gradients of scipy_forward: dy spread out to every place, then a full convolution and a correlation."""
    (_, c, h, w), (kh, kw), (top, left) = x.shape, weight.shape[2:], padding
    xp = np.pad(x, ((0, 0), (0, 0), (top, top), (left, left)))
    spread = np.zeros((*dy.shape[:2], h + 2 * top - kh + 1, w + 2 * left - kw + 1), dy.dtype)
    spread[:, :, :: stride[0], :: stride[1]] = dy
    pairs = list(zip(xp, spread))
    dxp = np.array(
        [[sum(convolve(g, k[channel], "full", "direct") for g, k in zip(gs, weight)) for channel in range(c)]
         for gs in spread]
    )  # fmt: skip
    dweight = np.array(
        [[sum(correlate(image[channel], gs[f], "valid", "direct") for image, gs in pairs) for channel in range(c)]
         for f in range(len(weight))]
    )  # fmt: skip
    return dxp[:, :, top : top + h, left : left + w], dweight, dy.sum((0, 2, 3))


def same_to_the_last_bit(found, expected, dtype):
    for a, b in zip(found, expected, strict=True):
        assert a.dtype == dtype
        np.testing.assert_array_equal(a, b)


@shapes
@dtypes
def test_conv2d_equals_scipy_signal(shape, dtype, kernel, rng):
    stride, padding = shape[-2:]
    x, weight, bias, dy = arrays(shape, dtype, whole_numbers(rng))
    y = kernel.conv2d_forward(x, weight, bias, stride, padding)
    same_to_the_last_bit([y], [scipy_forward(x, weight, bias, stride, padding)], dtype)
    gradients = kernel.conv2d_backward(dy, x, weight, stride, padding)
    same_to_the_last_bit(gradients, scipy_backward(dy, x, weight, stride, padding), dtype)


@shapes
@pytest.mark.parametrize("dtype, tolerance", [(np.float32, 1e-5), (np.float64, 1e-12)], ids=["float32", "float64"])
def test_the_two_conv2d_kernels_agree(shape, dtype, tolerance, rng):
    x, weight, bias, dy = arrays(shape, dtype, rng.standard_normal)
    results = []
    for name in kernels.NAMES:
        k = kernels.get(name)
        results.append((k.conv2d_forward(x, weight, bias, *shape[-2:]), *k.conv2d_backward(dy, x, weight, *shape[-2:])))
    for a, b in zip(*results, strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=tolerance * np.abs(b).max())


def column_order(a):
    return np.asfortranarray(a)


def every_second(a):
    return a.repeat(2, axis=-1)[..., ::2]


def backwards(a):
    return np.ascontiguousarray(a[..., ::-1])[..., ::-1]


@pytest.mark.parametrize("view", [column_order, every_second, backwards])
@few_or_many
def test_conv2d_reads_arrays_that_are_not_contiguous(view, images, kernel, rng):
    stride, padding = (1, 2), (1, 0)
    x, weight, bias, dy = arrays((images, 2, 3, (5, 6), (3, 2), stride, padding), np.float32, whole_numbers(rng))
    y = kernel.conv2d_forward(view(x), view(weight), view(bias), stride, padding)
    np.testing.assert_array_equal(y, kernel.conv2d_forward(x, weight, bias, stride, padding))
    found = kernel.conv2d_backward(view(dy), view(x), view(weight), stride, padding)
    same_to_the_last_bit(found, kernel.conv2d_backward(dy, x, weight, stride, padding), np.float32)


@few_or_many
def test_conv2d_does_not_change_what_it_is_handed(images, kernel, rng):
    given = arrays((images, 2, 3, (5, 6), (3, 3), (1, 1), (1, 1)), np.float32, rng.standard_normal)
    before = [a.copy() for a in given]
    x, weight, bias, dy = given
    kernel.conv2d_forward(x, weight, bias, (1, 1), (1, 1))
    kernel.conv2d_backward(dy, x, weight, (1, 1), (1, 1))
    for a, b in zip(given, before):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf], ids=["nan", "inf", "minus_inf"])
@pytest.mark.parametrize("where", ["pixel", "weight", "bias"])
@few_or_many
@ways
@pytest.mark.filterwarnings("ignore:invalid value")  # infinity times zero; np.errstate would not reach other threads
def test_nan_and_infinity_pass_through_the_forward_as_in_scipy(bad, where, images, shape, kernel, rng):
    stride = shape[-2]
    x, weight, bias, _ = arrays((images, *shape), np.float32, whole_numbers(rng))
    {"pixel": x[1, 0], "weight": weight[1, 0], "bias": bias[1:]}[where].flat[0] = bad
    y = kernel.conv2d_forward(x, weight, bias, stride, (1, 1))
    expected = scipy_forward(x, weight, bias, stride, (1, 1))
    assert not np.isfinite(expected).all() and np.isfinite(expected).any()
    np.testing.assert_array_equal(y, expected)  # NaN only where scipy has it


@pytest.mark.parametrize("bad", [np.nan, np.inf], ids=["nan", "inf"])
@pytest.mark.parametrize("where", ["dy", "pixel", "weight"])
@few_or_many
@ways
def test_nan_and_infinity_pass_through_the_backward_as_in_the_reference(bad, where, images, shape, rng):
    stride = shape[-2]
    x, weight, _, dy = arrays((images, *shape), np.float32, whole_numbers(rng))
    {"dy": dy[1, 0], "pixel": x[1, 0], "weight": weight[1, 0]}[where].flat[0] = bad
    with np.errstate(invalid="ignore"):
        expected, found = (kernels.get(k).conv2d_backward(dy, x, weight, stride, (1, 1)) for k in kernels.NAMES)
    assert not all(np.isfinite(a).all() for a in expected)
    same_to_the_last_bit(found, expected, np.float32)
