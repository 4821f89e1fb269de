"""One line that divides all distances. The address holds the place of the line (t), the size of the gallery (n), and
how a photo is compared with a person (rule)."""

from math import isfinite

import numpy as np
from flask import Blueprint, Response, current_app, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest, NotFound

from pipeline.recognise.rules import RULES
from pipeline.recognise.thresholds import for_gallery
from webapp.common import serving
from webapp.explore.common import faces, jobs, kept, state
from webapp.explore.thresholds import asked, told
from webapp.explore.thresholds.measured import Measured, measure

STRICT = 0.01  # FAR of the third mark

blueprint = Blueprint("thresholds", __name__, url_prefix="/thresholds")


@blueprint.get("/")
def index() -> ResponseReturnValue:
    """The page."""
    now = faces.present()
    rule = _rule()
    measured, samples, looked = _measured(rule)
    if measured is None:
        return render_template("explore/thresholds/page.html", measured=None, trouble=now.trouble)
    stored = now.recogniser.thresholds["pair"]["threshold"]
    in_use = for_gallery(now.recogniser, now.snapshot, rule)["threshold"]
    end = told.reach(measured, stored, in_use)
    t = _place(stored, end)
    n = state.whole("n", len(now.snapshot.people), 1, told.SIZES[-1])
    size = int(np.argmin(np.abs(np.log(told.SIZES) - np.log(n))))  # the nearest one of those that are offered
    marks = {
        "equal error rate": measured.eer_threshold,
        "best balance": measured.roc.threshold_of_best_balance(),
        "FAR 1 %": measured.roc.threshold_at_far(STRICT),
        "“Same person?”": stored,
        "“Who is this?”": in_use,
    }
    counted = told.of_people(measured, t)
    trained = set(now.recogniser.extra.get("trained_on", ()))
    return render_template(
        "explore/thresholds/page.html",
        measured=measured,
        row=told.at(measured, t, end),
        t=t,
        end=end,
        step=told.STEP,
        marks=dict(sorted(marks.items(), key=lambda mark: mark[1])),
        hills=told.hills(measured, end),
        roc=measured.roc,
        drawn=told.corners(measured.roc),
        balance=told.percent(measured.best_balance),
        share_same=told.percent(float(measured.same.mean())),
        never=told.percent(float(1 - measured.same.mean())),
        rare=told.percent(told.RARE),
        at_eer=told.at(measured, measured.eer_threshold, end)["texts"],
        counts=(int(measured.same.sum()), int((~measured.same).sum())),
        needed=told.needed(measured),
        wanted=told.percent(told.WANTED),
        tar=measured.roc.tar_at_far(STRICT),
        sizes=told.SIZES,
        size=size,
        xs=[told.place_of(one) for one in told.SIZES],
        measured_far=counted,
        measured_far_at=[(told.place_of(one), far) for one, far in counted],
        percent=told.percent,
        rule=rule,
        rules=RULES,
        people=len(now.snapshot.people),
        trained=sum(person in trained for person in now.snapshot.people),
        to_ask=len(samples) if looked is None else 0,
    )


@blueprint.get("/rows")
def rows() -> ResponseReturnValue:
    """What the page says at every place of the line (told.at), for the script."""
    rule = _rule()
    measured, *_ = _measured(rule)
    if measured is None:
        raise NotFound("There is nothing to divide.")
    end = _number("end", request.args.get("end", ""), told.STEP, 100)
    return jsonify([told.at(measured, float(t), end) for t in told.places(end)])


@blueprint.get("/ask")
def ask() -> Response:
    """Ask about the samples of the run."""
    recogniser = faces.present().recogniser
    samples = asked.listed(serving.current().run)
    return jobs.stream(
        "samples", lambda job: asked.work(recogniser, samples, job), at_once=2, seconds=120, size=asked.BYTES
    )


def _measured(rule: str) -> tuple[Measured | None, tuple, asked.Samples | None]:
    """The distances, the samples that there are, and what was found in them where somebody has asked."""
    now = faces.present()
    samples = asked.listed(serving.current().run)
    looked = asked.found(now.recogniser, samples)
    if now.snapshot is None:
        return None, samples, looked
    key = now.recogniser.model_hash, now.snapshot.photos, rule, samples if looked else ()
    unit_length = now.recogniser.unit_length
    measured = kept.results().get("thresholds", key, lambda: measure(now.snapshot, looked, rule, unit_length))
    return measured, samples, looked


def _rule() -> str:
    return state.choice("rule", RULES, current_app.config["RULE"])


def _place(first: float, end: float) -> float:
    """The place of the line in the address, else `first`."""
    text = request.args.get("t")
    return min(_number("t", text, 0, 100), end) if text else first


def _number(name: str, text: str, low: float, high: float) -> float:
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not (isfinite(value) and low <= value <= high):
        raise BadRequest(f"In this address “{name}” is a number from {low:g} to {high:g}, not “{text[:40]}”.")
    return value
