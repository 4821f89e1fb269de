"""The report about pairs, as text for people and as figures for programs."""

from typing import Any

import numpy as np

from pipeline.pairs.data import PARTS, PairData
from pipeline.pairs.draw import possible_pairs

FEW_PEOPLE = 10  # fewer do not teach a network what tells strangers apart
SHOWN = 10  # items of a long list
SPLITS = {
    "person": "split by person: each person is in one part",
    "image": "split by image: a person may be in several parts, a photo is in one",
    "dense": "not split: a dense file knows people by its pairs alone, so all is for training",
}


def summary(data: PairData) -> dict[str, Any]:
    """The figures, ready for JSON: "images", "people", "size" [H, W], "split", "seed", "parts", and special cases.

    "parts" has for each part the numbers of its people, images, pairs and same pairs, and how many same and different
    pairs are possible. "single" names people with one photo in use, "unused" people with none. "copies", "near" and
    "conflicts" are the duplicates, and "across" those that a split file puts into two parts. "mined" is null, or has
    the hash of the model that mined the training pairs, their number, how many of them differ ("unlike"), and the seed.
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


def warning(figures: dict[str, Any]) -> str | None:
    """What to do, where a split by person leaves too few people to train with. From summary()."""
    people = {part: row["people"] for part, row in figures["parts"].items()}
    if figures["split"] != "person" or people["train"] >= FEW_PEOPLE:
        return None
    return (f"WARNING: only {people['train']} people train, {people['val']} validate, {people['test']} test. So few do not "
            "teach a network to tell people apart that it never saw. To recognise these people on new photos, "
            "split by image: siamese-np pairs --split image")  # fmt: skip


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
    if advice := warning(figures):
        found.append(advice)
    if figures["mined"]:
        found.append(f"training pairs mined by the model {figures['mined']['model'][:12]}: those it finds hard, "
                     f"{figures['mined']['unlike']} different ones")  # fmt: skip
    if figures["landmarks"] is not None:
        without = figures["images"] - figures["landmarks"]
        found.append(f"landmarks found on {figures['landmarks']} photos, and not on {without}: these stay plain crops")
    if figures["dropped"]:
        found.append(f"  drop          {figures['dropped']:7}")
    links = {name: [" and ".join(paths) for paths in figures[name]] for name in ("copies", "near", "conflicts", "across")}
    found += listed("copies of a photo of one person, of which one is kept", links["copies"])
    found += listed("nearly equal photos of one person", links["near"])
    found += listed("CONFLICTS, the same photo under two people: one name must be wrong", links["conflicts"])
    found += listed("LEAKS, equal or nearly equal photos that the split file puts into two parts", links["across"])
    found += listed("people with 1 photo, who are in pairs of different people only", figures["single"])
    found += listed("people without a photo in use", figures["unused"])
    return found


def _repeats(row: dict[str, int]) -> str:
    different = row["pairs"] - row["same"]
    for kind, drawn in (("same", row["same"]), ("different", different)):
        if drawn > row[f"possible_{kind}"]:
            return f"  (with repeats: only {row[f'possible_{kind}']} {kind} pairs exist)"
    return ""


def listed(title: str, items: list[str]) -> list[str]:
    """A heading with the number of items, then the first of them. Empty where there are no items."""
    more = [f"  and {len(items) - SHOWN} more"] if len(items) > SHOWN else []
    return [f"{title} ({len(items)}):", *(f"  {item}" for item in items[:SHOWN]), *more] if items else []
