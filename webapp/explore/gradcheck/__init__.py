"""Gradient check: analytic gradients beside numerical ones, the size of the step, a kink, and five wrong backwards."""

from webapp.explore.common.cards import Card
from webapp.explore.gradcheck.page import blueprint

CARD = Card(
    "Gradient check",
    "Compare every gradient with one that is computed from values alone. Change the step h, move a ReLU onto its kink, "
    "and catch five backwards that are wrong.",
    "explore/gradcheck/card.svg",
)

__all__ = ["CARD", "blueprint"]
