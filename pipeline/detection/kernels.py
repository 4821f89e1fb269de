"""The loops of the detector, compiled. Each has a readable twin in NumPy, and the tests hold them equal:

    area_resize   pyramid.area_resize
    suppress      boxes.suppress, on boxes in falling order of confidence
    prelu         the layer PReLU, in place
    max_pool      the layer MaxPool2D
    mix           the interpolation of crops.crops
"""

import numpy as np
from numba import njit

from siamese_np.kernels.compiled.options import COMPILED


@njit(**COMPILED)
def area_resize(picture, resized):
    """picture (C, H, W) uint8 -> resized (C, h, w) float32, written: first the rows of a stretch are added, then columns."""
    channels, height, width = picture.shape
    h, w = resized.shape[1:]
    tall, wide = height / h, width / w
    share = np.float32(1 / (tall * wide))
    line = np.empty(width, np.float32)
    for c in range(channels):
        for i in range(h):
            top, bottom = i * tall, min((i + 1) * tall, height)
            line[:] = 0
            for y in range(int(top), min(int(np.ceil(bottom)), height)):
                part = np.float32(min(bottom, y + 1) - max(top, y))
                source = picture[c, y]
                for x in range(width):
                    line[x] += part * np.float32(source[x])
            for j in range(w):
                left, right = j * wide, min((j + 1) * wide, width)
                total = np.float32(0)
                for x in range(int(left), min(int(np.ceil(right)), width)):
                    total += np.float32(min(right, x + 1) - max(left, x)) * line[x]
                resized[c, i, j] = total * share


@njit(**COMPILED)
def suppress(boxes, limit, of_smaller, stays):
    """boxes (N, 4), best first -> stays (N,), bool, written."""
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
                if common / whole > limit:
                    stays[b] = False


@njit(**COMPILED)
def prelu(x, slopes):
    """x (N, C, places), changed in place."""
    for n in range(x.shape[0]):
        for c in range(x.shape[1]):
            line, slope = x[n, c], slopes[c]
            for i in range(len(line)):
                value = line[i]
                line[i] = value if value > 0 else value * slope


@njit(**COMPILED)
def max_pool(x, side, stride, top, left, y):
    """x (N, C, H, W) -> y (N, C, OH, OW), written: the layer MaxPool2D, without which cell won."""
    height, width = x.shape[2:]
    line = np.empty(width, x.dtype)
    for n in range(x.shape[0]):
        for c in range(x.shape[1]):
            for i in range(y.shape[2]):
                first = i * stride - top
                line[:] = x[n, c, max(first, 0)]
                for row in range(max(first, 0) + 1, min(first + side, height)):
                    source = x[n, c, row]
                    for j in range(width):
                        line[j] = max(line[j], source[j])
                best = y[n, c, i]
                for j in range(y.shape[3]):
                    start = j * stride - left
                    value = line[max(start, 0)]
                    for column in range(max(start, 0) + 1, min(start + side, width)):
                        value = max(value, line[column])
                    best[j] = value


@njit(**COMPILED)
def mix(planes, above, below, down, inside_y, left, right, across, inside_x, cut):
    """One crop (C, side, side), written: each place between four pixels of planes (C, H, W) float32; 0 where not inside."""
    for c in range(len(planes)):
        for i in range(cut.shape[1]):
            upper, lower = planes[c, above[i]], planes[c, below[i]]
            for j in range(cut.shape[2]):
                a, b = left[j], right[j]
                u = upper[a] + (upper[b] - upper[a]) * across[j]
                v = lower[a] + (lower[b] - lower[a]) * across[j]
                cut[c, i, j] = u + (v - u) * down[i] if inside_y[i] and inside_x[j] else np.float32(0)
