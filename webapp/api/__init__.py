"""The answers as JSON, below /api. `table.ROUTES` lists them; from it they are registered, described and tried out."""

from flask import Blueprint

from webapp.api import page, table

blueprint = Blueprint("api", __name__, url_prefix="/api")
page.register(blueprint)
table.register(blueprint)
