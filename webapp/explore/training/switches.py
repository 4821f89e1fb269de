"""The ways to break a training: what is on each button, what its curve looks like, and why."""

from dataclasses import dataclass, replace

from pipeline.train.recipes import PRESETS, Recipe

TOO_HIGH = 1000  # times the rate
OFFERED = ("default", "original-modern")
REVERSED = ("labels", "labels-fixed")


@dataclass(frozen=True)
class Switch:
    """A way to break a training. title: on its button; typical: what its curve looks like, and why."""

    title: str
    typical: str


SWITCHES = {
    "": Switch(
        "Nothing broken",
        "The loss begins near a plateau and falls below both. Same pairs come near, different pairs stay around "
        "the margin, and a gap opens between the two mean distances. Since the hardest pairs of each batch are taken, "
        "the loss of a step never looks as good as the network is.",
    ),
    "labels": Switch(
        "Labels reversed",
        "Photos of one person are to be pushed apart, and photos of two people pulled together. Yet the loss falls "
        "nearly to 0. The pairs are chosen by the true people, and reversed afterwards. So each photo is asked for "
        "ONE far photo of its person and ONE near photo of somebody else: the easiest pairs of the reversed task, not "
        "the hardest. Any order of the photos that ignores people gives both. This network comes to sort photos by "
        "their light, which the augmentation changes: look how far apart two looks at one photo are. (After an epoch "
        "all photos are seen as they are, and lie near each other, whoever they show.) So the loss gives nothing "
        "away. The equal error rate does: it rises, even for the photos that are trained on.",
    ),
    "labels-fixed": Switch(
        "Labels reversed, no hard pairs",
        "Here the pairs are drawn once, at random, so that all kinds of them are asked. No network can satisfy them: "
        "two photos of one person, who are to be far apart, are both to be near to the photos of everybody else, and "
        "what is near to a third one is near to each other. So the loss stays beside the plateau of equal distances, "
        "and the pairs of a step are equally far, whoever they show. The playground shows the same with points.",
    ),
    "relu": Switch(
        "ReLU at the end",
        "The loss asks for small distances first, and a ReLU gives them by going to 0. A unit that is 0 for every"
        " photo has no gradient and never comes back. Count the dead units: once all are dead, the loss lies "
        "exactly on the plateau of equal embeddings, and the map is one point. Nothing frees them: every distance is "
        "0, where its gradient is defined as 0, and every ReLU is closed.",
    ),
    "l2": Switch(
        "No L2",
        "Without the length of 1 the distances begin far beyond the margin, where nothing pushes and only same "
        "pairs pull. The loss falls from high above its chart, everything shrinks together, and the equal error "
        "rate gets worse on the way.",
    ),
    "leaked": Switch(
        "Leaked split",
        "The photos that validate are trained on, too. Their equal error rate falls towards 0 and looks "
        "excellent, yet it says only that the network knows these photos. Of strangers it says nothing.",
    ),
    "rate": Switch(
        "Rate too high",
        "The first steps throw all embeddings together: the loss comes to lie near the plateau of equal "
        "embeddings, and stays long. The face network gets away in the end. Batch normalisation and L2 make its "
        "output independent of the size of its weights, so huge steps make huge weights, and further steps are "
        "small beside them. The preset original-modern has neither, and never leaves the plateau.",
    ),
    "augmentation": Switch(
        "No augmentation",
        "The network sees the same pixels again and again and learns them by heart. The loss falls to 0 within "
        "some tens of steps. From there no gradient is left, and the equal error rate of the other people stays "
        "where it is.",
    ),
    "pairs": Switch(
        "No hard pairs",
        "Pairs are drawn once, at random. More and more of the different ones lie beyond the margin and teach "
        "nothing: watch the pairs without a gradient, of which hard pairs have none or few. So the loss is small and "
        "falls early, while the equal error rates fall more slowly than with hard pairs.",
    ),
}


def recipe_of(preset: str, broken: str) -> Recipe:
    """The recipe of one network of a preset, with a switch turned."""
    recipe = replace(PRESETS[preset], more=(), more_aligned=(), mirror=False, whiten=None, steps_a_pair=None)
    changes = {
        "rate": {"rate": recipe.rate * TOO_HIGH},
        "augmentation": {"augmentation": None},
        "pairs": {"pairs": "fixed"},
        "labels-fixed": {"pairs": "fixed"},
    }
    return replace(recipe, **changes.get(broken, {}))
