"""The data that the pictures of an evaluation are drawn from."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from pipeline.evaluate.roles import Roles
from pipeline.pairs import PairData
from siamese_np import metrics


@dataclass(frozen=True, eq=False)
class Judged:
    """The vectors of a model and of simpler methods for the photos of `data`.

    vectors      method -> (N, F), one row per image; "ours" is the first method
    thresholds   those of our model: rule -> {threshold, ...}
    unit_length  whether our embeddings have length 1
    roles        the roles of the open-set test; None where there is no such test
    gallery      rows of the photos that test photos of known people are compared with; None for unseen people
    """

    data: PairData
    vectors: dict[str, np.ndarray]
    thresholds: dict[str, dict[str, Any]]
    unit_length: bool
    roles: Roles | None
    gallery: np.ndarray | None

    @property
    def z(self) -> np.ndarray:
        """Our embeddings of all images (N, D)."""
        return self.vectors["ours"]

    @cached_property
    def test(self) -> np.ndarray:
        """The rows (n,) of the test photos."""
        return self.data.indices("test")

    @cached_property
    def pairs(self) -> np.ndarray:
        """(P, 2) rows: all pairs of test photos; for known people, each test photo with each photo of the gallery."""
        if self.gallery is None:
            return self.test[metrics.all_pairs(self.test)[0]]
        return np.stack(np.meshgrid(self.test, self.gallery, indexing="ij"), axis=-1).reshape(-1, 2)

    @cached_property
    def same(self) -> np.ndarray:
        """(P,) bool: whether both photos of a pair show one person."""
        people = self.data.people[self.pairs]
        return people[:, 0] == people[:, 1]

    def distances(self, method: str = "ours") -> np.ndarray:
        """The distance of each pair (P,) by one of the methods."""
        z = self.vectors[method]
        if self.gallery is None:
            return metrics.pair_distances(z[self.test], np.searchsorted(self.test, self.pairs))
        return metrics.cross_distances(z[self.test], z[self.gallery]).ravel()

    @property
    def who(self) -> str:
        """A description of the pairs, in words."""
        if self.gallery is None:
            return f"{len(self.pairs):,} pairs of {len(self.test):,} photos of people that training never saw"
        return f"{len(self.test):,} new photos, each against {len(self.gallery):,} known photos"
