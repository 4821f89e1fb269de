import pytest
from click.testing import CliRunner

from benchmarks import profile
from benchmarks.cases import CASES
from benchmarks.contenders import ours


@pytest.mark.parametrize("name", ["S-train-16", "W-train-16"])
def test_the_operations_of_the_steps_add_up_to_those_of_the_case(name):
    case = CASES[name]
    for tower in (ours.build(case.network, "numpy"), ours.fused(ours.build(case.network, "numba"))):
        assert sum(profile.operations(case, tower).values()) == case.operations


def test_a_timed_method_notes_its_time_and_does_its_work():
    seconds = []
    assert profile.timed(max, seconds)(1, 2) == 2
    assert len(seconds) == 1 and seconds[0] >= 0


@pytest.mark.parametrize("kernels", ["numba", "numpy"])
def test_the_command_lists_what_is_run_and_the_rest(kernels):
    done = CliRunner().invoke(profile.main, ["S-train-16", "--kernels", kernels, "--seconds", "0.01"])
    assert done.exit_code == 0, done.output
    first = {"numba": "ConvPool", "numpy": "conv"}[kernels]
    lines = done.stdout.splitlines()
    assert lines[1].lower().startswith(first.lower()) and lines[-2].startswith("the rest") and lines[-1].startswith("a step")
