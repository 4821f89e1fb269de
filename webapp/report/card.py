"""The report card as the page shows it: each figure beside those of simpler methods, with what it rests on."""

from dataclasses import dataclass
from pathlib import Path

from pipeline import evaluate
from pipeline.common import console
from pipeline.common.errors import JobError
from pipeline.evaluate.card import rests_on
from siamese_np.rates import wilson

# metric, its name on the page, its explanation
METRICS = (
    ("one_shot", "Right person, from one photo each", "One photo of each person is known; which of them is on another photo?"),
    ("five_shot", "Right person, from five photos each", "The same question, with five known photos of each person."),
    ("mean_gallery", "Right person, by the mean of all photos", "The nearest mean of a person’s known photos is the answer."),
    ("nearest_photo", "Right person, by the nearest photo", "The nearest one of all known photos is the answer."),
    ("known_named_right", "Known people named", "Photos of people in the gallery that get the right name."),
    ("strangers_rejected", "Strangers called unknown", "Photos of people outside the gallery."),
    ("balanced_accuracy", "Pairs right at the threshold", "The threshold of “Same person?”; same and different pairs count alike."),
    ("tar_at_far_1", "Same pairs accepted", "At a threshold that accepts 1 % of the different pairs, too."),
    ("auc", "Pairs in the right order", "A same pair is nearer than a different one (AUC)."),
    ("eer", "Equal error rate", "The error where both error rates are equal: lower is better (EER)."),
)
METHODS = (
    ("ours", "This network"),
    ("raw_pixels", "Raw pixels"),
    ("eigenfaces", "Eigenfaces"),
    ("fisherfaces", "Fisherfaces"),
    ("chance", "Chance"),
)
OF_PAIRS = ("balanced_accuracy", "tar_at_far_1", "auc", "eer")  # no share of photos: Wilson's interval does not hold for them


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
    """The report card. unseen: whether it was measured on people that the network never saw. known, strangers, all: how many people
    and photos the figures and pictures of each kind rest on."""

    unseen: bool
    known: tuple[int | None, int | None]
    strangers: tuple[int | None, int | None]
    all: tuple[int | None, int | None]
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
        kinds = (rests_on(report, metric) for metric in ("known_named_right", "strangers_rejected", "auc"))
        return Card(report["protocol"] == "unseen people", *kinds, tuple(name for _, name in methods), tuple(lines))
    except JobError as error:
        console.say(str(error))
    except (ValueError, KeyError, TypeError, AttributeError):
        console.say(f"{path} is of another form, and not shown")
    return None


def _interval(metric: str, value: float | None, people: int | None) -> tuple[float, float] | None:
    if value is None or not people or metric in OF_PAIRS:
        return None
    low, high = wilson(value / 100, people)
    return 100 * low, 100 * high


def _mean(result: dict | None) -> float | None:
    return None if result is None or result.get("mean") is None else float(result["mean"])
