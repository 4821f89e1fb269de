"""The data that a training reads: each face once, and pairs of positions in the list of faces."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from pipeline.datasets import Faces

PARTS = ("train", "val", "test")  # the parts that have pairs; an image of the part "drop" is used nowhere
PART_DTYPE = np.dtype("<U5")


@dataclass(frozen=True, eq=False)
class PairData:
    """Images, the part of each image, and the pairs of each part.

    images   (N, 1, H, W) uint8
    people   (N,) int32, positions in `names`
    names    one name per person
    sources  one relative path per image
    part     (N,) text: "train", "val", "test" or "drop"
    pairs    for each of PARTS (P, 2) int32, positions in `images`
    same     for each of PARTS (P,) bool, True where both images show one person
    info     what else is known, as JSON values: "split", "seed", "hashes", and the duplicates that were found
    landmarks  (N, 5, 2) float32, (x, y) in pixels of the image: eyes, nose, corners of the mouth; NaN where none were
             found; None where they were not searched for

    Raises ValueError where these contradict each other.
    """

    images: np.ndarray
    people: np.ndarray
    names: tuple[str, ...]
    sources: tuple[str, ...]
    part: np.ndarray
    pairs: Mapping[str, np.ndarray]
    same: Mapping[str, np.ndarray]
    info: Mapping[str, Any]
    landmarks: np.ndarray | None = None

    def __post_init__(self) -> None:
        count = len(self.faces.images)
        if self.part.shape != (count,) or self.part.dtype != PART_DTYPE:
            raise ValueError(f"part must be ({count},) {PART_DTYPE}, got {self.part.shape} {self.part.dtype}")
        unknown = set(self.part.tolist()) - {*PARTS, "drop"}
        if unknown:
            raise ValueError(f"part knows train, val, test and drop, got {sorted(unknown)[0]!r}")
        points = self.landmarks
        if points is not None and (points.shape != (count, 5, 2) or points.dtype != np.float32):
            raise ValueError(f"landmarks must be ({count}, 5, 2) float32, got {points.shape} {points.dtype}")
        for part in PARTS:
            self._check_pairs(part)

    @property
    def faces(self) -> Faces:
        """The images with their people, without parts and pairs."""
        return Faces(self.images, self.people, self.names, self.sources)

    @property
    def is_extra(self) -> np.ndarray:
        """(N,) bool: True for images of extra people, who were added for training alone and come after all others."""
        return np.arange(len(self.images)) >= self.info.get("without_extra", len(self.images))

    def indices(self, part: str) -> np.ndarray:
        """The positions (n,) of the images of one part, in order."""
        return np.flatnonzero(self.part == part)

    def dropping(self, rows: np.ndarray) -> "PairData":
        """The same data with the images `rows` in the part "drop", and without the pairs that use them."""
        part = self.part.copy()
        part[rows] = "drop"
        kept = {name: (part[self.pairs[name]] == name).all(1) for name in PARTS}
        return replace(self, part=part, pairs={name: self.pairs[name][kept[name]] for name in PARTS},
                       same={name: self.same[name][kept[name]] for name in PARTS})  # fmt: skip

    def _check_pairs(self, part: str) -> None:
        pairs, same = self.pairs[part], self.same[part]
        if pairs.ndim != 2 or pairs.shape[1] != 2 or pairs.dtype != np.int32:
            raise ValueError(f"the {part} pairs must be (P, 2) int32, got {pairs.shape} {pairs.dtype}")
        if same.shape != (len(pairs),) or same.dtype != np.bool_:
            raise ValueError(f"same of {part} must be ({len(pairs)},) bool, got {same.shape} {same.dtype}")
        if pairs.size and not 0 <= pairs.min() <= pairs.max() < len(self.images):
            raise ValueError(f"the {part} pairs point outside the {len(self.images)} images")
        first, second = pairs.T
        for wrong, what in (
            (first == second, "pairs an image with itself"),
            ((self.part[pairs] != part).any(1), "uses an image of another part"),
            (same != (self.people[first] == self.people[second]), "contradicts people: same is wrong there"),
        ):
            if wrong.any():
                raise ValueError(f"row {wrong.argmax()} of the {part} pairs {what}")


def photo_hash(image: np.ndarray) -> str:
    """A hash of the content of a grey face (H, W), by which it is known again, whatever its name."""
    return hashlib.sha256(f"{image.shape}".encode() + np.ascontiguousarray(image).tobytes()).hexdigest()[:16]


def fingerprint(data: PairData) -> str:
    """A hash of all data that a training uses."""
    digest = hashlib.sha256()
    used = np.isin(data.part, ("train", "val"))
    digest.update(json.dumps(data.names).encode())
    for array in (data.images[used], data.people[used], data.part[used] == "val", np.flatnonzero(used),
                  data.pairs["train"], data.same["train"]):  # fmt: skip
        digest.update(str(array.shape).encode() + np.ascontiguousarray(array).tobytes())
    if data.landmarks is not None:
        digest.update(np.ascontiguousarray(data.landmarks[used]).tobytes())
    return digest.hexdigest()
