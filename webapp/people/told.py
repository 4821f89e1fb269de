"""What is said after photos were added or a change was undone; and refusals of a change as HTTP errors."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from flask import abort, redirect, url_for
from werkzeug.wrappers import Response

from pipeline.recognise.gallery_changes import NotAName, NotThere
from pipeline.recognise.gallery_trash import Conflict
from webapp.common import answers, failures


@dataclass(frozen=True)
class Told:
    """text: what was done. left_out: photos that were not taken, by the name they were sent with, with the reason."""

    text: str
    left_out: tuple[tuple[str, str], ...] = ()


def say(told: Told, endpoint: str, **values: str | None) -> Response:
    """On to a page that says what was done, also after Reload. A value that is None is left out of its address."""
    token = answers.store().put(told, 1000 + sum(len(name) + len(reason) for name, reason in told.left_out))
    return redirect(url_for(endpoint, told=token, **values), 303)


@contextmanager
def refusals() -> Iterator[None]:
    """Where a change is refused, the page shows why, with the right status."""
    try:
        yield
    except (NotAName, NotThere, Conflict) as error:
        abort(failures.status(error), failures.sentence(error))
