"""Reads a folder of people into faces of one size."""

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

LONGEST = 160  # pixels of the long side that are kept where no size is asked for


@dataclass(frozen=True)
class Reading:
    """What became of the files: (path, reason) of each that was left out, how many photos changed their size, and the
    size (h, w) that each photo had."""

    skipped: tuple[tuple[Path, str], ...]
    resized: int
    shapes: tuple[tuple[int, int], ...]


def read_folder(root: Path, size: tuple[int, int] | None = None) -> tuple[Faces, Reading]:
    """The faces of ROOT/PERSON/PHOTO, all of one size (H, W): `size`, or the most common one, at most 160 long.

    Photos of another shape are cut at the edges, never stretched. One that can't be read is left out, and so is a
    person without any. Raises JobError where nothing can be read.
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
    wanted = max(common, key=lambda shape: (common[shape], shape))  # of equally common sizes the largest
    images = np.stack([fit(picture, wanted) for picture in pictures])[:, None]
    resized = sum(shape != wanted for shape in shapes)
    faces = Faces(images, np.array(people, np.int32), tuple(names), tuple(sources))
    return faces, Reading(tuple(skipped), resized, tuple(shapes))


def _capped(shape: tuple[int, int]) -> tuple[int, int]:
    """The same shape with a long side of LONGEST at most: the whole of a large folder must fit into memory."""
    scale = min(LONGEST / max(shape), 1)
    return tuple(max(round(side * scale), 1) for side in shape)
