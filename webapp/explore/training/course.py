"""One training, step by step, whole or broken on purpose. It is pipeline.train.Training, with a switch turned."""

from dataclasses import replace

import numpy as np

from pipeline.pairs import PairData
from pipeline.train.batches import Batch
from pipeline.train.training import Training
from siamese_np import kernels, metrics
from siamese_np.fusion import fuse
from siamese_np.layers import L2Normalize, ReLU, Sequential
from siamese_np.optimizers import OPTIMIZERS
from siamese_np.projection import principal_map, turned_to
from siamese_np.siamese import SiameseNetwork
from webapp.explore.training import anchor, looks
from webapp.explore.training.switches import REVERSED, recipe_of

STEPS = 400  # of a whole training
BINS = 30


class Course(Training):
    """A training whose steps can be watched. broken: a key of SWITCHES."""

    def __init__(self, data: PairData, preset: str, broken: str, seed: int, kernels_name: str) -> None:
        recipe = recipe_of(preset, broken)
        steps_an_epoch = -(-len(data.indices("train")) // recipe.images_a_batch)
        super().__init__(data, replace(recipe, epochs=-(-STEPS // steps_an_epoch)), seed, kernels_name)
        if broken in REVERSED:
            self.source = Reversed(self.source)
        if broken in ("relu", "l2"):
            layers = [layer for layer in self.network.tower.layers if not isinstance(layer, L2Normalize)]
            tower = Sequential(layers + [ReLU()] * (broken == "relu"))
            self.network = SiameseNetwork(fuse(tower))
            optimizer = OPTIMIZERS[recipe.optimizer]
            self.optimizer = optimizer(tower.flat_params, tower.flat_grads, kernels=kernels.get(kernels_name))
        self.preset, self.broken = preset, broken
        self._map = None

    def truly(self, same: np.ndarray) -> np.ndarray:
        """What `same` (P,) of a step would be if no label was reversed."""
        return ~same if self.broken in REVERSED else same

    def picture(self) -> dict:
        """What is shown after an epoch, as JSON values.

        eer, d_same, d_different: of all pairs of the watched photos (those that validate, where there are any); top,
        same, different: the counts of a histogram of their distances from 0 to top. dead: units of the embedding that
        are 0 for every photo. map, shown: see siamese_np/projection.py. filters (F, h w) of the first convolution, and
        their largest absolute value. The rest is of the photos that are trained on (`_of_trained`).
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
            **self._of_trained(z),
        }

    def _of_trained(self, z: np.ndarray) -> dict:
        """eer_trained: of all pairs; looks: see looks.py; anchor: one photo among all of them, see anchor.py."""
        trained = self.data.part[self.train_and_val] == "train"
        rows, z = self.train_and_val[trained], z[trained]
        people = self.data.people[rows]
        pairs, same = metrics.all_pairs(people)
        row = anchor.row_of(people)
        hard = anchor.pairs_of(z, people, row, self.loss.margin)
        return {
            "eer_trained": float(metrics.roc(metrics.pair_distances(z, pairs), same).eer),
            "looks": looks.apart(self.network, self.x[rows], self.preset),
            "anchor": {"person": self.data.names[people[row]], **hard},
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
