"""A whole training that can be read in a minute: from faces to a trained network to a distance.

    python examples/train.py

It reads the ORL faces (40 people, 10 photos each), trains on 30 of the people, and then compares photos of the other
10, whom the network never saw. The layers run one after another, as they are read, without any fusion.
"""

from functools import partial

import numpy as np

from pipeline.datasets import orl
from pipeline.faces.preprocess import Preprocessing
from siamese_np import kernels, metrics, mining
from siamese_np.losses import ContrastiveLoss
from siamese_np.models import face_network
from siamese_np.optimizers import Adam
from siamese_np.siamese import SiameseNetwork


def main(steps: int = 200, seed: int = 0) -> tuple[float, float]:
    """Train for some steps. Returns the mean distance of the same and of the different pairs of the unseen people."""
    rng = np.random.default_rng(seed)
    faces = orl.load()
    x = Preprocessing(size=(56, 46))(faces.images[:, 0])  # (400, 1, 56, 46), each image with mean 0 and deviation 1
    shuffled = rng.permutation(len(faces.names))
    training, unseen = shuffled[:30], shuffled[30:]

    tower = face_network(rng, kernels.get("numba"))
    network, loss = SiameseNetwork(tower), ContrastiveLoss(margin=1.0)
    optimizer = Adam(tower.flat_params, tower.flat_grads)

    for step in range(1, steps + 1):
        batch = np.flatnonzero(np.isin(faces.people, rng.permutation(training)[:6]))  # all 10 photos of 6 people
        images, choose_pairs = x[batch], partial(mining.hard_pairs, people=faces.people[batch])

        z = network.embed(images, train=True)              # (N, D)   each image once
        pairs, same = choose_pairs(z)                      # (P, 2)   the pairs worth a step: mining.hard_pairs
        d = network.compare(pairs)                         # (P,)     d[p] = |z[i] - z[j]|
        value = loss.forward(d, same)                      #          mean of same d² + (1 - same) max(0, margin - d)²
        network.backward(loss.backward(d, same))           #          dL/dd -> dL/dz -> every weight
        optimizer.step()

        if step % 20 == 0:
            print(f"step {step}: loss {value:.3f}")

    others = np.flatnonzero(np.isin(faces.people, unseen))
    pairs, same = metrics.all_pairs(faces.people[others])
    d = metrics.pair_distances(network.embed(x[others]), pairs)
    print(f"People the network never saw: two photos of one person have a mean distance of {d[same].mean():.2f},")
    print(f"photos of two different people one of {d[~same].mean():.2f}.")
    return float(d[same].mean()), float(d[~same].mean())


if __name__ == "__main__":
    main()
