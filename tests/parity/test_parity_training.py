"""Ten steps of training: the Siamese network, the loss and each optimiser, every weight compared with PyTorch's."""

import numpy as np
import pytest

from siamese_np import kernels
from siamese_np.layers import BatchNorm, Conv2D, Dense, Flatten, L2Normalize, MaxPool2D, ReLU, Sequential
from siamese_np.losses import ContrastiveLoss
from siamese_np.optimizers import SGD, Adam, RMSprop
from siamese_np.siamese import SiameseNetwork

torch = pytest.importorskip("torch")
nn = torch.nn

pytestmark = pytest.mark.parity

IMAGES, PAIRS = 10, np.array([[0, 1], [2, 3], [4, 5], [0, 2], [0, 7], [8, 9], [6, 1]])
SAME = np.array([True, True, True, False, False, False, False])

OPTIMIZERS = {
    "SGD": (SGD, {"learning_rate": 0.1}, lambda p: torch.optim.SGD(p, lr=0.1)),
    "SGD with momentum": (
        SGD, {"learning_rate": 0.05, "momentum": 0.9}, lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.9)
    ),
    "RMSprop": (RMSprop, {"learning_rate": 1e-2}, lambda p: torch.optim.RMSprop(p, lr=1e-2)),
    "Adam": (Adam, {"learning_rate": 1e-2}, lambda p: torch.optim.Adam(p, lr=1e-2)),
}  # fmt: skip


class Normalize(nn.Module):
    def forward(self, x):
        return nn.functional.normalize(x, dim=1)


def both_networks(kernels_name, rng):
    """A small face network of ours, and PyTorch's with the same weights. float64, so that only formulas can differ."""
    more = {"rng": rng, "dtype": np.float64}
    ours = Sequential(
        [
            Conv2D(1, 3, padding=1, kernels=kernels.get(kernels_name), **more),
            BatchNorm(3, dtype=np.float64),
            ReLU(),
            MaxPool2D(2, kernels=kernels.get(kernels_name)),
            Flatten(),
            Dense(36, 5, "glorot", **more),
            L2Normalize(),
        ]
    )
    theirs = nn.Sequential(
        nn.Conv2d(1, 3, 3, padding=1), nn.BatchNorm2d(3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(36, 5),
        Normalize(),
    ).double()  # fmt: skip
    with torch.no_grad():
        for ours_param, theirs_param in zip(ours.params.values(), theirs.parameters(), strict=True):
            theirs_param.copy_(torch.tensor(ours_param.T if ours_param.ndim == 2 else ours_param))
    return ours, theirs


@pytest.mark.parametrize("kernels_name", kernels.NAMES)
@pytest.mark.parametrize("kind, arguments, torch_optimizer", OPTIMIZERS.values(), ids=OPTIMIZERS.keys())
def test_ten_steps(kind, arguments, torch_optimizer, kernels_name, rng):
    ours, theirs = both_networks(kernels_name, rng)
    siamese, loss = SiameseNetwork(ours), ContrastiveLoss(margin=1.5)
    optimizer = kind(ours.flat_params, ours.flat_grads, kernels=kernels.get(kernels_name), **arguments)
    other = torch_optimizer(theirs.parameters())
    start = ours.flat_params.copy()
    for _ in range(10):
        images = rng.standard_normal((IMAGES, 1, 8, 6))
        d = siamese.forward(images, PAIRS, train=True)
        siamese.backward(loss.backward(d, SAME))
        optimizer.step()

        other.zero_grad()
        left, right = theirs(torch.tensor(images))[PAIRS.T.copy()]
        d_torch = torch.linalg.vector_norm(left - right, dim=1)
        torch.where(torch.tensor(SAME), d_torch**2, torch.clamp(1.5 - d_torch, min=0) ** 2).mean().backward()
        other.step()
        np.testing.assert_allclose(d, d_torch.detach().numpy(), rtol=1e-7)

    assert np.abs(ours.flat_params - start).max() > 0.01  # they did move
    for ours_param, theirs_param in zip(ours.params.values(), theirs.parameters(), strict=True):
        expected = theirs_param.detach().numpy()
        np.testing.assert_allclose(ours_param, expected.T if expected.ndim == 2 else expected, atol=1e-7)
    norm = theirs[1]
    for ours_state, theirs_state in zip(ours.state.values(), (norm.running_mean, norm.running_var), strict=True):
        np.testing.assert_allclose(ours_state, theirs_state.numpy(), atol=1e-7)
