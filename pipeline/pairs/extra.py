"""Extra people: photos of other people that are added to the training part alone."""

from dataclasses import replace

import numpy as np

from pipeline.common.errors import JobError
from pipeline.datasets import Faces
from pipeline.faces.preprocess import fit
from pipeline.pairs import duplicates
from pipeline.pairs.data import PART_DTYPE, PairData

THUMBNAIL = (duplicates.THUMBNAIL, duplicates.THUMBNAIL)


def add_people(data: PairData, extra: Faces) -> tuple[PairData, list[str]]:
    """Add the photos of `extra` to the training part of `data` -> the new data, and the sources that were left out.

    Extra people are in no gallery. Left out are people whose names `data` has already, and duplicates or near duplicates
    of photos of the val and test parts. Raises JobError where no photo is left.
    """
    held_out = np.isin(data.part, ("val", "test"))
    size = data.images.shape[2:]
    images = np.stack([fit(image, size) for image in extra.images[:, 0]])[:, None]
    thumbnails, held_out_thumbnails = (_thumbnails(some) for some in (images, data.images[held_out]))
    is_duplicate = np.zeros(len(images), bool)
    if len(held_out_thumbnails):
        is_duplicate = (duplicates.shift_correlation(thumbnails, held_out_thumbnails) > duplicates.NEAR).any(1)
        known = {image.tobytes() for image in data.images[held_out]}
        is_duplicate |= np.array([image.tobytes() in known for image in images])
    known_names = np.array([name in data.names for name in extra.names])
    kept = np.flatnonzero(~is_duplicate & ~known_names[extra.people])
    if not len(kept):
        raise JobError("no photo of the extra people is left: the data has all these people already, or near duplicates "
                       "of these photos in its val and test parts. Choose another --extra.")  # fmt: skip
    added = replace(
        data,
        images=np.concatenate([data.images, images[kept]]),
        people=np.concatenate([data.people, extra.people[kept] + np.int32(len(data.names))]).astype(np.int32),
        # the name of a folder has no slash, so nobody in `data` has such a name
        names=(*data.names, *(f"extra/{name}" for name in extra.names)),
        sources=(*data.sources, *(f"extra/{extra.sources[row]}" for row in kept)),
        part=np.concatenate([data.part, np.full(len(kept), "train", PART_DTYPE)]),
        landmarks=None,  # they are searched for later, on all images together
        info={**data.info, "without_extra": len(data.images)},
    )
    return added, [extra.sources[row] for row in np.setdiff1d(np.arange(len(images)), kept)]


def _thumbnails(images: np.ndarray) -> np.ndarray:
    return np.array([fit(image, THUMBNAIL) for image in images[:, 0]], np.uint8).reshape(-1, *THUMBNAIL)
