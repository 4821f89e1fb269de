"""Where both branches meet: what each face adds to the gradient of a parameter."""

from dataclasses import dataclass

import numpy as np

from webapp.explore.common.source import Derived, derived
from webapp.explore.microscope import drawn
from webapp.explore.microscope.journey import Journey, Stop

PARTS = ("a", "b", "both")  # what each face adds to a gradient, and the sum


@dataclass(frozen=True)
class Entry:
    """One weight w[i, j] of a dense layer: of each face x[i], dy[j] and what it adds, and the whole gradient."""

    i: int
    j: int
    faces: tuple[tuple[float, float, float], tuple[float, float, float]]
    whole: float


def parts(way: Journey, layer: str, name: str) -> dict[str, np.ndarray]:
    """What each face adds to the gradient of a parameter, and the gradient."""
    a, b = (added[name] for added in way.added(layer))
    return {"a": a, "b": b, "both": way.steps[layer].grads[name]}


def picture_of(way: Journey, stop: Stop, values: np.ndarray) -> np.ndarray:
    """A parameter or its gradient, as it is drawn."""
    return drawn.parameter(values, way.strongest_output(stop.name), way.maps_read(stop.name))


def gradients(way: Journey, stop: Stop) -> dict[str, dict[str, tuple[np.ndarray, float]]]:
    """parameter -> part -> (its picture, its length), of a layer on the way back."""
    if not stop.back or stop.name not in way.layers:
        return {}
    return {name: {part: (picture_of(way, stop, values), float(np.linalg.norm(values))) for part, values in
                   parts(way, stop.name, name).items()} for name in way.steps[stop.name].params}  # fmt: skip


def lengths(way: Journey) -> list[tuple[str, str, dict[str, float]]]:
    """(layer, parameter, length of each part of its gradient), from the image on."""
    return [(layer, name, {part: float(np.linalg.norm(values)) for part, values in parts(way, layer, name).items()})
            for layer in way.layers for name in way.steps[layer].params]  # fmt: skip


def formula(way: Journey, stop: Stop) -> tuple[str, Derived] | None:
    """How the gradients of the parameters of a layer are computed, and where it is derived."""
    kind = type(way.steps[stop.name].layer).__name__ if stop.back and stop.name in way.layers else ""
    if kind == "Dense":
        return (
            "dw[i,j] = sum over both faces of x[i] dy[j]     db[j] = sum over both faces of dy[j]",
            derived("layers/dense", "(2)", test="tests/siamese_np/test_gradients.py::test_gradients"),
        )
    if kind == "Conv2D":
        return (
            "dw[f,c,k,l] = sum over both faces and all places of dy[f,i,j] xp[c, i s + k, j t + l]\n"
            "db[f] = sum over both faces and all places of dy[f,i,j]",
            derived("kernels/reference", "(4)", test="tests/siamese_np/test_gradients.py::test_gradients"),
        )
    return None


def entry(way: Journey, stop: Stop) -> Entry | None:
    """The weight of a dense layer with the largest gradient; None for other layers."""
    step = way.steps.get(stop.name)
    if not stop.back or step is None or type(step.layer).__name__ != "Dense":
        return None
    both = parts(way, stop.name, "weight")
    i, j = map(int, np.unravel_index(np.argmax(np.abs(both["both"])), both["both"].shape))
    of = [(float(step.x[n][i]), float(step.dy[n][j]), float(both[part][i, j])) for n, part in enumerate(PARTS[:2])]
    return Entry(i, j, tuple(of), float(both["both"][i, j]))
