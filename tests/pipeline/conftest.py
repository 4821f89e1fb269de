"""The tiny run as most tests here see it; and fewer, smaller faces, for trainings that are only started and stopped."""

from dataclasses import replace

import numpy as np
import pytest

from pipeline import pairs
from pipeline.datasets import drawn
from pipeline.faces.preprocess import Preprocessing
from pipeline.pairs import PairData
from pipeline.recognise import recogniser, thresholds
from pipeline.recognise.gallery import Gallery, Snapshot
from pipeline.recognise.recogniser import Recogniser
from pipeline.train import curves
from pipeline.train.recipes import Recipe, recipe


@pytest.fixture(scope="session")
def few_pairs() -> PairData:
    """12 drawn people x 4 images of 40 x 32: 6 to train, 3 to validate, 3 to test."""
    rng = np.random.default_rng(5)
    faces = drawn.draw(12, 4, rng, size=(40, 32))
    return pairs.build(faces, pairs.by_person(faces, 3, 3, rng), 60, rng)


@pytest.fixture(scope="session")
def unvalidated(few_pairs) -> PairData:
    """The same faces without a validation part: 9 people train."""
    rng = np.random.default_rng(6)
    return pairs.build(few_pairs.faces, pairs.by_person(few_pairs.faces, 0, 3, rng), 60, rng)


@pytest.fixture(scope="session")
def quick() -> Recipe:
    """4 epochs of 2 steps."""
    return Recipe(preprocessing=Preprocessing((20, 16)), people_a_batch=3, images_a_person=4, epochs=4, warmup=2)


@pytest.fixture(scope="session")
def quick_original() -> Recipe:
    """The preset "original" (dropout, fixed pairs, RMSprop), shrunk to 4 epochs of 2 steps."""
    return recipe("original", preprocessing=Preprocessing((20, 16), standardise=False), pairs_a_batch=6, epochs=4)


@pytest.fixture
def no_curves(monkeypatch):
    """Trainings without their picture, which takes longer than they do."""
    monkeypatch.setattr(curves, "draw", lambda *arguments: None)


@pytest.fixture
def few_rehearsals(monkeypatch):
    """Thresholds from fewer random galleries."""
    monkeypatch.setattr(thresholds, "ROUNDS", 5)


@pytest.fixture(scope="session")
def poisoned():
    """poisoned(data, part): the same data with the images of one part replaced by noise."""

    def make(data: PairData, part: str) -> PairData:
        rows = data.indices(part)
        images = data.images.copy()
        images[rows] = np.random.default_rng(9).integers(0, 256, images[rows].shape, np.uint8)
        return replace(data, images=images)

    return make


@pytest.fixture(scope="session")
def loaded(tiny_run) -> Recogniser:
    return recogniser.load(tiny_run.folder, "numpy")


@pytest.fixture(scope="session")
def with_threshold(loaded):
    """with_threshold(t): the tiny model with the threshold t for each rule."""
    return lambda threshold: replace(
        loaded, thresholds={rule: {**entry, "threshold": threshold} for rule, entry in loaded.thresholds.items()}
    )


@pytest.fixture(scope="session")
def snapshot(tiny_run, loaded) -> Snapshot:
    """The gallery of the tiny run: 4 people x 5 photos."""
    return Gallery(tiny_run.folder / "gallery", loaded).refresh()


@pytest.fixture(scope="session")
def strangers(tiny_run) -> list[np.ndarray]:
    """Photos of 6 people that the tiny run was not trained on: strangers[k][n] is photo n of person k."""
    data = tiny_run.data
    return [data.images[data.people == person, 0] for person in np.unique(data.people[data.indices("test")])]


@pytest.fixture
def gallery(tmp_path, loaded, strangers) -> Gallery:
    """Ann, Bob and Cem, two photos each."""
    known = Gallery(tmp_path / "gallery", loaded)
    for name, faces in zip(("Ann", "Bob", "Cem"), strangers):
        known.enroll(name, faces[:2])
    return known
