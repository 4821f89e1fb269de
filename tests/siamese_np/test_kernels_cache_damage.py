"""A damaged file in the cache of compiled kernels, or a folder that is full: the kernel is compiled again, with a word."""

import errno
import importlib.util
import os
import pickle
import sys

import pytest

from siamese_np.kernels.compiled import cache

numba = pytest.importorskip("numba")
pytestmark = pytest.mark.skipif(numba.config.DISABLE_JIT, reason="nothing is compiled")

SOURCE = """
import sys
from numba import njit
from siamese_np.kernels import compiled
from siamese_np.kernels.compiled.options import COMPILED

@njit(**COMPILED)
def once(a):
    return a + 1

@njit(**COMPILED)
def twice(a):
    return once(once(a))

compiled.drop_stale_cache(sys.modules[__name__])
"""


@pytest.fixture
def run(tmp_path, monkeypatch):
    """A function that loads two kernels as a new process would, calls them, and returns how many came from the cache."""
    (tmp_path / "loops_of_a_test.py").write_text(SOURCE)
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path / "cache"))

    def run():
        cache._told.clear()
        spec = importlib.util.spec_from_file_location("loops_of_a_test", tmp_path / "loops_of_a_test.py")
        module = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, "loops_of_a_test", module)
        spec.loader.exec_module(module)
        assert (module.once(1), module.twice(1)) == (2, 3)
        return sum(sum(kernel.stats.cache_hits.values()) for kernel in (module.once, module.twice))

    return run


def files(tmp_path):
    return sorted(path for path in (tmp_path / "cache").rglob("*") if path.is_file())


def flipped(data, position):
    return data[:position] + bytes([data[position] ^ 1]) + data[position + 1 :]


DAMAGE = {
    "emptied": lambda data: b"",
    "cut": lambda data: data[: len(data) // 2],
    "cut by one byte": lambda data: data[:-1],
    "garbage": lambda data: os.urandom(len(data)),
    "another pickle": lambda data: pickle.dumps({}),
    "first byte": lambda data: flipped(data, 0),
    "a byte within": lambda data: flipped(data, len(data) // 3),
    "a byte of the seal": lambda data: flipped(data, len(data) - 1),
    "longer": lambda data: data + b"\0",
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_file_is_noticed_and_replaced(run, tmp_path, capsys, damage):
    assert run() == 0 and run() == 2
    assert len(files(tmp_path)) == 4
    for path in files(tmp_path):
        path.write_bytes(DAMAGE[damage](path.read_bytes()))
        capsys.readouterr()
        assert run() == 1
        assert f"a compiled kernel in {path.parent} is damaged" in capsys.readouterr().err
        assert run() == 2
        assert "damaged" not in capsys.readouterr().err


def test_the_code_of_another_kernel_under_this_name_is_noticed(run, tmp_path):
    run()
    one, other = (path for path in files(tmp_path) if path.suffix == ".nbc")
    one.write_bytes(other.read_bytes())
    assert run() == 1 and run() == 2


def test_a_file_that_cannot_be_read_or_replaced_costs_compiling_only(run, tmp_path, capsys):
    run()
    code = next(path for path in files(tmp_path) if path.suffix == ".nbc")
    code.unlink()
    code.mkdir()
    for _ in range(2):
        capsys.readouterr()
        assert run() == 1
        told = capsys.readouterr().err
        assert f"{code} can't be read" in told and f"can't be kept in {code.parent}" in told


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EDQUOT])
def test_a_folder_that_takes_no_file_costs_compiling_only(run, tmp_path, capsys, monkeypatch, number):
    def refuse(*_):
        raise OSError(number, os.strerror(number))

    for step in ("_save_index", "_save_data"):
        with monkeypatch.context() as broken:
            broken.setattr(cache.SealedFiles, step, refuse)
            capsys.readouterr()
            assert run() == 0
            assert f"({os.strerror(number)}): they are compiled again at the next start" in capsys.readouterr().err
    assert run() == 0 and run() == 2
    assert not list((tmp_path / "cache").rglob("*.tmp.*"))


def test_half_a_write_of_a_process_that_was_killed_is_not_used_and_swept(run, tmp_path):
    run()
    left = files(tmp_path)[0].with_name("loops.nbi.tmp.0123456789abcdef")
    left.write_bytes(b"half")
    os.utime(left, (1, 1))
    assert run() == 2 and not left.exists()


def test_all_kernels_have_seals():

    loaded = [module for name, module in sys.modules.items() if name.startswith(("siamese_np.", "pipeline."))]
    compiled = [value for module in loaded for value in vars(module).values() if hasattr(value, "stats")]
    assert compiled and all(isinstance(kernel._cache, cache.SealedCache) for kernel in compiled if kernel._cache.cache_path)
