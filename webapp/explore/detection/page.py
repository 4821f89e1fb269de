"""One photo through the detector, one stage at a time. The address holds photo, smallest face, stop, level and place."""

import math

import numpy as np
from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from pipeline.faces.detection import boxes, pyramid
from pipeline.faces.detection.landmarks import USUAL
from pipeline.faces.detection.mtcnn import ALL_LEVELS, FINAL, REFINED, SAME_LEVEL
from webapp.common import pictures, uploads
from webapp.explore.common import colours, faces, state
from webapp.explore.detection import cascade as cascades
from webapp.explore.detection import photo as photos_of
from webapp.explore.detection.cascade import LEAST, STOPS, Cascade

DRAWN = 500  # dropped boxes on the photo
LISTED = 5  # of the boxes that one removes

blueprint = Blueprint("detection", __name__, url_prefix="/detection")


@blueprint.get("/")
def index() -> ResponseReturnValue:
    """The page."""
    photo = photos_of.chosen()
    fields = {"photo": photo, "offered": faces.offered(), "stop": _stop()}
    if photo is not None:
        cascade = cascades.of(photo, _least())
        number = STOPS.index(_stop())
        fields |= {
            "cascade": cascade,
            "least": _least(),
            "leasts": LEAST,
            "stops": STOPS,
            "before": STOPS[number - 1] if number else None,
            "after": STOPS[number + 1] if number + 1 < len(STOPS) else None,
            "thresholds": dict(zip(("pnet", "rnet", "onet"), USUAL)),
            "overlaps": {"same": SAME_LEVEL, "all": ALL_LEVELS, "rnet": REFINED, "onet": FINAL},
            "grid": pyramid.grid,
            "share": lambda count: math.log1p(count) / math.log1p(max(cascade.counts.values()) or 1),
            "picture": lambda endpoint, **more: _picture(photo.name, cascade, endpoint, **more),
        } | _of_stop(cascade)
    return render_template("explore/detection/page.html", **fields)


@blueprint.post("/")
def send() -> ResponseReturnValue:
    """Keep the photo of a form, whole, and go to its page."""
    return redirect(url_for(".index", photo=photos_of.keep(uploads.picture(request))), 303)


@blueprint.get("/photo.png")
def whole() -> ResponseReturnValue:
    """The photo, as the detector is given it."""
    return pictures.of_pixels(_cascade().rgb, "png")


@blueprint.get("/level.png")
def level() -> ResponseReturnValue:
    """A level of the pyramid, as P-Net is given it."""
    cascade = _cascade()
    return pictures.of_pixels(cascades.as_colours(cascade.levels[_level(cascade)].level), "png")


@blueprint.get("/chances.png")
def chances() -> ResponseReturnValue:
    """How sure P-Net is of a face at each square of a level, one pixel for each."""
    cascade = _cascade()
    return colours.answer(cascade.answers(_level(cascade))["face"], 1)


@blueprint.get("/squares.png")
def squares() -> ResponseReturnValue:
    """The squares that R-Net or O-Net was shown, one below the other."""
    cascade, name = _cascade(), state.choice("stop", STOPS, "rnet")
    if name not in ("rnet", "onet") or name not in cascade.after:
        raise NotFound("There are no squares at this stop.")
    return pictures.of_pixels(cascade.sheet(name), "png")


@blueprint.get("/face.png")
def face() -> ResponseReturnValue:
    """A face that was found, cut out; ?as=upright as it is aligned."""
    found = _cascade().faces
    number = state.whole("number", 1, 1, max(len(found), 1))
    cut = found[number - 1] if found else None
    made = cut and (cut.upright if state.choice("as", ("crop", "upright"), "crop") == "upright" else cut.crop)
    if made is None:
        raise NotFound("There is no such face.")
    return pictures.of_pixels(made[0], "png")


def _cascade() -> Cascade:
    photo = photos_of.chosen()
    if photo is None:
        raise NotFound("There is no photo. Send one.")
    return cascades.of(photo, _least())


def _least() -> int:
    return int(state.choice("least", tuple(map(str, LEAST)), str(LEAST[0])))


def _stop() -> str:
    return state.choice("stop", STOPS, STOPS[0])


def _level(cascade: Cascade) -> int:
    """The level of the address, from 0 on, else the one with the most proposals."""
    if not cascade.levels:
        raise NotFound("The photo is too small for any face: its pyramid has no level.")
    most = int(np.argmax([len(stage.boxes) for stage in cascade.levels]))
    return state.whole("level", most, 0, len(cascade.levels) - 1)


def _of_stop(cascade: Cascade) -> dict:
    """What the template of the present stop needs beside the cascade."""
    stop = _stop()
    if stop == "pnet" and cascade.levels:
        return {"level": _level(cascade), "place": _place(cascade, _level(cascade)),
                "sizes": cascades.sizes(cascade.levels[_level(cascade)].level)}  # fmt: skip
    if stop == "suppress" and cascade.counts["suppress"]:
        stage = cascade.after["levels"]
        number = state.whole("box", 0, 0, len(stage.stays) - 1)
        row = int(stage.stays[number])
        level, at = cascades.origin(cascade, row)
        gone = np.concatenate([cascades.dropped(one) for one in (*cascade.levels, stage)])[:DRAWN]
        removed = {
            f"on level {level}": cascades.removed(cascade.levels[level], at, SAME_LEVEL),
            "of other levels": cascades.removed(stage, row, ALL_LEVELS),
        }
        return {"stage": stage, "gone": gone.tolist(), "box": number, "row": row, "removed": removed,
                "listed": LISTED}  # fmt: skip
    if stop in cascade.after:
        return {"stage": cascade.after[stop], "rows": cascade.squares(stop).tolist()}
    return {}


def _place(cascade: Cascade, level: int) -> dict:
    """One square of a level and P-Net's answer: that of the address, else the one that it is surest of."""
    answers, stage = cascade.answers(level), cascade.levels[level]
    face = answers["face"]
    surest = np.unravel_index(int(face.argmax()), face.shape)
    row, column = (
        min(state.whole(name, int(first), 0, 9999), n - 1)
        for name, first, n in zip(("row", "column"), surest, face.shape)
    )
    shift = answers["shift"][:, row, column]
    (box,) = boxes.of_cells(np.array([row]), np.array([column]), shift[None], stage.scale)
    return {"row": row, "column": column, "grid": face.shape, "p": float(face[row, column]), "shift": shift.tolist(),
            "box": box.tolist()}  # fmt: skip


def _picture(name: str, cascade: Cascade, endpoint: str, **more) -> str:
    """The address of a picture of this photo. It holds the photo's content, so that it never means another picture."""
    return url_for(f".{endpoint}", **{"photo": name, "least": _least(), "content": cascade.key[0]} | more)
