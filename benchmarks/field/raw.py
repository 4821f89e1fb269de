"""Photos as they are against the same photos after `extract` (F1), and what `extract` finds in them (F4)."""

import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.field.open_set import percent
from pipeline import photos
from pipeline.datasets import Faces
from pipeline.faces import extract
from pipeline.faces.way_in import NoFace
from pipeline.photos import folder
from pipeline.recognise.gallery import Gallery, Snapshot
from pipeline.recognise.predict import predict
from pipeline.recognise.recogniser import Recogniser

ENROLLED = 3  # photos of each person


def extraction(source: Path, target: Path) -> dict[str, Any]:
    """F4: how many photos gave a face, and what became of the others."""
    report = extract.run(source, target, extract.Options())
    counts = Counter(row["status"] for row in report.rows)
    return {"photos": len(report.rows), **counts,
            "without_a_face": {row["photo"]: row["reason"] for row in report.rows if row["status"] != "found"}}  # fmt: skip


def both_ways(recogniser: Recogniser, faces: Faces, source: Path, extracted: Path) -> dict[str, Any]:
    """F1: a gallery of some crops of each person, asked about the photos of `source` as they are, and after `extract`."""
    rng = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as place:
        gallery = Gallery(Path(place) / "gallery", recogniser)
        for person, name in enumerate(faces.names):
            rows = rng.permutation(np.flatnonzero(faces.people == person))[:ENROLLED]
            gallery.enroll(name, list(faces.images[rows, 0]))
        snapshot = gallery.refresh()
        answers = []
        for person in folder.scan(source).people:
            for path in person.files:
                crop = extracted / person.name / f"{path.name}.png"
                if crop.exists():
                    answers.append([_answer(recogniser, snapshot, each, person.name) for each in (path, crop)])
    raw, cut = ([each[way] for each in answers] for way in (0, 1))
    same = np.mean([a["answer"] == b["answer"] and a["nearest"] == b["nearest"] for a, b in answers])
    return {"photos": len(answers), "same_answer": percent(same), "as_they_are": _shares(raw), "extracted": _shares(cut)}


def _answer(recogniser: Recogniser, snapshot: Snapshot, path: Path, name: str) -> dict[str, Any]:
    try:
        found = predict(recogniser, snapshot, photos.read(path))
    except NoFace:
        return {"answer": None, "nearest": None, "name": name}
    return {"answer": found["answer"], "nearest": found["ranking"][0]["person"], "name": name}


def _shares(answers: list[dict[str, Any]]) -> dict[str, float]:
    return {
        "nearest_right": percent(np.mean([each["nearest"] == each["name"] for each in answers])),
        "named_right": percent(np.mean([each["answer"] == each["name"] for each in answers])),
        "named_wrong": percent(np.mean([each["answer"] not in (None, each["name"]) for each in answers])),
        "unknown": percent(np.mean([each["answer"] is None for each in answers])),
    }
