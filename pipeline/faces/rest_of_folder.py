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
    total, count = certain.sum(0), len(certain)  # of z, so that z . total / count is the mean likeness to the reference
    answers: dict[str, tuple[Face, str] | NoFace] = {}
    while True:
        new, mean = [], total / max(count, 1)
        for name, photo in doubtful.items():
            if isinstance(answers.get(name), tuple):
                continue
            try:
                answers[name] = face, _ = _choose(photo, mean, count)
                new.append(photo.z[next(at for at, one in enumerate(photo.seen) if one is face)])
            except NoFace as error:
                answers[name] = error
        if not new:
            return answers
        total, count = total + np.sum(new, axis=0), count + len(new)


def _choose(photo: Doubtful, mean: np.ndarray, count: int) -> tuple[Face, str]:
    own = evidence(photo.z @ mean, count) if count else None
    return choosing.choose(photo.seen, photo.shape, own, evidence(photo.z @ photo.z.T, 1))
