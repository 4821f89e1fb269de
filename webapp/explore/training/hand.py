"""The faces at hand: photos of the gallery and the samples, cut out and grey, of people with two photos or more."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from werkzeug.exceptions import NotFound

from pipeline import pairs, photos
from pipeline.common.errors import JobError
from pipeline.datasets import Faces
from pipeline.faces import way_in
from pipeline.faces.preprocess import fit
from pipeline.pairs import PairData
from pipeline.recognise.gallery import GalleryPhoto
from pipeline.recognise.kept_faces import KeptFaces
from webapp.common import serving
from webapp.explore.common import faces as faces_of
from webapp.explore.common import kept
from webapp.explore.common.jobs import Event

MOST = 160  # photos, spread over all
SIZE = (112, 92)  # of a crop
VAL = 0.3  # the share of people that validate
FIXED = 1000  # pairs that are drawn once, for a training without hard pairs


def collect(now: serving.Now, folder: Path) -> Iterator[Event]:
    """Cut out the faces. Yields events; `found` has the result."""
    wanted = _photos(now)
    known, crops = KeptFaces(folder), []
    for n, (person, photo) in enumerate(wanted):
        try:
            face = (
                faces_of.of_gallery(photo, known)
                if isinstance(photo, GalleryPhoto)
                else way_in.one(way_in.look(photos.read(photo.path)), "largest")
            )
            crops.append((person, fit(face.crop()[0], SIZE), photo.path.name))
        except (way_in.NoFace, photos.PhotoError, NotFound):  # the gallery names it among its problems
            continue
        yield "progress", {"done": n + 1, "of": len(wanted), "says": f"Cutting out faces: {n + 1} of {len(wanted)}"}
    counts = {person: sum(other == person for other, *_ in crops) for person, *_ in crops}
    crops = [crop for crop in crops if counts[crop[0]] > 1]
    kept.results().get("at hand", _key(now), lambda: crops, 2)


def found(now: serving.Now) -> list | None:
    """(person, crop (H, W) uint8, name of the file) of each photo, None where nobody has looked."""
    return kept.results().find("at hand", _key(now))


def pair_data(crops: list, seed: int, leaked: bool) -> PairData:
    """The faces, split by person, with pairs. leaked: the photos that validate are trained on, too.

    Raises JobError where there are too few people.
    """
    names = tuple(sorted({person for person, *_ in crops}))
    if len(names) < 2:
        raise JobError("a training needs at least two people with two photos each: add people to the gallery")
    images = np.array([crop for _, crop, _ in crops])[:, None]
    people = np.array([names.index(person) for person, *_ in crops], np.int32)
    faces = Faces(images, people, names, tuple(f"{person}/{name}" for person, _, name in crops))
    rng = np.random.default_rng(seed)
    data = pairs.build(faces, pairs.by_person(faces, VAL, 0, rng), {"train": FIXED}, rng)
    if not leaked:
        return data
    rows = np.concatenate([np.arange(len(images)), data.indices("val")])
    part = np.concatenate([data.part, np.full(len(rows) - len(images), "train", data.part.dtype)])
    sources = tuple(data.sources[row] for row in rows)
    return replace(data, images=images[rows], people=people[rows], sources=sources, part=part)


def _photos(now: serving.Now) -> list[tuple]:
    """(person, photo of the gallery or sample), no content twice."""
    gallery = now.snapshot.photos if now.snapshot else ()
    samples = (*now.samples.known, *now.samples.strangers)
    every = {(photo.person, photo.path.name): photo for photo in (*gallery, *samples)}
    listed = [(person, photo) for (person, _), photo in sorted(every.items(), key=lambda item: item[0])]
    return listed[:: -(-len(listed) // MOST) or 1]


def _key(now: serving.Now) -> tuple:
    return tuple(str(photo.path) for _, photo in _photos(now))
