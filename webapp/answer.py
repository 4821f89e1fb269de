"""An answer of pipeline.recognise.predict laid out for the page: one scale for all distances, from 0 to a round number."""

from dataclasses import dataclass
from math import ceil, log10

SHORTEST = 1e-3  # of a scale: where all distances are 0 there is nothing to divide


@dataclass(frozen=True)
class Row:
    """A person of the ranking. at: the place on the scale in percent; photo: the key of the nearest of `photos`."""

    person: str
    distance: float
    at: float
    same: bool
    photo: str
    photos: int


@dataclass(frozen=True)
class Layout:
    """The scale and what stands on it; places in percent of its width."""

    threshold_at: float
    ticks: tuple[tuple[float, float], ...]  # (value, place)
    rows: tuple[Row, ...]


def lay_out(answer: dict) -> Layout:
    """Where each distance of `answer` (the object of pipeline.recognise.predict) lies beside the threshold."""
    threshold = answer["threshold"]
    largest = max([SHORTEST, threshold * 1.3, *(entry["distance"] for entry in answer["ranking"])])
    step = _step(largest)
    end = step * ceil(largest * 1.02 / step)
    ticks = tuple((i * step, 100 * i * step / end) for i in range(round(end / step) + 1))
    rows = tuple(
        Row(
            person=entry["person"],
            distance=entry["distance"],
            at=100 * entry["distance"] / end,
            same=entry["distance"] < threshold,
            photo=entry["photo"],
            photos=entry["photos"],
        )
        for entry in answer["ranking"]
    )
    return Layout(100 * threshold / end, ticks, rows)


def _step(largest: float) -> float:
    """A round step (1, 2 or 5 times a power of ten) that divides a scale up to `largest` into three to eight parts."""
    power = 10.0 ** ceil(log10(largest / 8))
    return next(power * part for part in (0.2, 0.5, 1.0) if largest / (power * part) <= 8)
