"""The page: one photo at a time, or all in a grid. Every decision is a form, so that it works without JavaScript, too."""

import hmac

from flask import Blueprint, Response, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import BadRequest, Conflict, Forbidden, NotFound

from pipeline import photos
from webapp.common.pictures import SIDES, Picture, Pictures, kept_by_browser
from webapp.select import overlay
from webapp.select.background import Background
from webapp.select.desk import Desk, Photo, State

AHEAD = 3  # photos after this one on which faces are looked for already
ON_A_PAGE = 120  # photos in the grid
DECISIONS = {"keep": True, "reject": False}
GONE = "This photo isn't in the folder any more, or it is another one now."

blueprint = Blueprint("select", __name__)


@blueprint.get("/")
def index() -> ResponseReturnValue:
    """One photo, `?photo=KEY`; without it the first one that nobody decided."""
    state = _desk().now()
    key = request.args.get("photo")
    photo = state.undecided() if key is None else state.find(key)
    if photo is None:
        if key is None:
            return redirect(url_for("select.grid"), 303)
        raise NotFound(GONE)
    at = state.place[photo.key]
    background = _background()
    background.look(_contents(state), [photo.digest, *(p.digest for p in state.photos[at + 1 : at + 1 + AHEAD])])
    picture, problem = _picture_of(photo)
    seen = background.faces(photo.digest)
    return render_template(
        "select/one.html",
        **_common(state),
        photo=photo,
        at=at,
        picture=picture,
        problem=problem,
        before=state.photos[at - 1] if at else None,
        after=state.photos[at + 1] if at + 1 < len(state.photos) else None,
        alike=_alike(state, photo),
        faces=seen,
        chosen=seen.position(photo.face) if seen else None,
        missed="missed" in request.args,
        undone=request.args.get("undone"),
    )


@blueprint.get("/grid")
def grid() -> ResponseReturnValue:
    """All photos, ON_A_PAGE at a time: `?page=N`, or the page of `?photo=KEY`."""
    state = _desk().now()
    _background().look(_contents(state))
    pages = -(-len(state.photos) // ON_A_PAGE)
    key = request.args.get("photo")
    if key is None:
        number = min(max(request.args.get("page", 1, int), 1), pages)
    else:
        number = state.place.get(key, 0) // ON_A_PAGE + 1
    shown = state.photos[(number - 1) * ON_A_PAGE : number * ON_A_PAGE]
    return render_template(
        "select/grid.html",
        **_common(state),
        people={person: [photo for photo in shown if photo.person == person] for person in state.people},
        alike={photo.key: _alike(state, photo) for photo in shown},
        problems={photo.name: reason for photo in state.photos if (reason := _background().problem(photo.digest))},
        number=number,
        pages=pages,
        undone=request.args.get("undone"),
    )


@blueprint.post("/decide")
def decide() -> ResponseReturnValue:
    """Keep or reject a photo, then on to the next one."""
    _check_token()
    decision = request.form.get("decision", "")
    if decision not in DECISIONS:
        raise BadRequest("A photo can be kept or rejected. Go back and choose one of them.")
    key = request.form.get("photo", "")
    state = _desk().decide(key, DECISIONS[decision])
    if state is None:
        raise Conflict(f"{GONE} Nothing was decided.")
    follower = _follower(state, key)
    if request.form.get("view") == "grid":
        return redirect(url_for("select.grid", photo=follower or key, _anchor=follower or key), 303)
    return redirect(url_for("select.index", photo=follower), 303)


@blueprint.post("/face")
def face() -> ResponseReturnValue:
    """Keep a photo for one of its faces, by its number or by a place on the photo, then on to the next one."""
    _check_token()
    key = request.form.get("photo", "")
    found = _desk().path(key)
    if found is None:
        raise Conflict(f"{GONE} Nothing was decided.")
    seen = _background().faces(found[1])
    if seen is None:
        raise Conflict("The faces of this photo are not found yet. Go back, and choose once they are drawn.")
    number = request.form.get("face", type=int)
    at = seen.at(request.form.get("x", -1, float), request.form.get("y", -1, float)) if number is None else number - 1
    if at is None:
        return redirect(url_for("select.index", photo=key, missed=""), 303)
    if not 0 <= at < len(seen.boxes):
        raise BadRequest("The photo has no face of that number. Go back and choose another one.")
    state = _desk().choose(key, seen.boxes[at])
    if state is None:
        raise Conflict(f"{GONE} Nothing was decided.")
    return redirect(url_for("select.index", photo=_follower(state, key)), 303)


@blueprint.post("/undo")
def undo() -> ResponseReturnValue:
    """Take back the last decision, and show its photo."""
    _check_token()
    name, state = _desk().undo()
    view = "select.grid" if request.form.get("view") == "grid" else "select.index"
    photo = next((photo for photo in state.photos if photo.name == name), None)
    if photo is None:
        return redirect(url_for(view, undone="" if name is None else "gone"), 303)
    return redirect(url_for(view, photo=photo.key, undone=photo.key, _anchor=photo.key), 303)


@blueprint.get("/photos/<size>/<key>.jpg")
def photo(size: str, key: str) -> ResponseReturnValue:
    """A photo, scaled for the screen."""
    found = _desk().path(key)
    if found is None or size not in SIDES:
        raise NotFound(GONE)
    try:
        return kept_by_browser(_pictures().get(*found, size).jpeg, "image/jpeg")
    except photos.PhotoError as error:
        raise NotFound(f"This photo {error}.") from error


@blueprint.get("/faces/<key>.svg")
def faces(key: str) -> ResponseReturnValue:
    """The boxes of its faces, to be laid over the photo; see overlay.py for the time before they are found."""
    photo = _desk().now().find(key)
    if photo is None:
        raise NotFound(GONE)
    seen = _background().faces(photo.digest)
    if seen is None:
        drawing = overlay.blank(overlay.NEVER if _background().trouble else overlay.PENDING)
    else:
        drawing = overlay.draw(seen, seen.position(photo.face))
    return Response(drawing, mimetype="image/svg+xml")


def _common(state: State) -> dict:
    """What both views show."""
    return {
        "state": state,
        "source": _desk().source,
        "token": current_app.extensions["token"],
        "trouble": _background().trouble,
        "unread": _background().unread(),
    }


def _follower(state: State, key: str) -> str | None:
    """The key of the photo after this one."""
    at = state.place[key] + 1
    return state.photos[at].key if at < len(state.photos) else None


def _contents(state: State) -> list:
    return [(photo.digest, photo.path) for photo in state.photos]


def _picture_of(photo: Photo) -> tuple[Picture | None, str]:
    """The picture, or why there is none; it is made here, so that its size is known before it is asked for."""
    try:
        return _pictures().get(photo.path, photo.digest, "large"), ""
    except photos.PhotoError as error:
        return None, str(error)


def _alike(state: State, photo: Photo) -> list[tuple[Photo, str]]:
    """Other photos that show the same, and how they do."""
    exact = [(other, "the same file") for other in state.with_content[photo.digest] if other is not photo]
    near = [other for digest in _background().near(photo.digest) for other in state.with_content.get(digest, [])]
    return exact + [(other, "nearly the same") for other in sorted(near, key=lambda other: state.place[other.key])]


def _check_token() -> None:
    # the browser may send Origin: null (a strict referrer policy): only the token tells our own forms from foreign ones
    given = request.form.get("token", "")
    if not hmac.compare_digest(given.encode(), current_app.extensions["token"].encode()):
        raise Forbidden(
            "This came from another site, or from a page that was open before siamese-np select was started again. "
            "Nothing was decided: go back to the page and decide there."
        )


def _desk() -> Desk:
    return current_app.extensions["desk"]


def _background() -> Background:
    return current_app.extensions["background"]


def _pictures() -> Pictures:
    return current_app.extensions["pictures"]
