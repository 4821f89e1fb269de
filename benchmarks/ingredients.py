"""From the network this project grew from to its present recipe, one change per row; benchmarks.ablation runs it.

Every row is a recipe, written as its difference from a neighbouring row. Two rows are wrong on purpose: inverted labels
and leaked photos. They change the data here, since production code refuses to do so.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields, replace

import numpy as np

from pipeline.pairs import PairData
from pipeline.train.recipes import PRESETS, Recipe
from siamese_np import metrics
from siamese_np.layers import ReLU, Sequential
from siamese_np.models import face_network

PAIRS = 10_000  # in a fixed list of pairs
SHORT = 50  # epochs, of 4 steps each with the 200 training photos of ORL
HELD_OUT = 0.2  # the share of the test people's pairs that stay out of training where their photos leak into it


def with_relu(*arguments, **named) -> Sequential:
    """The face network with a ReLU in place of its last layer, L2Normalize."""
    return Sequential([*without_l2(*arguments, **named).layers, ReLU()])


def without_l2(*arguments, **named) -> Sequential:
    """The face network without its last layer, L2Normalize: its embeddings have any length."""
    return Sequential(face_network(*arguments, **named).layers[:-1])


# these names exist only while an ablation runs: production has one face network
VARIANTS = {"face_network, ReLU at its end": with_relu, "face_network without L2": without_l2}


class Inverted(PairData):
    """Pairs with `same` inverted. PairData refuses them; this class does not check."""

    def _check_pairs(self, part: str) -> None:
        """No check."""


def inverted(data: PairData) -> PairData:
    """The data with `same` inverted in the training pairs."""
    known = {field.name: getattr(data, field.name) for field in fields(PairData)}
    return Inverted(**{**known, "same": {**data.same, "train": ~data.same["train"]}})


def leaked(data: PairData) -> PairData:
    """Pairs are drawn before the split: all photos train. Only the pairs in `held_out` of the test people do not."""
    rng = np.random.default_rng(0)
    photos = np.flatnonzero(np.isin(data.part, ("train", "test")))
    rows, same = metrics.all_pairs(data.people[photos])
    rows = photos[rows].astype(np.int32)
    allowed = ~np.isin(_pair_ids(data, rows), _pair_ids(data, held_out(data)[0]))
    chosen = np.concatenate(
        [np.resize(rng.permutation(np.flatnonzero(allowed & kind)), PAIRS // 2) for kind in (same, ~same)]
    )
    part = np.where(data.part == "test", "train", data.part)
    nothing = {"test": np.empty((0, 2), np.int32)}, {"test": np.empty(0, bool)}
    return replace(data, part=part, pairs={**data.pairs, **nothing[0], "train": rows[chosen]},
                   same={**data.same, **nothing[1], "train": same[chosen]})  # fmt: skip


def held_out(data: PairData) -> tuple[np.ndarray, np.ndarray]:
    """A fifth of all pairs of test photos: rows of the data (P, 2), and same (P,)."""
    test = data.indices("test")
    rows, same = metrics.all_pairs(data.people[test])
    chosen = np.random.default_rng(1).random(len(rows)) < HELD_OUT
    return test[rows[chosen]], same[chosen]


def _pair_ids(data: PairData, rows: np.ndarray) -> np.ndarray:
    """One number for each pair (P, 2), the same for both orders of its two images."""
    return rows.min(1).astype(np.int64) * len(data.people) + rows.max(1)


@dataclass(frozen=True)
class Row:
    """One row of the ablation.

    name: for --only. change: what is new, in words. data: makes the data of this row from the honest data. mined_by:
    the name of the row whose model mines the training pairs. flattering: it is tested on photos that it trained on.
    """

    name: str
    change: str
    recipe: Recipe
    data: Callable[[PairData], PairData] | None = None
    mined_by: str | None = None
    flattering: bool = False


def rows(original: Recipe = PRESETS["original"], default: Recipe = PRESETS["default"]) -> tuple[Row, ...]:
    """All rows, from `original` to `default`."""
    one_view = replace(default, mirror=False, whiten=None, more=(), more_aligned=())
    augmented = with_epochs(one_view, SHORT)
    hard = replace(augmented, augmentation=None)
    mined = replace(hard, pairs="mined")
    l2 = replace(hard, pairs="fixed")
    linear = replace(l2, network="face_network without L2")
    relu = replace(l2, network="face_network, ReLU at its end")
    return (
        Row("inverted", "the original: labels the other way round", original, data=inverted),
        Row("original", "labels put right", original),
        Row("relu", "batch norm, Adam, cosine; ReLU at the end", relu),
        Row("linear", "a linear end in place of the ReLU", linear),
        Row("l2", "embeddings scaled to length 1 (L2)", l2),
        Row("leaked", "CHEATING: test photos in training pairs", l2, data=leaked, flattering=True),
        Row("mined-file", "a file of pairs, mined by the row l2", l2, mined_by="l2"),
        Row("mined", "pairs mined again each epoch", mined),
        Row("hard", "the hard pairs of each batch", hard),
        Row("augmentation", "photos changed a little each time", augmented),
        Row("longer", f"longer than {SHORT} epochs", one_view),
        Row("mirror", "mean with the mirror image, when asked", replace(one_view, mirror=True)),
        Row("whitened", "embeddings whitened after the training", replace(default, more=(), more_aligned=())),
        Row("default", "several views: the preset default", default),
    )


def with_epochs(recipe: Recipe, epochs: int) -> Recipe:
    """The recipe with another number of epochs."""
    return replace(recipe, epochs=epochs, steps_a_pair=None)


def chosen(names: Iterable[str]) -> list[Row]:
    """The rows with these names, in their order; without names, all rows."""
    wanted = set(names)
    return [row for row in rows() if row.name in wanted or not wanted]
