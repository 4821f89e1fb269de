"""The training that the page runs, made by the test itself."""

import numpy as np
import pytest

from webapp.common import serving
from webapp.explore.training import hand
from webapp.explore.training.course import Course


@pytest.fixture
def make_course(app):
    """make_course(broken, seed) -> a Course on the faces of the run."""

    def make(broken: str = "", seed: int = 0) -> Course:
        with app.test_request_context("/explore/training/"):
            now = serving.now()
            if hand.found(now) is None:
                list(hand.collect(now, serving.current().folder))
            data = hand.pair_data(hand.found(now), seed, broken == "leaked")
        return Course(data, "default", broken, seed, "numpy")

    return make


@pytest.fixture
def steps_of():
    """steps_of(course, count) -> (loss, distances, same) of the first steps."""

    def run(course: Course, count: int) -> list[tuple[float, np.ndarray, np.ndarray]]:
        found = []
        for _ in range(count):
            course.source.new_epoch(course.embed, course.rng)
            found.append(course.step())
        return found

    return run
