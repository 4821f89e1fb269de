"""What is asked about each photo that was sent: which face is the person, and is the photo somebody's already?

Of several faces the one is chosen in advance that is nearest to what is known of the person: the photos in the gallery,
and those sent now that show one face alone. Where nothing is known, it is a face that is much larger than
the others.
"""

from dataclasses import dataclass

import numpy as np

from pipeline.common import names
from pipeline.common.numbers import apart
from pipeline.faces import way_in
from pipeline.recognise.rules import DEFAULT, gallery_distances
from webapp.common import enrolling
from webapp.common.serving import Now
from webapp.people.sent import Sent


@dataclass(frozen=True)
class Asked:
    """chosen: the number of the face that is chosen in advance, 0 for none, as for a photo that somebody else has. why:
    a sentence about that choice, "" for none.

    owners: who has this photo already, and which of the faces it is: (name, number); number 0 is the file as it is.
    """

    token: str
    sent: Sent
    chosen: int
    why: str
    owners: tuple[tuple[str, int], ...]


def asked(now: Now, name: str, photos: list[tuple[str, Sent]]) -> list[Asked]:
    """What is asked about some photos of a person."""
    parts = [enrolling.embeddings_of(now, name)]
    alone = [photo.faces[0] for _, photo in photos if len(photo.faces) == 1]
    if alone:
        parts.append(now.recogniser.embed_faces(alone))
    z = np.concatenate([part for part in parts if len(part)] or [np.empty((0, 1), np.float32)])
    return [Asked(token, photo, *_chosen(now, name, photo, z), owners(now, photo)) for token, photo in photos]


def owners(now: Now, photo: Sent) -> tuple[tuple[str, int], ...]:
    """Who has a photo already."""
    found = {}
    names_of_files = {key[:16]: number for number, key in enumerate(photo.keys)}  # as enrolment calls them
    for there in now.snapshot.photos if now.snapshot else ():
        number = photo.keys.index(there.key) if there.key in photo.keys else names_of_files.get(there.path.stem)
        if number is not None:
            found.setdefault(there.person, number)
    return tuple(found.items())


def _chosen(now: Now, name: str, photo: Sent, z: np.ndarray) -> tuple[int, str]:
    """The number of the face that is chosen in advance, and why. z (n, D): what is known of the person."""
    if len(photo.faces) < 2:
        of_others = any(names.key_of(owner) != names.key_of(name) for owner, _ in owners(now, photo))
        return (0 if of_others else len(photo.faces)), ""
    if not len(z):
        try:
            largest = photo.faces.index(way_in.one(photo.faces))
            return 1 + largest, "The largest face is chosen: it is much larger than the others."
        except way_in.NoFace:
            return 0, ""
    of_faces, owner = now.recogniser.embed_faces(photo.faces), np.zeros(len(z), int)
    distances = gallery_distances(DEFAULT, z, owner, of_faces, now.recogniser.unit_length)[1][:, 0]
    nearest = int(distances.argmin())
    number = 1 + nearest
    threshold = enrolling.threshold(now)
    distance, limit = apart(float(distances[nearest]), threshold, 3)
    if distances[nearest] < threshold:
        return number, f"Face {number} is the most like {name}: distance {distance}, below the threshold of {limit}."
    return number, (f"Face {number} is the most like {name}, but its distance of {distance} is not below the threshold "
                    f"of {limit}: look closely.")  # fmt: skip
