"""The sample photos of the run, through the recogniser. A photo takes some hundredths of a second, and all together
take longer than half a second. So this is a computation with progress (explore/common/jobs.py), whose result is kept.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline import photos
from pipeline.common.errors import JobError
from pipeline.common.names import person_of
from pipeline.faces import way_in
from pipeline.photos import folder
from pipeline.recognise.recogniser import Recogniser
from webapp.explore.common import kept
from webapp.explore.common.jobs import Event, Job

KINDS = ("known", "strangers")  # of webapp/common/samples.py; those of "enrolled" are in the gallery already
MOST = 200  # photos
BYTES = 20_000_000  # of a photo and its face


@dataclass(frozen=True, eq=False)
class Samples:
    """people (n,): who each photo shows; embeddings (n, D)."""

    people: tuple[str, ...]
    embeddings: np.ndarray


def listed(run: Path) -> tuple[tuple[str, Path], ...]:
    """(person, file) of the samples of a run, of MOST of them where they are more; none where there are none."""
    found = []
    for kind in KINDS:
        try:
            people = folder.scan(run / "samples" / kind, person_of).people
        except JobError:  # absent or empty
            continue
        found += [(person.name, path) for person in people for path in person.files]
    return tuple(found[:: -(-len(found) // MOST)]) if found else ()


def found(recogniser: Recogniser, samples: tuple[tuple[str, Path], ...]) -> Samples | None:
    """What was found in these samples, None where nobody has asked yet."""
    return kept.results().find("thresholds samples", (recogniser.model_hash, samples))


def work(recogniser: Recogniser, samples: tuple[tuple[str, Path], ...], job: Job) -> Iterator[Event]:
    """Ask about each sample. Yields events; the result is kept. A photo that shows no face is left out."""
    people, embeddings = [], []
    for done, (person, path) in enumerate(samples, 1):
        try:
            face = way_in.one(way_in.look(photos.read(path)), "largest")
            people.append(person)
            embeddings.append(recogniser.embed_faces([face])[0])
        except (photos.PhotoError, way_in.NoFace):
            pass  # the other photos still tell something
        yield "progress", {"done": done, "of": len(samples)}
    result = Samples(tuple(people), np.array(embeddings))
    kept.results().get("thresholds samples", (recogniser.model_hash, samples), lambda: result)
    yield "result", {"photos": len(people)}
