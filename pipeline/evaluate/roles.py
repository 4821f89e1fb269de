"""Who plays whom when a gallery is to accept its own people and to refuse strangers."""

from dataclasses import dataclass

import numpy as np

from pipeline.pairs import PairData
from siamese_np import metrics

SHOTS = 5  # photos a person enrolled


@dataclass(frozen=True)
class Roles:
    """Who plays whom in the open-set test, and in the demo's page: rows of the data."""

    enrolled: np.ndarray  # photos in the gallery
    known: np.ndarray  # other photos of the people in the gallery
    strangers: np.ndarray  # all photos of people who are not in it

    def counts(self, data: PairData) -> dict[str, int]:
        """How many people and photos that is."""
        people = {"gallery_people": self.enrolled, "stranger_people": self.strangers}
        photos = {"enrolled": self.enrolled, "known": self.known, "strangers": self.strangers}
        return {name: len(np.unique(data.people[rows])) for name, rows in people.items()} | {
            f"{name}_photos": len(rows) for name, rows in photos.items()
        }


def open_set_roles(data: PairData, seed: int) -> Roles | None:
    """A third of the test people are strangers, 5 random photos of each other one are enrolled. None for too few."""
    test = np.flatnonzero(data.part == "test")
    rng = np.random.default_rng(seed)
    people, counts = np.unique(data.people[test], return_counts=True)
    if len(people) < 3 or counts.min() <= SHOTS:
        return None
    strange = np.isin(data.people[test], rng.permutation(people)[: len(people) // 3])
    inside = test[~strange]
    enrolled = metrics.draw_gallery(data.people[inside], SHOTS, rng)
    return Roles(inside[enrolled], inside[~enrolled], test[strange])
