"""Draws pairs of images: half of one person, half of two.

Let the n images lie sorted by person, so that the image at position p belongs to the block that ends before e[p].
Counting each pair once, at its first image, the image p has

    s[p] = e[p] - p - 1    partners of its own person, from p + 1 on           (1)
    d[p] = n - e[p]        partners of other people, from e[p] on              (2)

so the pairs of a kind can be numbered 0 ... sum - 1 without a list of them: pair r belongs to the first p whose running
sum exceeds r, and what is left of r counts its partners (3). Drawing pairs is drawing numbers, which ends for certain.
"""

import numpy as np

from pipeline.common.errors import JobError


def draw_pairs(
    people: np.ndarray, indices: np.ndarray, count: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """`count` pairs among the images `indices`, in random order, each possible pair of its kind equally likely.

    people (N,) integers, indices (n,) positions in it -> pairs (count, 2) int32, positions in `people`, and same
    (count,) bool. Half are same; of an odd count one more is same. No image meets itself, and a pair comes twice only
    after all others of its kind came once. Raises JobError where that can't be: with one person, or one image of each.
    """
    images = np.unique(np.asarray(indices, np.intp))
    images = images[np.argsort(people[images], kind="stable")]
    _, sizes = np.unique(people[images], return_counts=True)
    if len(sizes) < 2:
        raise JobError(f"pairs of different people need at least 2 people, got {len(sizes)}.")
    if sizes.max() < 2:
        raise JobError("pairs of the same person need somebody with at least 2 photos, and everybody has 1.")
    position = np.arange(len(images))
    end = np.repeat(np.cumsum(sizes), sizes)
    count_same = count - count // 2
    chosen = np.concatenate(
        [
            _draw(position + 1, end - position - 1, count_same, rng),  # (1)
            _draw(end, len(images) - end, count // 2, rng),  # (2)
        ]
    )
    chosen = rng.permuted(chosen, axis=1)  # which image comes first says nothing about its person
    order = rng.permutation(count)
    return images[chosen[order]].astype(np.int32), order < count_same


def _draw(start: np.ndarray, partners: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """(count, 2) positions; position p has `partners[p]` partners, which lie from start[p] on."""
    ends = np.cumsum(partners)
    total = int(ends[-1])
    rounds, rest = divmod(count, total)
    numbers = rng.choice(total, rest, replace=False, shuffle=False)
    if rounds:  # only then are there few enough pairs to list all of them
        numbers = np.concatenate([np.tile(np.arange(total), rounds), numbers])
    first = np.searchsorted(ends, numbers, side="right")
    return np.stack([first, start[first] + numbers - (ends - partners)[first]], axis=1)  # (3)


def possible_pairs(people: np.ndarray) -> tuple[int, int]:
    """How many different (same, different) pairs the images of people (n,) allow, by (1) and (2)."""
    _, sizes = np.unique(people, return_counts=True)
    same = int((sizes * (sizes - 1)).sum()) // 2
    return same, len(people) * (len(people) - 1) // 2 - same
