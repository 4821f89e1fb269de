"""What both files of the comparison with PyTorch share."""

import numpy as np
import pytest


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.fixture(params=[np.float64, np.float32])
def dtype(request):
    return request.param


@pytest.fixture
def agree(dtype):
    """Ours against PyTorch's: float64 to 1e-10 of the largest value, float32 to 1e-5."""

    def check(ours, theirs):
        theirs = theirs.detach().numpy()
        assert ours.dtype == theirs.dtype == dtype and ours.shape == theirs.shape
        tolerance = 1e-10 if dtype == np.float64 else 1e-5
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=tolerance * np.abs(theirs).max())

    return check
