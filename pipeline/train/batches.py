"""What a training step sees: the images of its batch, and the pairs that are made of them.

A recipe names one of four sources of pairs. All of them draw a Batch, so the training loop is the same for all.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from pipeline.common.errors import JobError
from pipeline.pairs import PairData
from pipeline.train.recipes import Recipe
from siamese_np import mining

Pairs = tuple[np.ndarray, np.ndarray]  # pairs (P, 2) of row numbers, same (P,) bool


@dataclass(frozen=True)
class Batch:
    """The images of one training step, and how its pairs follow from their embeddings.

    images     (N,) row numbers of the data
    pairs_of   embeddings of these images (N, D) -> pairs (P, 2) of row numbers of the batch, same (P,)
    """

    images: np.ndarray
    pairs_of: Callable[[np.ndarray], Pairs]

    def choose_pairs(self, z: np.ndarray) -> Pairs:
        """Embeddings z (N, D) of the images -> pairs (P, 2), same (P,). Raises JobError where z is not finite."""
        check_finite(z)
        return self.pairs_of(z)


def check_finite(z: np.ndarray) -> None:
    """Raise JobError where embeddings z (N, D), or their squares, are not finite: the training has diverged."""
    # the squares too, since a distance is computed from squares
    if not np.isfinite(np.sum(z * z)):
        raise JobError("the training diverged: its numbers became too large; use a smaller --rate")


class BatchesOfPeople:
    """Draws some people and some images of each. The hard (or semi-hard) pairs among them follow from the embeddings."""

    def __init__(self, data: PairData, recipe: Recipe) -> None:
        train = np.flatnonzero(data.part == "train")
        self.people = data.people
        self.recipe = recipe
        self.images_of = [train[data.people[train] == person] for person in np.unique(data.people[train])]

    def new_epoch(self, embed: Callable[[np.ndarray], np.ndarray], rng: np.random.Generator) -> None:
        """Does nothing: this source keeps nothing from one batch to the next."""

    def draw(self, rng: np.random.Generator) -> Batch:
        r = self.recipe
        chosen = rng.permutation(len(self.images_of))[: r.people_a_batch]
        each = r.images_a_batch // len(chosen)
        images = np.concatenate([rng.permutation(self.images_of[person])[:each] for person in chosen])
        return Batch(images, lambda z: mining.hard_pairs(z, self.people[images], r.pairs))


class BatchesOfPairs:
    """Draws pairs at random from a list: a fixed one, or one that is mined from the embeddings before each epoch."""

    def __init__(self, data: PairData, recipe: Recipe) -> None:
        self.pairs, self.same = data.pairs["train"], data.same["train"]
        self.recipe = recipe
        self.train = np.flatnonzero(data.part == "train")
        self.people = data.people

    def new_epoch(self, embed: Callable[[np.ndarray], np.ndarray], rng: np.random.Generator) -> None:
        if self.recipe.pairs == "mined":
            z = embed(self.train)
            # each image is the anchor of one same pair and of one different pair; an epoch uses fewer pairs than that
            rows, self.same = mining.mined_pairs(z, self.people[self.train], 2 * len(self.train), rng)
            self.pairs = self.train[rows]

    def draw(self, rng: np.random.Generator) -> Batch:
        rows = rng.choice(len(self.pairs), min(self.recipe.pairs_a_batch, len(self.pairs)), replace=False)
        # an image that is part of several pairs is embedded once
        images, places = np.unique(self.pairs[rows], return_inverse=True)
        return Batch(images, lambda z: (places.reshape(-1, 2), self.same[rows]))


def source(data: PairData, recipe: Recipe) -> BatchesOfPeople | BatchesOfPairs:
    """The source that a recipe names. Raises JobError where the data has no pairs for it, or a part allows none."""
    for part in ("train", "val"):
        _, sizes = np.unique(data.people[data.part == part], return_counts=True)
        if (part == "train" or len(sizes)) and (len(sizes) < 2 or sizes.max() < 2):
            raise JobError(
                f"the {part} part needs at least 2 people, one of them with 2 photos, and has {len(sizes)} people: "
                "add photos, or split them in another way"
            )
    if recipe.pairs in ("hard", "semi-hard"):
        return BatchesOfPeople(data, recipe)
    if not len(data.pairs.get("train", ())):
        raise JobError("the pairs folder has no training pairs: make it again with siamese-np pairs --pairs N")
    return BatchesOfPairs(data, recipe)
