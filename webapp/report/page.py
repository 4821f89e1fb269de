"""The report card, the pictures of `evaluate` with what they mean, and the curves of the training."""

from pathlib import Path

from flask import Blueprint, current_app, render_template
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from pipeline.evaluate.pictures import PICTURES
from pipeline.recognise.rates_in_words import basis
from pipeline.recognise.thresholds import for_gallery
from webapp.common import serving
from webapp.common.pictures import kept_by_browser
from webapp.report import card

CURVES = "curves.png"
# picture -> its title, and what it tells
MEANINGS = {
    "distances.png": (
        "Two hills",
        "Distances of pairs that show one person, and of pairs that show two. The further the hills stand apart, the "
        "fewer mistakes any threshold makes. What lies on the wrong side of the line is a mistake.",
    ),
    "roc.png": (
        "A threshold is a choice",
        "Each point of a curve is one threshold. To the right more strangers are accepted, upwards more photos of the "
        "same person are. A curve nearer to the upper left corner is better.",
    ),
    "confusion.png": (
        "Who is taken for whom",
        "One row for each person, one column for each answer. The diagonal is right. A dark cell beside it is a pair "
        "of people who look alike to the network.",
    ),
    "map.png": (
        "The embeddings from above",
        "Each dot is a photo, each colour a person. Photos of one person should lie together. Only two of many "
        "dimensions are shown, so people who overlap here may still be apart.",
    ),
    "mistakes.png": (
        "The worst mistakes",
        "The nearest pairs of different people, and the farthest pairs of one person. Another light, another pose or a "
        "wrong label often explains a mistake.",
    ),
}

blueprint = Blueprint("report", __name__, url_prefix="/report")


@blueprint.get("/")
def index() -> ResponseReturnValue:
    """The page."""
    run, now = serving.current().run, serving.now()
    there = [name for name in MEANINGS if (run / "pictures" / name).is_file()]
    return render_template(
        "report/page.html",
        card=card.read(run / "report.json"),
        thresholds=thresholds(now, current_app.config["RULE"]),
        pictures=[(name, *MEANINGS[name], PICTURES[name].shows) for name in there],
        has_curves=(run / CURVES).is_file(),
        run=run,
    )


def thresholds(now: serving.Now, rule: str) -> list[tuple[str, float, dict]]:
    """(the question, the threshold of its answer, what its rates rest on) of each page that asks."""
    pair = now.recogniser.thresholds["pair"]
    found = [("Same person?", pair["threshold"], basis(pair))]
    if now.snapshot:
        entry = for_gallery(now.recogniser, now.snapshot, rule)
        found.append(("Who is this?", entry["threshold"], basis(entry)))
    return found


@blueprint.get("/curves.png")
def curves() -> ResponseReturnValue:
    """The picture of the training curves."""
    return _file(serving.current().run / CURVES, "This run has no picture of its curves.")


@blueprint.get("/pictures/<name>")
def picture(name: str) -> ResponseReturnValue:
    """A picture of the evaluation."""
    missing = "This run has no such picture: siamese-np evaluate draws them."
    if name not in PICTURES:
        raise NotFound(missing)
    return _file(serving.current().run / "pictures" / name, missing)


def _file(path: Path, missing: str) -> ResponseReturnValue:
    if not path.is_file():
        raise NotFound(missing)
    answer = kept_by_browser(path.read_bytes(), "image/png")
    answer.headers["Cache-Control"] = "no-store"  # the next evaluation draws another one at this address
    return answer
