"""Report: how good the model is, in figures and in pictures."""

from webapp.report.page import blueprint

TITLE = "Report"

__all__ = ["TITLE", "blueprint"]
