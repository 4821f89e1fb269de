"""What else is worth saying at a stop: sentences that answer the next question, some with numbers of this very pair."""

import numpy as np

from webapp.explore.microscope import sizes
from webapp.explore.microscope.journey import Journey, Stop

FORWARD = {
    "Conv2D": ("The same window of weights is used at every place, so they are few.",),
    "FixedNorm": (
        "So each face stands alone: its embedding does not depend on the face that it is compared with. In a training "
        "it does, since there mean and variance are those of the batch, the photos of one step.",
    ),
    "BatchNorm": (
        "If each face had one number for each map only, the two numbers would come out as -1 and 1, whatever they are: "
        "only which one is larger would be left. The page Gradient check shows it.",
    ),
    "MaxPool2D": ("Of equal numbers the first in reading order is taken.",),
    "Dense": (
        "Each pair of input and output has a weight of its own, so most numbers of a network are in such a layer.",
    ),
    "L2Normalize": (
        "So a loss with a margin above 2 would push every different pair for ever: no two embeddings can be so far "
        "apart.",
    ),
    "faces": (
        "A network is a function f of one photo. z has a row for each photo, and a pair is two rows of it. So each "
        "photo goes through once, however many pairs are made of it: 30 photos take 30 passes, and give all their 435 "
        "pairs.",
        "Sharing the weights means that both faces go through this one f. So two equal photos have equal rows, and "
        "distance 0. With weights of its own each branch would be another function, and a photo would be away from "
        "its own copy.",
    ),
    "distance": (
        "a and b are the embeddings: the numbers that the network makes of a face. They are the points of the "
        "playground, with more coordinates.",
    ),
    "loss": (
        "Here is one pair. A training takes the mean over the P pairs of a step, so each loss counts 1/P, and each "
        "dL/dd is divided by P.",
    ),
}
BACK = {
    "FixedNorm": (
        "m and s are constants here. In a training they depend on every x of the batch, and the gradient is another "
        "one.",
    ),
    "ReLU": (
        "A unit is one number of a layer. If its x is not above 0 for any photo of a training, no gradient passes "
        "through it to the weights before it. Then only a change of earlier layers can move its x. Such a unit is "
        "called dead.",
    ),
    "MaxPool2D": (
        "Of equal cells the first in reading order takes all, and the others nothing. Behind a ReLU many windows hold "
        "zeros alone: their winner takes dy, and the ReLU stops it, since its x is not above 0.",
    ),
    "distance": (
        "The line is the one from b to a. (a - b) / d has length 1, however far apart the two are, so the length of "
        "da is |dL/dd|. At d = 0 there is no such line, and the gradient is defined as 0.",
        "da + db is 0 for every pair: what moves both embeddings alike moves no distance. So in a network that ends "
        "with a dense layer, the bias of this layer gets the gradient 0. Where a layer follows that scales each row to "
        "length 1, the bias moves the two embeddings differently, and its gradient is not 0.",
    ),
    "weights": (
        "Why the sum? A small change of a weight moves the loss in two ways, through face A and through face B. To "
        "first order the two changes add up.",
    ),
}
MODES = {
    False: "These gradients are those of a prediction: each batch normalisation takes the mean and the variance that "
    "were gathered in the training, as constants. In a training step they are those of the batch, and the gradients "
    "are others.",
    True: "These gradients are those of a training step whose batch is these two faces: each batch normalisation takes "
    "their own mean and variance. So a bias in front of one has the gradient 0, but for rounding: what face A adds to "
    "it, face B takes away.",
}
NOT_PREDICTED = (
    "This is not the distance that a prediction gives: here the two faces share mean and variance, so each embedding "
    "depends on both faces."
)


def sentences(way: Journey, stop: Stop) -> tuple[str, ...]:
    """The paragraphs below the text of a stop."""
    step = way.steps.get(stop.name)
    layer = step.layer if step is not None else None
    kind = stop.name if layer is None else type(layer).__name__
    found = list((BACK if stop.back else FORWARD).get(kind, ()))
    if layer is not None and not stop.back:
        found += _of_size(way, stop.name)
    if kind == "L2Normalize" and stop.back:
        along = [float(np.abs(np.sum(step.dx[n] * step.y[n])) / (np.linalg.norm(step.dx[n]) or 1)) for n in (0, 1)]
        size = _tiny(max(along))
        found.append(f"What is left has no part along y: the sum of dx y is {size} times the length of dx.")
        found.append(_longer(step.x[0], step.dx[0]))
    if way.train and kind == "distance" and not stop.back:
        found.append(NOT_PREDICTED)
    if has_modes(way) and stop.back and (kind == "weights" or (layer is not None and step.params)):
        found.append(MODES[way.train])
    return tuple(found)


def has_modes(way: Journey) -> bool:
    """Whether a training step computes this network otherwise than a prediction."""
    kinds = {type(way.steps[name].layer).__name__ for name in way.layers}
    return bool(kinds & {"FixedNorm", "BatchNorm", "Dropout"})


def _longer(x: np.ndarray, dx: np.ndarray) -> str:
    """What a step against dx does to the length of a row."""
    before, length, after = (np.linalg.norm(row) for row in (x, dx, x - dx))
    longer = f"{after - before:.2g}".replace("-", "−")
    return (
        "So dx is at right angles to x, and a step makes x longer: |x - rate dx|^2 = |x|^2 + rate^2 |dx|^2. For "
        f"face A |x| is {before:.4g} and |dx| is {length:.4g}, so a step of rate 1 would make x longer by {longer}. "
        "Since dx is divided by r, it is half as long for an x that is twice as long."
    )


def _tiny(x: float) -> str:
    return f"{x:.0e}".replace("-", "−") if x else "0"


def _of_size(way: Journey, name: str) -> list[str]:
    step = way.steps[name]
    found = []
    if rule := sizes.rule(step):
        whole = " Whole windows alone are taken." if type(step.layer).__name__ == "MaxPool2D" else ""
        found.append(f"Size of a map: {rule}.{whole}")
    if step.params:
        total = sum(sizes.count(way.steps[layer]) for layer in way.layers)
        share = sizes.count(step) / total
        parts = " and ".join(step.params)
        found.append(
            f"Numbers that it has learnt, {parts}: {sizes.learnt(step)}, which is {100 * share:.1f} % of the {total:,} "
            "of the network."
        )
    return found
