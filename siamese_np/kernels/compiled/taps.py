"""The inner loops of a convolution: rows of taps over shifted copies of a line, for four filters at once.

Lay an image out as one line, row after row, with the zeros of its border between the rows: WP = W + padding places a
row, since the zeros behind one row are also those before the next. The number that tap (k, l) needs at output place
(i, j) stands k WP + l further than place (i, j) itself, for all places alike. So a tap is the whole line, shifted, times
one weight; a kernel of 3 x 3 adds nine such copies:

    line, WP = 5          a b c d e f g h i j k l m n o
    tap (0, 0)  w00 *     a b c d e f g h ...
    tap (0, 1)  w01 *     b c d e f g h i ...
    tap (1, 0)  w10 *     f g h i j k l m ...             y = the sum of the copies

A window of KW = 3 can't begin at d or e, the last KW - 1 places of a row. These GAPS are computed with the rest, since one
long loop is fast, and nobody reads them.

How long a loop takes is decided by what it loads and stores. Three neighbouring taps of four filters make 12
multiply-adds of 3 loaded numbers; only the 4 sums are loaded and stored again. All of it fits into the 16 vector
registers of a common processor, and the multipliers stay busy. The gradient of the weights is the same walk with the
roles exchanged: 12 sums of products stay in registers, and nothing is stored at all.

Small images are stacked: a line of a few hundred places is over before the loop has paid for its start. Several images
below each other, HP = H + padding rows each, are one tall image; its rows between two of them are not read either.

STRIP places are done at a time, so that the sums stay in the first-level cache while all channels are added. And their
number is rounded up to whole STEPs, the places that the compiler takes at once: what would be left over is done one by
one, which for a short line takes longer than the line. So every line has SLACK places behind its end.
"""

from numba import njit

from siamese_np.kernels.compiled.options import COMPILED

FILTERS = 4
STRIP = 1024  # places a strip has at most, unless one row is longer
STEP = 32
SLACK = 2 * STEP  # a whole step, and the taps of one kernel row


@njit(**COMPILED)
def images_a_stack(images, hp, wp):
    """How many images are stacked: as many as fit into a STRIP, at least one."""
    return max(min(STRIP // (hp * wp), images), 1)


@njit(**COMPILED)
def put_inside_border(x, first_row, left, wp, planes):
    """x (C, H, W) into planes (C, rows * WP + SLACK), from row first_row and column left on; the rest stays as it is."""
    channels, height, width = x.shape
    for c in range(channels):
        for h in range(height):
            start = (first_row + h) * wp + left
            source, line = x[c, h], planes[c, start : start + width]
            for w in range(width):
                line[w] = source[w]


@njit(**COMPILED)
def _whole_steps(length):
    return (length + STEP - 1) // STEP * STEP


@njit(**COMPILED)
def _add_three_taps(sums, line, w, length):
    """sums[f, i] += w[f, 0] line[i] + w[f, 1] line[i + 1] + w[f, 2] line[i + 2], for four f."""
    a0, a1, a2, b0, b1, b2 = w[0, 0], w[0, 1], w[0, 2], w[1, 0], w[1, 1], w[1, 2]
    c0, c1, c2, d0, d1, d2 = w[2, 0], w[2, 1], w[2, 2], w[3, 0], w[3, 1], w[3, 2]
    a, b, c, d = sums[0], sums[1], sums[2], sums[3]
    x0, x1, x2 = line[:length], line[1 : length + 1], line[2 : length + 2]
    for i in range(length):
        u, v, w_ = x0[i], x1[i], x2[i]
        a[i] += a0 * u + a1 * v + a2 * w_
        b[i] += b0 * u + b1 * v + b2 * w_
        c[i] += c0 * u + c1 * v + c2 * w_
        d[i] += d0 * u + d1 * v + d2 * w_


@njit(**COMPILED)
def _add_one_tap(sums, line, w, length):
    """sums[f, i] += w[f, 0] line[i], for four f."""
    a0, b0, c0, d0 = w[0, 0], w[1, 0], w[2, 0], w[3, 0]
    a, b, c, d = sums[0], sums[1], sums[2], sums[3]
    for i in range(length):
        u = line[i]
        a[i] += a0 * u
        b[i] += b0 * u
        c[i] += c0 * u
        d[i] += d0 * u


@njit(**COMPILED)
def rows_a_strip(wp):
    """How many output rows one strip has: about STRIP places."""
    return max(STRIP // wp, 1)


@njit(**COMPILED)
def correlate_strip(planes, weight, bias, first_row, rows, wp, sums):
    """Output rows first_row ... of four filters: sums (4, rows * wp + SLACK), place (i, j) of the strip at i wp + j.

    planes (C, HP * WP + SLACK); weight (4, C, KH, KW), bias (4,).
    """
    channels, kh, kw = weight.shape[1:]
    length = _whole_steps(rows * wp)
    for f in range(FILTERS):
        sums[f, :length] = bias[f]
    for c in range(channels):
        for k in range(kh):
            line = planes[c, (first_row + k) * wp :]
            l = 0
            while l + 3 <= kw:
                _add_three_taps(sums, line[l:], weight[:, c, k, l : l + 3], length)
                l += 3
            while l < kw:
                _add_one_tap(sums, line[l:], weight[:, c, k, l : l + 1], length)
                l += 1


@njit(**COMPILED)
def _three_dots(g, start, line, length, d):
    """d[f, l] += sum_i g[f, start + i] line[i + l], for four f and three l."""
    zero = line.dtype.type(0)
    a0, a1, a2, b0, b1, b2 = zero, zero, zero, zero, zero, zero
    c0, c1, c2, d0, d1, d2 = zero, zero, zero, zero, zero, zero
    ga, gb, gc, gd = g[0][start:], g[1][start:], g[2][start:], g[3][start:]
    x0, x1, x2 = line[:length], line[1 : length + 1], line[2 : length + 2]
    for i in range(length):
        u, v, w = x0[i], x1[i], x2[i]
        q = ga[i]
        a0 += q * u
        a1 += q * v
        a2 += q * w
        q = gb[i]
        b0 += q * u
        b1 += q * v
        b2 += q * w
        q = gc[i]
        c0 += q * u
        c1 += q * v
        c2 += q * w
        q = gd[i]
        d0 += q * u
        d1 += q * v
        d2 += q * w
    d[0, 0] += a0
    d[0, 1] += a1
    d[0, 2] += a2
    d[1, 0] += b0
    d[1, 1] += b1
    d[1, 2] += b2
    d[2, 0] += c0
    d[2, 1] += c1
    d[2, 2] += c2
    d[3, 0] += d0
    d[3, 1] += d1
    d[3, 2] += d2


@njit(**COMPILED)
def _one_dot(g, start, line, length, d):
    """d[f, 0] += sum_i g[f, start + i] line[i], for four f."""
    zero = line.dtype.type(0)
    a, b, c, e = zero, zero, zero, zero
    ga, gb, gc, gd = g[0][start:], g[1][start:], g[2][start:], g[3][start:]
    for i in range(length):
        u = line[i]
        a += ga[i] * u
        b += gb[i] * u
        c += gc[i] * u
        e += gd[i] * u
    d[0, 0] += a
    d[1, 0] += b
    d[2, 0] += c
    d[3, 0] += e


@njit(**COMPILED)
def is_finite(line):
    """Whether a line has neither NaN nor infinity: for those, and no others, 0 times them is not 0."""
    zero = line.dtype.type(0)
    total = zero
    for i in range(len(line)):
        total += line[i] * zero
    return total == 0


@njit(**COMPILED)
def add_dots(g, start, planes, images, hp, wp, oh, ow, dweight):
    """dweight[f, c, k, l] += sum over the places of dy[f, i, j] xp[c, i + k, j + l].

    For a stack of images of hp rows; g (4 n, rows * wp + SLACK), 0 in gaps and slack, place (i, j) of image b at
    start + (b hp + i) wp + j; planes (C, images * hp * wp + SLACK); dweight (4 n, C, KH, KW).
    """
    filters, channels, kh, kw = dweight.shape
    length = _whole_steps(((images - 1) * hp + oh) * wp)
    for c in range(channels):
        if not is_finite(planes[c]):
            # in a gap, 0 times NaN would be NaN: here the gaps are left out
            for f in range(filters):
                for k in range(kh):
                    for l in range(kw):
                        total = dweight[f, c, k, l]
                        for b in range(images):
                            for i in range(b * hp, b * hp + oh):
                                for j in range(ow):
                                    total += g[f, start + i * wp + j] * planes[c, (i + k) * wp + j + l]
                        dweight[f, c, k, l] = total
            continue
        for f in range(0, filters, FILTERS):
            four = g[f : f + FILTERS]
            for k in range(kh):
                line = planes[c, k * wp :]
                l = 0
                while l + 3 <= kw:
                    _three_dots(four, start, line[l:], length, dweight[f : f + FILTERS, c, k, l : l + 3])
                    l += 3
                while l < kw:
                    _one_dot(four, start, line[l:], length, dweight[f : f + FILTERS, c, k, l : l + 1])
                    l += 1
