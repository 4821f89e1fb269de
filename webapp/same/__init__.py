"""Same person? Two photos are sent, and their faces are compared with each other."""

from webapp.same.page import blueprint

TITLE = "Same person?"

__all__ = ["TITLE", "blueprint"]
