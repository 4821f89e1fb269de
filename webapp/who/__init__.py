"""Who is this? A photo is sent, and each face in it is compared with the people of the gallery."""

from webapp.who.page import blueprint, render_failure

TITLE = "Who is this?"

__all__ = ["TITLE", "blueprint", "render_failure"]
