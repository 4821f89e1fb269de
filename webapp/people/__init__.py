"""People: who is in the gallery, and every change of it."""

from webapp.people.page import render_failure
from webapp.people.routes import blueprint

TITLE = "People"

__all__ = ["TITLE", "blueprint", "render_failure"]
