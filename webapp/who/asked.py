"""What is kept of a photo that was asked about: the answer, and the pixels that the page shows."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from pipeline.recognise.gallery import Snapshot
from pipeline.recognise.predict import answer as answer_for
from pipeline.recognise.recogniser import Recogniser
from webapp.common import looked
from webapp.common.looked import Looked
from webapp.common.samples import Sample

RANKED = 20  # people in an answer


@dataclass(frozen=True, eq=False)
class Asked(Looked):
    """A photo that was asked about. answer: the object of pipeline.recognise.predict. sample: what was clicked on, if it was one.
    in_gallery: whether the person of the sample was known then: the gallery may have changed since the samples were made."""

    answer: dict[str, Any]
    sample: Sample | None
    in_gallery: bool


def ask(
    recogniser: Recogniser, snapshot: Snapshot, picture: np.ndarray, rule: str, sample: Sample | None = None
) -> Asked:
    """Find the faces of a photo (h, w, 3) uint8 and compare each with the gallery. Raises way_in.NoFace for none."""
    faces = looked.faces_of(picture)
    parts = looked.parts(recogniser, faces)
    answer = answer_for(recogniser, snapshot, faces, rule, RANKED, parts["views"])
    return Asked(**parts, answer=answer, sample=sample, in_gallery=sample is not None and sample.person in snapshot.people)
