"""The cases: a network, what it does, and on how many images or pairs."""

from dataclasses import dataclass, replace

import numpy as np

from benchmarks import networks
from benchmarks.networks import Network


@dataclass(frozen=True)
class Case:
    """One kind of work for one network.

    kind "train": one training step on `count` pairs of two images, stacked to one batch. "embed": embedding `count`
    images. "start": a new process, up to the end of its first training step on `count` pairs.
    """

    name: str
    network: Network
    kind: str
    count: int

    @property
    def images(self) -> int:
        return self.count if self.kind == "embed" else 2 * self.count

    @property
    def operations(self) -> int:
        """Floating-point operations of one unit of work."""
        return networks.operations(self.network, self.images, train=self.kind != "embed")

    def of(self, count: int) -> "Case":
        """The same case with another count."""
        return replace(self, count=count)


_S, _W, _H, _FACE = networks.original(), networks.wide(), networks.heavy(), networks.face()

CASES = {
    case.name: case
    for case in (
        Case("S-train-16", _S, "train", 16),
        Case("S-train-128", _S, "train", 128),
        Case("S-embed-1", _S, "embed", 1),
        Case("S-embed-256", _S, "embed", 256),
        Case("W-train-16", _W, "train", 16),
        Case("W-embed-1", _W, "embed", 1),
        Case("H-train-16", _H, "train", 16),
        Case("face-train-32", _FACE, "train", 32),
        Case("face-embed-1", _FACE, "embed", 1),
        Case("face-embed-256", _FACE, "embed", 256),
        Case("start", _S, "start", 16),
    )
}


def batch(case: Case) -> tuple[np.ndarray, np.ndarray]:
    """The data of a case, the same for every contender: images (N, 1, H, W) float32 and same (P,) bool.

    Pair p is the images p and p + P. The numbers are random, with mean 0 and standard deviation 1 as after
    standardising, since the speed does not depend on what an image shows.
    """
    rng = np.random.default_rng(0)
    images = rng.standard_normal((case.images, 1, *case.network.size), np.float32)
    return images, np.arange(case.images // 2) % 2 == 0
