"""Faces, pairs and a trained run that many tests share; all of drawn faces, made in seconds."""

import signal
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from pipeline import evaluate, pairs, photos
from pipeline.datasets import drawn
from pipeline.evaluate.pictures import album
from pipeline.faces import way_in
from pipeline.faces.preprocess import Preprocessing
from pipeline.pairs import PairData
from pipeline.recognise.gallery import Gallery
from pipeline.train import train
from pipeline.train.recipes import Recipe
from siamese_np import kernels


def pytest_addoption(parser):
    group = parser.getgroup("siamese-np", "the tiny model: no test may depend on the luck of its training")
    group.addoption("--tiny-seed", type=int, default=0, help="the seed that the tiny model is trained with")
    group.addoption("--tiny-kernels", choices=kernels.NAMES, default="numba", help="the kernels that train it")


LOOK = way_in.look


@pytest.fixture(scope="session", autouse=True)
def drawings_are_faces():
    """Drawn faces, which a detector doesn't know, are taken as face crops, and so is any other picture."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(way_in, "look", lambda picture: (way_in.of_crop(picture),))
        yield


@pytest.fixture
def real_look(drawings_are_faces, monkeypatch):
    """Faces are found as in use."""
    monkeypatch.setattr(way_in, "look", LOOK)


@dataclass(frozen=True)
class TinyRun:
    """A run folder with a model of drawn people, a gallery of some it never saw, and samples; and its pairs."""

    folder: Path
    data: PairData
    roles: evaluate.Roles


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Numbers and tuples of numbers with the name of what they are: "stride (1, 2)" tells more than "stride2"."""
    if isinstance(val, (int, float, tuple, list)) and len(text := f"{argname} {val}") <= 40:
        return text
    return None


@pytest.fixture(scope="session")
def drawn_pairs() -> PairData:
    """28 drawn people x 8 images: 16 to train, 6 to validate, 6 to test."""
    rng = np.random.default_rng(5)
    faces = drawn.draw(28, 8, rng, size=(56, 46))
    return pairs.build(faces, pairs.by_person(faces, 6, 6, rng), 200, rng)


@pytest.fixture(scope="session")
def tiny_recipe() -> Recipe:
    return Recipe(preprocessing=Preprocessing((28, 23)), people_a_batch=16, epochs=20, warmup=4)


@pytest.fixture(scope="session")
def tiny_run(request, tmp_path_factory, drawn_pairs, tiny_recipe) -> TinyRun:
    folder = tmp_path_factory.mktemp("tiny") / "run"
    seed, kernels_name = request.config.getoption("tiny_seed"), request.config.getoption("tiny_kernels")
    train(drawn_pairs, "default", tiny_recipe, folder, seed, kernels_name)
    roles = evaluate.open_set_roles(drawn_pairs, seed=0)
    gallery = Gallery(folder / "gallery")
    for row in roles.enrolled:
        gallery.enroll(drawn_pairs.names[drawn_pairs.people[row]], [drawn_pairs.images[row, 0]])
    for kind, rows in (("known", roles.known), ("strangers", roles.strangers)):
        for row in rows:
            name = drawn_pairs.names[drawn_pairs.people[row]]
            photos.write_png(folder / "samples" / kind / name / Path(drawn_pairs.sources[row]).name, drawn_pairs.images[row, 0])
    return TinyRun(folder, drawn_pairs, roles)


@pytest.fixture(scope="module")
def one_picture():
    """Evaluations with a single picture: drawing all takes longer than they do."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(album, "PICTURES", {"distances.png": album.PICTURES["distances.png"]})
        yield


@pytest.fixture
def sigint():
    """SIGINT as at a terminal, here and in the processes that a test starts: a shell's & makes them ignore it."""
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, handler)
