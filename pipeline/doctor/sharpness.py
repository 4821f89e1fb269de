"""How sharp a picture is: the share of its variance that is fine detail.

The Laplacian of a picture x, with its five-point stencil,

    l[i, j] = x[i-1, j] + x[i+1, j] + x[i, j-1] + x[i, j+1] - 4 x[i, j]                    (1)

responds to edges that are one pixel wide, and blur removes those. The variance of l is the usual measure of focus
(Pech-Pacheco and others 2000). It depends on size and contrast, so a larger picture is first brought to one size, and

    sharpness = var(l) / var(x)                                                             (2)

is used: neither brightness nor contrast changes it.

Measured at 80 pixels: ORL faces have .094 to 1.55. Of 511 faces from the web all but 6 lie above .05, half above .37;
those 6 are blurred. After a Gaussian blur with a standard deviation of 1.5 % of the long side (1.7 pixels of 112), 99 %
of the same faces lie below .05.
"""

import numpy as np
from PIL import Image

SIDE = 80  # pixels of the long side where (1) is taken; a smaller picture is not enlarged
BLURRED = 0.05  # (2) of a blurred face is less


def sharpness(gray: np.ndarray) -> float:
    """A grey picture (h, w) uint8 -> (2), which is 0 for a flat picture."""
    scale = min(SIDE / max(gray.shape), 1)
    size = tuple(max(round(side * scale), 3) for side in gray.shape[::-1])
    x = np.asarray(Image.fromarray(gray).resize(size, Image.Resampling.BOX), np.float64)
    laplacian = x[:-2, 1:-1] + x[2:, 1:-1] + x[1:-1, :-2] + x[1:-1, 2:] - 4 * x[1:-1, 1:-1]  # (1)
    return float(laplacian.var() / max(x.var(), 1e-9))  # (2)
