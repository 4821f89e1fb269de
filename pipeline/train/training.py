"""The training of one network: all that changes while it learns, and the training step that changes it."""

import threading
import time
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.common.errors import JobError
from pipeline.pairs import PairData
from pipeline.train import batches, checkpoint
from pipeline.train.augmentation import augment
from pipeline.train.recipes import Recipe
from pipeline.train.watch import Watch
from siamese_np import kernels, metrics
from siamese_np.fusion import fuse
from siamese_np.layers import Sequential
from siamese_np.losses import ContrastiveLoss
from siamese_np.models import NETWORKS, on_unit_sphere
from siamese_np.optimizers import OPTIMIZERS, SCHEDULES
from siamese_np.siamese import SiameseNetwork
from siamese_np.whitening import whitened

EMBED_AT_ONCE = 256  # images
WATCHED = 64  # images that the watch embeds where there is no validation part
ASKED = 500  # training photos that are looked at when a network is judged
ALIKE = 0.9  # d_same / d_different, from which on a network has not learnt


class Stopped(Exception):
    """The training has to end now. What it learnt since its last epoch is lost."""


class Training:
    """A network with its optimiser, its random numbers and its history. Call `epoch` until `finished`.

    data: the pairs folder, of which only the train and val parts are used. `train_and_val`, `val`: the row numbers of
    their images.
    """

    def __init__(self, data: PairData, recipe: Recipe, seed: int | list[int], kernels_name: str) -> None:
        self.data, self.recipe = data, recipe
        self.train_and_val = np.flatnonzero(np.isin(data.part, ("train", "val")))
        self.x = np.zeros((len(data.images), 1, *recipe.preprocessing.size), np.float32)
        used = self.train_and_val
        self.x[used] = recipe.preprocessing(
            data.images[used, 0], None if data.landmarks is None else data.landmarks[used]
        )
        self.val = np.flatnonzero(data.part == "val")
        # the images that the watch looks at after each epoch. Without a val part a few training images are enough
        self.watched = self.val if len(self.val) else used[:: -(-len(used) // WATCHED)]
        self.source = batches.source(data, recipe)
        self.rng = np.random.default_rng(seed)
        chosen = kernels.get(kernels_name)
        tower = NETWORKS[recipe.network](self.rng, chosen, recipe.preprocessing.size)
        if on_unit_sphere(tower) and recipe.margin >= 2:
            raise JobError(f"a margin of {recipe.margin:g} can't be reached: embeddings of length 1 are at most 2 "
                           "apart. Choose a --margin below 2")  # fmt: skip
        self.network = SiameseNetwork(fuse(tower))
        self.loss = ContrastiveLoss(recipe.margin, recipe.power)
        self.optimizer = OPTIMIZERS[recipe.optimizer](tower.flat_params, tower.flat_grads, kernels=chosen)
        train = data.indices("train")
        self.steps_an_epoch = -(-len(train) // recipe.images_a_batch)
        steps = recipe.steps(np.unique(data.people[train], return_counts=True)[1])
        self.epochs = recipe.epochs if steps is None else -(-steps // self.steps_an_epoch)
        self.watch = Watch(self.loss)
        self.history: list[dict[str, float]] = []
        self.best = {"loss": np.inf, "epoch": 0}
        self.best_weights = self._weights()

    def step(self) -> tuple[float, np.ndarray, np.ndarray]:
        """One training step: one batch, one update of the weights -> its loss, distances (P,) and same (P,)."""
        planned = self.epochs * self.steps_an_epoch
        factor = SCHEDULES[self.recipe.schedule](self.optimizer.steps, planned, self.recipe.warmup)
        self.optimizer.learning_rate = self.recipe.rate * factor
        batch = self.source.draw(self.rng)
        images = self.x[batch.images]
        if self.recipe.augmentation:
            images = augment(images, self.recipe.augmentation, self.rng)
        network, loss, optimizer, choose_pairs = self.network, self.loss, self.optimizer, batch.choose_pairs
        z = network.embed(images, train=True)  # (N, D)   each image once
        pairs, same = choose_pairs(z)  # (P, 2)   the pairs worth a step: mining.hard_pairs
        d = network.compare(pairs)  # (P,)     d[p] = |z[i] - z[j]|
        value = loss.forward(d, same)  #          mean of same d² + (1 - same) max(0, margin - d)²
        network.backward(loss.backward(d, same))  #          dL/dd -> dL/dz -> every weight
        optimizer.step()
        return value, d, same

    def epoch(self, stop: threading.Event | None = None) -> list[str]:
        """Run one epoch and add its line to the history. Returns the warnings of the watch.

        Raises Stopped at the first step after `stop` is set, and JobError where the training diverges.
        """
        started = time.perf_counter()
        # a training that diverges ends with the JobError of check_finite, not with NumPy's warnings
        with np.errstate(over="ignore", invalid="ignore"):
            self.source.new_epoch(self.embed, self.rng)
            steps = []
            for _ in range(self.steps_an_epoch):
                if stop and stop.is_set():
                    raise Stopped
                steps.append(self.step())
            losses, distances, kinds = zip(*steps)
            z = self.embed(self.watched)
            batches.check_finite(z)
        d, same = np.concatenate(distances), np.concatenate(kinds)
        row = {"epoch": len(self.history) + 1, "rate": self.optimizer.learning_rate, "loss": float(np.mean(losses))}
        row |= _mean_distances(d, same)
        if len(self.val):
            row |= self._validate(z)
        row["seconds"] = round(time.perf_counter() - started, 3)
        self.history.append(row)
        self._keep_if_best(row)
        d_same, d_different = (row.get(f"val_{name}", row[name]) for name in ("d_same", "d_different"))
        return self.watch.look(row["loss"], float(same.mean()), d_same, d_different, z)

    def finished(self) -> bool:
        """Whether all epochs are done, or `patience` epochs in a row brought no lower validation loss."""
        done = len(self.history)
        patience = self.recipe.patience
        waited = bool(patience and len(self.val) and done - self.best["epoch"] >= patience)
        return done >= self.epochs or waited

    def embed(self, rows: np.ndarray) -> np.ndarray:
        """Row numbers of the data -> embeddings (len(rows), D), computed as in inference."""
        starts = range(0, len(rows), EMBED_AT_ONCE)
        return np.concatenate([self.network.embed(self.x[rows[i : i + EMBED_AT_ONCE]]) for i in starts])

    def trained(self) -> Sequential:
        """The network for predictions: the trained one, whitened with its training photos where the recipe says so."""
        tower = self.network.tower
        if self.recipe.whiten is None:
            return tower
        return fuse(whitened(tower, self.embed(self.data.indices("train")), self.recipe.whiten))

    def learnt(self) -> bool:
        """Whether photos of one person are nearer to each other than to those of other people, on average over training photos.

        The distances of a step do not tell that: where pairs are the hardest of their batch, both kinds can be equally long
        in a network that is right for nine photos of ten.
        """
        train = self.data.indices("train")
        rows = train[np.unique(np.linspace(0, len(train) - 1, min(len(train), ASKED)).astype(int))]
        pairs, same = metrics.all_pairs(self.data.people[rows])
        if same.all() or not same.any():
            return True  # nothing to compare
        d = metrics.pair_distances(self.embed(rows), pairs)
        return bool(d[same].mean() < ALIKE * d[~same].mean())

    def use_best(self) -> None:
        """In a recipe with early stopping, restore the weights of the best epoch. Otherwise the last weights stay.

        A validation part has few people, so its loss is a noisy measure. At the end of a schedule that falls to 0 the
        last weights are better than the weights that happen to suit these few people.
        """
        if self.kept_epoch != len(self.history):
            self._set_weights(self.best_weights)

    @property
    def kept_epoch(self) -> int:
        """The number of the epoch whose weights are kept."""
        return self.best["epoch"] if self.recipe.patience and len(self.val) else len(self.history)

    def save(self, path: Path, settings: dict[str, Any]) -> None:
        """Write a checkpoint that `restore` can continue from. settings: what describes this training."""
        values = {"settings": settings, "steps": self.optimizer.steps, "best": self.best, "history": self.history,
                  "rng": self.rng.bit_generator.state, "told": self.watch.told, "on": self.watch.epochs_on}  # fmt: skip
        checkpoint.save(path, self._arrays(), values)

    def restore(self, path: Path, settings: dict[str, Any]) -> None:
        """Continue from the checkpoint that `save` wrote. Raises JobError where its settings differ from `settings`."""
        arrays, values = checkpoint.load(path)
        if values.get("settings") != settings:
            raise JobError(f"{path} belongs to a training with other photos, pairs, recipe or seed: "
                           "choose another --run, or start over with --fresh")  # fmt: skip
        checkpoint.check(path, arrays, self._arrays())
        self._set_weights({name.removeprefix("now/"): array for name, array in arrays.items() if name.startswith("now/")})
        self.best_weights = {n.removeprefix("best/"): a for n, a in arrays.items() if n.startswith("best/")}
        for name, array in self.optimizer.state.items():
            array[...] = arrays[f"optimizer/{name}"]
        self.optimizer.steps, self.best, self.history = values["steps"], values["best"], values["history"]
        self.rng.bit_generator.state = values["rng"]
        self.watch.told, self.watch.epochs_on = values["told"], values["on"]

    def _arrays(self) -> dict[str, np.ndarray]:
        """The arrays of a checkpoint."""
        arrays = {f"now/{name}": array for name, array in self._weights().items()}
        arrays |= {f"best/{name}": array for name, array in self.best_weights.items()}
        return arrays | {f"optimizer/{name}": array for name, array in self.optimizer.state.items()}

    def _weights(self) -> dict[str, np.ndarray]:
        """Copies of all parameters and states of the network."""
        tower = self.network.tower
        return {name: array.copy() for name, array in (tower.params | tower.state).items()}

    def _set_weights(self, stored: dict[str, np.ndarray]) -> None:
        tower = self.network.tower
        for name, array in (tower.params | tower.state).items():
            array[...] = stored[name]

    def _validate(self, z: np.ndarray) -> dict[str, float]:
        """The loss over all validation pairs, with equal weight for both kinds, and their EER. z (N, D) of `val`."""
        rows, same = metrics.all_pairs(self.data.people[self.val])
        d = metrics.pair_distances(z, rows)
        kinds = [self.loss.forward(d[kind], same[kind]) for kind in (same, ~same)]
        row = {"val_loss": float(np.mean(kinds)), "val_eer": metrics.roc(d, same).eer}
        return row | {f"val_{name}": value for name, value in _mean_distances(d, same).items()}

    def _keep_if_best(self, row: dict[str, float]) -> None:
        if row.get("val_loss", np.inf) < self.best["loss"]:
            self.best = {"loss": row["val_loss"], "epoch": row["epoch"]}
            self.best_weights = self._weights()


def _mean_distances(d: np.ndarray, same: np.ndarray) -> dict[str, float]:
    """The mean of d (P,) over each kind of pair; NaN where there is no pair of that kind."""
    return {
        name: float(d[kind].mean()) if kind.any() else float("nan")
        for name, kind in (("d_same", same), ("d_different", ~same))
    }
