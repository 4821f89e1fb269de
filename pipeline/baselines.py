"""What a method has to beat: the same faces compared without any learning."""

from collections.abc import Sequence

import numpy as np

from pipeline.preprocess import Preprocessing


def raw_pixels(pictures: Sequence[np.ndarray], size: tuple[int, int]) -> np.ndarray:
    """Grey faces (h, w) uint8 -> their pixels / 255 as vectors (N, H*W), at the size that the network sees."""
    return Preprocessing(size, standardise=False)(pictures).reshape(len(pictures), -1)
