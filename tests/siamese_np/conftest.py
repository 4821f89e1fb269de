"""Fixtures shared by the tests of siamese_np."""

import numpy as np
import pytest

from siamese_np import kernels


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.fixture(params=kernels.NAMES)
def kernel(request):
    """The readable kernels and the compiled ones, in turn."""
    return kernels.get(request.param)
