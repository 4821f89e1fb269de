"""Measures a model on photos that its training never saw: the report card, and pictures."""

from pipeline.evaluate.command import evaluate, gallery_rows, main, write_report
from pipeline.evaluate.roles import Roles, open_set_roles

__all__ = ["Roles", "evaluate", "gallery_rows", "main", "open_set_roles", "write_report"]
