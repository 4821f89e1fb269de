"""Changes of who is known. Each that deletes something is confirmed on a page of its own, and can be undone."""

from pathlib import Path

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import UnprocessableEntity
from werkzeug.wrappers import Response

from pipeline.common import names
from pipeline.recognise.gallery_changes import People
from pipeline.recognise.gallery_trash import Change
from siamese_np import metrics
from webapp.common import serving
from webapp.people import known
from webapp.people.told import Told, refusals, say
from webapp.server import access

NEAREST = 5  # people that a photo is most like, to move it to


def ask_forget(name: str) -> ResponseReturnValue:
    """Shall a person be forgotten?"""
    return _ask("people/forget.html", person=known.known(serving.now(), name))


def ask_merge(name: str) -> ResponseReturnValue:
    """Shall a person become part of the one in the field `into`?"""
    now = serving.now()
    person, into = known.known(now, name), known.known(now, request.args.get("into", ""))
    if person == into:
        raise UnprocessableEntity(f"{person.name} and {into.name} are one person already.")
    return _ask("people/merge.html", person=person, into=into)


def ask_remove(name: str, key: str) -> ResponseReturnValue:
    """Shall a photo be removed?"""
    person = known.known(serving.now(), name)
    return _ask("people/remove.html", person=person, photo=known.photo_of(person, key))


def ask_move(name: str, key: str) -> ResponseReturnValue:
    """Whose photo is it?"""
    now = serving.now()
    person = known.known(now, name)
    photo = known.photo_of(person, key)
    others = [other for other in known.people(now) if other != person]
    nearest = _nearest(now, person, key, others)
    return _ask("people/move.html", person=person, photo=photo, others=others, nearest=nearest)


@access.changes
def rename(name: str) -> ResponseReturnValue:
    """Call a person otherwise, as the field `name` says."""
    new = names.tidy(request.form.get("name", ""))
    if not new:
        raise UnprocessableEntity(f"A person needs a name. {name} is called so still.")
    with refusals():
        return _done(People(_root()).rename(name, new), new)


@access.changes
def forget(name: str) -> ResponseReturnValue:
    """Delete a person and all their photos."""
    with refusals():
        return _done(People(_root()).forget(name), name)


@access.changes
def merge(name: str) -> ResponseReturnValue:
    """Make all photos of a person photos of the one in the field `into`."""
    into = request.form.get("into", "")
    with refusals():
        return _done(People(_root()).merge(name, into), into)


@access.changes
def remove(name: str, key: str) -> ResponseReturnValue:
    """Delete a photo of a person."""
    with refusals():
        return _done(People(_root()).remove(name, key), name)


@access.changes
def move(name: str, key: str) -> ResponseReturnValue:
    """Make a photo one of the person in the field `to`, who may be new."""
    to = names.tidy(request.form.get("to", ""))
    if not to:
        raise UnprocessableEntity("A person needs a name. The photo was not moved.")
    with refusals():
        return _done(People(_root()).move(name, key, to), name)


@access.changes
def undo(id: str) -> ResponseReturnValue:
    """Bring back what was there before a change."""
    with refusals():
        change = People(_root()).undo(id)
    told = Told(f"Undone: {change.what}. Everything is as it was before.")
    person = known.find(known.people(serving.now()), request.form.get("person", ""))
    return say(told, "people.person", name=person.name) if person else say(told, "people.index")


def _ask(template: str, **values) -> str:
    return render_template(template, may_change=access.may_change(), token_address=url_for("access.index"), **values)


def _done(change: Change, name: str) -> Response:
    """On to the page of a person, or of everybody where there is none of this name, with an undo."""
    person = known.find(known.people(serving.now()), name)
    if person is None:
        return redirect(url_for("people.index", done=change.id), 303)
    return redirect(url_for("people.person", name=person.name, done=change.id), 303)


def _nearest(now: serving.Now, person: known.Known, key: str, others: list[known.Known]) -> list[known.Known]:
    """The other people to whose mean a photo is nearest, the nearest first."""
    row = next(k for k, photo in enumerate(now.snapshot.photos) if (photo.key, photo.person) == (key, person.name))
    distances = metrics.cross_distances(now.snapshot.embeddings[row : row + 1], now.snapshot.means)[0]
    order = [now.snapshot.people[k] for k in distances.argsort()]
    with_photos = sorted((other for other in others if other.photos), key=lambda other: order.index(other.name))
    return with_photos[:NEAREST]


def _root() -> Path:
    return serving.current().folder
