"""The filters to choose from: some made by hand, and those of the first layer of the network, where they are 3 x 3."""

import numpy as np

from pipeline.recognise.recogniser import Recogniser
from siamese_np.layers import Conv2D
from webapp.explore.common import faces

BY_HAND = {
    "edges-upright": ("Upright edges", [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]),
    "edges-level": ("Level edges", [[-1, -2, -1], [0, 0, 0], [1, 2, 1]]),
    "blur": ("Blur", [[1 / 9] * 3] * 3),
    "sharpen": ("Sharpen", [[0, -1, 0], [-1, 5, -1], [0, -1, 0]]),
}


def offered(recogniser: Recogniser, member: int) -> dict[str, tuple[str, np.ndarray]]:
    """Name in the address -> (words, kernel (3, 3) float64). The filters of network number `member` come first."""
    learnt = {}
    first = faces.network(recogniser, member).layers[0]
    if isinstance(first, Conv2D) and first.params["weight"].shape[1:] == (1, 3, 3):
        learnt = {
            f"learnt-{f}": (f"Filter {f} of the network", w[0].astype(np.float64))
            for f, w in enumerate(first.params["weight"])
        }
    return learnt | {name: (words, np.array(w, np.float64)) for name, (words, w) in BY_HAND.items()}
