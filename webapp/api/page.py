"""The description of the API, and a page on which it can be tried."""

from pathlib import Path

from flask import Blueprint, Response, current_app, jsonify, render_template
from flask.typing import ResponseReturnValue

from webapp.api import table
from webapp.api.description import describe
from webapp.failures import KINDS

SCRIPT = Path(__file__).with_name("page.js")


def register(blueprint: Blueprint) -> None:
    """Serve both, and the script of the page."""
    blueprint.add_url_rule("/", "index", index)
    blueprint.add_url_rule("/page.js", "script", script)
    blueprint.add_url_rule("/openapi.json", "openapi", openapi)


def index() -> ResponseReturnValue:
    """The page."""
    needs_token = current_app.config.get("TOKEN") is not None
    return render_template("api/page.html", routes=table.ROUTES, needs_token=needs_token, kinds=KINDS.values())


def script() -> ResponseReturnValue:
    """The script of the page."""
    return Response(SCRIPT.read_bytes(), mimetype="text/javascript")


def openapi() -> ResponseReturnValue:
    """The description."""
    return jsonify(describe(table.ROUTES))
