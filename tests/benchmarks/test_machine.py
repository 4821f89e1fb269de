import importlib
import json

import numpy as np
import pytest

from benchmarks import machine, memory


def test_a_machine_is_described_in_json_values():
    described = machine.describe()
    assert json.loads(json.dumps(described)) == described
    assert described["processor"] and described["cores"] >= 1 and described["versions"]["numpy"] == np.__version__


@pytest.mark.parametrize("features, bits", [("+avx,+avx2", 256), ("+avx,+avx2,+avx512f", 512), ("+sse2,-avx", 128)])
def test_the_width_of_the_vectors_is_that_which_kernels_are_compiled_for(monkeypatch, features, bits):
    codegen = importlib.import_module("numba.core.codegen")
    monkeypatch.setattr(codegen.JITCPUCodegen, "magic_tuple", lambda self: ("x86_64", "a kind", features))
    assert machine.features() == ("a kind", bits)


def test_the_best_of_many_times_is_the_shortest(monkeypatch):
    clock = iter([0, 1, 5, 6, 10, 12, 13, 19])  # the end, then 4 tries: begin, end
    monkeypatch.setattr(machine.time, "perf_counter", lambda: next(clock, 100))
    assert machine.best(lambda: None, seconds=0) <= 4


def test_memory_that_a_step_allocates_and_frees_is_counted():
    assert 8 <= memory.allocated(lambda: np.ones(1_000_000).sum()) < 9
    assert memory.allocated(lambda: None) < 0.1


def test_the_growth_of_the_process_is_measured_where_the_system_tells_it():
    array, growth = memory.peak(lambda: np.ones(8_000_000))
    assert array.size == 8_000_000
    assert growth is None or growth == pytest.approx(64, rel=0.2)
