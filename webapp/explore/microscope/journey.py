"""The way of two faces through one network and back, as stops: what the page shows one after the other.

    faces -> conv2d1 -> ... -> l2normalize1 -> distance -> loss
    weights <- conv2d1-back <- ... <- l2normalize1-back <- distance-back <-

Every array is one of siamese_np.trace. Image 0 is face A, image 1 is face B, and they are the one pair.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pipeline.recognise.recogniser import Recogniser
from siamese_np.losses import ContrastiveLoss
from siamese_np.trace import Step, trace
from webapp.explore.common import faces, kept
from webapp.explore.common.faces import Chosen

SIDES = ("a", "b")


@dataclass(frozen=True)
class Stop:
    """One stop. key: in the address; name: of the step of the trace; back: on the way back."""

    key: str
    name: str
    back: bool = False


@dataclass(frozen=True, eq=False)
class Journey:
    """Two faces x (2, 1, H, W), the steps of their trace, and whether they count as one person. train: as in a training
    step whose batch they are, else as in a prediction. key: to keep by."""

    x: np.ndarray
    steps: dict[str, Step]
    loss: ContrastiveLoss
    same: bool
    train: bool
    key: tuple

    @cached_property
    def layers(self) -> tuple[str, ...]:
        """The names of the layers, from the image on."""
        return tuple(name for name, step in self.steps.items() if step.layer is not None)

    @cached_property
    def stops(self) -> dict[str, Stop]:
        """All stops in the order of the way."""
        forward = [Stop(name, name) for name in ("faces", *self.layers, "distance", "loss")]
        back = [Stop(f"{name}-back", name, True) for name in ("distance", *reversed(self.layers))]
        return {stop.key: stop for stop in (*forward, *back, Stop("weights", "weights", True))}

    def array(self, stop: Stop) -> np.ndarray:
        """What a stop shows of both faces, (2, C, H, W) or (2, D): y of a layer, and dx on the way back."""
        if stop.name == "faces":
            return self.x
        if stop.name == "distance":  # the two embeddings, and what comes back to them
            return (self.steps["distance"].dx if stop.back else self.steps["distance"].x)[0]
        step = self.steps[stop.name]
        return step.dx if stop.back else step.y

    def maps(self, stop: Stop, side: int) -> np.ndarray:
        """The same of one face as maps (C, H, W); a vector as maps of one number, or as the maps it was made of."""
        array = self.array(stop)[side]
        if array.ndim == 3:
            return array
        step = self.steps.get(stop.name)
        if step is not None and type(step.layer).__name__ == "Flatten":
            return array.reshape(step.x.shape[1:])
        read = self.maps_read(stop.name)
        return array.reshape(read) if stop.back and read else array[:, None, None]

    def maps_read(self, name: str) -> tuple[int, int, int] | None:
        """The shape (C, H, W) of the maps that a layer reads as one row, since Flatten stands before it; else None."""
        if name not in self.layers[1:]:
            return None
        before = self.steps[self.layers[self.layers.index(name) - 1]]
        return before.x.shape[1:] if type(before.layer).__name__ == "Flatten" else None

    def strongest_output(self, name: str) -> int | None:
        """The number of a dense layer that gets back the most, None for other layers."""
        dy = self.steps[name].dy
        return int(np.argmax(np.abs(dy).sum(axis=0))) if dy.ndim == 2 else None

    def added(self, name: str) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
        """What face A and face B add to the gradients of a layer; together they are its `grads`."""
        step = self.steps[name]
        # `added_by` runs the layer, which two requests must not do at once
        return kept.results().get("added", (*self.key, name), lambda: (step.added_by(0), step.added_by(1)), 40)


def of(recogniser: Recogniser, member: int, a: Chosen, b: Chosen, same: bool, train: bool) -> Journey:
    """The journey of two faces through network number `member` of the model."""
    key = (recogniser.model_hash, member, a.name, b.name, same, train)
    return kept.results().get("journey", key, lambda: _travel(recogniser, member, a, b, same, train, key))


def loss_of(recogniser: Recogniser) -> ContrastiveLoss:
    """The loss with which the model was trained, as far as its file says."""
    recipe = recogniser.extra.get("settings", {}).get("recipe", {})
    return ContrastiveLoss(recipe.get("margin", 1.0), recipe.get("power", 2))


def _travel(
    recogniser: Recogniser, member: int, a: Chosen, b: Chosen, same: bool, train: bool, key: tuple
) -> Journey:
    x = faces.inputs(recogniser, member, a, b)
    loss = loss_of(recogniser)
    steps = trace(faces.network(recogniser, member), x, [(0, 1)], loss, same, train=train)
    return Journey(x, {step.name: step for step in steps}, loss, same, train, key)
