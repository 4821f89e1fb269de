"""The compiled kernels and the threads and processes around them. Each test looks at processes of its own."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numba
import numpy as np
import pytest

import siamese_np

pytestmark = pytest.mark.kernels
compiled_only = pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="nothing is compiled")

WAIT = 280  # seconds, for a process that compiles beside others: it ends one that hangs, before pytest shows all stacks

ALL_KERNELS = """
import hashlib
import numpy as np
from siamese_np import kernels

k, rng = kernels.get("numba"), np.random.default_rng(0)

def draw(*shape):
    return rng.standard_normal(shape).astype(np.float32)

x, weight, bias, dy = draw(17, 2, 7, 6), draw(3, 2, 3, 3), draw(3), draw(17, 3, 7, 6)

def everything():
    y, winner = k.maxpool2d_forward(x, (2, 2), (2, 2), (0, 0), (3, 3))
    return (
        k.conv2d_forward(x, weight, bias, (1, 1), (1, 1)), *k.conv2d_backward(dy, x, weight, (1, 1), (1, 1)),
        y, winner, k.maxpool2d_backward(y, winner, x.shape, (2, 2), (2, 2), (0, 0)),
    )
"""

PRINT_A_HASH = """
print(hashlib.sha256(b"".join(a.tobytes() for a in everything())).hexdigest())
"""

EIGHT_THREADS = """
from concurrent.futures import ThreadPoolExecutor

expected = everything()
with ThreadPoolExecutor(8) as pool:
    answers = [f.result() for f in [pool.submit(everything) for _ in range(64)]]
print(all(np.array_equal(a, b) for answer in answers for a, b in zip(answer, expected, strict=True)))
"""

A_FORKED_CHILD = """
import os
import warnings

expected = everything()
with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # newer Pythons warn of what is tested here
    child = os.fork()
if child == 0:
    same = all(np.array_equal(a, b) for a, b in zip(everything(), expected, strict=True))
    os._exit(0 if same else 1)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""

ONE_SMALL_KERNEL = """
import numpy as np
from siamese_np import kernels

winner = np.full((1, 1, 2, 2), 3, np.uint8)
dy = np.ones((1, 1, 2, 2), np.float32)
print(kernels.get("numba").maxpool2d_backward(dy, winner, (1, 1, 4, 4), (2, 2), (2, 2), (0, 0))[0, 0, 1::2, 1::2].sum())
"""


def start(program: str, cwd: Path | None = None, **environment: str) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-W", "error", "-c", program],
        cwd=cwd,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def answer(process: subprocess.Popen) -> str:
    out, errors = process.communicate(timeout=WAIT)
    assert process.returncode == 0, errors
    return out.strip()


@compiled_only
def test_results_do_not_depend_on_the_number_of_threads():
    one, two = [start(ALL_KERNELS + PRINT_A_HASH, NUMBA_NUM_THREADS=n) for n in ("1", "2")]
    assert answer(one) == answer(two)


@compiled_only
def test_eight_threads_may_call_kernels_at_once_and_none_waits_for_numbas_own_threads():
    program = ALL_KERNELS + EIGHT_THREADS
    assert answer(start(program, NUMBA_THREADING_LAYER="workqueue", NUMBA_NUM_THREADS="2")) == "True"


@compiled_only
@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_forked_process_has_a_thread_pool_of_its_own():
    assert answer(start(ALL_KERNELS + A_FORKED_CHILD, NUMBA_NUM_THREADS="2")) == "0"


@compiled_only
def test_two_processes_may_fill_a_cold_cache_at_once(tmp_path):
    both = [start(ONE_SMALL_KERNEL, NUMBA_CACHE_DIR=str(tmp_path)) for _ in range(2)]
    assert [answer(process) for process in both] == ["4.0", "4.0"]
    assert list(tmp_path.rglob("*maxpool2d_backward*.nbc"))


@compiled_only
def test_where_nothing_can_be_cached_the_kernels_work_all_the_same(tmp_path):
    """A read-only installation without a home: no __pycache__ beside the source, no folder of the user's."""
    package = tmp_path / "siamese_np"
    shutil.copytree(Path(siamese_np.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__"))
    for folder in [package, *filter(Path.is_dir, package.rglob("*"))]:
        (folder / "__pycache__").touch()  # a file: no folder can be made there
    nowhere = {"NUMBA_CACHE_DIR": "/dev/null/cache", "HOME": "/dev/null/home", "XDG_CACHE_HOME": "/dev/null/xdg"}
    process = start(ONE_SMALL_KERNEL, cwd=tmp_path, **nowhere, PYTHONDONTWRITEBYTECODE="1")
    out, errors = process.communicate(timeout=WAIT)
    assert (process.returncode, out.strip()) == (0, "4.0"), errors
    assert "compiling kernels" in errors and "each time, since there is no place to keep them" in errors


@compiled_only
def test_compiling_is_announced_once_and_kept_for_the_next_time(tmp_path):
    said = []
    for _ in range(2):
        process = start(ONE_SMALL_KERNEL, NUMBA_CACHE_DIR=str(tmp_path))
        said.append(process.communicate(timeout=WAIT)[1])
    assert said[0].count("compiling kernels") == 1 and "the first time only" in said[0]
    assert said[1] == ""


@compiled_only
def test_the_announcement_says_how_long_all_kernels_took_the_last_time(tmp_path):
    def errors() -> str:
        return start(ONE_SMALL_KERNEL, NUMBA_CACHE_DIR=str(tmp_path)).communicate(timeout=WAIT)[1]

    assert "about 30 seconds" in errors()
    record = next(tmp_path.rglob("siamese_np-compile-seconds.json"))
    seconds = json.loads(record.read_text())
    assert sum(name.endswith("_maxpool2d_backward") for name in seconds) == 1 and all(value > 0 for value in seconds.values())
    record.write_text(json.dumps({**seconds, "siamese_np.another": 1000 - sum(seconds.values())}))
    for kernel in tmp_path.rglob("*.nb?"):
        kernel.unlink()
    assert "(all of them took 1000 seconds last time)" in errors()
    assert "siamese_np.another" in json.loads(record.read_text()), "what was not compiled now keeps its seconds"
    for kernel in tmp_path.rglob("*.nb?"):
        kernel.unlink()
    record.write_bytes(b"\xff[")  # damage costs the figure, nothing else
    assert "about 30 seconds" in errors()


@compiled_only
def test_a_users_own_function_is_not_announced(tmp_path):
    program = "import numba, siamese_np.kernels.compiled; print(numba.njit(lambda x: x + 1)(1))"
    process = start(program, NUMBA_CACHE_DIR=str(tmp_path))
    assert process.communicate(timeout=WAIT) == ("2\n", "")


def test_importing_the_package_imports_no_numba():
    program = "import sys, siamese_np.siamese, siamese_np.fusion, siamese_np.models; print('numba' in sys.modules)"
    assert answer(start(program)) == "False"


@pytest.mark.skipif(not numba.config.BOUNDSCHECK, reason="for NUMBA_BOUNDSCHECK=1 with a cache directory of its own")
def test_a_kernel_that_reads_outside_its_array_raises_under_boundscheck():
    """Shows that the run looks at all: bounds checks are compiled in, and not part of the key of Numba's cache."""

    @numba.njit
    def beyond(a):
        return a[len(a)]

    with pytest.raises(IndexError):
        beyond(np.zeros(3, np.float32))
