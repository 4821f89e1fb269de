"""The rates of a threshold: how they are kept in its entry, and how they are said. No rate is shown without what it rests on."""

from typing import Any

from siamese_np.rates import wilson


def in_words(entry: dict[str, Any], rate: str) -> str:
    """A rate ("far" or "frr") of an entry as text: with its interval and what it rests on, or that it is an estimate."""
    if entry[rate] is None:
        return "not measured"
    # models of before say nothing about how a rate was found
    if not entry.get(f"{rate}_measured", False):
        source = ""
        if entry.get("found") == "gallery":
            source = f" from the gallery's own {entry['people']} people, {entry['photos']} photos"
        return f"about {entry[rate]:.0%} (estimated{source})"
    return (f"{entry[rate]:.1%} ({entry[f'{rate}_low']:.0%} to {entry[f'{rate}_high']:.0%}, measured on {entry['people']} "
            f"people, {entry['photos']} photos)")  # fmt: skip


def basis(entry: dict[str, Any]) -> dict[str, Any]:
    """What the rates of an entry rest on, for an answer: found, people, photos; NAME_measured, NAME_low and NAME_high of far and
    frr; and both in words, false_accepts and false_rejects. What a model of before does not say is None, or not measured."""
    ends = {f"{rate}_{end}": entry.get(f"{rate}_{end}") for rate in ("far", "frr") for end in ("low", "high")}
    measured = {f"{rate}_measured": entry.get(f"{rate}_measured", False) for rate in ("far", "frr")}
    words = {"false_accepts": in_words(entry, "far"), "false_rejects": in_words(entry, "frr")}
    known = {"found": entry.get("found", "model"), "people": entry.get("people"), "photos": entry.get("photos")}
    return known | measured | ends | words


def promise(entry: dict[str, Any]) -> str:
    """What a threshold promises about strangers, in words."""
    return f"false accepts of strangers: {in_words(entry, 'far')}"


def rate_of(name: str, rate: float | None, people: int, measured: bool) -> dict[str, Any]:
    """The fields of a rate in an entry: its value, whether it is measured, and the ends of its 95 % interval."""
    low, high = (None, None) if rate is None else wilson(rate, people)
    return {name: rate, f"{name}_measured": measured, f"{name}_low": low, f"{name}_high": high}
