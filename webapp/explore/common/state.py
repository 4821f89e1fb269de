"""The state of a page is in its address, so that a link shows to others what it shows here.

A page reads its state with `whole` and `choice`, and makes the address of another state with `here`. So every
control is a link or a form with method="get"; common/visit.js only makes it quicker.
"""

from collections.abc import Sequence
from typing import Any

from flask import request, url_for
from werkzeug.exceptions import BadRequest


def whole(name: str, default: int, low: int, high: int) -> int:
    """A whole number of the address, from low to high. Raises BadRequest for anything else."""
    text = request.args.get(name)
    if not text:
        return default
    try:
        value = int(text)
    except ValueError:
        value = None
    if value is None or not low <= value <= high:
        raise BadRequest(f"In this address “{name}” is a whole number from {low} to {high}, not “{text[:40]}”.")
    return value


def choice(name: str, options: Sequence[str], default: str) -> str:
    """One of some words. Raises BadRequest for another one."""
    text = request.args.get(name) or default
    if text not in options:
        raise BadRequest(f"In this address “{name}” is one of {', '.join(options)}, not “{text[:40]}”.")
    return text


def here(_anchor: str | None = None, **changes: Any) -> str:
    """The address of this page in its present state, but for `changes`; None takes a name out."""
    state = request.args.to_dict() | (request.view_args or {}) | changes
    kept = {name: value for name, value in state.items() if value is not None and not name.startswith("_")}
    return url_for(request.endpoint, _anchor=_anchor, **kept)


def kept_state(*without: str) -> dict[str, str]:
    """What the address holds, but for some names: the fields that a form has to carry along."""
    return {name: value for name, value in request.args.items() if name not in without and not name.startswith("_")}
