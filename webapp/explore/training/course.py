"""One training, step by step, whole or broken on purpose. It is pipeline.train.Training, with a switch turned."""

from dataclasses import dataclass, replace

import numpy as np

from pipeline.pairs import PairData
from pipeline.train.batches import Batch
from pipeline.train.recipes import PRESETS, Recipe
from pipeline.train.training import Training
from siamese_np import kernels, metrics
from siamese_np.fusion import fuse
from siamese_np.layers import L2Normalize, ReLU, Sequential
from siamese_np.optimizers import OPTIMIZERS
from siamese_np.projection import principal_map, turned_to
from siamese_np.siamese import SiameseNetwork

STEPS = 400  # of a whole training
TOO_HIGH = 1000  # times the rate
BINS = 30
OFFERED = ("default", "original-modern")


@dataclass(frozen=True)
class Switch:
    """A way to break a training. title: on its button; typical: what its curve looks like, and why."""

    title: str
    typical: str


SWITCHES = {
    "": Switch(
        "Nothing broken",
        "The loss begins near a plateau and falls below both. Same pairs come near, different pairs stay around "
        "the margin. Since the hardest pairs of each batch are taken, the loss of a step never looks as good as "
        "the network is.",
    ),
    "labels": Switch(
        "Labels reversed",
        "Photos of one person are pushed apart, and photos of two people are pulled together. The loss falls "
        "nearly to 0, lower than that of a correct training, since it knows nothing of people. Look at the "
        "distances of the step: same pairs are far apart. The equal error rate rises.",
    ),
    "relu": Switch(
        "ReLU at the end",
        "The loss asks for small distances first, and a ReLU gives them by going to 0. A unit that is 0 for every"
        " photo has no gradient and never comes back. Count the dead units: once all are dead, the loss lies "
        "exactly on the plateau of equal embeddings, and the map is one point.",
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
        "Pairs are drawn once, at random. Most of the different ones are soon beyond the margin and teach "
        "nothing, so the loss is small and falls early, while the equal error rate falls slowly.",
    ),
}


def recipe_of(preset: str, broken: str) -> Recipe:
    """The recipe of one network of a preset, with a switch turned."""
    recipe = replace(PRESETS[preset], more=(), more_aligned=(), mirror=False, whiten=None, steps_a_pair=None)
    changes = {
        "rate": {"rate": recipe.rate * TOO_HIGH},
        "augmentation": {"augmentation": None},
        "pairs": {"pairs": "fixed"},
    }
    return replace(recipe, **changes.get(broken, {}))


class Course(Training):
    """A training whose steps can be watched. broken: a key of SWITCHES."""

    def __init__(self, data: PairData, preset: str, broken: str, seed: int, kernels_name: str) -> None:
        recipe = recipe_of(preset, broken)
        steps_an_epoch = -(-len(data.indices("train")) // recipe.images_a_batch)
        super().__init__(data, replace(recipe, epochs=-(-STEPS // steps_an_epoch)), seed, kernels_name)
        if broken == "labels":
            self.source = Reversed(self.source)
        if broken in ("relu", "l2"):
            layers = [layer for layer in self.network.tower.layers if not isinstance(layer, L2Normalize)]
            tower = Sequential(layers + [ReLU()] * (broken == "relu"))
            self.network = SiameseNetwork(fuse(tower))
            optimizer = OPTIMIZERS[recipe.optimizer]
            self.optimizer = optimizer(tower.flat_params, tower.flat_grads, kernels=kernels.get(kernels_name))
        self.broken = broken
        self._map = None

    def truly(self, same: np.ndarray) -> np.ndarray:
        """What `same` (P,) of a step would be if no label was reversed."""
        return ~same if self.broken == "labels" else same

    def picture(self) -> dict:
        """What is shown after an epoch, as JSON values.

        eer: of the watched photos (those that validate, where there are any). dead: units of the embedding that are 0
        for every photo. top, same, different: the counts of a histogram of their distances from 0 to top. map, shown: see
        siamese_np/projection.py. filters (F, h w) of the first convolution, and their largest absolute value.
        """
        z = self.embed(self.train_and_val)
        mapped, shown = principal_map(z)
        self._map = mapped if self._map is None else turned_to(mapped, self._map)
        watched = np.isin(self.train_and_val, self.watched)
        pairs, same = metrics.all_pairs(self.data.people[self.watched])
        d = metrics.pair_distances(z[watched], pairs)
        top = max(2 * self.loss.margin, float(d.max()))
        filters = self.network.tower.layers[0].params["weight"][:, 0]
        return {
            "eer": float(metrics.roc(d, same).eer),
            "d_same": float(d[same].mean()),
            "d_different": float(d[~same].mean()),
            "dead": int(np.sum((z == 0).all(axis=0))),
            "top": top,
            "same": np.histogram(d[same], BINS, (0, top))[0].tolist(),
            "different": np.histogram(d[~same], BINS, (0, top))[0].tolist(),
            "map": np.round(self._map, 5).tolist(),
            "shown": shown,
            "filters": np.round(filters.reshape(len(filters), -1).astype(float), 5).tolist(),
            "strongest": float(np.abs(filters).max()),
        }


class Reversed:
    """A source of pairs that calls two photos of one person different, and two photos of two people same."""

    def __init__(self, source) -> None:
        self.source = source
        self.new_epoch = source.new_epoch

    def draw(self, rng: np.random.Generator) -> Batch:
        batch = self.source.draw(rng)

        def pairs_of(z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            pairs, same = batch.pairs_of(z)
            return pairs, ~same

        return Batch(batch.images, pairs_of)
