"""The report card as the page shows it: each figure beside those of simpler methods, with what it rests on."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline import evaluate
from pipeline.common import console
from pipeline.common.errors import JobError
from siamese_np.rates import wilson

# metric, its name on the page, its explanation
METRICS = (
    ("one_shot", "Right person, from one photo each", ""),
    ("five_shot", "Right person, from five photos each", ""),
    ("mean_gallery", "Right person, by the mean of all photos", ""),
    ("nearest_photo", "Right person, by the nearest photo", ""),
    ("known_named_right", "Known people named", "Photos of people in the gallery that get their name."),
    ("strangers_rejected", "Strangers called unknown", "Photos of people outside the gallery."),
    ("auc", "Pairs in the right order", "A same pair is nearer than a different one (AUC)."),
    ("eer", "Equal error rate", "The error where both error rates are equal: lower is better."),
)
METHODS = (
    ("ours", "This network"),
    ("raw_pixels", "Raw pixels"),
    ("eigenfaces", "Eigenfaces"),
    ("fisherfaces", "Fisherfaces"),
    ("chance", "Chance"),
)
OF_PAIRS = ("auc", "eer")  # no share of photos: Wilson's interval does not hold for them


@dataclass(frozen=True)
class Line:
    """One metric, in percent for each method of the card; None where it was not measured.

    people, photos: that the figure rests on; interval: 95 % of it, in percent, from so many people, or None.
    """

    name: str
    note: str
    values: tuple[float | None, ...]
    people: int | None
    photos: int | None
    interval: tuple[float, float] | None


@dataclass(frozen=True)
class Card:
    """The report card. unseen: whether it was measured on people that the network never saw."""

    unseen: bool
    methods: tuple[str, ...]
    lines: tuple[Line, ...]


def read(path: Path) -> Card | None:
    """The card in a report.json; None if it is missing, or damaged, which is told, since the page works without it."""
    if not path.exists():
        return None
    try:
        report = evaluate.read_report(path)
        results = report["results"]
        methods = [(key, name) for key, name in METHODS if key in results]
        lines = []
        for metric, name, note in METRICS:
            values = tuple(_mean(results.get(method, {}).get(metric)) for method, _ in methods)
            if any(value is not None for value in values):
                people, photos = rests_on(report, metric)
                lines.append(Line(name, note, values, people, photos, _interval(metric, values[0], people)))
        return Card(report["protocol"] == "unseen people", tuple(name for _, name in methods), tuple(lines))
    except JobError as error:
        console.say(str(error))
    except (ValueError, KeyError, TypeError, AttributeError):
        console.say(f"{path} is of another form, and not shown")
    return None


def rests_on(report: dict[str, Any], metric: str) -> tuple[int | None, int | None]:
    """How many people and photos a figure of a report rests on."""
    counts = report.get("open_set")
    if counts and metric == "known_named_right":
        return counts["gallery_people"], counts["known_photos"]
    if counts and metric == "strangers_rejected":
        return counts["stranger_people"], counts["strangers_photos"]
    return report.get("people"), report.get("photos")


def _interval(metric: str, value: float | None, people: int | None) -> tuple[float, float] | None:
    if value is None or not people or metric in OF_PAIRS:
        return None
    low, high = wilson(value / 100, people)
    return 100 * low, 100 * high


def _mean(result: dict | None) -> float | None:
    return None if result is None or result.get("mean") is None else float(result["mean"])
