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
    # further members: a network more for each view, their embeddings side by side
    more_views: tuple[Preprocessing, ...] = ()
    # in place of those where the pairs have landmarks
    aligned_views: tuple[Preprocessing, ...] = ()
    # a face counts as the mean of itself and its mirror image where it is embedded (not in training)
    mirror: bool = False
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
    steps: int | None = None  # in place of epochs: as many whole epochs as make so many steps, however few the photos
    optimizer: str = "adam"
    rate: float = 2e-3
    schedule: str = "cosine"
    warmup: int = 20  # steps
    patience: int | None = None  # epochs without a better validation before the training stops; None: to the end, and its last weights

    @property
    def views(self) -> tuple[Preprocessing, ...]:
        """What each member sees."""
        return (self.preprocessing, *self.more_views)

    @property
    def uses_landmarks(self) -> bool:
        """Whether landmarks change what is trained."""
        return bool(self.aligned_views) or any(view.align is not None for view in self.views)

    def for_landmarks(self) -> "Recipe":
        """The recipe for pairs with landmarks."""
        if not self.aligned_views:
            return self
        first, *more = self.aligned_views
        return replace(self, preprocessing=first, more_views=tuple(more), aligned_views=())

    @property
    def images_a_batch(self) -> int:
        in_batch = self.pairs in ("hard", "semi-hard")
        return self.people_a_batch * self.images_a_person if in_batch else 2 * self.pairs_a_batch

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


# upright faces where landmarks are known; a dozen people a batch, since few collections have more
OURS = Recipe(
    aligned_views=(Preprocessing((48, 40), align=1.0),),
    people_a_batch=12,
    images_a_person=5,
    mirror=True,
    steps=800,
)

PRESETS = {
    # hard pairs in the batch, a linear embedding on the sphere, augmentation, one cosine
    "default": OURS,
    # four such networks that look at different parts of a face, each trained longer
    "best": replace(
        OURS,
        preprocessing=Preprocessing((64, 52)),
        more_views=(Preprocessing((56, 46), zoom=1.15), Preprocessing((48, 48)), Preprocessing((56, 46), zoom=1.3)),
        aligned_views=(Preprocessing((56, 46)), Preprocessing((56, 46), align=0.8), Preprocessing((48, 40), align=1.0),
                       Preprocessing((48, 40), align=1.15)),
        steps=1200,
    ),
    # the network this project grew from, trained by our recipe; its embeddings begin about 2 apart
    "original-modern": replace(
        OURS,
        network="seed_network",
        preprocessing=Preprocessing((80, 80)),
        aligned_views=(),
        margin=4.0,
        rate=5e-4,
        mirror=False,
    ),
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
    given = {key: value for key, value in changes.items() if value is not None}
    if "epochs" in given:
        given = {"steps": None, **given}
    return replace(PRESETS[name], **given)
