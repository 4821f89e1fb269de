"""One face and one filter through four ways to one convolution. The address holds face, network, filter and place."""

import numpy as np
from flask import Blueprint, Response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from siamese_np.kernels import four_ways
from webapp.explore.common import colours, faces, jobs, kept, state
from webapp.explore.common.faces import Chosen
from webapp.explore.convolution import filters, measure, ways
from webapp.explore.convolution.ways import Ways

NAMES = {"window": "Sliding window", "columns": "Columns and a matrix product", "lines": "Shifted lines",
         "winograd": "Winograd’s products"}  # fmt: skip
PRODUCTS = {"window": 9, "columns": 9, "lines": 9, "winograd": 4}  # for each output
PICTURES = ("y", "columns", "columns-y", "lines", "lines-y", "dcolumns", "dx")

blueprint = Blueprint("convolution", __name__, url_prefix="/convolution")


@blueprint.get("/")
def index() -> ResponseReturnValue:
    """The page."""
    now = faces.present()
    member = faces.member(now.recogniser)
    offered = filters.offered(now.recogniser, member)
    name, face, found = _computed()
    row, column = _place(found)
    channels = int(state.choice("channels", tuple(map(str, measure.CHANNELS)), str(measure.CHANNELS[1])))
    line_piece = ways.lines(found, row, column)
    return render_template(
        "explore/convolution/page.html",
        now=now,
        member=member + 1,
        members=len(now.recogniser.members),
        face=face,
        faces_offered=faces.offered(),
        filters=offered,
        name=name,
        found=found,
        row=row,
        column=column,
        width=found.x.shape[1],
        height=found.x.shape[0],
        moves=_moves(found, row, column),
        names=NAMES,
        products=PRODUCTS,
        terms=ways.window_terms(found, row, column),
        columns=ways.columns(found, row, column),
        lines=line_piece,
        gaps=ways.gaps(found, line_piece),
        square=ways.square(found, row, column),
        row_of=ways.row_of_square(found, row, column),
        lost=ways.lost_in_rounding(),
        G=four_ways.G,
        B=four_ways.B,
        A=four_ways.A,
        turned=ways.turned(found, row, column),
        back=ways.back_terms(found, row, column),
        dcolumns=ways.column_gradient(found, row, column),
        difference=ways.difference,
        channels=channels,
        all_channels=measure.CHANNELS,
        measured=measure.found(channels),
        size=measure.SIZE,
        limit=colours.limit_of,
        picture=lambda what, **more: _picture(name, face, what, **more),
    )


@blueprint.get("/picture.png")
def picture() -> ResponseReturnValue:
    """One array in colours: ?what=y, and of what is long the piece around the chosen place."""
    what = state.choice("what", PICTURES, "y")
    _, _, found = _computed()
    place = _place(found)
    if what in ("y", "dx"):
        values = found.dy if what == "y" else found.dx["columns"]
        return colours.answer(values, colours.limit_of(values))
    if what == "dcolumns":
        values = ways.column_gradient(found, *place).values
        return colours.answer(values, colours.limit_of(values))
    if what.startswith("columns"):
        values = (ways.columns_output if what == "columns-y" else ways.columns)(found, *place).values
        return colours.answer(values, colours.limit_of(values))
    values = ways.lines(found, *place).values
    return colours.answer(values.sum(0)[None] if what == "lines-y" else values, colours.limit_of(values, values.sum(0)))


@blueprint.get("/measure")
def run() -> Response:
    """Measure the time of each way with many channels."""
    channels = int(state.choice("channels", tuple(map(str, measure.CHANNELS)), str(measure.CHANNELS[1])))
    return jobs.stream("convolution", lambda job: measure.work(channels), at_once=1, seconds=60, size=measure.BYTES)


def _computed() -> tuple[str, Chosen, Ways]:
    """The name of the filter, the face, and all that is computed of both."""
    recogniser = faces.present().recogniser
    member = faces.member(recogniser)
    offered = filters.offered(recogniser, member)
    name = state.choice("filter", tuple(offered), next(iter(offered)))
    face = faces.chosen("a", faces.first_names()[0])

    def compute() -> Ways:
        x = faces.inputs(recogniser, member, face)[0, 0].astype(np.float64)
        return ways.compute(x, offered[name][1])

    return name, face, kept.results().get("convolution", (recogniser.model_hash, member, face.name, name), compute)


def _place(found: Ways) -> tuple[int, int]:
    """The place of the address, else the strongest one."""
    strongest = np.unravel_index(int(np.argmax(np.abs(found.dy))), found.dy.shape)
    return (
        state.whole("row", int(strongest[0]), 0, found.dy.shape[0] - 1),
        state.whole("column", int(strongest[1]), 0, found.dy.shape[1] - 1),
    )


def _moves(found: Ways, row: int, column: int) -> list[tuple[str, str, str, tuple[int, int] | None]]:
    """(id, words, sign, the place there) of the four neighbours; None beyond the border."""
    height, width = found.dy.shape
    steps = (("left", "←", 0, -1), ("right", "→", 0, 1), ("up", "↑", -1, 0), ("down", "↓", 1, 0))
    found_moves = []
    for words, sign, down, right in steps:
        place = row + down, column + right
        inside = 0 <= place[0] < height and 0 <= place[1] < width
        found_moves.append((f"move-{words}", f"One place {words}", sign, place if inside else None))
    return found_moves


def _picture(name: str, face: Chosen, what: str, **more: str | int) -> str:
    """The address of a picture of this face and filter. It holds the model, so that it never means another picture."""
    fields = {"member": request.args["member"]} if "member" in request.args else {}
    model = faces.present().recogniser.model_hash[:12]
    return url_for(".picture", model=model, what=what, **fields, a=face.name, filter=name, **more)
