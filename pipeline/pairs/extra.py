"""Extra people: photos of others, added to the training part alone."""

from dataclasses import replace

import numpy as np

from pipeline.common.errors import JobError
from pipeline.datasets import Faces
from pipeline.faces.preprocess import fit
from pipeline.pairs import duplicates
from pipeline.pairs.data import PART_DTYPE, PairData

THUMBNAIL = (duplicates.THUMBNAIL, duplicates.THUMBNAIL)


def add_people(data: PairData, extra: Faces) -> tuple[PairData, list[str]]:
    """`data` with the photos of `extra` in its training part (and in no gallery), and the sources that were left out.

    Left out are people whose name `data` has already, and photos that equal, or nearly equal, one that validates or
    tests. Raises JobError where nothing is left.
    """
    asked = np.isin(data.part, ("val", "test"))
    size = data.images.shape[2:]
    images = np.stack([fit(image, size) for image in extra.images[:, 0]])[:, None]
    ours, theirs = (_thumbnails(some) for some in (data.images[asked], images))
    twin = np.zeros(len(images), bool)
    if len(ours):
        twin = (duplicates.shift_correlation(theirs, ours) > duplicates.NEAR).any(1)
        known = {image.tobytes() for image in data.images[asked]}
        twin |= np.array([image.tobytes() in known for image in images])
    known_names = np.array([name in data.names for name in extra.names])
    kept = np.flatnonzero(~twin & ~known_names[extra.people])
    if not len(kept):
        raise JobError("no photo of the extra people is left: all of them are of people, or near copies of photos, that "
                       "the split holds already. Choose another --extra.")  # fmt: skip
    added = replace(
        data,
        images=np.concatenate([data.images, images[kept]]),
        people=np.concatenate([data.people, extra.people[kept] + np.int32(len(data.names))]).astype(np.int32),
        # no folder's name holds a slash: nobody of `data` can be called so
        names=(*data.names, *(f"extra/{name}" for name in extra.names)),
        sources=(*data.sources, *(f"extra/{extra.sources[row]}" for row in kept)),
        part=np.concatenate([data.part, np.full(len(kept), "train", PART_DTYPE)]),
        landmarks=None,  # they are found for all of them together
        info={**data.info, "without_extra": len(data.images)},
    )
    return added, [extra.sources[row] for row in np.setdiff1d(np.arange(len(images)), kept)]


def _thumbnails(images: np.ndarray) -> np.ndarray:
    return np.array([fit(image, THUMBNAIL) for image in images[:, 0]], np.uint8).reshape(-1, *THUMBNAIL)
