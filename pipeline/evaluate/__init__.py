"""Measures a model on photos that its training never saw: the report card, and pictures."""

from pipeline.evaluate.cli import main
from pipeline.evaluate.command import evaluate, gallery_rows, read_report, write_report
from pipeline.evaluate.crossvalidated import cross_validated
from pipeline.evaluate.elsewhere import evaluate_on
from pipeline.evaluate.roles import Roles, open_set_roles

__all__ = ["Roles", "cross_validated", "evaluate", "evaluate_on", "gallery_rows", "main", "open_set_roles",
           "read_report", "write_report"]  # fmt: skip
