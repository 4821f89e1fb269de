"""Everybody, and one person: what is known, what was just done, and the forms for every change."""

from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from pipeline.common.numbers import apart
from pipeline.recognise.gallery_changes import People
from webapp.common import answers, pictures, serving
from webapp.people import known
from webapp.people.sent import Sent
from webapp.people.told import Told
from webapp.server import access


def index() -> ResponseReturnValue:
    """Everybody."""
    return _everybody()


def person(name: str) -> ResponseReturnValue:
    """One person."""
    now = serving.now()
    return _one(now, known.known(now, name))


def large(name: str, key: str) -> ResponseReturnValue:
    """A photo of a person, large enough to judge it."""
    photo = serving.current().photo(key)
    if photo is None:
        raise NotFound("There is no such photo in the gallery.")
    return pictures.of_file(photo.path, key, "small")


def render_failure(message: str | None) -> str:
    """The page that failed, with a message on top: of the person, where there is one of this name."""
    now = serving.now()
    name = (request.view_args or {}).get("name")
    found = known.find(known.people(now), name) if name else None
    return _one(now, found, message=message) if found else _everybody(message=message)


def render_refused(why: str, tokens: list[str]) -> str:
    """The page with the form for a new person as it was sent, and why its name can't be: the photos are kept."""
    return _everybody(refused=why, waiting=_waiting(tokens))


def _waiting(tokens: list[str]) -> list[tuple[str, Sent]]:
    """The photos of some tokens, as far as they are kept still."""
    store = answers.store()
    return [(token, photo) for token in tokens if (photo := store.get(token, Sent))]


def _everybody(**values: Any) -> str:
    now = serving.now()
    everybody, of_nobody = known.people(now), known.of_nobody(now)
    return render_template(
        "people/page.html",
        now=now,
        people=everybody,
        of_nobody=of_nobody,
        left_out=len(of_nobody) + sum(len(person.left_out) for person in everybody),
        folder=serving.current().folder,
        typed=request.values.get("name", ""),
        changes=_changes(),
        **_said() | {"refused": None, "waiting": _waiting(request.form.getlist("sent"))} | values,
    )


def _one(now: serving.Now, found: known.Known, **values: Any) -> str:
    others = [other.name for other in known.people(now) if other != found]
    return render_template("people/person.html", person=found, others=others, apart=_apart, **_said() | values)


def _apart(own: float, other: float) -> tuple[str, str]:
    return apart(own, other, digits=3)


def _said() -> dict[str, Any]:
    """What was just done: a change that can be undone as long as it is the last one of these photos, and a sentence."""
    done = request.args.get("done")
    told = answers.store().get(request.args.get("told", ""), Told)
    return {
        "done": next((change for change in _changes() if change.id == done), None),
        "told": told,
        "message": None,
        "may_change": access.may_change(),
        "token_address": url_for("access.index"),
    }


def _changes() -> list:
    return People(serving.current().folder).changes()
