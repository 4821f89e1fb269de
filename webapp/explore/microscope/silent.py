"""Units that are 0 for every photo of the gallery: they say nothing of anybody who is known.

All photos go through the network, a few at a time, by siamese_np.trace. That takes longer than half a second, so it
is a computation with progress (explore/common/jobs.py), whose result is kept.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline.faces.preprocess import Preprocessing
from pipeline.faces.way_in import NoFace
from pipeline.recognise.kept_faces import KeptFaces
from siamese_np.losses import ContrastiveLoss
from siamese_np.trace import trace
from webapp.common import serving
from webapp.explore.common import faces, kept
from webapp.explore.common.jobs import Event, Job

AT_ONCE = 8  # photos: their trace takes some tens of milliseconds
MOST = 200  # photos, spread over the gallery
BYTES = 60_000_000  # of a trace of AT_ONCE photos


@dataclass(frozen=True, eq=False)
class Silent:
    """photos: how many were looked at; units: name of a layer -> which of its units (C, H, W) or (D,) are 0 for all."""

    photos: int
    units: dict[str, np.ndarray]


def found(now: serving.Now, member: int) -> Silent | None:
    """What was found for the present gallery, None where nobody has looked yet."""
    return kept.results().find("silent", _key(now, member))


def work(now: serving.Now, folder: Path, member: int, job: Job) -> Iterator[Event]:
    """Look at the photos of the gallery, for network number `member`. Yields events; the result is kept."""
    photos = now.snapshot.photos[:: -(-len(now.snapshot.photos) // MOST)]
    known, silent, network = KeptFaces(folder), {}, faces.network(now.recogniser, member)
    seen = 0
    for start in range(0, len(photos), AT_ONCE):
        views = []
        for photo in photos[start : start + AT_ONCE]:
            try:
                views.append(now.recogniser.prepare_face(faces.of_gallery(photo, known))[member])
            except NoFace:  # the gallery names it among its problems
                continue
        if views:
            x = Preprocessing(views[0].shape, now.recogniser.preprocessing.standardise)(views)
            for step in trace(network, x, [(0, 0)], ContrastiveLoss(), dtype=np.float32):
                if step.layer is not None:
                    zero = np.all(step.y == 0, axis=0)
                    silent[step.name] = zero & silent.get(step.name, zero)
        seen += len(views)
        yield "progress", {"done": min(start + AT_ONCE, len(photos)), "of": len(photos)}
    kept.results().get("silent", _key(now, member), lambda: Silent(seen, silent))
    yield "result", {"photos": seen}


def _key(now: serving.Now, member: int) -> tuple:
    return now.recogniser.model_hash, member, tuple(photo.key for photo in now.snapshot.photos)
