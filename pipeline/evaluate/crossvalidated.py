"""The report card of a model that was trained on all photos: what cross-validation measured before the training."""

from typing import Any

from pipeline.evaluate.command import chance, figure
from pipeline.recognise.recogniser import Recogniser
from pipeline.recognise.rules import DEFAULT

NEW = ("mean_gallery", "known_accepted", "known_named_right", "strangers_rejected")


def cross_validated(recogniser: Recogniser) -> dict[str, Any]:
    """The report card as `evaluate` gives it, with the figures of pipeline/train/crossvalidation.py: of networks that trained
    without some people and photos, by the rule DEFAULT. open_set: how many photos these figures are of."""
    found = recogniser.extra["cross_validation"]
    rates, raw = found["rules"][DEFAULT], found["raw_pixels"]
    ours = _figures(rates, found["rules"]["mean"]["nearest_right"])
    return {
        "protocol": "known people",
        "preset": recogniser.extra["settings"]["preset"],
        "people": found["people"],
        "photos": rates["new_photos"],
        "seconds": recogniser.extra["seconds"],
        "parameters": recogniser.extra["parameters"],
        "thresholds": recogniser.thresholds,
        "thresholds_chosen_on": recogniser.extra["thresholds_chosen_on"],
        "open_set": {"gallery_people": rates["gallery_size"], "stranger_people": found["people"],
                     "known_photos": rates["new_photos"], "strangers_photos": rates["stranger_photos"]},
        "results": {"ours": ours, "raw_pixels": _figures(raw, raw["nearest_right"]), "chance": chance(ours, rates["gallery_size"])},
    }  # fmt: skip


def _figures(rates: dict[str, Any], mean_right: float) -> dict[str, dict[str, float]]:
    shares = (mean_right, rates["named_right"] + rates["named_wrong"], rates["named_right"],
              rates["strangers_rejected"])  # fmt: skip
    return {metric: figure([100 * share]) for metric, share in zip(NEW, shares, strict=True)}
