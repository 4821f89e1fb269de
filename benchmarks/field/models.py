"""The models that are asked about people of another data set, each trained once and kept in a folder."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.accuracy import with_landmarks
from pipeline import pairs, train
from pipeline.datasets import Faces
from pipeline.pairs import PairData
from pipeline.pairs.splitfile import from_file
from pipeline.recognise.recogniser import Recogniser, load
from pipeline.train.recipes import recipe
from webapp import demo

PAIRS = 10_000
VALIDATE = 5  # people


def orl(kept: Path) -> Recogniser:
    """The model of the demo."""
    run = kept / "orl"
    demo.run_demo(run, kept / "orl-pairs", None, 0, "numba", False)
    return load(run)


def celebrities(kept: Path, faces: Faces) -> Recogniser:
    """A model of faces that are cropped already: all people train, except a fifth that validates."""
    split = pairs.by_person(faces, 0.2, 0, np.random.default_rng(0))
    return trained(kept / "celebrities", pairs.build(faces, split, {"train": PAIRS, "val": PAIRS}, np.random.default_rng(0)))


def unseen(kept: Path, faces: Faces, split_file: Path) -> tuple[Recogniser, PairData]:
    """A model for a split file of unseen people, of whose training people some validate; and its data."""
    split = from_file(faces, split_file)
    people = np.unique(faces.people[split.part == "train"])
    validate = np.random.default_rng(0).permutation(people)[:VALIDATE]
    part = np.where((split.part == "train") & np.isin(faces.people, validate), "val", split.part)
    data = pairs.build(faces, replace(split, part=part), {"train": PAIRS, "val": PAIRS}, np.random.default_rng(0))
    return trained(kept / split_file.stem, data), data


def trained(run: Path, data: PairData) -> Recogniser:
    data = with_landmarks(data, run.parent / "landmarks.npz")
    train.train(data, "default", recipe("default"), run)
    return load(run)


def embedded(recogniser: Recogniser, faces: Faces) -> np.ndarray:
    """The embeddings (N, D) of faces, as a prediction makes them."""
    return recogniser.embed(list(faces.images[:, 0])).astype(np.float64)
