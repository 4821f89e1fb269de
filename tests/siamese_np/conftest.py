"""Fixtures shared by the tests of siamese_np."""

from pathlib import Path

import numpy as np
import pytest

from siamese_np import kernels, threads


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.fixture(params=kernels.NAMES)
def kernel(request):
    """The readable kernels and the compiled ones, in turn."""
    return kernels.get(request.param)


@pytest.fixture
def three_threads(monkeypatch):
    """Work is shared out to three threads, whatever the machine has."""
    monkeypatch.setattr(threads, "count", lambda: 3)
    threads._pool.cache_clear()
    yield
    threads._pool.cache_clear()


NAMES_THE_FORMULA = ("test_gradients.py", "test_optimizers.py")


def pytest_collection_modifyitems(items):
    """The formulas first, then the rest of siamese_np, then all that builds on it. So where a formula is wrong, the
    first failure is that of the test that names it, and not that of a training far away."""
    here = Path(__file__).parent
    items.sort(key=lambda item: (item.path.parent != here, item.path.name not in NAMES_THE_FORMULA))
