"""Combines faces, their split and the pairs that are drawn from it."""

from collections.abc import Mapping

import numpy as np

from pipeline.common.errors import JobError
from pipeline.datasets import Faces
from pipeline.pairs.data import PARTS, PairData
from pipeline.pairs.draw import draw_pairs
from pipeline.pairs.split import Split

NO_PAIRS = (np.empty((0, 2), np.int32), np.empty(0, bool))


def build(faces: Faces, split: Split, pairs: int | Mapping[str, int], rng: np.random.Generator) -> PairData:
    """Draw the pairs of each part. A part without images gets no pairs.

    pairs: the number for each part, or one number per part as in {"train": 10000, "val": 2000, "test": 2000}. Raises
    JobError, which names the part, where its images allow no such pairs.
    """
    counts = pairs if isinstance(pairs, Mapping) else {part: pairs for part in PARTS}
    if not set(counts) <= set(PARTS):
        raise ValueError(f"pairs are drawn for {', '.join(PARTS)}, got {', '.join(counts)}")
    drawn = {}
    for part in PARTS:
        indices = np.flatnonzero(split.part == part)
        try:
            wanted = counts.get(part, 0) if len(indices) else 0
            drawn[part] = draw_pairs(faces.people, indices, wanted, rng) if wanted else NO_PAIRS
        except JobError as error:
            raise JobError(f"No pairs for {part}: {error} Add photos, or split them in another way.") from error
    return PairData(
        images=faces.images,
        people=faces.people,
        names=faces.names,
        sources=faces.sources,
        part=split.part,
        pairs={part: drawn[part][0] for part in PARTS},
        same={part: drawn[part][1] for part in PARTS},
        info={"split": split.kind, "seed": rng.bit_generator.seed_seq.entropy, **_duplicates_by_path(faces, split)},
    )


def _duplicates_by_path(faces: Faces, split: Split) -> dict[str, list]:
    """The duplicates as pairs of image paths, the hashes, and as "across" those that a split file puts into two parts."""
    found = split.duplicates
    sources, part = faces.sources, split.part
    all_links = (*found.copies, *found.near, *found.conflicts)
    across = [(a, b) for a, b in all_links if part[a] != part[b] and "drop" not in (part[a], part[b])]
    lists = {"copies": found.copies, "near": found.near, "conflicts": found.conflicts, "across": across}
    named = {name: [[sources[a], sources[b]] for a, b in links] for name, links in lists.items()}
    return {**named, "hashes": list(found.hashes)}
