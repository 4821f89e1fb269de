"""The doubtful photos of a person, decided by the likeness of their faces to the rest of the folder.

The certain photos come first: each shows one face that is certainly the person's, and these faces are the reference.
Then all doubtful photos are asked. The faces of those that can be decided join the reference, and the others are asked
again, until no more can be decided. In a folder without certain photos, those that are decided by size begin.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from pipeline.faces import choosing
from pipeline.faces.choosing import Face, NoFace
from pipeline.faces.likeness import evidence

ENOUGH = 30  # certain photos of a reference; more hardly sharpen it, by (4) of likeness.py


@dataclass(frozen=True, eq=False)
class Doubtful:
    """A photo of shape (h, w) with its candidates, and what they look like: z (N, D) by likeness.py."""

    seen: list[Face]
    shape: tuple[int, int]
    z: np.ndarray


def decide(doubtful: Mapping[str, Doubtful], certain: np.ndarray) -> dict[str, tuple[Face, str] | NoFace]:
    """For each photo the face and the rule that took it, or why none is taken. certain (n, D): the reference.

    The order of the photos makes no difference.
    """
    reference = list(certain)
    answers: dict[str, tuple[Face, str] | NoFace] = {}
    while True:
        new = []
        for name, photo in doubtful.items():
            if isinstance(answers.get(name), tuple):
                continue
            try:
                answers[name] = face, _ = _choose(photo, np.array(reference))
                new.append(photo.z[next(at for at, one in enumerate(photo.seen) if one is face)])
            except NoFace as error:
                answers[name] = error
        if not new:
            return answers
        reference += new


def _choose(photo: Doubtful, reference: np.ndarray) -> tuple[Face, str]:
    own = evidence((photo.z @ reference.T).mean(1), len(reference)) if len(reference) else None
    return choosing.choose(photo.seen, photo.shape, own, evidence(photo.z @ photo.z.T, 1))
