"""The layout of an answer on the page: one scale for all distances, from 0 to a round number."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, log10

DIGITS, MOST_DIGITS = 3, 17  # after the point; beyond MOST_DIGITS two floats between .1 and 1 can't differ
SHORTEST = 1e-3  # the shortest scale: if all distances are 0, a scale of length 0 could not be divided


@dataclass(frozen=True)
class Row:
    """One person of the ranking.

    text: the distance as it is printed. at: the position on the scale in percent. photo: the key of the nearest photo.
    photos: how many the gallery has.
    """

    person: str
    distance: float
    text: str
    at: float
    same: bool
    photo: str
    photos: int


@dataclass(frozen=True)
class Layout:
    """The scale and what is drawn on it. All positions are percentages of its width."""

    threshold: str
    threshold_at: float
    ticks: tuple[tuple[float, float], ...]  # (value, position)
    rows: tuple[Row, ...]


def lay_out(answer: dict) -> Layout:
    """The position and the text of the threshold and of each distance of `answer` (of pipeline.recognise.predict)."""
    threshold = answer["threshold"]
    threshold_text, *texts = in_words([threshold, *(entry["distance"] for entry in answer["ranking"])])
    largest = max([SHORTEST, threshold * 1.3, *(entry["distance"] for entry in answer["ranking"])])
    spacing = _tick_spacing(largest)
    end = spacing * ceil(largest * 1.02 / spacing)
    ticks = tuple((i * spacing, 100 * i * spacing / end) for i in range(round(end / spacing) + 1))
    rows = tuple(
        Row(
            person=entry["person"],
            distance=entry["distance"],
            text=text,
            at=100 * entry["distance"] / end,
            same=entry["distance"] < threshold,
            photo=entry["photo"],
            photos=entry["photos"],
        )
        for entry, text in zip(answer["ranking"], texts, strict=True)
    )
    return Layout(threshold_text, 100 * threshold / end, ticks, rows)


def in_words(values: Sequence[float]) -> list[str]:
    """Each value with DIGITS digits after the point, or with as many more as it takes to tell different ones apart."""
    for digits in range(DIGITS, MOST_DIGITS + 1):
        texts = [f"{value:.{digits}f}" for value in values]
        if len(set(texts)) == len(set(values)):
            return texts
    return [repr(float(value)) for value in values]


def _tick_spacing(largest: float) -> float:
    """A round number (1, 2 or 5 times a power of ten) that divides a scale up to `largest` into 3 to 8 parts."""
    power = 10.0 ** ceil(log10(largest / 8))
    return next(power * part for part in (0.2, 0.5, 1.0) if largest / (power * part) <= 8)
