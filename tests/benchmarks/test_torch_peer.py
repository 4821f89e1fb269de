"""Where PyTorch is installed: its network does the same work as ours."""

import numpy as np
import pytest

from benchmarks import networks
from benchmarks.cases import Case, batch
from benchmarks.contenders import ours
from benchmarks.worker import check

torch = pytest.importorskip("torch")
torch_peer = pytest.importorskip("benchmarks.contenders.torch_peer")

SMALL = [networks.original((30, 26)), networks.wide(3, (17, 16)), networks.face((24, 26))]


@pytest.mark.parametrize("network", SMALL)
def test_pytorch_computes_what_ours_computes(network):
    tower, model = ours.build(network, "numpy"), torch_peer.build(network).eval()
    assert sum(p.numel() for p in model.parameters()) == tower.flat_params.size
    with torch.no_grad():
        for theirs, own in zip(model.parameters(), tower.params.values()):
            # a dense layer of ours has its weights as (in, out), PyTorch as (out, in)
            theirs.copy_(torch.from_numpy(own.T if own.ndim == 2 else own))
    images, same = batch(Case("", network, "train", 4))
    z = tower.forward(images)
    with torch.no_grad():
        assert np.allclose(model(torch.from_numpy(images)), z, atol=1e-4)
    d = np.linalg.norm(z[:4] - z[4:], axis=1)
    expected = np.where(same, d, np.maximum(0, 1 - d)) ** 2
    loss = torch_peer.contrastive(torch.from_numpy(z), torch.from_numpy(same))
    assert float(loss) == pytest.approx(expected.mean(), rel=1e-5)


@pytest.mark.parametrize("network", SMALL)
def test_pytorch_learns_at_every_setting(network):
    case = Case("", network, "train", 4)
    for build in torch_peer.settings(case).values():
        check(build(), case)
