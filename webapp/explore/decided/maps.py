"""The maps of one pair: how far covering a patch moves the distance, and the slope of each pixel.

Each map is there twice: by the network, and by raw pixels, which are a network of one Flatten. All of it is computed by
siamese_np.attribution. The slopes take one pass back and are there at once; covering takes one pass forward for each
patch, so it is a computation with progress (explore/common/jobs.py), whose result is kept.
"""

import copy
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from pipeline.recognise.recogniser import Recogniser
from siamese_np import attribution
from siamese_np.layers import Flatten, Sequential
from siamese_np.whitening import is_whitened
from webapp.explore.common import faces, kept
from webapp.explore.common.faces import Chosen
from webapp.explore.common.jobs import Event, Job

SIDES = ("a", "b")
KINDS = ("network", "pixels")
PATCHES = (4, 8, 12)  # pixels of a side
STEPS_A_PATCH = 4  # patches begin a quarter of their side apart: tiles are found among them, too
BYTES = 40_000_000  # of a row of patches, with all that the network keeps of it


@dataclass(frozen=True, eq=False)
class Pair:
    """x: two faces (2, 1, H, W) as the network is given them; networks: by their kind; key: to keep by."""

    x: np.ndarray
    networks: dict[str, Sequential]
    distances: dict[str, float]
    slopes: dict[str, np.ndarray]  # (2, 1, H, W)
    key: tuple

    def corners(self, patch: int) -> tuple[list[int], list[int]]:
        """The first rows and columns of the patches."""
        step = patch // STEPS_A_PATCH
        return tuple(attribution.corners(side, patch, step) for side in self.x.shape[2:])

    def move(self, kind: str, side: int, at: list[tuple[int, int]], patch: int) -> np.ndarray:
        """How far the distance moves when the patches at `at` (K, 2) of one face are covered, one at a time: (K,)."""
        x, other = self.x[side], self.x[1 - side]
        return attribution.moves(self.networks[kind], x, other, attribution.covered(x, at, patch))

    def predicted(self, kind: str, side: int, at: tuple[int, int], patch: int) -> float:
        """What the slopes predict for one patch."""
        g, x = self.slopes[kind][side], self.x[side]
        return float(attribution.predicted(g, x, patch, 1)[at])

    def all_tiles(self, kind: str, side: int, patch: int) -> float:
        """How far the distance moves when the patches that lie side by side are covered, all at once."""
        x, other = self.x[side], self.x[1 - side]
        whole = x.copy()
        rows, columns = (n // patch * patch for n in x.shape[1:])
        whole[:, :rows, :columns] = 0
        return float(attribution.moves(self.networks[kind], x, other, whole[None])[0])


def of(recogniser: Recogniser, member: int, a: Chosen, b: Chosen) -> Pair:
    """The pair of two faces, as network number `member` of the model sees it."""
    key = (recogniser.model_hash, member, a.name, b.name)
    return kept.results().get("decided", key, lambda: _pair(recogniser, member, a, b, key))


def _pair(recogniser: Recogniser, member: int, a: Chosen, b: Chosen, key: tuple) -> Pair:
    x = faces.inputs(recogniser, member, a, b)
    networks = {"network": faces.network(recogniser, member), "pixels": Sequential([Flatten()])}
    found = {kind: attribution.slopes(network, x) for kind, network in networks.items()}
    distances, slopes = ({kind: both[n] for kind, both in found.items()} for n in (0, 1))
    return Pair(x, networks | {"network": _fast(recogniser.members[member])}, distances, slopes, key)


def _fast(member: Sequential) -> Sequential:
    """A network of the model as it was trained, forward alone, on the fused layers that the model has."""
    network = copy.copy(member)
    network.run_layers = member.run_layers[:-2] if is_whitened(member) else member.run_layers
    return network


def covered(pair: Pair, patch: int) -> dict[str, np.ndarray] | None:
    """kind -> moves (2, R, K) for each patch of each face; None where they are not computed yet."""
    return kept.results().find("covered", (*pair.key, patch))


def work(pair: Pair, patch: int, job: Job | None = None) -> Iterator[Event]:
    """Cover each patch of both faces, a row of patches at a time. Yields events; the result is kept."""
    rows, columns = pair.corners(patch)
    found = {kind: np.empty((2, len(rows), len(columns))) for kind in KINDS}
    for side in (0, 1):
        for r, i in enumerate(rows):
            at = [(i, j) for j in columns]
            for kind in KINDS:
                found[kind][side, r] = pair.move(kind, side, at, patch)
            yield "progress", {"done": side * len(rows) + r + 1, "of": 2 * len(rows)}
    kept.results().get("covered", (*pair.key, patch), lambda: found, 12)


def tiles(moves: np.ndarray) -> float:
    """The moves (R, K) of the patches that lie side by side, added up."""
    return float(moves[::STEPS_A_PATCH, ::STEPS_A_PATCH].sum())
