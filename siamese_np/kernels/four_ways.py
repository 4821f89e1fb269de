"""One convolution, four ways, for one image with one channel and one filter: small enough to follow each number.

xp (HP, WP) is the image inside its border of zeros, w (KH, KW) the kernel. Stride 1, no bias. All four ways give the
same y (OH, OW), up to rounding. They are here to be read; reference.py and compiled/ compute whole batches.

The sliding window is the definition:

    y[i,j] = sum_{k,l} w[k,l] xp[i + k, j + l]                                      (1)

Columns. The numbers of each window stand in one column, and one matrix product does all windows at once:

    col[(k,l), (i,j)] = xp[i + k, j + l]             y = w @ col                    (2)

Shifted lines. Written row after row, the image is one line, in which xp[i + k, j + l] stands k WP + l further than
xp[i,j], for all places p alike. So each weight takes the whole line, shifted:

    line[p] = xp[p // WP, p % WP]                    p = i WP + j
    y[p] = sum_{k,l} w[k,l] line[p + k WP + l]                                      (3)

At the last KW - 1 places of a row no window begins. What (3) gives there is read by nobody: these places are gaps.

Winograd's products, for 3 x 3 kernels. Four outputs, a square, need the 4 x 4 numbers X. compiled/winograd.py derives

    U = G W G'     V = B X B'     M = U * V          * number by number, ' transposed
    Y = A' M A                                                                      (4)

M takes 16 products, where (1) takes 36 for the same four outputs.

The way back, for a dy (OH, OW). xp[h, w] stands in up to KH KW columns, so its gradient is the sum over them:

    dcol[(k,l), (i,j)] = w[k,l] dy[i,j]                                             (5)
    dxp[i + k, j + l] += dcol[(k,l), (i,j)]          for all (k,l) and (i,j)        (6)

The same sum over shifted lines, dy being a line with 0 in its gaps; and read from the place that receives:

    dline[p + k WP + l] += w[k,l] dy[p]              for all (k,l), whole lines     (7)
    dxp[h, v] = sum_{k,l} w[k,l] dy[h - k, v - l]                                   (8)

(8) is a convolution again, of dy inside a border of KH - 1 and KW - 1, with the kernel rotated by 180 degrees. The
gradient of the weights, by (2) and, with the transposed transforms, by (4):

    dw = dy @ col'                                                                  (9)
    dM = A dY A'     dW = G' (sum over squares of dM * V) G                        (10)
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from siamese_np.kernels import reference

G = np.array([[1, 0, 0], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0, 0, 1]])
B = np.array([[1, 0, -1, 0], [0, 1, 1, 0], [0, -1, 1, 0], [0, 1, 0, -1]])
A = np.array([[1, 0], [1, 1], [1, -1], [0, -1]])


def output_size(xp: np.ndarray, w: np.ndarray) -> tuple[int, int]:
    """(OH, OW)."""
    return xp.shape[0] - w.shape[0] + 1, xp.shape[1] - w.shape[1] + 1


def by_window(xp: np.ndarray, w: np.ndarray) -> np.ndarray:
    """xp (HP, WP), w (KH, KW) -> y (OH, OW), window by window."""
    y = np.zeros(output_size(xp, w))
    for i, j in np.ndindex(y.shape):
        y[i, j] = np.sum(w * xp[i : i + w.shape[0], j : j + w.shape[1]])  # (1)
    return y


def columns(xp: np.ndarray, kernel: tuple[int, int]) -> np.ndarray:
    """col of (2), (KH KW, OH OW)."""
    return reference.im2col(xp[None, None], kernel, (1, 1), (0, 0))[0]


def by_columns(xp: np.ndarray, w: np.ndarray) -> np.ndarray:
    """The same y by one matrix product."""
    return (w.ravel() @ columns(xp, w.shape)).reshape(output_size(xp, w))  # (2)


def tap_lines(xp: np.ndarray, w: np.ndarray) -> np.ndarray:
    """The terms of (3): for each weight the shifted line times this weight, (KH KW, OH WP). Behind the image: 0."""
    width, places = xp.shape[1], output_size(xp, w)[0] * xp.shape[1]
    line = np.append(xp.ravel(), np.zeros(w.shape[1]))
    return np.array([w[k, l] * line[k * width + l :][:places] for k, l in np.ndindex(w.shape)])


def by_lines(xp: np.ndarray, w: np.ndarray) -> np.ndarray:
    """The same y as a sum of lines, without the gaps."""
    lines = tap_lines(xp, w).sum(0)  # (3)
    return lines.reshape(-1, xp.shape[1])[:, : output_size(xp, w)[1]]


def squares(xp: np.ndarray) -> np.ndarray:
    """X for each square of four outputs: (rows, columns, 4, 4). Zeros are added to make their numbers even."""
    even = np.pad(xp, [(0, n % 2) for n in xp.shape])
    return sliding_window_view(even, (4, 4))[::2, ::2]


def transform_kernel(w: np.ndarray) -> np.ndarray:
    """U (4, 4)."""
    return G @ w @ G.T  # U of (4)


def transform_squares(x: np.ndarray) -> np.ndarray:
    """X (..., 4, 4) -> V (..., 4, 4)."""
    return B @ x @ B.T  # V of (4)


def square_steps(x: np.ndarray, w: np.ndarray) -> dict[str, np.ndarray]:
    """U (4, 4), and V, M (..., 4, 4) and Y (..., 2, 2) of squares X (..., 4, 4)."""
    u, v = transform_kernel(w), transform_squares(x)
    m = u * v
    return {"U": u, "V": v, "M": m, "Y": A.T @ m @ A}  # (4)


def row_steps(x: np.ndarray, g: np.ndarray) -> dict[str, np.ndarray]:
    """u, v and m (4,), and the two outputs y (2,), of four neighbours x (4,) and a row g (3,) of a kernel.

    This is (1) of compiled/winograd.py: four products for two outputs. (4) does it along rows and along columns.
    """
    u, v = G @ g, B @ x
    m = u * v
    return {"u": u, "v": v, "m": m, "y": A.T @ m}


def by_winograd(xp: np.ndarray, w: np.ndarray) -> np.ndarray:
    """The same y in 16 products for each square. Raises ValueError for a kernel other than 3 x 3."""
    if w.shape != (3, 3):
        raise ValueError(f"Winograd's products are for 3 x 3 kernels, not {w.shape}")
    y = square_steps(squares(xp), w)["Y"]
    rows, places = y.shape[:2]
    oh, ow = output_size(xp, w)
    return y.transpose(0, 2, 1, 3).reshape(2 * rows, 2 * places)[:oh, :ow]


WAYS = {"window": by_window, "columns": by_columns, "lines": by_lines, "winograd": by_winograd}


def column_gradient(dy: np.ndarray, w: np.ndarray) -> np.ndarray:
    """dcol (KH KW, OH OW)."""
    return w.reshape(-1, 1) * dy.reshape(1, -1)  # (5)


def back_by_columns(dy: np.ndarray, w: np.ndarray) -> np.ndarray:
    """dy (OH, OW) -> dxp (HP, WP): columns are added up where they came from (col2im)."""
    (oh, ow), (kh, kw) = dy.shape, w.shape
    dxp, dcol = np.zeros((oh + kh - 1, ow + kw - 1)), column_gradient(dy, w).reshape(kh, kw, oh, ow)
    for k, l in np.ndindex(w.shape):
        dxp[k : k + oh, l : l + ow] += dcol[k, l]  # (6)
    return dxp


def back_by_lines(dy: np.ndarray, w: np.ndarray) -> np.ndarray:
    """The same dxp, line by line."""
    (oh, ow), (kh, kw) = dy.shape, w.shape
    width = ow + kw - 1
    line = np.pad(dy, ((0, 0), (0, kw - 1))).ravel()
    dline = np.zeros((oh + kh - 1) * width + kw)
    for k, l in np.ndindex(w.shape):
        dline[k * width + l :][: len(line)] += w[k, l] * line  # (7)
    return dline[: (oh + kh - 1) * width].reshape(-1, width)


def back_by_rotation(dy: np.ndarray, w: np.ndarray) -> np.ndarray:
    """The same dxp, as a convolution of dy."""
    border = [(n - 1, n - 1) for n in w.shape]
    return by_columns(np.pad(dy, border), w[::-1, ::-1])  # (8)


def weight_gradient_by_columns(dy: np.ndarray, xp: np.ndarray, kernel: tuple[int, int]) -> np.ndarray:
    """dw (KH, KW)."""
    return (dy.ravel() @ columns(xp, kernel).T).reshape(kernel)  # (9)


def weight_gradient_by_winograd(dy: np.ndarray, xp: np.ndarray) -> np.ndarray:
    """The same dw (3, 3)."""
    even = np.pad(dy, [(0, n % 2) for n in dy.shape])
    rows, places = even.shape[0] // 2, even.shape[1] // 2
    dm = A @ even.reshape(rows, 2, places, 2).transpose(0, 2, 1, 3) @ A.T
    return G.T @ np.sum(dm * transform_squares(squares(xp)), (0, 1)) @ G  # (10)
