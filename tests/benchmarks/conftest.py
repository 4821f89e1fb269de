import pytest

from benchmarks import drive
from benchmarks.contenders import Contender


@pytest.fixture
def stub() -> Contender:
    return Contender("stub", "tests.benchmarks.stub_contender", ("numpy",))


@pytest.fixture
def only_stubs(monkeypatch, stub) -> None:
    """siamese-np and PyTorch are replaced by contenders that do no work; Keras is not installed."""
    keras = Contender("Keras", "nowhere", ("no_such_package",))
    monkeypatch.setattr(drive, "CONTENDERS", {"ours": stub, "torch": stub, "keras": keras})
    monkeypatch.setattr(drive, "PAUSE", 0)


@pytest.fixture
def result() -> dict:
    """What benchmarks.speed --json prints for two cases, without Keras."""
    times = {"ours_ms": 2.0, "numpy_ms": 40.0, "torch_ms": 13.0, "torch_tuned_ms": 11.0, "keras_ms": None, "tf_function_ms": 7.0}
    train = {
        "case": "S-train-16", "threads": 2, "clock": "wall", **times, "gflops": 150.0, "share_of_peak": 0.375,
        "ratios": {"torch": 5.5, "keras_tf": 3.5}, "spread_ms": {"ours": [1.9, 2.2]}, "settings": {"ours": "fused"},
        "memory_mb": {"ours": 21.5}, "ours_step_mb": 0.1,
    }  # fmt: skip
    nothing = {"gflops": None, "share_of_peak": None, "memory_mb": {}, "ours_step_mb": None}
    start = train | nothing | {"case": "start", "ours_ms": 612.0, "ratios": {"torch": 4.9, "keras_tf": None}}
    machine = {
        "processor": "a processor", "kind": "akind", "vector_bits": 256, "cores": 2, "memory_gb": 16.0,
        "system": "Linux x86_64", "python": "3.11.7",
        "versions": {"numpy": "2.0"}, "date": "2025-01-31", "gflops": {"2": 400.0, "1": 200.0}, "gb_per_s": {"2": 40.0, "1": 30.0},
    }  # fmt: skip
    return {"machine": machine, "cases": [train, train | {"threads": 1, "clock": "cpu"}, start]}
