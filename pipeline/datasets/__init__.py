"""Where faces come from: a folder of people, the ORL faces of an installed package, or drawn ones."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Faces:
    """Grey images of faces of known people, all of one size.

    images   (N, 1, H, W) uint8
    people   (N,) int32, the person of each image as a position in `names`
    names    one name per person, all different
    sources  where each image comes from: a relative path with forward slashes

    Raises ValueError if these do not fit together.
    """

    images: np.ndarray
    people: np.ndarray
    names: tuple[str, ...]
    sources: tuple[str, ...]

    def __post_init__(self) -> None:
        images, people = self.images, self.people
        if images.ndim != 4 or images.shape[1] != 1 or images.dtype != np.uint8:
            raise ValueError(f"images must be (N, 1, H, W) uint8, got {images.shape} {images.dtype}")
        if people.shape != (len(images),) or people.dtype != np.int32:
            raise ValueError(f"people must be ({len(images)},) int32, got {people.shape} {people.dtype}")
        if len(people) and not 0 <= people.min() <= people.max() < len(self.names):
            raise ValueError(f"people must lie in 0 ... {len(self.names) - 1}, got {people.min()} ... {people.max()}")
        if len(set(self.names)) != len(self.names):
            raise ValueError("two people have the same name")
        if len(self.sources) != len(images):
            raise ValueError(f"sources must be {len(images)} paths, got {len(self.sources)}")
