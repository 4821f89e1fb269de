"""Which parts of two faces their distance depends on. The address holds faces, network, size of the patch, and a patch."""

import numpy as np
from flask import Blueprint, Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from webapp.explore.common import colours, faces, jobs, state
from webapp.explore.decided import maps
from webapp.explore.decided.maps import KINDS, PATCHES, SIDES, Pair

blueprint = Blueprint("decided", __name__, url_prefix="/decided")


@blueprint.get("/")
def index() -> ResponseReturnValue:
    """The page."""
    now = faces.present()
    member = faces.member(now.recogniser)
    a, b = faces.pair()
    pair, patch = maps.of(now.recogniser, member, a, b), _patch()
    if state.choice("wait", ("", "1"), "") == "1":  # without JavaScript nobody shows the progress
        for _ in maps.work(pair, patch):
            pass
    covered = maps.covered(pair, patch)
    rows, columns = pair.corners(patch)
    side, r, k = _chosen(pair, patch, covered)
    at = rows[r], columns[k]
    return render_template(
        "explore/decided/page.html",
        now=now,
        member=member + 1,
        members=len(now.recogniser.members),
        offered=faces.offered(),
        faces={"a": a, "b": b},
        pair=pair,
        patch=patch,
        patches=PATCHES,
        covered=covered,
        limits={kind: colours.limit_of(moves) for kind, moves in (covered or {}).items()},
        slope_limits={kind: colours.limit_of(g) for kind, g in pair.slopes.items()},
        grid=(len(rows), len(columns)),
        size=pair.x.shape[2:],
        step=patch // maps.STEPS_A_PATCH,
        side=side,
        chosen=(r, k),
        at=at,
        grey=round(float((a, b)[SIDES.index(side)].views[member].mean())),
        one={kind: _one(pair, kind, SIDES.index(side), at, patch) for kind in KINDS},
        extremes=_extremes(covered) if covered else None,
        told=_told(pair, patch, covered) if covered else None,
        cutout=now.recogniser.extra.get("settings", {}).get("recipe", {}).get("augmentation", {}).get("cutout", 0),
        picture=_picture,
        norm=np.linalg.norm,
    )


@blueprint.get("/covered.png")
def covered_map() -> ResponseReturnValue:
    """The moves of one face, one pixel for each patch."""
    pair, patch = _pair(), _patch()
    moves = maps.covered(pair, patch)
    if moves is None:
        raise NotFound("These patches are not covered yet. Load the page again.")
    of_kind = moves[_kind()]
    return colours.answer(of_kind[SIDES.index(_side())], colours.limit_of(of_kind))


@blueprint.get("/slopes.png")
def slopes() -> ResponseReturnValue:
    """|∂d/∂x| of each pixel of one face."""
    g = _pair().slopes[_kind()]
    return colours.answer(np.abs(g[SIDES.index(_side()), 0]), colours.limit_of(g))


@blueprint.get("/cover")
def cover() -> Response:
    """Cover each patch of both faces."""
    pair, patch = _pair(), _patch()
    return jobs.stream("decided", lambda job: maps.work(pair, patch, job), at_once=2, seconds=60, size=maps.BYTES)


def _pair() -> Pair:
    recogniser = faces.present().recogniser
    return maps.of(recogniser, faces.member(recogniser), *faces.pair())


def _patch() -> int:
    return int(state.choice("patch", tuple(map(str, PATCHES)), "8"))


def _side() -> str:
    return state.choice("side", SIDES, "a")


def _kind() -> str:
    return state.choice("kind", KINDS, "network")


def _chosen(pair: Pair, patch: int, covered: dict[str, np.ndarray] | None) -> tuple[str, int, int]:
    """The face and the patch (r, k) of the address, else the patch that moves the network's distance most."""
    shape = tuple(len(side) for side in pair.corners(patch))
    if "row" not in request.args and "column" not in request.args:
        if covered is None:
            return _side(), shape[0] // 2, shape[1] // 2
        of_side = covered["network"] if "side" not in request.args else covered["network"][[SIDES.index(_side())]]
        side, r, k = np.unravel_index(int(np.abs(of_side).argmax()), of_side.shape)
        return _side() if "side" in request.args else SIDES[side], int(r), int(k)
    # another network may see a smaller picture: then the last patch is shown
    r, k = (min(state.whole(name, 0, 0, 9999), n - 1) for name, n in zip(("row", "column"), shape))
    return _side(), r, k


def _one(pair: Pair, kind: str, side: int, at: tuple[int, int], patch: int) -> dict[str, float]:
    """One patch: the distance before and after, how far it moves, and what the slopes predict."""
    (move,) = pair.move(kind, side, [at], patch)
    d = pair.distances[kind]
    return {"d": d, "after": d + move, "move": float(move), "predicted": pair.predicted(kind, side, at, patch)}


def _extremes(covered: dict[str, np.ndarray]) -> dict[str, dict[str, tuple]]:
    """kind -> side -> (smallest and largest move, and the patch (r, k) of the strongest)."""
    return {
        kind: {
            side: (float(of.min()), float(of.max()), np.unravel_index(int(np.abs(of).argmax()), of.shape))
            for side, of in zip(SIDES, moves)
        }
        for kind, moves in covered.items()
    }


def _told(pair: Pair, patch: int, covered: dict[str, np.ndarray]) -> dict[str, float]:
    """Numbers of what a map cannot tell: tiles of face A added up and covered at once, and how alike the maps are."""
    return {
        "sum": maps.tiles(covered["network"][0]),
        "at once": pair.all_tiles("network", 0, patch),
        "covered": _alike(covered["network"], covered["pixels"]),
        "slopes": _alike(*(np.abs(pair.slopes[kind]) for kind in KINDS)),
    }


def _alike(first: np.ndarray, second: np.ndarray) -> float:
    """The correlation of two maps; 0 where one of them is the same everywhere."""
    constant = np.ptp(first) == 0 or np.ptp(second) == 0
    return 0.0 if constant else float(np.corrcoef(first.ravel(), second.ravel())[0, 1])


def _picture(endpoint: str, **more) -> str:
    """The address of a picture of this pair. It holds the model, so that it never means another picture."""
    recogniser = faces.present().recogniser
    a, b = faces.pair()
    fields = {name: request.args[name] for name in ("member", "patch") if name in request.args}
    return url_for(f".{endpoint}", model=recogniser.model_hash[:12], **fields | {"a": a.name, "b": b.name} | more)
