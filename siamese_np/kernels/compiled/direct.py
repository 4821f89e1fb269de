"""The direct convolution over phases: a sum of shifted lines, for one filter and the four phases of the output at once.

With the four lines of phases.py, a tap is again a whole line, shifted and multiplied by one weight. A 3 x 3 kernel
needs only 16 numbers for the four outputs of a square, and uses every weight four times:

    x00 x01 x02 x03       y(0, 0) = the kernel on rows 0 to 2, columns 0 to 2
    x10 x11 x12 x13       y(0, 1) = ... columns 1 to 3
    x20 x21 x22 x23       y(1, 0) = ... rows 1 to 3
    x30 x31 x32 x33       y(1, 1) = ... rows 1 to 3, columns 1 to 3

So for eight squares at once the loop loads 16 vectors and does 36 multiply-adds, while the nine weights and four sums
stay in registers. That keeps the multipliers of a processor with 16 vector registers busy. A kernel of another size
adds one tap after another, and loads and stores the four sums for each tap, which makes a product about twice as
expensive.
"""

from numba import njit

from siamese_np.kernels.compiled.options import COMPILED
from siamese_np.kernels.compiled.phases import VECTOR_BLOCK, shifted

STRIP = 1024  # places done at a time, so that their sums stay in the first-level cache while all channels are added
# From one line of sums to the next. The compiler knows this number, and so sees that the lines do not overlap. It is no
# power of two, which would put all four lines into the same few places of the cache.
LINE_STRIDE = STRIP + VECTOR_BLOCK


@njit(**COMPILED)
def _add_nine_taps(sums, plane, at, wq, w, length):
    """The four lines of sums, LINE_STRIDE apart, one per phase, += the nine taps w (3, 3) of a plane (2, 2, places).

    The numbers of the square are loaded one after another, and each is added to all the sums that need it.
    """
    w00, w01, w02, w10, w11, w12, w20, w21, w22 = (
        w[0, 0], w[0, 1], w[0, 2], w[1, 0], w[1, 1], w[1, 2], w[2, 0], w[2, 1], w[2, 2]
    )  # fmt: skip
    row0, row0_odd, row1, row1_odd = plane[0, 0, at:], plane[0, 1, at:], plane[1, 0, at:], plane[1, 1, at:]
    row2, row2_odd, row3, row3_odd = row0[wq:], row0_odd[wq:], row1[wq:], row1_odd[wq:]
    for i in range(length):
        a, b, c, d = sums[i], sums[i + LINE_STRIDE], sums[i + 2 * LINE_STRIDE], sums[i + 3 * LINE_STRIDE]
        x = row0[i]
        a += w00 * x
        x = row0_odd[i]
        a += w01 * x
        b += w00 * x
        x = row0[i + 1]
        a += w02 * x
        b += w01 * x
        x = row0_odd[i + 1]
        b += w02 * x
        x = row1[i]
        a += w10 * x
        c += w00 * x
        x = row1_odd[i]
        a += w11 * x
        b += w10 * x
        c += w01 * x
        d += w00 * x
        x = row1[i + 1]
        a += w12 * x
        b += w11 * x
        c += w02 * x
        d += w01 * x
        x = row1_odd[i + 1]
        b += w12 * x
        d += w02 * x
        x = row2[i]
        a += w20 * x
        c += w10 * x
        x = row2_odd[i]
        a += w21 * x
        b += w20 * x
        c += w11 * x
        d += w10 * x
        x = row2[i + 1]
        a += w22 * x
        b += w21 * x
        c += w12 * x
        d += w11 * x
        x = row2_odd[i + 1]
        b += w22 * x
        d += w12 * x
        x = row3[i]
        c += w20 * x
        x = row3_odd[i]
        c += w21 * x
        d += w20 * x
        x = row3[i + 1]
        c += w22 * x
        d += w21 * x
        x = row3_odd[i + 1]
        d += w22 * x
        sums[i], sums[i + LINE_STRIDE], sums[i + 2 * LINE_STRIDE], sums[i + 3 * LINE_STRIDE] = a, b, c, d


@njit(**COMPILED)
def _add_one_tap(sums, plane, k, l, at, wq, weight, length):
    """The same four lines of sums += tap (k, l), by (1) of phases.py."""
    x0, x1 = shifted(plane, 0, 0, k, l, wq)[at:], shifted(plane, 0, 1, k, l, wq)[at:]
    x2, x3 = shifted(plane, 1, 0, k, l, wq)[at:], shifted(plane, 1, 1, k, l, wq)[at:]
    for i in range(length):
        sums[i] += weight * x0[i]
        sums[i + LINE_STRIDE] += weight * x1[i]
        sums[i + 2 * LINE_STRIDE] += weight * x2[i]
        sums[i + 3 * LINE_STRIDE] += weight * x3[i]


@njit(**COMPILED)
def correlate_strip(planes, weight, bias, start, length, layout, sums):
    """One filter at the places start ... start + length, whole blocks: sums, four lines LINE_STRIDE apart, written.

    planes (C, 2, 2, places), weight (C, KH, KW).
    """
    channels, kh, kw = weight.shape
    for cell in range(4):
        line = sums[cell * LINE_STRIDE :]
        for i in range(length):
            line[i] = bias
    for c in range(channels):
        if kh == 3 and kw == 3:
            _add_nine_taps(sums, planes[c], start, layout.wq, weight[c], length)
        else:
            for k in range(kh):
                for l in range(kw):
                    _add_one_tap(sums, planes[c], k, l, start, layout.wq, weight[c, k, l], length)


@njit(**COMPILED)
def correlate_line(planes, weight, bias, layout, sums, lines):
    """One filter at all places of a stack: lines (2, 2, length), written."""
    for start in range(0, layout.length, STRIP):
        length = min(STRIP, layout.length - start)
        correlate_strip(planes, weight, bias, start, length, layout, sums)
        for cell in range(4):
            source, target = sums[cell * LINE_STRIDE :], lines[cell // 2, cell % 2, start:]
            for i in range(length):
                target[i] = source[i]
