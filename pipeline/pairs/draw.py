"""Draws pairs of images: half of them show the same person, half show different people.

Sort the n images by person. The image at position p then lies in the block of its person, which ends before end[p]. If
each pair is counted once, at its first image, image p has

    same[p]      = end[p] - p - 1    partners of the same person, from position p + 1 on            (1)
    different[p] = n - end[p]        partners of other people, from position end[p] on              (2)

So the pairs of a kind can be numbered 0 ... total - 1 without a list of them. Pair r belongs to the first p whose
cumulative sum of partners exceeds r, and r minus the sum before p is the number of its partner (3). To draw pairs is to
draw such numbers without replacement, which always ends.
"""

import numpy as np

from pipeline.common.errors import JobError


def draw_pairs(
    people: np.ndarray, indices: np.ndarray, count: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """`count` pairs among the images `indices`, in random order, each possible pair of its kind equally likely.

    people (N,) integers, indices (n,) positions in it -> pairs (count, 2) int32, positions in `people`, and same
    (count,) bool. Half are same; for an odd count one more is same. No image is paired with itself, and a pair is
    repeated only after all others of its kind. Raises JobError for one person, and for one image of each person.
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
    chosen = rng.permuted(chosen, axis=1)  # the order of the two images must tell nothing about their people
    order = rng.permutation(count)
    return images[chosen[order]].astype(np.int32), order < count_same


def _draw(start: np.ndarray, partners: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """(count, 2) positions. Position p has partners[p] partners, at the positions from start[p] on."""
    ends = np.cumsum(partners)
    total = int(ends[-1])
    rounds, rest = divmod(count, total)
    numbers = rng.choice(total, rest, replace=False, shuffle=False)
    if rounds:  # there are fewer pairs than `count`, so all of them fit into memory
        numbers = np.concatenate([np.tile(np.arange(total), rounds), numbers])
    first = np.searchsorted(ends, numbers, side="right")
    return np.stack([first, start[first] + numbers - (ends - partners)[first]], axis=1)  # (3)


def possible_pairs(people: np.ndarray) -> tuple[int, int]:
    """How many different (same, different) pairs the images of people (n,) allow, by (1) and (2)."""
    _, sizes = np.unique(people, return_counts=True)
    same = int((sizes * (sizes - 1)).sum()) // 2
    return same, len(people) * (len(people) - 1) // 2 - same
