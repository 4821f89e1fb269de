"""Points in the plane. The address holds the pair (a, b, same), the loss (margin, power), and the thirty points: seed,
or their places (z), the labels, the rate, and how many steps they have gone; and four pairs (kind0, d0, ...), and the
share q of pairs that show one person, in percent or as 1/3."""

import json
from math import isfinite
from typing import Any

import numpy as np
from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest

from siamese_np.losses import ContrastiveLoss
from webapp.explore.common import kept, state
from webapp.explore.playground import drawn, plane, several
from webapp.explore.playground.plane import Moved

STEPS = 2000  # at most, which take a fifth of a second
RATE = 14.0  # at most: from 435 / 30 on, reversed labels with power 2 throw the points further with each step
FAR = 1000  # no place is further away
LABELS = ("right", "reversed")
A, B = "0.5,0.3", "-0.1,-0.1"

blueprint = Blueprint("playground", __name__, url_prefix="/playground")


@blueprint.get("/")
def index() -> ResponseReturnValue:
    """The page."""
    loss = ContrastiveLoss(_number("margin", 1.0, 0.1, 2.0), int(state.choice("power", ("1", "2"), "2")))
    same = state.choice("same", ("0", "1"), "0") == "1"
    a, b = (_places(name, first, 1) for name, first in (("a", A), ("b", B)))
    pair = plane.pair(loss, same, a[0], b[0])
    pairs = [(state.choice(f"kind{p}", several.KINDS, kind), _number(f"d{p}", d, 0, several.FARTHEST))
             for p, (kind, d) in enumerate(several.PAIRS)]  # fmt: skip
    q = _share("q", 0.5)

    reversed_ = state.choice("labels", LABELS, "right") == "reversed"
    seed, rate = state.whole("seed", 1, 0, 10**6), _number("rate", 4.0, 0.5, RATE)
    steps, text = state.whole("steps", 0, 0, STEPS), request.args.get("z", "")
    z = _places("z", text, plane.COUNT) if text else plane.start(seed)
    labels = plane.labels(reversed_)
    key = z.tobytes(), loss, reversed_, rate, steps
    moved = kept.results().get("playground", key, lambda: plane.let_go(z, loss, labels, rate, steps), 20)
    share = float(labels.mean())
    plateaus = loss.plateaus(share)
    return render_template(
        "explore/playground/page.html",
        loss=loss,
        same=same,
        a=a[0].tolist(),
        b=b[0].tolist(),
        pair=pair,
        other=plane.pair(loss, not same, a[0], b[0]),
        several=several.of(loss, pairs),
        farthest=several.FARTHEST,
        nothing=several.nothing(loss, q),
        q=q,
        number=drawn.number,
        branch=drawn.branch(loss, same, pair.d),
        curve=drawn.curve(loss, same, pair),
        arrows=[drawn.arrow(a[0], pair.force_a), drawn.arrow(b[0], pair.force_b)],
        reversed=reversed_,
        seed=seed,
        rate=rate,
        steps=steps,
        most=STEPS,
        highest=RATE,
        share=share,
        plateaus=list(plateaus.values()),
        moved=moved,
        many=drawn.many(moved),
        chart=drawn.chart(moved.losses, list(plateaus.values())),
        who=plane.WHO.tolist(),
        world=json.dumps(_world(loss, same, a[0], b[0], moved, labels, rate)),
    )


def _world(
    loss: ContrastiveLoss, same: bool, a: np.ndarray, b: np.ndarray, moved: Moved, labels: np.ndarray, rate: float
) -> dict[str, Any]:
    """All that the script begins with."""
    many = {"z": moved.z.tolist(), "losses": moved.losses, "pairs": plane.PAIRS.tolist(), "same": labels.tolist()}
    settings = {"margin": loss.margin, "power": loss.power}
    return {"loss": settings, "same": same, "a": a.tolist(), "b": b.tolist(), "many": many, "rate": rate}


def _number(name: str, first: float, low: float, high: float) -> float:
    text = request.args.get(name)
    if not text:
        return first
    values = _floats(text)
    if len(values) != 1 or not low <= values[0] <= high:
        raise BadRequest(f"In this address “{name}” is a number from {low:g} to {high:g}, not “{text[:40]}”.")
    return values[0]


def _share(name: str, first: float) -> float:
    """A share above 0 and below 1, which the address gives in percent or as a fraction."""
    text = request.args.get(name)
    if not text:
        return first
    above, slash, below = text.partition("/")
    values = _floats(above) + _floats(below if slash else "100")
    if len(values) != 2 or not 0 < values[0] < values[1]:
        raise BadRequest(f"In this address “{name}” is a share, as 40 (percent) or as 1/3, not “{text[:40]}”.")
    return values[0] / values[1]


def _places(name: str, first: str, count: int) -> np.ndarray:
    """The points (count, 2) of the address, x and y in turns."""
    text = request.args.get(name) or first
    values = _floats(text)
    if len(values) != 2 * count or max(map(abs, values)) > FAR:
        raise BadRequest(f"In this address “{name}” is {2 * count} numbers, x and y in turns, not “{text[:40]}”.")
    return np.array(values).reshape(count, 2)


def _floats(text: str) -> list[float]:
    """The numbers of a text; none where one of them is no number."""
    try:
        values = [float(part) for part in text.split(",")]
    except ValueError:
        return []
    return values if all(map(isfinite, values)) else []
