r"""The Siamese network: two images, ONE network, one distance.

    z = tower(images)                    every image once                           (1)
    d[p] = distance(z[i_p], z[j_p])      a pair is two rows of z                    (2)

The picture in the papers has two towers that share their weights. Sharing means: it is one function with one set of
weights, used twice. So the images of all pairs go through it in one batch, and a pair is only two indices:

    images (N, C, H, W)  ->  tower  ->  z (N, D)  --rows i-->  a (P, D) \
                                                  --rows j-->  b (P, D) -- distance -->  d (P,)

On the way back an image that is part of several pairs collects the gradient of each of them (the chain rule sums over
all ways in which z[n] reaches the loss):

    dz[n] = sum of da[p] over pairs with i_p = n, plus db[p] over pairs with j_p = n          (3)

The tower's backward then sums over images, which is where both "branches" meet in the one set of weights. The textbook
form, two stacks of P images, is the special case pairs = (p, P + p).
"""

import numpy as np

from siamese_np import distance
from siamese_np.layers import Sequential


class SiameseNetwork:
    """A tower (images -> embeddings) used for both images of a pair.

    A training step is embed(train=True), compare, backward. The pairs may be chosen after embed, from the embeddings.
    """

    def __init__(self, tower: Sequential) -> None:
        self.tower = tower

    def embed(self, images: np.ndarray, train: bool = False) -> np.ndarray:
        """images (N, C, H, W) -> embeddings z (N, D)."""
        z = self.tower.forward(images, train)  # (1)
        if train:
            self._z = z
        return z

    def compare(self, pairs: np.ndarray) -> np.ndarray:
        """pairs (P, 2), row numbers of the embeddings that the last embed(train=True) returned -> distances (P,)."""
        self._pairs = pairs
        self._d = distance.forward(self._z[pairs[:, 0]], self._z[pairs[:, 1]])  # (2)
        return self._d

    def forward(self, images: np.ndarray, pairs: np.ndarray, train: bool = False) -> np.ndarray:
        """images (N, C, H, W) and pairs (P, 2) of their row numbers -> distances (P,)."""
        z = self.embed(images, train)
        return self.compare(pairs) if train else distance.forward(z[pairs[:, 0]], z[pairs[:, 1]])

    def backward(self, dd: np.ndarray) -> np.ndarray:
        """dd = dL/dd (P,) for the distances of the last compare -> dL/dimages; fills the tower's grads."""
        z, (i, j) = self._z, self._pairs.T
        da, db = distance.backward(dd, z[i], z[j], self._d)
        dz = np.zeros_like(z)
        np.add.at(dz, i, da)  # (3): add.at adds for every pair; dz[i] += da would keep only the last
        np.add.at(dz, j, db)
        return self.tower.backward(dz)
