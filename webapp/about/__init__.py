"""About: what this is, what the model is made of, and what becomes of a photo."""

from webapp.about.page import blueprint

TITLE = "About"

__all__ = ["TITLE", "blueprint"]
