"""Same person? Two photos are sent, or a photo and the name of a known person, and the faces are compared."""

from webapp.same.page import blueprint, render_failure

TITLE = "Same person?"

__all__ = ["TITLE", "blueprint", "render_failure"]
