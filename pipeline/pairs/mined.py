"""Pairs mined by a model: the same faces in the same parts, with those training pairs that the model finds hard.

Each training photo in turn is an anchor. Its partner is a photo of the same person that is far from it, or a photo of
another person that is near (siamese_np/mining.py). The photos of the other parts are not used, and their pairs stay.
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
    """`data` with `count` new training pairs, chosen by the distances of `model`: half of them same, in random order.

    Raises JobError where the model was trained on other pairs: its training may have had photos that must stay unseen
    here, and this knowledge would decide which pairs it finds.
    """
    if model.extra["settings"]["data"] != fingerprint(data):
        raise JobError("the model was not trained on these pairs: mine from those that it was trained on, as in "
                       "siamese-np pairs --mine RUN SOURCE OUT")  # fmt: skip
    rng = np.random.default_rng(seed)
    train = data.indices("train")
    z = model.embed(data.images[train, 0], None if data.landmarks is None else data.landmarks[train])
    rows, same = mining.mined_pairs(z, data.people[train], count, rng)
    rows = rng.permuted(rows, axis=1)  # the order of the two images must not tell which one is the anchor
    order = rng.permutation(count)
    return replace(
        data,
        pairs={**data.pairs, "train": train[rows[order]].astype(np.int32)},
        same={**data.same, "train": same[order]},
        info={**data.info, "mined": _mark(model, count, seed)},
    )


def into(out: Path, source: Path, model: Recogniser, count: int, seed: int) -> tuple[PairData, bool]:
    """Mine from the pairs in `source` into the new folder `out` -> the pairs, and whether `out` held them already.

    Raises JobError where `out` holds anything else, since results are not replaced.
    """
    store.check_replaceable(out)
    if not (out / store.HEADER).exists():
        data = mine(store.load(source), model, count, seed)
        store.save(out, data)
        return data, False
    existing = store.load(out)
    if existing.info.get("mined") != _mark(model, count, seed):
        raise JobError(f"{out} holds other pairs, and mined ones replace nothing: choose a new OUT, as in "
                       "siamese-np pairs --mine RUN SOURCE OUT")  # fmt: skip
    return existing, True


def _mark(model: Recogniser, count: int, seed: int) -> dict[str, Any]:
    """All that decides which pairs are mined."""
    return {"model": model.model_hash, "pairs": count, "seed": seed}
