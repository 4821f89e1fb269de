"""What this is, the facts of the model's training, and what becomes of a photo."""

from typing import Any

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from webapp.common import answers, serving

blueprint = Blueprint("about", __name__, url_prefix="/about")


@blueprint.get("/")
def index() -> ResponseReturnValue:
    """The page."""
    now = serving.now()
    return render_template(
        "about/page.html",
        now=now,
        facts=facts(now.recogniser.extra),
        run=serving.current().run,
        folder=serving.current().folder,
        kept=answers.in_words(answers.store()),
    )


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
    if people := extra.get("trained_on"):
        found.append(("Trained on", f"{len(people)} people"))
    if seconds := extra.get("seconds"):
        found.append(("Training time", f"{seconds:.0f} s"))
    return found
