"""What a training step sees: which images, and how pairs are made of them.

All four sources give the same thing, a Batch; the training loop does not know which one it has.
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
    """images (N,): rows of the data. choose: embeddings of these images (N, D) -> pairs of rows of the batch, same."""

    images: np.ndarray
    choose: Callable[[np.ndarray], Pairs]


class BatchesOfPeople:
    """Some people, some images of each; the hard (or semi-hard) pairs among them are chosen from their embeddings."""

    def __init__(self, data: PairData, recipe: Recipe) -> None:
        train = np.flatnonzero(data.part == "train")
        self.people = data.people
        self.recipe = recipe
        self.images_of = [train[data.people[train] == person] for person in np.unique(data.people[train])]

    def new_epoch(self, embed: Callable[[np.ndarray], np.ndarray], rng: np.random.Generator) -> None:
        """Nothing is kept from one batch to the next."""

    def draw(self, rng: np.random.Generator) -> Batch:
        r = self.recipe
        chosen = rng.permutation(len(self.images_of))[: r.people_a_batch]
        each = r.images_a_batch // len(chosen)
        images = np.concatenate([rng.permutation(self.images_of[person])[:each] for person in chosen])
        return Batch(images, lambda z: mining.hard_pairs(z, self.people[images], r.pairs))


class BatchesOfPairs:
    """Random pairs out of a list of pairs: a fixed one, or one that is mined again from the embeddings each epoch."""

    def __init__(self, data: PairData, recipe: Recipe) -> None:
        self.pairs, self.same = data.pairs["train"], data.same["train"]
        self.recipe = recipe
        self.train = np.flatnonzero(data.part == "train")
        self.people = data.people

    def new_epoch(self, embed: Callable[[np.ndarray], np.ndarray], rng: np.random.Generator) -> None:
        if self.recipe.pairs == "mined":
            z = embed(self.train)
            # every image asks once for a same and once for a different partner; an epoch uses fewer pairs than that
            rows, self.same = mining.mined_pairs(z, self.people[self.train], 2 * len(self.train), rng)
            self.pairs = self.train[rows]

    def draw(self, rng: np.random.Generator) -> Batch:
        rows = rng.choice(len(self.pairs), min(self.recipe.pairs_a_batch, len(self.pairs)), replace=False)
        # an image that is part of several pairs is embedded once
        images, places = np.unique(self.pairs[rows], return_inverse=True)
        return Batch(images, lambda z: (places.reshape(-1, 2), self.same[rows]))


def source(data: PairData, recipe: Recipe) -> BatchesOfPeople | BatchesOfPairs:
    """The source a recipe asks for. Raises JobError where training can't have it, or a part makes no pairs."""
    for part in ("train", "val"):
        _, sizes = np.unique(data.people[data.part == part], return_counts=True)
        if (part == "train" or len(sizes)) and (len(sizes) < 2 or sizes.max() < 2):
            raise JobError(
                f"the {part} part needs at least 2 people, one of them with 2 photos, and has {len(sizes)} people: "
                "add photos, or split in another way"
            )
    if recipe.pairs in ("hard", "semi-hard"):
        return BatchesOfPeople(data, recipe)
    if not len(data.pairs.get("train", ())):
        raise JobError("the pairs folder has no training pairs: make it again with siamese-np pairs --pairs N")
    return BatchesOfPairs(data, recipe)
