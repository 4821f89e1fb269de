"""The description of the API, and a page on which it can be tried."""

from flask import Blueprint, current_app, jsonify, render_template
from flask.typing import ResponseReturnValue

from webapp.api import table
from webapp.api.description import describe
from webapp.common.failures import KINDS


def register(blueprint: Blueprint) -> None:
    """Serve both."""
    blueprint.add_url_rule("/", "index", index)
    blueprint.add_url_rule("/openapi.json", "openapi", openapi)


def index() -> ResponseReturnValue:
    """The page."""
    needs_token = current_app.config.get("TOKEN") is not None
    return render_template("api/page.html", routes=table.ROUTES, needs_token=needs_token, kinds=KINDS.values())


def openapi() -> ResponseReturnValue:
    """The description."""
    return jsonify(describe(table.ROUTES))
