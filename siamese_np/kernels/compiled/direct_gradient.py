"""The gradient of the weights of a direct convolution over phases: sums of products of lines.

    dw[f,c,k,l] = sum over images and places of  dy[f, i, j] xp[c, i + k, j + l]                (1)

Over phases it is a sum over the phases (p, q) of dy: at each place, dy times the number that tap (k, l) reads for it.
One loop does this for a row of three taps, the two columns q, and two filters: the six sums stay in registers, and
nothing is stored in the loop. The number x that dy is multiplied by, and the weight whose gradient gets the product:

    number x               x0      x1      x2      x3       x0, x2: places i, i + 1 of one phase; x1, x3: of the other
    dy of column q = 0     w0      w1      w2
    dy of column q = 1             w0      w1      w2
"""

from numba import njit

from siamese_np.kernels.compiled.options import COMPILED
from siamese_np.kernels.compiled.phases import is_finite, shifted

FILTERS_AT_ONCE = 2


@njit(**COMPILED)
def _three_taps(a, a_next, b, b_next, even, odd, length, dweight):
    """dweight[f, l] += the sums for three taps l (2, 3).

    a, a_next: dy of the first filter at the columns q = 0 and 1; b, b_next: of the second. even, odd: what tap 0 reads
    for them.
    """
    zero = even.dtype.type(0)
    a0, a1, a2, b0, b1, b2 = zero, zero, zero, zero, zero, zero
    for i in range(length):
        x0, x1, x2, x3 = even[i], odd[i], even[i + 1], odd[i + 1]
        dy, dy_next = a[i], a_next[i]
        a0 += dy * x0 + dy_next * x1
        a1 += dy * x1 + dy_next * x2
        a2 += dy * x2 + dy_next * x3
        dy, dy_next = b[i], b_next[i]
        b0 += dy * x0 + dy_next * x1
        b1 += dy * x1 + dy_next * x2
        b2 += dy * x2 + dy_next * x3
    dweight[0, 0] += a0
    dweight[0, 1] += a1
    dweight[0, 2] += a2
    dweight[1, 0] += b0
    dweight[1, 1] += b1
    dweight[1, 2] += b2


@njit(**COMPILED)
def _one_tap(a, a_next, b, b_next, even, odd, length, dweight):
    """The same for one tap: dweight (2, 1)."""
    zero = even.dtype.type(0)
    a0, b0 = zero, zero
    for i in range(length):
        a0 += a[i] * even[i] + a_next[i] * odd[i]
        b0 += b[i] * even[i] + b_next[i] * odd[i]
    dweight[0, 0] += a0
    dweight[1, 0] += b0


@njit(**COMPILED)
def add_direct_gradient(dy_planes, top, left, planes, images, layout, size, finite, dweight):
    """dweight += (1) of a stack.

    dy_planes (2 n, 2, 2, places) holds dy (F, OH, OW) = size behind a border of top rows and left columns, and 0
    everywhere else, also for a missing filter; dweight (2 n, C, KH, KW). finite (C,) is written: 1 where a channel of the
    planes is finite, else 0.
    """
    filters, channels, kh, kw = dweight.shape
    length, wq = layout.length, layout.wq
    for c in range(channels):
        finite[c] = is_finite(planes[c].reshape(-1))
        if not finite[c]:
            _add_without_gaps(dy_planes, top, left, planes[c], images, layout, size, dweight[:, c])
    for f in range(0, filters, FILTERS_AT_ONCE):
        for p in range(2):
            a, a_next = shifted(dy_planes[f], p, 0, top, left, wq), shifted(dy_planes[f], p, 1, top, left, wq)
            b, b_next = shifted(dy_planes[f + 1], p, 0, top, left, wq), shifted(dy_planes[f + 1], p, 1, top, left, wq)
            for c in range(channels):
                if finite[c]:
                    for k in range(kh):
                        d = dweight[f : f + FILTERS_AT_ONCE, c, k]
                        l = 0
                        while l < kw:
                            even, odd = shifted(planes[c], p, 0, k, l, wq), shifted(planes[c], p, 1, k, l, wq)
                            if l + 3 <= kw:
                                _three_taps(a, a_next, b, b_next, even, odd, length, d[:, l : l + 3])
                                l += 3
                            else:
                                _one_tap(a, a_next, b, b_next, even, odd, length, d[:, l : l + 1])
                                l += 1


@njit(**COMPILED)
def _add_without_gaps(dy_planes, top, left, plane, images, layout, size, dweight):
    """(1) as it is written, for one channel: in a gap, 0 times NaN would be NaN. dweight (F, KH, KW)."""
    filters, kh, kw = dweight.shape
    for f in range(filters):
        for k in range(kh):
            for l in range(kw):
                for b in range(images):
                    for i in range(size[0]):
                        for j in range(size[1]):
                            at = (b * layout.hq + i // 2) * layout.wq + j // 2
                            dy = shifted(dy_planes[f], i % 2, j % 2, top, left, layout.wq)[at]
                            dweight[f, k, l] += dy * shifted(plane, i % 2, j % 2, k, l, layout.wq)[at]
