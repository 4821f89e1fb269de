"""Two faces through one network, forward and back, one stop at a time. The address holds faces, network, stop and
unit, and whether it is a prediction or a training step."""

import math

import numpy as np
from flask import Blueprint, Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest, NotFound

from pipeline.recognise.recogniser import Recogniser
from siamese_np.whitening import is_whitened
from webapp.common import serving
from webapp.explore.common import colours, faces, jobs, state
from webapp.explore.microscope import drawn, further, journey, meeting, silent, sums, words
from webapp.explore.microscope.journey import SIDES, Journey, Stop
from webapp.explore.microscope.terms import Sum, Term, named

SHOWN = 9  # terms of a sum, unless all are asked for

blueprint = Blueprint("microscope", __name__, url_prefix="/microscope")


@blueprint.get("/")
def index() -> ResponseReturnValue:
    """The page."""
    now = faces.present()
    member = faces.member(now.recogniser)
    a, b = faces.pair()
    way = journey.of(now.recogniser, member, a, b, faces.same_person(a, b), _train())
    stop = _stop(way)
    stops = list(way.stops)
    number = stops.index(stop.key)
    sheets, chosen = _sheets(way, stop), None
    if sheets:
        unit = _unit(way, stop)
        side = _side()
        chosen = {
            "unit": unit,
            "side": side,
            "sum": _sum(way, stop, side, unit, (a if side == "a" else b).views[member]),
            "all": state.choice("terms", ("all", ""), "") == "all",
        }
    met = meeting.lengths(way) if stop.name == "weights" else []
    return render_template(
        "explore/microscope/page.html",
        now=now,
        member=member + 1,
        members=len(now.recogniser.members),
        more=_more(now.recogniser),
        offered=faces.offered(),
        a=a,
        b=b,
        way=way,
        stop=stop,
        number=number + 1,
        before=stops[number - 1] if number else None,
        after=stops[number + 1] if number + 1 < len(stops) else None,
        said=words.said(way, stop),
        further=further.sentences(way, stop),
        has_modes=further.has_modes(way),
        kind_of=words.kind_of,
        branch=words.branch(way),
        curve=drawn.curve(way.loss, way.same, float(way.steps["loss"].x[0])),
        sheets=sheets,
        limit=colours.limit_of(way.array(stop)) if sheets else None,
        chosen=chosen,
        shown=SHOWN,
        step=way.steps.get(stop.name),
        gradients=meeting.gradients(way, stop),
        of_weights=meeting.formula(way, stop),
        entry=meeting.entry(way, stop),
        output=way.strongest_output(stop.name) if way.maps_read(stop.name) else None,
        met=met,
        longest=max((max(lengths.values()) for _, _, lengths in met), default=0) or 1,
        silent=silent.found(now, member) if now.snapshot else None,
        link=_link,
        picture=_picture,
        percent=percent,
        norm=np.linalg.norm,
        drawn=drawn,
        colours=colours,
    )


def _more(recogniser: Recogniser) -> str:
    """What the model does beside one network, in words; "" for nothing."""
    count = len(recogniser.members)
    does = [f"asks {count} networks"] if count > 1 else []
    does += ["takes the mean of each face and its mirror image"] if recogniser.mirror else []
    if is_whitened(recogniser.members[0]):
        does.append("makes the variance of the embeddings more equal in all directions (siamese_np/whitening.py)")
    *first, last = does or [""]
    return f"{', '.join(first)} and {last}" if first else last


@blueprint.get("/sheet.png")
def sheet() -> ResponseReturnValue:
    """The maps of one face at a stop, one pixel for each number."""
    way, stop = _way_and_stop()
    if stop.name in ("loss", "weights"):
        raise NotFound("There are no maps at this stop.")
    maps = way.maps(stop, SIDES.index(_side()))
    return colours.answer(colours.sheet(maps, drawn.sheet(maps, maps).columns), colours.limit_of(way.array(stop)))


@blueprint.get("/parameter.png")
def parameter() -> ResponseReturnValue:
    """A parameter of a layer: its values, or with ?part=a, b, both its gradient."""
    way, stop = _way_and_stop()
    step = way.steps.get(stop.name)
    name = request.args.get("name", "weight")
    if step is None or name not in step.params:
        raise NotFound("There is no such parameter.")
    part = state.choice("part", ("", *meeting.PARTS), "")
    parts = meeting.parts(way, stop.name, name) if part else {"": step.params[name]}
    pictures = {part: meeting.picture_of(way, stop, values) for part, values in parts.items()}
    return colours.answer(pictures[part], colours.limit_of(*pictures.values()))


@blueprint.get("/silent")
def look_for_silent_units() -> Response:
    """Look for units that are 0 for every photo of the gallery."""
    now = faces.present()
    now.gallery()  # raises EmptyGallery where nobody is known
    member, folder = faces.member(now.recogniser), serving.current().folder
    return jobs.stream(
        "silent", lambda job: silent.work(now, folder, member, job), at_once=2, seconds=60, size=silent.BYTES
    )


def _way_and_stop() -> tuple[Journey, Stop]:
    recogniser = faces.present().recogniser
    a, b = faces.pair()
    way = journey.of(recogniser, faces.member(recogniser), a, b, faces.same_person(a, b), _train())
    return way, _stop(way)


def _train() -> bool:
    """Whether the address asks for what a training step computes, and not for a prediction."""
    return state.choice("mode", ("prediction", "training"), "prediction") == "training"


def _stop(way: Journey) -> Stop:
    return way.stops[state.choice("stop", tuple(way.stops), "faces")]


def _side() -> str:
    return state.choice("side", SIDES, "a")


def _unit(way: Journey, stop: Stop) -> tuple[int, ...]:
    """The unit of the address, else the strongest one. Raises BadRequest for a unit that is not there."""
    array = way.array(stop)[SIDES.index(_side())]
    text = request.args.get("unit")
    if not text:
        parts = [request.args.get(name) for name in ("map", "row", "column")]
        text = ",".join(part for part in parts if part)
    if not text:
        return tuple(map(int, np.unravel_index(int(np.argmax(np.abs(array))), array.shape)))
    try:
        unit = tuple(map(int, text.split(",")))
    except ValueError:
        unit = ()
    if len(unit) != array.ndim or not all(0 <= k < size for k, size in zip(unit, array.shape)):
        raise BadRequest(
            f"Here a unit is {' and '.join(f'0 to {size - 1}' for size in array.shape)}, not “{text[:40]}”."
        )
    return unit


def _sheets(way: Journey, stop: Stop) -> dict[str, drawn.Sheet] | None:
    if stop.name in ("loss", "weights"):
        return None
    return {side: drawn.sheet(way.array(stop)[n], way.maps(stop, n)) for n, side in enumerate(SIDES)}


def _sum(way: Journey, stop: Stop, side: str, unit: tuple[int, ...], view: np.ndarray) -> Sum:
    image = SIDES.index(side)
    if stop.name == "faces":
        grey = ("grey value, 0 to 255", float(view[unit[1:]]))
        line = "(the grey value - the mean of the photo) / its deviation"
        return Sum(named("x", unit), float(way.x[image][unit]), line, plus=(grey,))
    if stop.name == "distance":
        return (
            sums.distance_back(way.steps["distance"], image, unit)
            if stop.back
            else sums.distance(way.steps["distance"])
        )
    return (sums.back if stop.back else sums.forward)(way.steps[stop.name], image, unit)


def _link(way: Journey, stop: Stop, side: str, term: Term) -> str | None:
    """The address of the unit that a term came from, one stop earlier on the way."""
    stops = list(way.stops)
    before = way.stops[stops[stops.index(stop.key) - 1]]
    if term.left_name.startswith(("x[", "dy[")) and before.name != "loss":
        return state.here(
            stop=before.key,
            unit=",".join(map(str, term.unit)),
            side=side,
            terms=None,
            map=None,
            row=None,
            column=None,
            _anchor="unit",
        )
    return None


def _picture(endpoint: str, **more) -> str:
    """The address of a picture of this stop. It holds the model, so that it never means another picture."""
    recogniser = faces.present().recogniser
    fields = {name: request.args[name] for name in ("same", "member", "mode") if name in request.args}
    a, b = faces.pair()
    return url_for(f".{endpoint}", model=recogniser.model_hash[:12], **fields | {"a": a.name, "b": b.name} | more)


def percent(share: float) -> str:
    """A share in words: 0 and 100 only where it is exactly that."""
    return "none" if share == 0 else "all" if share == 1 else f"{math.ceil(1000 * share) / 10:.1f} %"
