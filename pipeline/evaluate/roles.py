"""The roles of the test photos in the open-set test: a gallery has to accept its own people and to reject strangers."""

from dataclasses import dataclass

import numpy as np

from pipeline.pairs import PairData
from siamese_np import metrics

SHOTS = 5  # enrolled photos per person


@dataclass(frozen=True)
class Roles:
    """The roles in the open-set test and on the page of the demo, as row numbers of the data."""

    enrolled: np.ndarray  # photos in the gallery
    known: np.ndarray  # other photos of the people in the gallery
    strangers: np.ndarray  # all photos of people who are not in it

    def counts(self, data: PairData) -> dict[str, int]:
        """The numbers of people and photos in each role."""
        people = {"gallery_people": self.enrolled, "stranger_people": self.strangers}
        photos = {"enrolled": self.enrolled, "known": self.known, "strangers": self.strangers}
        return {name: len(np.unique(data.people[rows])) for name, rows in people.items()} | {
            f"{name}_photos": len(rows) for name, rows in photos.items()
        }


def open_set_roles(data: PairData, seed: int) -> Roles | None:
    """A third of the test people are strangers; of each other person 5 random photos are enrolled.

    None where there are fewer than 3 people, or a person has 5 photos or fewer.
    """
    test = np.flatnonzero(data.part == "test")
    rng = np.random.default_rng(seed)
    people, counts = np.unique(data.people[test], return_counts=True)
    if len(people) < 3 or counts.min() <= SHOTS:
        return None
    is_stranger = np.isin(data.people[test], rng.permutation(people)[: len(people) // 3])
    inside = test[~is_stranger]
    enrolled = metrics.draw_gallery(data.people[inside], SHOTS, rng)
    return Roles(inside[enrolled], inside[~enrolled], test[is_stranger])
