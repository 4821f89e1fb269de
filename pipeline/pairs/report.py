"""What there is to say about pairs, for people and for programs."""

from typing import Any

import numpy as np

from pipeline.pairs.data import PARTS, PairData
from pipeline.pairs.draw import possible_pairs

SHOWN = 10  # of a long list
SPLITS = {
    "person": "split by person: nobody is in two parts",
    "image": "split by image: everybody may be in each part, no photo in two",
    "dense": "not split: a dense file doesn't say who is who beyond its pairs, so all is for training",
}


def summary(data: PairData) -> dict[str, Any]:
    """The figures, ready for JSON: "images", "people", "size" [H, W], "split", "seed", "parts", and who is special.

    "parts" has for each part its people, images, pairs, how many are same, and how many of either kind are possible;
    "single" names people with one photo in use; "across" are twins that a split file left in two parts. "mined" has
    the hash of the model that mined the training pairs, how many, how many "unlike" each other, and the seed, or is null.
    """
    used = data.people[data.part != "drop"]
    photos = np.bincount(used, minlength=len(data.names))
    return {
        "images": len(data.images),
        "people": len(data.names),
        "size": list(data.images.shape[2:]),
        "split": data.info["split"],
        "seed": data.info.get("seed"),
        "mined": _mined(data),
        "parts": {part: _part(data, part) for part in PARTS},
        "landmarks": None if data.landmarks is None else int(np.isfinite(data.landmarks).all((1, 2)).sum()),
        "dropped": int((data.part == "drop").sum()),
        "single": [data.names[person] for person in np.flatnonzero(photos == 1)],
        "unused": [data.names[person] for person in np.flatnonzero(photos == 0)],
        **{name: data.info.get(name, []) for name in ("copies", "near", "conflicts", "across")},
    }


def _mined(data: PairData) -> dict[str, Any] | None:
    mined = data.info.get("mined")
    return mined and {**mined, "unlike": len(np.unique(np.sort(data.pairs["train"], axis=1), axis=0))}


def _part(data: PairData, part: str) -> dict[str, Any]:
    people = data.people[data.indices(part)]
    same = data.same[part]
    possible_same, possible_different = possible_pairs(people)
    return {
        "people": len(np.unique(people)),
        "images": len(people),
        "pairs": len(same),
        "same": int(same.sum()),
        "possible_same": possible_same,
        "possible_different": possible_different,
    }


def lines(figures: dict[str, Any]) -> list[str]:
    """The report for people, from summary()."""
    height, width = figures["size"]
    found = [
        f"{figures['images']} photos of {figures['people']} people, {height}x{width} (height x width)",
        SPLITS.get(figures["split"], f"split as the file {figures['split']} says"),
        "  part   people  images   pairs    same",
    ]
    for part, row in figures["parts"].items():
        found.append(f"  {part:5} {row['people']:7} {row['images']:7} {row['pairs']:7} {row['same']:7}{_repeats(row)}")
    if figures["mined"]:
        found.append(f"training pairs mined by the model {figures['mined']['model'][:12]}: those it finds hard, "
                     f"{figures['mined']['unlike']} unlike each other")  # fmt: skip
    if figures["landmarks"] is not None:
        without = figures["images"] - figures["landmarks"]
        found.append(f"landmarks found on {figures['landmarks']} photos, on {without} none: these stay plain crops")
    if figures["dropped"]:
        found.append(f"  drop          {figures['dropped']:7}")
    two = {name: [" and ".join(twins) for twins in figures[name]] for name in ("copies", "near", "conflicts", "across")}
    found += listed("copies of a photo of one person, kept once", two["copies"])
    found += listed("nearly equal photos of one person", two["near"])
    found += listed("CONFLICTS, the same photo under two people: one name must be wrong", two["conflicts"])
    found += listed("LEAKS, equal or nearly equal photos in two parts, as the split file has them", two["across"])
    found += listed("people with 1 photo, in pairs of different people only", figures["single"])
    found += listed("people without a photo in use", figures["unused"])
    return found


def _repeats(row: dict[str, int]) -> str:
    different = row["pairs"] - row["same"]
    for kind, drawn in (("same", row["same"]), ("different", different)):
        if drawn > row[f"possible_{kind}"]:
            return f"  (some repeat: only {row[f'possible_{kind}']} {kind} pairs exist)"
    return ""


def listed(title: str, items: list[str]) -> list[str]:
    """A heading with the number of items and the first of them; nothing where there are none."""
    more = [f"  and {len(items) - SHOWN} more"] if len(items) > SHOWN else []
    return [f"{title} ({len(items)}):", *(f"  {item}" for item in items[:SHOWN]), *more] if items else []
