"""Reads a folder of people as faces of one size."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline import photos
from pipeline.common.console import progress
from pipeline.common.errors import JobError
from pipeline.datasets import Faces
from pipeline.faces.preprocess import fit
from pipeline.photos import folder

LONGEST = 160  # pixels of the long side at most, where the user gives no size


@dataclass(frozen=True)
class Reading:
    """The result of reading.

    skipped   (path, reason) of each file that was left out
    resized   the number of photos whose size changed
    shapes    the original size (h, w) of each photo
    """

    skipped: tuple[tuple[Path, str], ...]
    resized: int
    shapes: tuple[tuple[int, int], ...]


def read_folder(root: Path, size: tuple[int, int] | None = None) -> tuple[Faces, Reading]:
    """The faces of ROOT/PERSON/PHOTO, all of one size (H, W): `size`, or the most common size with a long side of 160 at
    most.

    Photos of another aspect ratio are cropped at the edges, never stretched. A photo that can't be read is left out, and
    so is a person without readable photos. Raises JobError where no photo can be read.
    """
    scan = folder.scan(root)
    skipped = list(scan.skipped)
    pictures, shapes, people, names, sources = [], [], [], [], []
    files = [(person.name, file) for person in scan.people for file in person.files]
    for name, file in progress(files, "reading"):
        try:
            gray = photos.to_gray(photos.read(file))
        except photos.PhotoError as error:
            skipped.append((file, str(error)))
            continue
        if name not in names[-1:]:
            names.append(name)
        pictures.append(fit(gray, size or _capped(gray.shape)))
        shapes.append(gray.shape)
        people.append(len(names) - 1)
        sources.append(f"{name}/{file.name}")
    if not pictures:
        reasons = "".join(f"\n  {path} {reason}" for path, reason in skipped[:10])
        raise JobError(f"No photo in {root} can be read:{reasons}")
    nobody = [person.name for person in scan.people if person.name not in names]
    skipped.extend((Path(root) / name, "has no photo that can be read") for name in nobody)
    common = Counter(picture.shape for picture in pictures)
    wanted = max(common, key=lambda shape: (common[shape], shape))  # the largest of equally common sizes
    images = np.stack([fit(picture, wanted) for picture in pictures])[:, None]
    resized = sum(shape != wanted for shape in shapes)
    faces = Faces(images, np.array(people, np.int32), tuple(names), tuple(sources))
    return faces, Reading(tuple(skipped), resized, tuple(shapes))


def _capped(shape: tuple[int, int]) -> tuple[int, int]:
    """The same shape with a long side of LONGEST at most, so that all photos of a large folder fit into memory."""
    scale = min(LONGEST / max(shape), 1)
    return tuple(max(round(side * scale), 1) for side in shape)
