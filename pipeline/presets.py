"""Recipes by name: all that decides what a training does, in one readable object each."""

from dataclasses import asdict, dataclass, field, replace
from typing import Any

from pipeline.augment import Augmentation
from pipeline.preprocess import Preprocessing

PAIR_SOURCES = ("hard", "semi-hard", "mined", "fixed")


@dataclass(frozen=True)
class Recipe:
    """Everything but the photos, the seed and the kernels."""

    network: str = "face_network"
    preprocessing: Preprocessing = field(default_factory=lambda: Preprocessing((56, 46)))
    augmentation: Augmentation | None = field(default_factory=Augmentation)
    margin: float = 1.0
    power: int = 2
    # hard, semi-hard: pairs chosen in each batch from its embeddings; mined: a list of pairs, mined again each epoch;
    # fixed: the pairs of the pairs folder
    pairs: str = "hard"
    people_a_batch: int = 16  # for hard and semi-hard
    images_a_person: int = 4
    pairs_a_batch: int = 32  # for mined and fixed
    epochs: int = 100
    optimizer: str = "adam"
    rate: float = 2e-3
    schedule: str = "cosine"
    warmup: int = 20  # steps
    patience: int | None = None  # epochs without a better validation before the training stops; None: to the end

    @property
    def images_a_batch(self) -> int:
        in_batch = self.pairs in ("hard", "semi-hard")
        return self.people_a_batch * self.images_a_person if in_batch else 2 * self.pairs_a_batch

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


PRESETS = {
    # hard pairs in the batch, a linear embedding on the sphere, augmentation, one cosine
    "default": Recipe(),
    # the network and the training this project grew from, with the labels put right: a lesson, not a recommendation
    "original": Recipe(
        network="seed_network",
        preprocessing=Preprocessing((80, 80), standardise=False),
        augmentation=None,
        # its embeddings begin about 2 apart: a margin of 1 would only ever pull, until all are equal
        margin=4.0,
        pairs="fixed",
        optimizer="rmsprop",
        rate=1e-4,
        schedule="constant",
        warmup=0,
    ),
}


def recipe(name: str, **changes: Any) -> Recipe:
    """The preset `name`, with what is not None in `changes` put in its place."""
    return replace(PRESETS[name], **{key: value for key, value in changes.items() if value is not None})
