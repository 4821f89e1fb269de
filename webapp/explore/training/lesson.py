"""A training as a computation of explore/common/jobs.py: it goes on, pauses, makes one step, ends with its page.

The events: "progress" while faces are cut out, "start" with what stays, "step" and "epoch" with what moves, "warning"
of the watch, "trouble" where it can't go on. A step says `at` which time it was computed, so that one can measure how
late it is shown. Messages: pause=1, go=1, step=1, epoch=1, speed=slow|quick|full. Nothing is written.
"""

import math
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from pipeline.common.errors import JobError
from webapp.common import serving
from webapp.explore.common.jobs import Event, Job
from webapp.explore.training import hand
from webapp.explore.training.course import Course

SECONDS, BYTES, AT_ONCE = 600, 150_000_000, 2
SPEEDS = {"slow": 0.5, "quick": 0.1, "full": 0.0}  # seconds from step to step at least


class Pace:
    """Whether the training goes on, and how fast. left: steps that are to be done although it pauses."""

    def __init__(self, paused: bool, steps_an_epoch: int) -> None:
        self.paused, self.left, self.wait = paused, 0, SPEEDS["full"]
        self._steps_an_epoch = steps_an_epoch

    def hear(self, message: dict[str, str], in_epoch: int) -> None:
        """Do what a message says. in_epoch: steps of the present epoch that are done."""
        self.wait = SPEEDS.get(message.get("speed", ""), self.wait)
        if "go" in message:
            self.paused, self.left = False, 0
        if message.keys() & {"pause", "step", "epoch"}:
            self.paused = True
            self.left = 1 if "step" in message else self._steps_an_epoch - in_epoch if "epoch" in message else 0

    @property
    def stands(self) -> bool:
        return self.paused and not self.left


def work(
    now: serving.Now, folder: Path, preset: str, broken: str, seed: int, kernels_name: str, paused: bool, job: Job
) -> Iterator[Event]:
    """Train. Yields events."""
    if hand.found(now) is None:
        yield from hand.collect(now, folder)
    try:
        course = Course(hand.pair_data(hand.found(now), seed, broken == "leaked"), preset, broken, seed, kernels_name)
        yield "start", _start(course)
        yield "epoch", {"epoch": 0, **course.picture()}
        # the very first training compiles kernels before its first step
        yield "progress", {"says": "Training. The very first one compiles its kernels for half a minute."}
        yield from _train(course, Pace(paused, course.steps_an_epoch), job)
    except JobError as error:
        yield "trouble", {"says": f"{str(error)[0].upper()}{str(error)[1:]}."}


def _start(course: Course) -> dict:
    data, rows = course.data, course.train_and_val
    return {
        "margin": course.loss.margin,
        "plateaus": course.loss.plateaus(),
        "steps": course.epochs * course.steps_an_epoch,
        "steps_an_epoch": course.steps_an_epoch,
        "units": course.embed(rows[:1]).shape[1],
        "people": [data.names[person] for person in data.people[rows]],
        "val": (data.part[rows] == "val").tolist(),
        "side": int(course.network.tower.layers[0].params["weight"].shape[-1]),
    }


def _train(course: Course, pace: Pace, job: Job) -> Iterator[Event]:
    for epoch in range(1, course.epochs + 1):
        course.source.new_epoch(course.embed, course.rng)
        losses, kinds = [], []
        for in_epoch in range(course.steps_an_epoch):
            while (message := job.told()) or pace.stands:
                message = message or (yield from job.wait())
                if message is None:
                    return
                pace.hear(message, in_epoch)
            begun = time.monotonic()
            with np.errstate(over="ignore", invalid="ignore"):  # a training that diverges ends with a JobError
                value, d, same = course.step()
            at = time.time()
            pace.left = max(pace.left - 1, 0)
            losses.append(value)
            kinds.append(same)
            step = (epoch - 1) * course.steps_an_epoch + in_epoch + 1
            rate = course.optimizer.learning_rate
            true = course.truly(same)
            idle = int(np.sum(course.loss.backward(d, same) == 0))
            yield "step", {"step": step, "epoch": epoch, "loss": finite(value), "rate": rate, "same": _mean(d[true]),
                           "different": _mean(d[~true]), "idle": idle, "pairs": len(d), "at": at}  # fmt: skip
            time.sleep(max(begun + pace.wait - time.monotonic(), 0))
        with np.errstate(over="ignore", invalid="ignore"):
            shown = course.picture()
            z = course.embed(course.watched)
        share = float(np.concatenate(kinds).mean())
        yield "progress", {"done": step, "of": course.epochs * course.steps_an_epoch, "says": "Training"}
        yield "epoch", {"epoch": epoch, "loss": finite(np.mean(losses)), **shown}
        for warning in course.watch.look(float(np.mean(losses)), share, shown["d_same"], shown["d_different"], z):
            yield "warning", {"says": warning}


def _mean(d: np.ndarray) -> float | None:
    return finite(d.mean()) if len(d) else None


def finite(value: float) -> float | None:
    """The number, None for one that JSON doesn't have."""
    return float(value) if math.isfinite(value) else None
