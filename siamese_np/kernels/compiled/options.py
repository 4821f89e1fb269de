"""How the kernels are compiled, cached and shared out."""

import contextlib
import importlib
import sys
from collections.abc import Callable

from numba import njit
from numba.core import event

from siamese_np import threads

MOST_SLABS = 16  # images are shared out in at most so many slabs


def _can_cache() -> bool:
    """Whether there is a place for compiled kernels: beside the source, in the user's cache, or in NUMBA_CACHE_DIR.

    Where there is none, a read-only installation without a home for instance, they are compiled in every process.
    """
    try:
        njit(cache=True)(_can_cache)  # nothing is compiled: Numba only looks for the place
    except RuntimeError:
        return False
    return True


def _leave_scipy_out() -> None:
    """At its first use Numba loads SciPy's linear algebra where it is installed: a quarter of a second, and no kernel
    here calls it. (Who needs it in Numba code of their own imports scipy.linalg before siamese_np.)"""
    if "scipy.linalg" not in sys.modules:
        sys.modules["scipy.linalg"] = None  # importing it now raises ImportError, and Numba does without
        with contextlib.suppress(ImportError):
            importlib.import_module("numba.np.arraymath")
        del sys.modules["scipy.linalg"]


class _Announcement(event.Listener):
    """Says, once a process and only where something is really compiled, why nothing seems to happen."""

    def __init__(self) -> None:
        self.said = False

    def on_start(self, event: event.Event) -> None:
        if not self.said:
            self.said = True
            when = "the first time only" if COMPILED["cache"] else "each time, since there is no place to keep them"
            print(f"siamese-np: compiling kernels, about 30 seconds, {when}", file=sys.stderr, flush=True)

    def on_end(self, event: event.Event) -> None:
        """A listener has to have this."""


# contract and reassoc let the compiler use fused multiply-add and vector sums; nsz and arcp ignore the sign of zero and
# divide by multiplying. NaN and infinity stay what they are, as they would not under fastmath=True. Dividing by 0 gives
# infinity, as in NumPy: asking each time whether to raise an error would keep the loop from taking eight numbers at once.
# nogil lets several threads run kernels at once.
COMPILED = {
    "cache": _can_cache(),
    "nogil": True,
    "error_model": "numpy",
    "fastmath": {"contract", "reassoc", "nsz", "arcp"},
}
_leave_scipy_out()
event.register("numba:compile", _Announcement())


def for_images(kernel: Callable[..., None], images: int, *arguments) -> None:
    """kernel(*arguments, first, last) for all images, on all cores where they are more than a few."""
    if images <= threads.FEW_IMAGES:
        kernel(*arguments, 0, images)
    else:
        threads.share_out(kernel, images, *arguments)
