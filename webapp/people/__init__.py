"""People: who is in the gallery."""

from webapp.people.page import blueprint

TITLE = "People"

__all__ = ["TITLE", "blueprint"]
