"""How good the model is, and what it is."""

from typing import Any

from flask import current_app
from werkzeug.exceptions import NotFound

from pipeline import evaluate
from pipeline.common.errors import JobError
from pipeline.evaluate.card import NAMES, card, rests_on
from webapp.common import serving

METHODS = ("ours", "raw_pixels", "chance")


def report() -> dict[str, Any]:
    """The report card: each figure, beside those of raw pixels and of chance, with how many people and photos it rests on."""
    path = serving.current().run / "report.json"
    if not path.exists():
        raise NotFound("This model was not evaluated: siamese-np evaluate makes a report.")
    found = evaluate.read_report(path)
    try:
        figures = [
            {"metric": metric, "means": NAMES[metric], **dict(zip(("people", "photos"), rests_on(found, metric)))}
            | {method: found["results"].get(method, {}).get(metric) for method in METHODS}
            for metric in found["results"]["ours"] if metric in NAMES
        ]  # fmt: skip
        return {"protocol": found["protocol"], "card": card(found), "figures": figures, "thresholds": found["thresholds"]}
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise JobError(f"{path} is of another form. Make it again: siamese-np evaluate") from error


def model() -> dict[str, Any]:
    """What is known of the model: how it was trained, its thresholds, and the gallery that it is asked about."""
    now = serving.now()
    extra, snapshot = now.recogniser.extra, now.snapshot
    return {
        "model": now.recogniser.model_hash[:12],
        "preset": extra.get("settings", {}).get("preset"),
        "networks": len(now.recogniser.members),
        "parameters": extra.get("parameters"),
        "epochs": extra.get("epochs"),
        "seconds": extra.get("seconds"),
        "trained_on": len(extra.get("trained_on", ())),
        "rule": current_app.config["RULE"],
        "thresholds": now.recogniser.thresholds,
        "gallery": {"people": len(snapshot.people), "photos": len(snapshot.photos)} if snapshot else None,
    }
