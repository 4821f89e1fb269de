"""Finds the same photo twice, before the split: a photo on both sides of it would be a test that was learnt by heart.

Copies have equal pixels. Near duplicates (saved again, shifted by a little) are found on thumbnails of 40 x 40: with c
the 36 x 36 centre of one and w_s the window of the other that is shifted by s = (-2 ... 2, -2 ... 2), both with their
mean taken off and scaled to length 1,

    shift correlation(a, b) = max over s of  max(c_a . w_s,b,  c_b . w_s,a)              (1)

Two photos above .95 count as near. Photos of one session can be that alike (on the ORL faces one in ten), so near
duplicates of one person are kept, on one side. The same photo under two people says that one name is wrong.
"""

import hashlib
from dataclasses import dataclass

import numpy as np
from PIL import Image
from threadpoolctl import threadpool_limits

from pipeline.common.console import progress
from pipeline.datasets import Faces
from pipeline.pairs.components import components

NEAR = 0.95
THUMBNAIL = 40
SHIFT = 2
BLOCK = 512  # images compared at a time: memory stays flat

Links = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Duplicates:
    """Twos of image positions, the earlier image first.

    copies     equal pixels, one person: the second is dropped
    near       nearly equal, one person: both on one side of a split
    conflicts  equal or nearly equal, two people: both are dropped
    hashes     sha256 of the pixels of each image
    """

    copies: Links
    near: Links
    conflicts: Links
    hashes: tuple[str, ...]

    @property
    def dropped(self) -> np.ndarray:
        """(N,) bool: the images that a split of our own leaves out."""
        dropped = np.zeros(len(self.hashes), bool)
        dropped[[second for _, second in self.copies]] = True
        dropped[[image for two in self.conflicts for image in two]] = True
        return dropped

    @property
    def groups(self) -> np.ndarray:
        """(N,) int32: images with the same number are to stay on one side."""
        return components(len(self.hashes), self.near)


def find(faces: Faces) -> Duplicates:
    """Compare all images of `faces` with each other: n * n * 32 000 multiplications, about a second for 1500 images."""
    hashes = tuple(hashlib.sha256(image.tobytes()).hexdigest() for image in faces.images)
    copies, conflicts, unique = [], [], []
    first_of: dict[str, dict[int, int]] = {}  # hash -> person -> the first image
    for image, (digest, person) in enumerate(zip(hashes, faces.people.tolist(), strict=True)):
        firsts = first_of.setdefault(digest, {})
        if person in firsts:
            copies.append((firsts[person], image))
        else:
            conflicts.extend((other, image) for other in firsts.values())
            firsts[person] = image
            unique.append(image)
    near = []
    with threadpool_limits(1, "blas"):  # on a busy machine, threads of small products wait for each other for seconds
        found = _near(faces.images[unique])
    for first, second in found:
        a, b = unique[first], unique[second]
        if hashes[a] != hashes[b]:
            (near if faces.people[a] == faces.people[b] else conflicts).append((a, b))
    return Duplicates(tuple(copies), tuple(near), tuple(sorted(conflicts)), hashes)


def _near(images: np.ndarray) -> list[tuple[int, int]]:
    """Positions (a, b), a < b, of images (N, 1, H, W) whose shift correlation is above NEAR."""
    thumbnails = np.array([thumbnail(image) for image in images[:, 0]], np.uint8).reshape(-1, THUMBNAIL, THUMBNAIL)
    found = []
    for i in progress(range(0, len(images), BLOCK), "comparing"):
        for j in range(i, len(images), BLOCK):
            near = shift_correlation(thumbnails[i : i + BLOCK], thumbnails[j : j + BLOCK]) > NEAR
            found.extend((i + int(a), j + int(b)) for a, b in np.argwhere(near) if i + a < j + b)
    return sorted(found)


def thumbnail(image: np.ndarray) -> np.ndarray:
    """A grey picture (H, W) uint8 of any size as (40, 40) uint8."""
    return np.asarray(Image.fromarray(image).resize((THUMBNAIL, THUMBNAIL), Image.Resampling.BOX))


def shift_correlation(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """(n, 40, 40) and (m, 40, 40) uint8 -> (n, m) float32, by (1). A flat picture resembles nothing: 0."""
    centre_a, centre_b = _windows(a, 0, 0), _windows(b, 0, 0)
    best = np.zeros((len(a), len(b)), np.float32)
    for dy in range(-SHIFT, SHIFT + 1):
        for dx in range(-SHIFT, SHIFT + 1):
            np.maximum(best, centre_a @ _windows(b, dy, dx).T, out=best)
            np.maximum(best, _windows(a, dy, dx) @ centre_b.T, out=best)
    return best


def _windows(thumbnails: np.ndarray, dy: int, dx: int) -> np.ndarray:
    inner = THUMBNAIL - 2 * SHIFT
    cut = thumbnails[:, SHIFT + dy : SHIFT + dy + inner, SHIFT + dx : SHIFT + dx + inner]
    rows = cut.reshape(len(cut), -1).astype(np.float32)
    rows -= rows.mean(1, keepdims=True)
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6)
