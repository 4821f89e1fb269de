"""The inner loops of a convolution over phases: the walk of taps.py for one filter and four cells at once.

A tap of the four lines of phases.py is a whole line again, shifted, times one weight. And a 3 x 3 kernel gets the four
outputs of a square from no more than 16 numbers, in which every weight is used four times:

    x00 x01 x02 x03       y(0, 0) = the kernel on rows 0 to 2, columns 0 to 2
    x10 x11 x12 x13       y(0, 1) = ... columns 1 to 3
    x20 x21 x22 x23       y(1, 0) = ... rows 1 to 3
    x30 x31 x32 x33       y(1, 1) = ... rows 1 to 3, columns 1 to 3

So eight squares at once are 36 multiply-adds of 16 loaded numbers, the nine weights and four sums staying in registers:
this is what a processor of 16 vector registers can do best. (taps.py makes 12 of 3, but loads and stores 4 sums for them.)

The gradient of the weights is the same walk with the roles exchanged. Here it is one row of taps, two columns and two
filters at once: the six sums of products stay in registers, and nothing is stored at all.

    place of x        first     second    first + 1   second + 1       of the phases that tap l begins with, and beside it
    column q = 0       w0         w1         w2
    column q = 1                  w0         w1          w2
"""

import numpy as np
from numba import njit

from siamese_np.kernels.compiled.options import COMPILED
from siamese_np.kernels.compiled.phases import STEP, shifted
from siamese_np.kernels.compiled.taps import is_finite

STRIP = 1024  # places done at a time, so that their sums stay in the first-level cache while all channels are added
# from one line of sums to the next: a number that the compiler knows, and then sees that they do not overlap; and no power
# of two, which would put them all into the same few places of the cache
ROOM = STRIP + STEP
PAIR = 2  # filters at once in the gradient of the weights


@njit(**COMPILED)
def _add_nine_taps(sums, plane, at, wq, w, length):
    """Four lines of sums, ROOM apart, one a cell, += the nine taps w (3, 3) of a plane (2, 2, places).
    The numbers of the square are taken one after another, each to all the sums that want it."""
    w00, w01, w02, w10, w11, w12, w20, w21, w22 = (
        w[0, 0], w[0, 1], w[0, 2], w[1, 0], w[1, 1], w[1, 2], w[2, 0], w[2, 1], w[2, 2]
    )  # fmt: skip
    row0, row0_odd, row1, row1_odd = plane[0, 0, at:], plane[0, 1, at:], plane[1, 0, at:], plane[1, 1, at:]
    row2, row2_odd, row3, row3_odd = row0[wq:], row0_odd[wq:], row1[wq:], row1_odd[wq:]
    for i in range(length):
        a, b, c, d = sums[i], sums[i + ROOM], sums[i + 2 * ROOM], sums[i + 3 * ROOM]
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
        sums[i], sums[i + ROOM], sums[i + 2 * ROOM], sums[i + 3 * ROOM] = a, b, c, d


@njit(**COMPILED)
def _add_one_tap(sums, plane, k, l, at, wq, weight, length):
    """The same four sums += tap (k, l)."""
    x0, x1 = shifted(plane, 0, 0, k, l, wq)[at:], shifted(plane, 0, 1, k, l, wq)[at:]
    x2, x3 = shifted(plane, 1, 0, k, l, wq)[at:], shifted(plane, 1, 1, k, l, wq)[at:]
    for i in range(length):
        sums[i] += weight * x0[i]
        sums[i + ROOM] += weight * x1[i]
        sums[i + 2 * ROOM] += weight * x2[i]
        sums[i + 3 * ROOM] += weight * x3[i]


@njit(**COMPILED)
def correlate_strip(planes, weight, bias, start, length, lay, sums):
    """One filter at the places start ... start + length, whole STEPs: sums, four lines ROOM apart, written.

    planes (C, 2, 2, places), weight (C, KH, KW).
    """
    channels, kh, kw = weight.shape
    for cell in range(4):
        line = sums[cell * ROOM :]
        for i in range(length):
            line[i] = bias
    for c in range(channels):
        if kh == 3 and kw == 3:
            _add_nine_taps(sums, planes[c], start, lay.wq, weight[c], length)
        else:
            for k in range(kh):
                for l in range(kw):
                    _add_one_tap(sums, planes[c], k, l, start, lay.wq, weight[c, k, l], length)


@njit(**COMPILED)
def correlate_line(planes, weight, bias, lay, sums, lines):
    """One filter at all places of a stack: lines (2, 2, length), written."""
    for start in range(0, lay.length, STRIP):
        length = min(STRIP, lay.length - start)
        correlate_strip(planes, weight, bias, start, length, lay, sums)
        for cell in range(4):
            source, target = sums[cell * ROOM :], lines[cell // 2, cell % 2, start:]
            for i in range(length):
                target[i] = source[i]


@njit(**COMPILED)
def _three_dots(a, a_next, b, b_next, first, second, length, d):
    """d[f, l] += the sum of two filters' upstream, of both columns, times what tap l read for them. d (2, 3)."""
    zero = first.dtype.type(0)
    a0, a1, a2, b0, b1, b2 = zero, zero, zero, zero, zero, zero
    for i in range(length):
        t, u, v, w = first[i], second[i], first[i + 1], second[i + 1]
        q, r = a[i], a_next[i]
        a0 += q * t + r * u
        a1 += q * u + r * v
        a2 += q * v + r * w
        q, r = b[i], b_next[i]
        b0 += q * t + r * u
        b1 += q * u + r * v
        b2 += q * v + r * w
    d[0, 0] += a0
    d[0, 1] += a1
    d[0, 2] += a2
    d[1, 0] += b0
    d[1, 1] += b1
    d[1, 2] += b2


@njit(**COMPILED)
def _one_dot(a, a_next, b, b_next, first, second, length, d):
    zero = first.dtype.type(0)
    a0, b0 = zero, zero
    for i in range(length):
        a0 += a[i] * first[i] + a_next[i] * second[i]
        b0 += b[i] * first[i] + b_next[i] * second[i]
    d[0, 0] += a0
    d[1, 0] += b0


@njit(**COMPILED)
def add_dots_of_phases(g, top, left, planes, images, lay, size, dweight):
    """dweight[f, c, k, l] += sum over the places of dy[f, i, j] xp[c, i + k, j + l].

    g (2 n, 2, 2, places) holds dy (F, OH, OW) = size behind a border of top rows and left columns, 0 everywhere else;
    dweight (2 n, C, KH, KW).
    """
    filters, channels, kh, kw = dweight.shape
    length, wq = lay.length, lay.wq
    finite = np.array([is_finite(planes[c].reshape(-1)) for c in range(channels)])
    for c in range(channels):
        if not finite[c]:
            _add_dots_without_gaps(g, top, left, planes[c], images, lay, size, dweight[:, c])
    for f in range(0, filters, PAIR):
        for p in range(2):
            a, a_next = shifted(g[f], p, 0, top, left, wq), shifted(g[f], p, 1, top, left, wq)
            b, b_next = shifted(g[f + 1], p, 0, top, left, wq), shifted(g[f + 1], p, 1, top, left, wq)
            for c in range(channels):
                if finite[c]:
                    for k in range(kh):
                        d = dweight[f : f + PAIR, c, k]
                        l = 0
                        while l < kw:
                            first, second = shifted(planes[c], p, 0, k, l, wq), shifted(planes[c], p, 1, k, l, wq)
                            if l + 3 <= kw:
                                _three_dots(a, a_next, b, b_next, first, second, length, d[:, l : l + 3])
                                l += 3
                            else:
                                _one_dot(a, a_next, b, b_next, first, second, length, d[:, l : l + 1])
                                l += 1


@njit(**COMPILED)
def _add_dots_without_gaps(g, top, left, plane, images, lay, size, dweight):
    """The same for one channel as it is defined: in a gap, 0 times NaN would be NaN. dweight (F, KH, KW)."""
    filters, kh, kw = dweight.shape
    for f in range(filters):
        for k in range(kh):
            for l in range(kw):
                for b in range(images):
                    for i in range(size[0]):
                        for j in range(size[1]):
                            at = (b * lay.hq + i // 2) * lay.wq + j // 2
                            upstream = shifted(g[f], i % 2, j % 2, top, left, lay.wq)[at]
                            dweight[f, k, l] += upstream * shifted(plane, i % 2, j % 2, k, l, lay.wq)[at]
