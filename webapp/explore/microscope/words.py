"""What the page says at each stop: one title, two or three sentences, the formula, and where it is derived."""

from dataclasses import dataclass

from webapp.explore.common.source import Derived, derived
from webapp.explore.microscope import in_training
from webapp.explore.microscope.journey import Journey, Stop
from webapp.explore.microscope.kinds import KINDS, PAIR, Kind


@dataclass(frozen=True)
class Said:
    """short: its name on the way; formula: in the letters of the module; source: where it is derived."""

    short: str
    title: str
    text: str
    formula: str = ""
    source: Derived | None = None


PULLED = {
    1: "The pair counts as one person: the loss pulls the two together, with the same force at every distance.",
    2: "The pair counts as one person: the loss pulls the two together, the harder the further they are apart.",
}
PUSHED = {
    1: "The pair counts as two people, who are nearer than the margin: the loss pushes them apart, with the same force "
    "at every distance.",
    2: "The pair counts as two people, who are nearer than the margin: the loss pushes them apart, the harder the "
    "nearer they are.",
}
BEYOND = "The pair counts as two people, who are beyond the margin: the loss is 0, and nothing pushes them any further."


def kind_of(journey: Journey, stop: Stop) -> Kind:
    """What is said of a stop, forward and back. Raises KeyError for a layer without words."""
    step = journey.steps.get(stop.name)
    if step is None or step.layer is None:
        return PAIR[stop.name]
    kinds = KINDS | in_training.KINDS if journey.train else KINDS
    return kinds[type(step.layer).__name__]


def said(journey: Journey, stop: Stop) -> Said:
    """What the page says at a stop."""
    kind = kind_of(journey, stop)
    title, text, formula, source = ((kind.back if stop.back else kind.forward)() + ("", None))[:4]
    if stop.name == "loss" and journey.loss.power == 1:
        formula = formula.replace("^2", "")  # losses.py: "With power=1 the squares are left out"
    return Said(kind.short, title, text, formula, source)


def branch(journey: Journey) -> tuple[str, str, Derived]:
    """The branch of the loss that was taken: its name, a sentence, and where its gradient is derived."""
    if journey.same:
        return (
            "same",
            PULLED[journey.loss.power],
            derived("losses", "(2)", test="tests/siamese_np/test_losses.py::test_contrastive_loss_by_hand"),
        )
    within = journey.steps["loss"].x[0] < journey.loss.margin
    source = derived(
        "losses",
        "(3)",
        test="tests/siamese_np/test_losses.py::test_nothing_pulls_a_different_pair_at_the_margin_or_beyond",
    )
    return (
        ("different, within the margin", PUSHED[journey.loss.power], source)
        if within
        else ("different, beyond the margin", BEYOND, source)
    )
