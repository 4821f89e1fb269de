import pytest

from benchmarks import networks
from benchmarks.cases import Case
from benchmarks.contenders import ours, ours_numpy
from benchmarks.worker import check

SMALL = [networks.original((30, 26)), networks.wide(3, (17, 16)), networks.face((24, 26))]


@pytest.mark.parametrize("network", SMALL)
def test_the_numpy_contender_learns_and_embeds(network):
    for kind in ("train", "embed"):
        case = Case("", network, kind, 4)
        (build,) = ours_numpy.settings(case).values()
        check(build(), case)


def test_the_fused_contender_makes_the_same_steps_as_the_reference():
    case = Case("", networks.original((30, 26)), "train", 4)
    (reference,), (fused,) = (module.settings(case).values() for module in (ours_numpy, ours))
    ours_step, reference_step = fused().step, reference().step
    for _ in range(3):
        assert ours_step() == pytest.approx(reference_step(), rel=1e-4)
