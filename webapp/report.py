"""What the page tells about the model: its report card and the facts of its training."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline import evaluate
from pipeline.common import console
from pipeline.common.errors import JobError

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
METHODS = (("ours", "This network"), ("raw_pixels", "Raw pixels"), ("chance", "Chance"))


@dataclass(frozen=True)
class Line:
    """One metric, in percent for each of METHODS; None where it was not measured."""

    name: str
    note: str
    values: tuple[float | None, ...]


@dataclass(frozen=True)
class Card:
    """The report card. unseen: whether it was measured on people that the network never saw."""

    unseen: bool
    lines: tuple[Line, ...]


def read(path: Path) -> Card | None:
    """The card in a report.json; None if it is missing, or damaged, which is told, since the page works without it."""
    if not path.exists():
        return None
    try:
        report = evaluate.read_report(path)
        results = report["results"]
        lines = []
        for metric, name, note in METRICS:
            values = tuple(_mean(results.get(method, {}).get(metric)) for method, _ in METHODS)
            if any(value is not None for value in values):
                lines.append(Line(name, note, values))
        return Card(report["protocol"] == "unseen people", tuple(lines))
    except JobError as error:
        console.say(str(error))
    except (ValueError, KeyError, TypeError, AttributeError):
        console.say(f"{path} is of another form, and not shown")
    return None


def facts(extra: dict[str, Any]) -> list[tuple[str, str]]:
    """(name, value) of each fact about the training in the header of a model."""
    found = []
    if preset := extra.get("settings", {}).get("preset"):
        found.append(("Recipe", preset))
    if parameters := extra.get("parameters"):
        found.append(("Parameters", f"{parameters:,}"))
    if epochs := extra.get("epochs"):
        best = extra.get("best_epoch", epochs)
        found.append(("Epochs", str(epochs) if best == epochs else f"{best} of {epochs}, the best"))
    if len(networks := extra.get("views", ())) > 1:
        found.append(("Networks", str(len(networks))))
    if seconds := extra.get("seconds"):
        found.append(("Training time", f"{seconds:.0f} s"))
    return found


def _mean(result: dict | None) -> float | None:
    return None if result is None or result.get("mean") is None else float(result["mean"])
