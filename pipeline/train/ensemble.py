"""The ensemble of a recipe: its networks are trained side by side, each with its own checkpoint."""

import threading
import time
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from pipeline.common import console
from pipeline.common.errors import JobError
from pipeline.faces.preprocess import Preprocessing
from pipeline.pairs import PairData
from pipeline.train.recipes import Recipe
from pipeline.train.training import Training
from siamese_np import threads

SAVE_EVERY = 1.0  # seconds of work that a stop may lose; writing a checkpoint takes as long as a short epoch


class Ensemble:
    """One Training for each member of the recipe. Each continues from its checkpoint in `run`, where there is one.

    one_with_extra: only the leading network (Recipe.leading) trains on extra people. It keeps strangers away; the others, which
    have nobody else to learn, tell one's own people apart best.
    settings: what describes the training. Raises JobError for a checkpoint of a training with other settings.
    trainings, checkpoints: one per member, in the order of the recipe.
    seconds: the time of the training so far. The time before a stop is an estimate: it assumes that all cores were busy.
    """

    def __init__(
        self, data: PairData, recipe: Recipe, seed: int, kernels_name: str, run: Path, settings: dict[str, Any],
        one_with_extra: bool = False,
    ) -> None:  # fmt: skip
        threads.use_one_blas_thread()
        self.settings = settings
        own = data.dropping(np.flatnonzero(data.is_extra))
        self.trainings: list[Training] = []
        self.checkpoints: list[Path] = []
        for number, member in enumerate(recipe.members):
            # each member draws its own random numbers; the first draws those of a training with one member
            member_seed = [seed, number] if number else seed
            alone = one_with_extra and number != recipe.leading
            training = Training(own if alone else data, member, member_seed, kernels_name)
            path = run / (f"checkpoint-{number + 1}.npz" if number else "checkpoint.npz")
            if path.exists():
                training.restore(path, settings)
                console.say(f"continuing after epoch {len(training.history)} of {path}")
            self.trainings.append(training)
            self.checkpoints.append(path)
        seconds = sum(row["seconds"] for training in self.trainings for row in training.history)
        self.seconds = seconds / min(threads.count(), len(self.trainings))

    def train(self) -> None:
        """Train all members to their last epoch.

        On KeyboardInterrupt, or when one member fails, the others stop as well. The checkpoints stay, and each lacks at
        most the last SAVE_EVERY seconds and one epoch. Raises JobError where a training diverges.
        """
        first = self.trainings[0]
        plateaus = ", ".join(f"{value:.2f} {name}" for name, value in first.loss.plateaus().items())
        epochs = " + ".join(str(training.epochs) for training in self.trainings)
        console.say(f"training {epochs} epochs of {first.steps_an_epoch} steps; a network that learns nothing has "
                    f"a loss of {plateaus}")  # fmt: skip
        stop, started = threading.Event(), time.perf_counter()
        # the longest training starts first, so that the time in which only one of them still runs is short
        order = sorted(range(len(self.trainings)), key=lambda number: -self.trainings[number].epochs)
        total = sum(training.epochs for training in self.trainings)
        done = sum(len(training.history) for training in self.trainings)
        with console.progress(None, "training", total, done) as bar:
            threads.side_by_side([partial(self._train, number, bar, stop) for number in order], stop)
        self.seconds += time.perf_counter() - started

    @property
    def views(self) -> tuple[Preprocessing, ...]:
        """What each network sees."""
        return tuple(training.recipe.preprocessing for training in self.trainings)

    def leave_out_what_did_not_learn(self) -> list[int]:
        """Drop the networks to which all distances are equal at the end (Training.learnt), and name them; keep all where none
        learnt. Returns their numbers, from 1 on. What such a network says of a face is noise beside the others."""
        faulty = [number for number, training in enumerate(self.trainings, 1) if not training.learnt()]
        for number in faulty:
            console.say(f"network {number} of {len(self.trainings)} did not learn: all distances are equal at the end")
        if len(faulty) in (0, len(self.trainings)):
            return []
        self.trainings = [each for number, each in enumerate(self.trainings, 1) if number not in faulty]
        console.say(f"the model consists of the other {len(self.trainings)}; another --seed may give all of them")
        return faulty

    def _train(self, number: int, bar: tqdm, stop: threading.Event) -> None:
        training, path = self.trainings[number], self.checkpoints[number]
        name = f"network {number + 1}, " if len(self.trainings) > 1 else ""
        saved = time.perf_counter()
        while not training.finished():
            try:
                warnings = training.epoch(stop)
            except JobError as error:
                raise JobError(f"{name}epoch {len(training.history) + 1}: {error}") from error
            if training.finished() or time.perf_counter() - saved >= SAVE_EVERY:
                training.save(path, self.settings)
                saved = time.perf_counter()
            row = training.history[-1]
            bar.set_postfix_str(name + _status(row), refresh=False)
            bar.update()
            for text in warnings:
                console.say(f"{name}epoch {row['epoch']}: {text}")
        console.say(f"{name}epoch {len(training.history)}: {_status(training.history[-1])}")
        best = training.kept_epoch
        if best != len(training.history):
            console.say(f"{name}kept epoch {best}, the best on validation: {_status(training.history[best - 1])}")
        training.use_best()


def _status(row: dict[str, float]) -> str:
    text = f"loss {row['loss']:.3f}, same {row['d_same']:.2f} different {row['d_different']:.2f}"
    if "val_loss" in row:
        text += f"; validation: loss {row['val_loss']:.3f}, "
        text += f"same {row['val_d_same']:.2f} different {row['val_d_different']:.2f}"
    return text
