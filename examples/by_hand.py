"""One pair, one training step, every number printed: to be followed with pencil and paper.

    python examples/by_hand.py

Two images of 3 x 3 pixels show the same person. A network of one convolution and one dense layer turns each into an
embedding of two numbers. The distance of the two embeddings should be 0 and is 0.5, so one step of gradient descent
brings them closer. The weights are chosen so that most numbers are short. The layers are the ones that train on faces.
"""

import numpy as np

from siamese_np import distance
from siamese_np.layers import Conv2D, Dense, Flatten, ReLU, Sequential
from siamese_np.losses import ContrastiveLoss
from siamese_np.optimizers import SGD

IMAGES = np.array([[[0, 1, 0], [1, 1, 1], [0, 1, 0]], [[0, 1, 0], [1, 1, 0], [0, 1, 0]]], np.float64)[:, None]
SAME = np.array([True])
LEARNING_RATE = 0.1


def make_tower() -> Sequential:
    """(N, 1, 3, 3) -> (N, 2), with weights that one can calculate with."""
    rng = np.random.default_rng(0)  # its random weights are replaced below
    layers = [Conv2D(1, 1, 2, rng=rng, dtype=np.float64), ReLU(), Flatten(), Dense(4, 2, rng=rng, dtype=np.float64)]
    tower = Sequential(layers)
    tower.params["conv2d1.weight"][...] = [[-1, -1], [2, 1]]
    tower.params["conv2d1.bias"][...] = -0.5
    tower.params["dense1.weight"][...] = [[0.2, 0.4], [0.5, -0.2], [0.3, 0.1], [0.4, 0.4]]
    return tower


def show(title: str, array: np.ndarray | float) -> None:
    """Print a title, and below it the numbers, rounded to four digits after the point."""
    numbers = np.squeeze(array) + 0.0  # 0.0 turns -0 into 0
    print(f"{title}:\n  {np.array2string(numbers, precision=4, suppress_small=True, prefix='  ')}\n")


def forward(tower: Sequential) -> np.ndarray:
    """Show the output of every layer. Returns the embeddings (2, 2)."""
    conv, relu, flatten, dense = tower.layers
    show("x, the two images", IMAGES)
    show("The kernel of the convolution", conv.params["weight"])
    show("Its bias", conv.params["bias"])
    y = conv.forward(IMAGES, train=True)
    show("y = sum of kernel * window + bias, for each of the 2 x 2 places of the kernel", y)
    y = relu.forward(y, train=True)
    show("ReLU: y = max(0, x)", y)
    y = flatten.forward(y, train=True)
    show("Flatten: one row per image", y)
    show("The weight of the dense layer", dense.params["weight"])
    z = dense.forward(y, train=True)
    show("z = y @ weight + bias (which is 0): the two embeddings, one per row", z)
    return z


def backward(tower: Sequential, dz: np.ndarray) -> None:
    """Show the gradient of every layer, from the last to the first. Fills the gradients of the tower."""
    conv, relu, flatten, dense = tower.layers
    dy = dense.backward(dz)
    show("dL/dweight of the dense layer = y.T @ dz. A row is 0 where both images have the same y",
         dense.grads["weight"])  # fmt: skip
    show("dL/dbias of the dense layer = sum of both rows of dz. It moves both embeddings alike, so it is 0",
         dense.grads["bias"])  # fmt: skip
    show("dL/dy = dz @ weight.T", dy)
    dy = flatten.backward(dy)
    show("The same, back in the shape of the images", dy)
    dy = relu.backward(dy)
    show("Before the ReLU: 0 where the ReLU gave 0", dy)
    conv.backward(dy)
    show("dL/dkernel = sum over both images and all places of gradient * window. ONE kernel saw both images",
         conv.grads["weight"])  # fmt: skip
    show("dL/dbias of the convolution = sum over both images and all places", conv.grads["bias"])


def main() -> None:
    tower = make_tower()
    loss = ContrastiveLoss(margin=1.0)

    print("FORWARD: the same network for both images\n")
    z = forward(tower)
    a, b = z[:1], z[1:]
    d = distance.forward(a, b)
    show("d = sqrt(sum of (a - b)²), where a and b are the two rows of z", d)
    show("L = d², since both images show the same person. (Two people: max(0, 1 - d)²)", loss.forward(d, SAME))

    print("BACKWARD: the derivative of L by every number above, from the last to the first\n")
    dd = loss.backward(d, SAME)
    show("dL/dd = 2 d", dd)
    da, db = distance.backward(dd, a, b, d)
    show("dL/da = dL/dd (a - b) / d", da)
    show("dL/db = -dL/da", db)
    backward(tower, np.concatenate([da, db]))

    print(f"STEP: every parameter moves against its gradient, weight - {LEARNING_RATE} * dL/dweight\n")
    SGD(tower.flat_params, tower.flat_grads, LEARNING_RATE).step()
    for name, values in tower.params.items():
        show(f"{name} afterwards", values)
    z = tower.forward(IMAGES)
    show("z afterwards", z)
    show("d afterwards", distance.forward(z[:1], z[1:]))


if __name__ == "__main__":
    main()
