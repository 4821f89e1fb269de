"""The loops of the detector, compiled. Each has a readable version in NumPy, and tests hold the two equal:

    area_resize   pyramid.area_resize
    suppress      boxes.suppress, on boxes in falling order of confidence
    cut           the interpolation of crops.crops
    im2col        the columns of siamese_np/kernels/reference.py
    prelu         the layer PReLU, with the bias of the layer before it, in place
    max_pool      the layer MaxPool2D
"""

import sys

import numpy as np
from numba import njit

from siamese_np.kernels import compiled
from siamese_np.kernels.compiled.options import COMPILED


@njit(**COMPILED)
def area_resize(picture, starts, shares, resized):
    """picture (H, W, 3) uint8 -> resized (3, height, width) float32, written in place.

    First the input rows that one output row covers are averaged to one line. Then each output pixel j is the mean of
    the pixels that it covers in that line: the sum over t of shares[j, t] times pixel starts[j] + t.
    """
    height, width = resized.shape[1:]
    tall = picture.shape[0] / height
    flat = picture.reshape(picture.shape[0], -1)
    line = np.zeros(flat.shape[1] + 3 * shares.shape[1], np.float32)  # a share of 0 may be beyond the end
    pixels = line[: flat.shape[1]]
    for i in range(height):
        top, bottom = i * tall, min((i + 1) * tall, picture.shape[0])
        pixels[:] = 0
        for y in range(int(top), min(int(np.ceil(bottom)), picture.shape[0])):
            part = np.float32((min(bottom, y + 1) - max(top, y)) / tall)
            source = flat[y]
            for x in range(len(pixels)):
                pixels[x] += part * np.float32(source[x])
        for j in range(width):
            red, green, blue = np.float32(0), np.float32(0), np.float32(0)
            at = 3 * starts[j]
            for t in range(shares.shape[1]):
                share = shares[j, t]
                red += share * line[at]
                green += share * line[at + 1]
                blue += share * line[at + 2]
                at += 3
            resized[0, i, j], resized[1, i, j], resized[2, i, j] = red, green, blue


@njit(**COMPILED)
def suppress(boxes, threshold, of_smaller, stays):
    """boxes (N, 4), most confident first -> stays (N,) bool, written in place."""
    count = len(boxes)
    stays[:] = True
    for a in range(count):
        x1, y1, x2, y2 = boxes[a]
        area = (x2 - x1) * (y2 - y1)
        for b in range(a + 1, count):
            width = min(x2, boxes[b, 2]) - max(x1, boxes[b, 0])
            height = min(y2, boxes[b, 3]) - max(y1, boxes[b, 1])
            if width > 0 and height > 0:
                common = width * height
                other = (boxes[b, 2] - boxes[b, 0]) * (boxes[b, 3] - boxes[b, 1])
                whole = min(area, other) if of_smaller else area + other - common
                if common / whole > threshold:
                    stays[b] = False


@njit(**COMPILED)
def cut(picture, above, below, down, inside_y, left, right, across, inside_x, crops):
    """picture (H, W, C) uint8 -> crops (N, C, side, side) float32, written in place: bilinear samples, 0 outside.

    The arguments for rows and for columns, (N, side) each, are the results of crops.between.
    """
    middle, half = np.float32(127.5), np.float32(1 / 128)  # networks.normal
    for n in range(len(crops)):
        for i in range(crops.shape[2]):
            upper, lower = picture[above[n, i]], picture[below[n, i]]
            for j in range(crops.shape[3]):
                a, b = left[n, j], right[n, j]
                for c in range(crops.shape[1]):
                    value = np.float32(0)
                    if inside_y[n, i] and inside_x[n, j]:
                        u, v = np.float32(upper[a, c]), np.float32(lower[a, c])
                        u += (np.float32(upper[b, c]) - u) * across[n, j]
                        v += (np.float32(lower[b, c]) - v) * across[n, j]
                        value = (u + (v - u) * down[n, i] - middle) * half
                    crops[n, c, i, j] = value


@njit(**COMPILED)
def im2col(x, columns):
    """x (C, N, H, W) -> columns (C, KH, KW, N, OH, OW), written in place.

    columns[c, k, l] are the pixels of channel c that weight (k, l) of a kernel multiplies, for all outputs.
    """
    channels, kh, kw, images, oh, ow = columns.shape
    for c in range(channels):
        for k in range(kh):
            for l in range(kw):
                for n in range(images):
                    for i in range(oh):
                        source, line = x[c, n, i + k, l : l + ow], columns[c, k, l, n, i]
                        for j in range(ow):
                            line[j] = source[j]


@njit(**COMPILED)
def prelu(x, bias, slopes):
    """x (C, places) -> PReLU of x + bias, in place."""
    for c in range(len(x)):
        line, add, slope = x[c], bias[c], slopes[c]
        for i in range(len(line)):
            value = line[i] + add
            line[i] = value if value > 0 else value * slope


@njit(**COMPILED)
def max_pool(x, side, top, left, y):
    """x (planes, H, W) -> y (planes, OH, OW), written in place: the layer MaxPool2D with stride 2, without its argmax.

    side is 2 or 3. The maximum is always taken over three cells: with side 2, the second cell is used twice. A row
    outside of the plane is replaced by the nearest row of the plane.
    """
    height, width = x.shape[1:]
    line = np.full(max(width, 2 * y.shape[2] + side) + left, -np.inf, x.dtype)  # beside the plane: never the maximum
    inside = line[left : left + width]
    for p in range(len(x)):
        for i in range(y.shape[1]):
            row = 2 * i - top
            a, b = x[p, max(row, 0)], x[p, min(row + 1, height - 1)]
            c = x[p, min(row + side - 1, height - 1)]
            for j in range(width):
                inside[j] = max(max(a[j], b[j]), c[j])
            best, last = y[p, i], line[side - 1 :]
            for j in range(len(best)):
                best[j] = max(max(line[2 * j], line[2 * j + 1]), last[2 * j])


compiled.drop_stale_cache(sys.modules[__name__])
