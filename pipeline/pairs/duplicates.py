"""Finds duplicate photos before the split.

A test with a photo that is also in the training part measures how well the network remembers that photo.

Copies have equal pixels. Near duplicates (saved again, or shifted a little) are found on thumbnails of 40 x 40. Let c_a
be the 36 x 36 centre of thumbnail a, and w_s,b the 36 x 36 window of thumbnail b that is shifted by
s = (-2 ... 2, -2 ... 2), each minus its mean and scaled to length 1. Then

    shift correlation(a, b) = max over s of  max(c_a . w_s,b,  c_b . w_s,a)              (1)

Two photos with a shift correlation above .95 count as near duplicates. Photos of one session can be that similar (one in
ten on the ORL faces), so near duplicates of one person are kept, in one part. A photo under two people means that one of
the names is wrong.
"""

import hashlib
from dataclasses import dataclass

import numpy as np
from PIL import Image
from threadpoolctl import threadpool_limits

from pipeline.common.console import progress
from pipeline.datasets import Faces
from pipeline.pairs.components import components

NEAR = 0.95  # shift correlation above which two photos are near duplicates
THUMBNAIL = 40  # pixels of a side
SHIFT = 2  # pixels of a thumbnail, in each direction
BLOCK = 512  # images compared at a time, so that memory does not grow with their number

Links = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Duplicates:
    """Duplicates as pairs of image positions, the earlier image first.

    copies     equal pixels, one person: the second image is dropped
    near       nearly equal pixels, one person: both images stay in one part
    conflicts  equal or nearly equal pixels, two people: both images are dropped
    hashes     sha256 of the pixels of each image
    """

    copies: Links
    near: Links
    conflicts: Links
    hashes: tuple[str, ...]

    @property
    def dropped(self) -> np.ndarray:
        """(N,) bool: the images that by_person and by_image leave out."""
        dropped = np.zeros(len(self.hashes), bool)
        dropped[[second for _, second in self.copies]] = True
        dropped[[image for pair in self.conflicts for image in pair]] = True
        return dropped

    @property
    def groups(self) -> np.ndarray:
        """(N,) int32: images with the same number must stay in one part."""
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
    with threadpool_limits(1, "blas"):  # on a busy machine threads of small products wait for each other
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
    """(n, 40, 40) and (m, 40, 40) uint8 -> (n, m) float32, by (1). It is 0 for a picture without contrast."""
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
