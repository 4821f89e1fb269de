"""Recipes by name. A recipe holds every setting of a training in one object."""

from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np

from pipeline.faces.preprocess import Preprocessing
from pipeline.train.augmentation import Augmentation

# A network learns the directions that tell its training people apart. Of few people they are few, and what lies in the other
# directions is mostly noise: 12 celebrities were recognised less well with whitening, 15 people of ORL and more better.
LEAST_WHITENED = 15
PAIR_SOURCES = ("hard", "semi-hard", "mined", "fixed")


@dataclass(frozen=True)
class Member:
    """A further network of an ensemble: its preprocessing, its augmentation, and the bounds of its training steps."""

    preprocessing: Preprocessing
    augmentation: Augmentation | None = field(default_factory=Augmentation)
    steps_between: tuple[int, int] = (400, 600)


@dataclass(frozen=True)
class Recipe:
    """Every setting of a training, except for the photos, the seed and the kernels."""

    network: str = "face_network"
    preprocessing: Preprocessing = field(default_factory=lambda: Preprocessing((56, 46)))
    augmentation: Augmentation | None = field(default_factory=Augmentation)
    # further networks beside the first; the embeddings of all networks are concatenated
    more: tuple[Member, ...] = ()
    # replaces `more` where the landmarks of the faces are known
    more_aligned: tuple[Member, ...] = ()
    # embed a face as the mean of its embedding and that of its mirror image (not in training)
    mirror: bool = False
    # after the training, whiten the embeddings of each network with this shrinkage (siamese_np/whitening.py)
    whiten: float | None = None
    margin: float = 1.0
    power: int = 2
    # hard, semi-hard: pairs are chosen in each batch from its embeddings; mined: from a list of pairs that is mined again
    # before each epoch; fixed: from the pairs of the pairs folder
    pairs: str = "hard"
    people_a_batch: int = 16  # for hard and semi-hard
    images_a_person: int = 4  # more where there are fewer people than people_a_batch
    pairs_a_batch: int = 32  # for mined and fixed
    epochs: int = 100
    # Where steps_a_pair is given, it replaces epochs: the training has steps_a_pair steps for each pair of photos that a
    # person has on average, within the bounds of steps_between, rounded up to whole epochs. What takes long to learn is
    # how the photos of one person differ.
    steps_a_pair: int | None = None
    steps_between: tuple[int, int] = (400, 600)
    least_passes: int = 20  # over all photos: with thousands of photos this is more steps than steps_between allows
    optimizer: str = "adam"
    rate: float = 2e-3  # learning rate
    schedule: str = "cosine"
    warmup: int = 20  # training steps in which the learning rate rises to `rate`
    patience: int | None = None  # epochs without a lower validation loss before it stops; None: all epochs, last weights

    @property
    def members(self) -> tuple["Recipe", ...]:
        """One recipe per network, for that network alone."""
        one = replace(self, more=(), more_aligned=())
        return (one, *(replace(one, **vars(member)) for member in self.more))

    @property
    def leading(self) -> int:
        """The position of the first member that aligns faces; 0 where none does."""
        return next((n for n, view in enumerate(self.views) if view.align is not None), 0)

    @property
    def views(self) -> tuple[Preprocessing, ...]:
        """The preprocessing of each network."""
        return tuple(member.preprocessing for member in self.members)

    @property
    def uses_landmarks(self) -> bool:
        """Whether the training is a different one where landmarks are known."""
        return bool(self.more_aligned) or any(view.align is not None for view in self.views)

    def for_landmarks(self) -> "Recipe":
        """The recipe to use for pairs with landmarks."""
        return replace(self, more=self.more_aligned, more_aligned=()) if self.more_aligned else self

    def for_people(self, count: int) -> "Recipe":
        """The recipe to use for so many people in training, without those that are extra."""
        return self if count >= LEAST_WHITENED else replace(self, whiten=None)

    @property
    def images_a_batch(self) -> int:
        in_batch = self.pairs in ("hard", "semi-hard")
        return self.people_a_batch * self.images_a_person if in_batch else 2 * self.pairs_a_batch

    def steps(self, photos: np.ndarray) -> int | None:
        """The number of training steps for `photos` (people,), a count per person; None where the recipe gives epochs."""
        if self.steps_a_pair is None:
            return None
        least, most = self.steps_between
        steps = min(max(round(self.steps_a_pair * np.mean(photos * (photos - 1) / 2)), least), most)
        return max(steps, self.least_passes * int(photos.sum()) // self.images_a_batch)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


# In a crop without landmarks the exact place of the face is unknown, so the augmentation moves it further.
STRONG = Augmentation(rotation=15, scale=0.15, shift=0.08, contrast=0.4, brightness=0.4, cutout=0.5)
MILD = Augmentation()


def _upright(*widths: float, steps_between: tuple[int, int]) -> tuple[Member, ...]:
    """One network per width of the aligned face. The larger the width, the less remains beside eyes, nose and mouth."""
    return tuple(Member(Preprocessing((48, 40), align=width), MILD, steps_between) for width in widths)


# The networks look at different things: one at the whole crop, with hair and outline, the others at the aligned face in
# close views. For photos taken anywhere the aligned face tells most, and it gains from a long training; hair and outline
# are learnt early or not at all.
OURS = Recipe(
    augmentation=STRONG,
    more=(Member(Preprocessing((48, 40), zoom=1.25), STRONG),),
    more_aligned=_upright(1.0, 1.5, steps_between=(400, 800)),
    mirror=True,
    whiten=0.3,
    steps_a_pair=9,
)

PRESETS = {
    # hard pairs in the batch, a linear embedding on the sphere, augmentation, one cosine schedule
    "default": OURS,
    # more networks, each with its own view of the face and a longer training
    "best": replace(
        OURS,
        more=tuple(
            Member(view, STRONG, (600, 900))  # as for the first network
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
    # the network that this project grew from, trained by our recipe; at first its embeddings are about 2 apart
    "original-modern": replace(
        OURS,
        network="original_network",
        preprocessing=Preprocessing((80, 80)),
        augmentation=MILD,
        more=(),
        more_aligned=(),
        margin=4.0,
        rate=5e-4,
        mirror=False,
        whiten=None,
    ),
    # the network and the training that this project grew from, with corrected labels: a lesson, not a recommendation
    "original": Recipe(
        network="original_network",
        preprocessing=Preprocessing((80, 80), standardise=False),
        augmentation=None,
        # at first its embeddings are about 2 apart: a margin of 1 would push no pair, and all would become equal
        margin=4.0,
        pairs="fixed",
        optimizer="rmsprop",
        rate=1e-4,
        schedule="constant",
        warmup=0,
    ),
}


def recipe(name: str, **changes: Any) -> Recipe:
    """The preset `name`, changed by those of `changes` that are not None."""
    given = {key: value for key, value in changes.items() if value is not None}
    if "epochs" in given:
        given = {"steps_a_pair": None, **given}
    return replace(PRESETS[name], **given)
