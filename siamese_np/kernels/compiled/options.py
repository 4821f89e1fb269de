"""How the kernels are compiled, and how their cache is kept fresh."""

import contextlib
import importlib
import sys
from pathlib import Path
from types import ModuleType

from numba import njit
from numba.core import event

from siamese_np import pool
from siamese_np.kernels.compiled import cache
from siamese_np.kernels.compiled.announcement import Announcement
from siamese_np.kernels.compiled.width import Wide


def _cache_folder() -> Path | None:
    """Where compiled kernels are kept: beside the source, in the user's cache folder, or in NUMBA_CACHE_DIR.

    None where each process compiles, in a read-only installation without a home folder for instance; and with
    NUMBA_DISABLE_JIT=1, where nothing is compiled.
    """
    try:
        kernel = njit(cache=True)(_cache_folder)  # nothing is compiled: Numba only looks for a folder
    except RuntimeError:
        return None
    return Path(kernel.stats.cache_path) if hasattr(kernel, "stats") else None


def _keep_scipy_unloaded() -> None:
    """At its first use Numba imports SciPy's linear algebra where it is installed. That takes a quarter of a second,
    and no kernel here needs it. (Code whose own Numba functions need it imports scipy.linalg before siamese_np.)"""
    if "scipy.linalg" not in sys.modules:
        sys.modules["scipy.linalg"] = None  # importing it now raises ImportError, and Numba does without it
        with contextlib.suppress(ImportError):
            importlib.import_module("numba.np.arraymath")
        del sys.modules["scipy.linalg"]


FOLDER = _cache_folder()
# contract and reassoc allow fused multiply-add and vector sums; nsz and arcp ignore the sign of zero and divide by
# multiplying. NaN and infinity stay what they are; under fastmath=True they would not. error_model "numpy": a division
# by 0 gives infinity, as in NumPy; checking each divisor would prevent vector code. nogil: several threads run kernels
# at once.
COMPILED = {
    "cache": FOLDER is not None,
    "nogil": True,
    "error_model": "numpy",
    "fastmath": {"contract", "reassoc", "nsz", "arcp"},
    "pipeline_class": Wide,
}
# A kernel that is called by another exists twice in compiled form: in its own library, and in that of its caller, where
# a sum may be taken in another order. Which of the two runs depends on whether the caller was compiled just now or came
# from the cache. For these sums the difference showed: inlined, they exist once.
INLINED = COMPILED | {"forceinline": True}

_keep_scipy_unloaded()
event.register("numba:compile", Announcement(FOLDER))


def drop_stale_cache(*modules: ModuleType) -> None:
    """Give the kernels of `modules` a cache that notices damage (cache.py), and delete their compiled form where it is
    older than their source, than the newest file in this folder or than the description of the board (pool.py).

    Numba compiles a kernel again when its own file has changed, but not when only the file of a kernel that it calls
    has, or this file.
    """
    sources = [*Path(__file__).parent.glob("*.py"), *(Path(module.__file__) for module in (pool, *modules))]
    newest = max(path.stat().st_mtime for path in sources)
    kernels = [kernel for module in modules for kernel in vars(module).values() if hasattr(kernel, "stats")]
    for kernel in kernels:
        cache.seal(kernel)
    for folder in {kernel.stats.cache_path for kernel in kernels} - {None}:
        for cached in Path(folder).glob("*.nb?*"):
            with contextlib.suppress(OSError):  # another process deleted it, or we may not write there
                if cached.stat().st_mtime < newest:
                    cached.unlink()
