"""Recipes by name: all that decides what a training does, in one readable object each."""

from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np

from pipeline.augment import Augmentation
from pipeline.preprocess import Preprocessing

PAIR_SOURCES = ("hard", "semi-hard", "mined", "fixed")


@dataclass(frozen=True)
class Member:
    """One of several networks: what it sees, how that is changed in training, and between how many steps it trains."""

    preprocessing: Preprocessing
    augmentation: Augmentation | None = field(default_factory=Augmentation)
    steps_between: tuple[int, int] = (400, 600)


@dataclass(frozen=True)
class Recipe:
    """Everything but the photos, the seed and the kernels."""

    network: str = "face_network"
    preprocessing: Preprocessing = field(default_factory=lambda: Preprocessing((56, 46)))
    augmentation: Augmentation | None = field(default_factory=Augmentation)
    # networks beside the first; their embeddings stand side by side
    more: tuple[Member, ...] = ()
    # in place of `more` where the landmarks of the faces are known
    more_aligned: tuple[Member, ...] = ()
    # a face counts as the mean of itself and its mirror image where it is embedded (not in training)
    mirror: bool = False
    margin: float = 1.0
    power: int = 2
    # hard, semi-hard: pairs chosen in each batch from its embeddings; mined: a list of pairs, mined again each epoch;
    # fixed: the pairs of the pairs folder
    pairs: str = "hard"
    people_a_batch: int = 16  # for hard and semi-hard
    images_a_person: int = 4  # more where people are fewer than that
    pairs_a_batch: int = 32  # for mined and fixed
    epochs: int = 100
    # in place of epochs, as many whole ones as make so many steps: a number for each pair of photos that a person has on
    # average, since what takes long to learn is how one person differs from photo to photo; within these bounds
    steps_a_pair: int | None = None
    steps_between: tuple[int, int] = (400, 600)
    least_passes: int = 20  # over all photos; where they are thousands, that is more steps than those
    optimizer: str = "adam"
    rate: float = 2e-3
    schedule: str = "cosine"
    warmup: int = 20  # steps
    patience: int | None = None  # epochs without a better validation before it stops; None: its last weights

    @property
    def members(self) -> tuple["Recipe", ...]:
        """A recipe for each network alone."""
        one = replace(self, more=(), more_aligned=())
        return (one, *(replace(one, **vars(member)) for member in self.more))

    @property
    def views(self) -> tuple[Preprocessing, ...]:
        """What each member sees."""
        return tuple(member.preprocessing for member in self.members)

    @property
    def uses_landmarks(self) -> bool:
        """Whether landmarks change what is trained."""
        return bool(self.more_aligned) or any(view.align is not None for view in self.views)

    def for_landmarks(self) -> "Recipe":
        """The recipe for pairs with landmarks."""
        return replace(self, more=self.more_aligned, more_aligned=()) if self.more_aligned else self

    @property
    def images_a_batch(self) -> int:
        in_batch = self.pairs in ("hard", "semi-hard")
        return self.people_a_batch * self.images_a_person if in_batch else 2 * self.pairs_a_batch

    def steps(self, photos: np.ndarray) -> int | None:
        """How many steps are to train on so many photos of each person; None where the recipe counts epochs."""
        if self.steps_a_pair is None:
            return None
        least, most = self.steps_between
        steps = min(max(round(self.steps_a_pair * np.mean(photos * (photos - 1) / 2)), least), most)
        return max(steps, self.least_passes * int(photos.sum()) // self.images_a_batch)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


# Where a face lies in a plain crop is not known, so that training moves it further.
FAR = Augmentation(rotation=15, scale=0.15, shift=0.08, contrast=0.4, brightness=0.4, cutout=0.5)
NEAR = Augmentation()


def _upright(*widths: float, steps_between: tuple[int, int]) -> tuple[Member, ...]:
    """A network for each width of the aligned face: the larger, the less is left but eyes, nose and mouth."""
    return tuple(Member(Preprocessing((48, 40), align=width), NEAR, steps_between) for width in widths)


# Networks that look at different things: the whole crop, with hair and outline, and the face turned upright, near and
# nearer. Photos taken anywhere tell most by the upright face, which gains by a long training; hair and outline are learnt
# soon or not at all.
OURS = Recipe(
    augmentation=FAR,
    more=(Member(Preprocessing((48, 40), zoom=1.25), FAR),),
    more_aligned=_upright(1.0, 1.5, steps_between=(400, 800)),
    mirror=True,
    steps_a_pair=9,
)

PRESETS = {
    # hard pairs in the batch, a linear embedding on the sphere, augmentation, one cosine
    "default": OURS,
    # more views of a face, each trained longer
    "best": replace(
        OURS,
        more=tuple(
            Member(view, FAR, (600, 900))  # as the first
            for view in (
                Preprocessing((48, 40), zoom=1.25),
                Preprocessing((64, 52), zoom=1.1),
                Preprocessing((56, 46), zoom=1.2),
                Preprocessing((48, 48), zoom=1.4),
            )
        ),
        more_aligned=_upright(0.85, 1.0, 1.3, 1.5, steps_between=(600, 1200)),
        steps_a_pair=16,
        steps_between=(600, 900),
    ),
    # the network this project grew from, trained by our recipe; its embeddings begin about 2 apart
    "original-modern": replace(
        OURS,
        network="original_network",
        preprocessing=Preprocessing((80, 80)),
        augmentation=NEAR,
        more=(),
        more_aligned=(),
        margin=4.0,
        rate=5e-4,
        mirror=False,
    ),
    # the network and the training this project grew from, with the labels put right: a lesson, not a recommendation
    "original": Recipe(
        network="original_network",
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
        given = {"steps_a_pair": None, **given}
    return replace(PRESETS[name], **given)
