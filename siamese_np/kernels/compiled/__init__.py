"""Convolution and max pooling compiled by Numba, to be fast: the functions of reference.py, with the same arguments.

All kernels are built alike. A compiled body does the work on the images `first` to `last`; the function without an
underscore makes the arrays and shares the images out to the cores (see ../../threads.py). What a part writes is its own:
image n its row, and where all images add to one gradient, that of the weights, each SLAB of images sums into its own,
and the slabs are added in order. Their number depends on N alone, so the result is the same on 1 core and on 16.

With NUMBA_DISABLE_JIT=1 all of this is plain Python.
"""

import contextlib
from pathlib import Path
from types import ModuleType

from siamese_np import threads
from siamese_np.kernels.compiled import (
    batchnorm,
    block_backward,
    block_forward,
    conv2d,
    maxpool2d,
    optimizers,
    phases,
    winograd,
)
from siamese_np.kernels.compiled.block_forward import conv_moments, conv_pool, norm_pool, pool_sums
from siamese_np.kernels.compiled.block_backward import conv_pool_backward
from siamese_np.kernels.compiled.conv2d import conv2d_backward, conv2d_forward, runs_on_phases
from siamese_np.kernels.compiled.maxpool2d import maxpool2d_backward, maxpool2d_forward
from siamese_np.kernels.compiled.batchnorm import norm_apply, norm_combine, norm_moments, norm_sums
from siamese_np.kernels.compiled.phases import plan_layout
from siamese_np.kernels.compiled.optimizers import adam_step, rmsprop_step, sgd_step

__all__ = [
    "adam_step",
    "conv_pool_backward",
    "conv2d_backward",
    "conv2d_forward",
    "conv_moments",
    "conv_pool",
    "runs_on_phases",
    "plan_layout",
    "maxpool2d_backward",
    "maxpool2d_forward",
    "norm_apply",
    "norm_combine",
    "norm_moments",
    "norm_pool",
    "norm_sums",
    "pool_sums",
    "rmsprop_step",
    "sgd_step",
]


def drop_stale_cache(*modules: ModuleType) -> None:
    """Delete the compiled kernels of `modules` that are older than their source or than the newest file here.

    Numba compiles a kernel again when its own file was edited, but not when one was whose loops it takes in, or the
    options were.
    """
    sources = [*Path(__file__).parent.glob("*.py"), *(Path(module.__file__) for module in modules)]
    newest = max(path.stat().st_mtime for path in sources)
    kernels = [kernel for module in modules for kernel in vars(module).values() if hasattr(kernel, "stats")]
    for folder in {kernel.stats.cache_path for kernel in kernels} - {None}:
        for cached in Path(folder).glob("*.nb?"):
            with contextlib.suppress(OSError):  # another process was first, or we may not write there
                if cached.stat().st_mtime < newest:
                    cached.unlink()


drop_stale_cache(batchnorm, block_backward, block_forward, conv2d, maxpool2d, optimizers, phases, winograd)
threads.use_one_blas_thread()
