"""Compiled kernels in the cache: none is older than what it was made of. And no library is loaded that none needs."""

import os
import subprocess
import sys
import types
from pathlib import Path

import pytest

from siamese_np.kernels import compiled
from siamese_np.kernels.compiled import options

SOURCES = Path(compiled.__file__).parent


@pytest.fixture
def module(tmp_path):
    """A module whose kernel can have a compiled file in the cache; the tests set the age of both."""
    source = tmp_path / "loops.py"
    source.write_text("")
    (tmp_path / "cache").mkdir()
    kernel = types.SimpleNamespace(stats=types.SimpleNamespace(cache_path=str(tmp_path / "cache")))
    uncached = types.SimpleNamespace(stats=types.SimpleNamespace(cache_path=None))
    return types.SimpleNamespace(__file__=str(source), kernel=kernel, uncached=uncached, something="else")


@pytest.mark.parametrize("part", ["nbi", "nbc"])
@pytest.mark.parametrize("newer", ["nothing", "the module", "a file of the kernels", "the board"])
def test_what_is_older_than_its_sources_is_deleted(module, tmp_path, monkeypatch, part, newer):
    cached = tmp_path / "cache" / f"loops.kernel-1.py311.{part}"
    cached.write_bytes(b"")
    shared = max(path.stat().st_mtime for path in SOURCES.glob("*.py"))
    board = tmp_path / "pool.py"
    board.write_text("")
    monkeypatch.setattr(options, "pool", types.SimpleNamespace(__file__=str(board)))
    ages = {"nothing": (-9, 9, -9), "the module": (99, 9, 0), "a file of the kernels": (-99, -9, -99), "the board": (0, 9, 99)}
    for path, age in zip((Path(module.__file__), cached, board), ages[newer]):
        os.utime(path, (shared + age, shared + age))
    compiled.drop_stale_cache(module)
    assert cached.exists() == (newer == "nothing")


def test_the_detector_asks_for_it_too():
    program = (
        "from siamese_np.kernels import compiled\n"
        "asked = []\n"
        "compiled.drop_stale_cache = lambda *modules: asked.extend(modules)\n"
        "from pipeline.faces.detection import kernels\n"
        "assert kernels in asked"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_scipy_is_not_loaded_for_kernels_that_do_not_call_it_and_can_be_loaded_later():
    pytest.importorskip("scipy")
    program = (
        "import sys, numpy as np\n"
        "from siamese_np.kernels.compiled.phases import whole_blocks\n"
        "whole_blocks(3)\n"
        "assert 'scipy.linalg' not in sys.modules\n"
        "import scipy.linalg\n"
        "assert scipy.linalg.det(np.eye(2)) == 1"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_what_was_compiled_just_now_sums_as_what_comes_from_the_cache(tmp_path):
    # a training that is stopped in the one process goes on in the other: the same to the last bit
    program = (
        "import sys, numpy as np\n"
        "from siamese_np import kernels\n"
        "from siamese_np.fusion import fuse\n"
        "from siamese_np.layers import Conv2D, MaxPool2D, ReLU, Sequential\n"
        "rng = np.random.default_rng(0)\n"
        "network = fuse(Sequential([Conv2D(1, 4, 3, rng=rng, kernels=kernels.get('numba')), ReLU(), MaxPool2D(2)]))\n"
        "p = network.forward(rng.standard_normal((9, 1, 40, 40), np.float32), train=True)\n"
        "network.backward(rng.standard_normal(p.shape, np.float32))\n"
        "sys.stdout.write(b''.join(grad.tobytes() for grad in network.grads.values()).hex())\n"
    )
    env = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)}
    first, second = (
        subprocess.run([sys.executable, "-c", program], env=env, check=True, capture_output=True, text=True).stdout
        for _ in range(2)
    )
    assert first and first == second
