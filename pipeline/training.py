"""One training: everything that changes while a network learns, and the step that changes it."""

import threading
import time
from pathlib import Path
from typing import Any

import numpy as np

from pipeline import batches, checkpoint
from pipeline.augment import augment
from pipeline.errors import JobError
from pipeline.pairs import PairData
from pipeline.presets import Recipe
from pipeline.watch import Watch
from siamese_np import kernels, metrics
from siamese_np.fusion import fuse
from siamese_np.losses import ContrastiveLoss
from siamese_np.models import NETWORKS
from siamese_np.optimizers import OPTIMIZERS, SCHEDULES
from siamese_np.siamese import SiameseNetwork

EMBED_AT_ONCE = 256
WATCHED = 64  # images


class Stopped(Exception):
    """The training is to end now; what it learnt since the last epoch is lost."""


class Training:
    """A network, its optimiser, its random numbers and its history; `epoch` after `epoch` until `finished`.

    data: the pairs folder; only its train and val parts are ever looked at.
    """

    def __init__(self, data: PairData, recipe: Recipe, seed: int | list[int], kernels_name: str) -> None:
        self.data, self.recipe = data, recipe
        self.seen = np.flatnonzero(np.isin(data.part, ("train", "val")))
        self.x = np.zeros((len(data.images), 1, *recipe.preprocessing.size), np.float32)
        self.x[self.seen] = recipe.preprocessing(
            data.images[self.seen, 0], None if data.landmarks is None else data.landmarks[self.seen]
        )
        self.val = np.flatnonzero(data.part == "val")
        # whose embeddings the watch looks at after each epoch; a few are enough, and each costs a third of a step
        self.watched = self.val if len(self.val) else self.seen[:: -(-len(self.seen) // WATCHED)]
        self.source = batches.source(data, recipe)
        self.rng = np.random.default_rng(seed)
        chosen = kernels.get(kernels_name)
        tower = NETWORKS[recipe.network](self.rng, chosen, recipe.preprocessing.size)
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
        """One batch, one move of the weights -> its loss, distances (P,) and same (P,)."""
        planned = self.epochs * self.steps_an_epoch
        factor = SCHEDULES[self.recipe.schedule](self.optimizer.steps, planned, self.recipe.warmup)
        self.optimizer.learning_rate = self.recipe.rate * factor
        batch = self.source.draw(self.rng)
        images = self.x[batch.images]
        if self.recipe.augmentation:
            images = augment(images, self.recipe.augmentation, self.rng)
        z = self.network.embed(images, train=True)
        self._check_finite(z)
        rows, same = batch.choose(z)
        d = self.network.compare(rows)
        loss = self.loss.forward(d, same)
        self.network.backward(self.loss.backward(d, same))
        self.optimizer.step()
        return loss, d, same

    def epoch(self, stop: threading.Event | None = None) -> list[str]:
        """One epoch, a line of history, and what the watch has to say. Raises Stopped soon after `stop` is set."""
        started = time.perf_counter()
        # numbers that grow beyond all bounds end the training with a message of its own, not with NumPy's warnings
        with np.errstate(over="ignore", invalid="ignore"):
            self.source.new_epoch(self.embed, self.rng)
            steps = []
            for _ in range(self.steps_an_epoch):
                if stop and stop.is_set():
                    raise Stopped
                steps.append(self.step())
            losses, distances, kinds = zip(*steps)
            z = self.embed(self.watched)
            self._check_finite(z)
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
        """All epochs done, or none better for `patience` of them."""
        done = len(self.history)
        patience = self.recipe.patience
        waited = bool(patience and len(self.val) and done - self.best["epoch"] >= patience)
        return done >= self.epochs or waited

    def embed(self, rows: np.ndarray) -> np.ndarray:
        """Rows of the data -> embeddings (len(rows), D), without training."""
        starts = range(0, len(rows), EMBED_AT_ONCE)
        return np.concatenate([self.network.embed(self.x[rows[i : i + EMBED_AT_ONCE]]) for i in starts])

    def use_best(self) -> None:
        """After early stopping, put the weights of the best epoch back; else the last ones stay.

        The few people that a validation part has make it a noisy judge: at the end of a schedule that went down to 0
        the last weights are better than those that happened to suit them.
        """
        if self.kept_epoch != len(self.history):
            self._put(self.best_weights)

    @property
    def kept_epoch(self) -> int:
        """Of whose weights the model is."""
        return self.best["epoch"] if self.recipe.patience and len(self.val) else len(self.history)

    def save(self, path: Path, settings: dict[str, Any]) -> None:
        arrays = {f"now/{name}": array for name, array in self._weights().items()}
        arrays |= {f"best/{name}": array for name, array in self.best_weights.items()}
        arrays |= {f"optimizer/{name}": array for name, array in self.optimizer.state.items()}
        values = {"settings": settings, "steps": self.optimizer.steps, "best": self.best, "history": self.history,
                  "rng": self.rng.bit_generator.state, "told": self.watch.told, "on": self.watch.epochs_on}  # fmt: skip
        checkpoint.save(path, arrays, values)

    def restore(self, path: Path, settings: dict[str, Any]) -> None:
        """Go on where `save` left off. Raises JobError where that was another training."""
        arrays, values = checkpoint.load(path)
        if values["settings"] != settings:
            raise JobError(f"{path} belongs to a training with other photos, pairs, recipe or seed: "
                           "choose another --run, or start over with --fresh")  # fmt: skip
        self._put({name.removeprefix("now/"): array for name, array in arrays.items() if name.startswith("now/")})
        self.best_weights = {n.removeprefix("best/"): a for n, a in arrays.items() if n.startswith("best/")}
        for name, array in self.optimizer.state.items():
            array[...] = arrays[f"optimizer/{name}"]
        self.optimizer.steps, self.best, self.history = values["steps"], values["best"], values["history"]
        self.rng.bit_generator.state = values["rng"]
        self.watch.told, self.watch.epochs_on = values["told"], values["on"]

    def _check_finite(self, z: np.ndarray) -> None:
        # squared: distances are what is asked of embeddings next
        if not np.isfinite(np.sum(z * z)):
            raise JobError("the training diverged: its numbers grew beyond all bounds; use a smaller --rate")

    def _weights(self) -> dict[str, np.ndarray]:
        """Copies of all parameters and states of the network."""
        tower = self.network.tower
        return {name: array.copy() for name, array in (tower.params | tower.state).items()}

    def _put(self, stored: dict[str, np.ndarray]) -> None:
        tower = self.network.tower
        for name, array in (tower.params | tower.state).items():
            array[...] = stored[name]

    def _validate(self, z: np.ndarray) -> dict[str, float]:
        """The loss over all validation pairs, both kinds with equal weight, and their EER. z (N, D) of `val`."""
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
    """Of each kind of pair; NaN where there is none of it."""
    return {
        name: float(d[kind].mean()) if kind.any() else float("nan")
        for name, kind in (("d_same", same), ("d_different", ~same))
    }
