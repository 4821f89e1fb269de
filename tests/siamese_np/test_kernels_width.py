"""The kernels use the widest registers of the processor, and nobody else's functions are changed by that."""

import json
import os
import subprocess
import sys

import llvmlite.binding as llvm
import pytest

PROGRAM = """
import json
import numba
from numba import types
from siamese_np.kernels.compiled.direct_gradient import _three_taps

@numba.njit(fastmath=True)
def of_a_user(line):
    total = line[0] * 0
    for number in line:
        total += number * number
    return total

def widths(kernel, *arguments):
    kernel.compile(arguments)
    (assembly,) = kernel.inspect_asm().values()
    return {bits: name in assembly for bits, name in (("512", "%zmm"), ("256", "%ymm"))}

line, square = types.Array(types.f4, 1, "A"), types.Array(types.f4, 2, "A")
ours = widths(_three_taps, line, line, line, line, line, line, types.int64, square)
print(json.dumps([ours, widths(of_a_user, line)]))
"""
HOST = llvm.get_host_cpu_features()

needs_wide = pytest.mark.skipif(not HOST.get("avx512f"), reason="this processor has no registers of 512 bits")


def widths(tmp_path, **environment):
    """Which registers a kernel and a user's function use, compiled in a process of their own."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("NUMBA_")}
    env = inherited | environment | {"NUMBA_CACHE_DIR": str(tmp_path)}
    output = subprocess.run([sys.executable, "-c", PROGRAM], env=env, check=True, stdout=subprocess.PIPE).stdout
    return json.loads(output)


@needs_wide
def test_the_kernels_use_512_bits_where_the_compiler_prefers_256_and_a_users_function_does_not(tmp_path):
    ours, users = widths(tmp_path, NUMBA_CPU_NAME="skylake-avx512", NUMBA_CPU_FEATURES=HOST.flatten())
    assert ours["512"] and not users["512"] and users["256"]


@needs_wide
def test_the_kernels_use_512_bits_as_they_are_compiled_here(tmp_path):
    ours, _ = widths(tmp_path)
    assert ours["512"]


@pytest.mark.skipif(not HOST.get("avx2"), reason="this processor has no registers of 256 bits")
def test_without_avx512_the_kernels_use_256_bits(tmp_path):
    features = ",".join(
        ("+" if has and not name.startswith(("avx512", "avx10")) else "-") + name for name, has in HOST.items()
    )
    ours, _ = widths(tmp_path, NUMBA_CPU_NAME="haswell", NUMBA_CPU_FEATURES=features)
    assert ours["256"] and not ours["512"]
