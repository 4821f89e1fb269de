"""How the cost of siamese-np grows: with the image, the channels, the batch, the list of pairs, the gallery.

Each function measures one thing over a given range, and returns a Study.
"""

import statistics
import tracemalloc
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks import networks
from benchmarks.cases import Case
from benchmarks.contenders import Prepared, ours
from benchmarks.worker import measure, warm
from pipeline.faces import way_in
from pipeline.faces.preprocess import Preprocessing
from pipeline.pairs import PARTS, PairData
from pipeline.recognise import predict
from pipeline.recognise.gallery import GalleryPhoto, Snapshot
from pipeline.recognise.recogniser import Recogniser
from pipeline.recognise.rules import RULES
from pipeline.train.recipes import Recipe
from pipeline.train.training import Training

ANSWER_MS = 50  # an answer within this time shows no delay to a person


@dataclass(frozen=True)
class Column:
    """One curve of a study. values: one for each x. comparison: a line to compare with, not a measurement."""

    name: str
    unit: str
    values: list[float]
    comparison: bool = False


@dataclass(frozen=True)
class Study:
    name: str
    title: str
    x_name: str
    x: list[int]
    columns: tuple[Column, ...]


def milliseconds(step: Callable[[], object], seconds: float) -> float:
    """The median time of a step."""
    return 1e3 * statistics.median(measure(step, seconds)["wall"])


def case_ms(case: Case, seconds: float) -> float:
    (build,) = ours.settings(case).values()
    return milliseconds(warm(build).step, seconds)


def image_size(sides: Sequence[int] = (40, 56, 80, 112, 160, 224), seconds: float = 0.5) -> Study:
    """A training step of the original network."""
    ms = [case_ms(Case("", networks.original((side, side)), "train", 16), seconds) for side in sides]
    pixels = [ms[0] * (side / sides[0]) ** 2 for side in sides]
    columns = (Column("measured", "ms per step", ms), Column("as the number of pixels", "ms per step", pixels, True))
    return Study("image-size", "Training on 16 pairs, original network", "side of the image, pixels", list(sides), columns)


def channels(filters: Sequence[int] = (4, 8, 16, 32, 64), seconds: float = 0.5) -> Study:
    """A training step with three convolutions of f, 2f and 4f filters."""
    cases = [Case("", networks.wide(f, (40, 40)), "train", 16) for f in filters]
    ms = [case_ms(case, seconds) for case in cases]
    gflops = [case.operations / t / 1e6 for case, t in zip(cases, ms)]
    columns = (Column("step", "ms per step", ms), Column("speed of the products", "GFLOP/s", gflops))
    title = "Training on 16 pairs, 40x40, three convolutions with f, 2f, 4f filters"
    return Study("channels", title, "filters f of the first convolution", list(filters), columns)


def batch_size(images: Sequence[int] = (2, 4, 8, 16, 32, 64, 128, 256), seconds: float = 0.5) -> Study:
    """The face network: the time per image, for several sizes of a batch."""
    network = networks.face()
    columns = tuple(
        Column(name, "ms per image", [case_ms(Case("", network, kind, n // each), seconds) / n for n in images])
        for name, kind, each in (("training", "train", 2), ("embedding", "embed", 1))
    )
    return Study("batch-size", "Face network, 56x46", "images in a batch", list(images), columns)


def pairs(counts: Sequence[int] = (1_000, 10_000, 100_000, 1_000_000), seconds: float = 0.5) -> Study:
    """Training on a list of pairs of 1,000 images: each image is in memory once, and a pair is two numbers."""
    training_from(counts[0], 0)  # so that what is loaded only once is not counted in the first measurement
    ms, megabytes = zip(*(training_from(count, seconds) for count in counts))
    side = 64 * 64 * 4  # bytes of an image as the network takes it
    dense = [2 * side * count / 1e6 for count in counts]
    columns = (
        Column("training step, 16 pairs", "ms per step", list(ms)),
        Column("all of the training", "memory, MB", list(megabytes)),
        Column("two images for each pair", "memory, MB", dense, True),
    )
    return Study("pairs", "Training from a list of pairs, 64x64", "pairs in the list", list(counts), columns)


def training_from(count: int, seconds: float) -> tuple[float, float]:
    """ms of a training step on a list of `count` pairs; MB of the data plus the most that the training adds to it."""
    data = random_pairs(count)
    stored = sum(array.nbytes for array in (data.images, data.pairs["train"], data.same["train"]))
    recipe = Recipe(preprocessing=Preprocessing((64, 64)), augmentation=None, pairs="fixed", pairs_a_batch=16)
    tracemalloc.start()
    training = Training(data, recipe, seed=0, kernels_name="numba")
    for _ in range(3):
        training.step()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return milliseconds(training.step, seconds), (stored + peak) / 1e6


def random_pairs(count: int, people: int = 100, photos: int = 10, size: tuple[int, int] = (64, 64)) -> PairData:
    """Images of noise, some for each of some people, and `count` pairs of them (half of them same)."""
    rng = np.random.default_rng(0)
    n = people * photos
    owner = np.repeat(np.arange(people, dtype=np.int32), photos)
    first = rng.integers(n, size=count)
    place, jump = first % photos, rng.integers(1, photos, size=count)
    of_same = first - place + (place + jump) % photos
    of_other = (first + photos * rng.integers(1, people, size=count)) % n
    second = np.where(np.arange(count) % 2 == 0, of_same, of_other)
    drawn = {part: np.zeros((0, 2), np.int32) for part in PARTS}
    drawn["train"] = np.stack([first, second], 1).astype(np.int32)
    return PairData(
        images=rng.integers(256, size=(n, 1, *size), dtype=np.uint8),
        people=owner,
        names=tuple(map(str, range(people))),
        sources=tuple(map(str, range(n))),
        part=np.full(n, "train", "<U5"),
        pairs=drawn,
        same={part: owner[rows[:, 0]] == owner[rows[:, 1]] for part, rows in drawn.items()},
        info={},
    )


def gallery(photos: Sequence[int] = (100, 1_000, 10_000, 100_000), seconds: float = 0.5) -> Study:
    """A whole answer, from the picture to the ranking, with five photos per person in the gallery."""
    recogniser = untrained()
    picture = np.random.default_rng(0).integers(256, size=(112, 92), dtype=np.uint8)
    columns = tuple(
        Column(f"rule {rule}", "ms per answer",
               [answer_ms(recogniser, known(n), picture, rule, seconds) for n in photos])  # fmt: skip
        for rule in ("mean", "nearest")
    )
    no_delay = Column(f"{ANSWER_MS} ms", "ms per answer", [ANSWER_MS] * len(photos), True)
    columns = (*columns, no_delay)
    return Study("gallery", "Who is it? One photo against a gallery", "known photos", list(photos), columns)


def answer_ms(recogniser: Recogniser, snapshot: Snapshot, picture: np.ndarray, rule: str, seconds: float) -> float:
    answer = Prepared(lambda: predict.answer(recogniser, snapshot, [way_in.of_crop(picture)], rule), 0)
    return milliseconds(warm(lambda: answer).step, seconds)


def untrained() -> Recogniser:
    """The face network with random weights, which answers as fast as a trained one."""
    network = networks.face()
    tower = ours.fused(ours.build(network, "numba"))
    threshold = {"threshold": 0.5, "far": 0.1, "frr": 0.1, "gallery_size": 10}
    thresholds = dict.fromkeys(RULES, threshold)
    return Recogniser((tower,), Preprocessing(network.size), thresholds, "0" * 64, {})


def known(photos: int, of_each: int = 5, length: int = 64) -> Snapshot:
    """A gallery of random embeddings on the unit sphere."""
    z = np.random.default_rng(0).standard_normal((photos, length), np.float32)
    z /= np.linalg.norm(z, axis=1, keepdims=True)
    people = tuple(f"person {k}" for k in range(photos // of_each))
    listed = tuple(GalleryPhoto(people[n // of_each], f"{n:016x}", None) for n in range(photos))
    means = z.reshape(len(people), of_each, length).mean(1)
    starts = np.arange(len(people)) * of_each
    return Snapshot(people, listed, z, means / np.linalg.norm(means, axis=1, keepdims=True), starts, ())


STUDIES = {study.__name__.replace("_", "-"): study for study in (image_size, channels, batch_size, pairs, gallery)}
