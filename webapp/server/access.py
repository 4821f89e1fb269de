"""Who may change something. At 127.0.0.1 everybody at this machine may; where others reach the page, it needs a token.

A change is what a view marked with `@access.changes` does: add, rename or forget people. A question changes nothing,
and is answered to everybody who reaches the page. The token comes in one of three ways:

    Authorization: Bearer TOKEN     a program
    a cookie                        a browser, after the token was entered at /token
    the form field `token`          a form that asks for it

The application's configuration holds the token as TOKEN; None demands none.
"""

import functools
import hmac
from collections.abc import Callable

from flask import Blueprint, Response, current_app, redirect, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import Forbidden

COOKIE = "siamese-np-token"

blueprint = Blueprint("access", __name__)


def changes(view: Callable[..., ResponseReturnValue]) -> Callable[..., ResponseReturnValue]:
    """The view, but Forbidden for a client that has not shown the token."""

    @functools.wraps(view)
    def guarded(*arguments, **named) -> ResponseReturnValue:
        if not may_change():
            raise Forbidden(
                "A change needs the token that siamese-np serve printed at its start. Enter it at /token, or send it "
                "in the header Authorization: Bearer TOKEN. Nothing was changed."
            )
        return view(*arguments, **named)

    return guarded


def may_change() -> bool:
    """Whether the client of the current request may change something."""
    token = current_app.config.get("TOKEN")
    if token is None:
        return True
    bearer = request.headers.get("Authorization", "").removeprefix("Bearer ")
    given = (bearer, request.cookies.get(COOKIE, ""), request.form.get("token", ""))
    return any(_is(token, one) for one in given)


@blueprint.get("/token")
def index() -> ResponseReturnValue:
    """The page to enter the token on."""
    return _page()


@blueprint.post("/token")
def enter() -> ResponseReturnValue:
    """Keep the token in a cookie, if it is the right one."""
    token = current_app.config.get("TOKEN")
    if token is None or not _is(token, request.form.get("token", "").strip()):
        return _page("This is not the token that siamese-np serve printed at its start."), 403
    answer: Response = redirect(f"{request.script_root}/people/", 303)
    # it ends with the browser; no script reads it, and no other site's page has it sent
    answer.set_cookie(COOKIE, token, httponly=True, samesite="Strict")
    return answer


def _page(message: str | None = None) -> str:
    needed = current_app.config.get("TOKEN") is not None
    return render_template("server/token.html", may_change=may_change(), needed=needed, message=message)


def _is(token: str, given: str) -> bool:
    return hmac.compare_digest(token.encode(), given.encode())
