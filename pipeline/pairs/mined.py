"""Pairs mined by a model: the same faces in the same parts, with those training pairs that the model finds hard.

Each training photo asks in turn for a photo of its own person that is far from it, and for one of another person that is
near (siamese_np/mining.py). The photos of the other parts are not looked at, and their pairs stay.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.common.errors import JobError
from pipeline.pairs import store
from pipeline.pairs.data import PairData, fingerprint
from pipeline.recognise.recogniser import Recogniser
from siamese_np import mining


def mine(data: PairData, model: Recogniser, count: int, seed: int) -> PairData:
    """`data` with `count` training pairs by the distances of `model`, half of them same, in random order.

    Raises JobError where the model was trained on other pairs: it may have seen photos that here are to be unseen, and
    would choose pairs with that knowledge.
    """
    if model.extra["settings"]["data"] != fingerprint(data):
        raise JobError("the model was not trained on these pairs: mine from those that it was trained on, as in "
                       "siamese-np pairs --mine RUN SOURCE OUT")  # fmt: skip
    rng = np.random.default_rng(seed)
    train = data.indices("train")
    z = model.embed(data.images[train, 0], None if data.landmarks is None else data.landmarks[train])
    rows, same = mining.mined_pairs(z, data.people[train], count, rng)
    rows = rng.permuted(rows, axis=1)  # which image asked says nothing about a pair
    order = rng.permutation(count)
    return replace(
        data,
        pairs={**data.pairs, "train": train[rows[order]].astype(np.int32)},
        same={**data.same, "train": same[order]},
        info={**data.info, "mined": _mark(model, count, seed)},
    )


def into(out: Path, source: Path, model: Recogniser, count: int, seed: int) -> tuple[PairData, bool]:
    """Mine from the pairs in `source` into `out`, a new folder -> the pairs, and whether just these were there already.

    Raises JobError where `out` holds anything else: that is a result, and is not replaced.
    """
    store.check_replaceable(out)
    if not (out / store.HEADER).exists():
        data = mine(store.load(source), model, count, seed)
        store.save(out, data)
        return data, False
    there = store.load(out)
    if there.info.get("mined") != _mark(model, count, seed):
        raise JobError(f"{out} holds other pairs, and mined ones replace nothing: choose a new OUT, as in "
                       "siamese-np pairs --mine RUN SOURCE OUT")  # fmt: skip
    return there, True


def _mark(model: Recogniser, count: int, seed: int) -> dict[str, Any]:
    """What decides which pairs are found."""
    return {"model": model.model_hash, "pairs": count, "seed": seed}
