"""Threads: who may run beside whom.

Numba's fallback threading layer (workqueue, where libgomp is missing) aborts the process when two threads enter a
parallel kernel at once, so one lock guards every entry to one.

A compiled loop that runs on all cores and calls BLAS in each of its threads wants a BLAS of one thread: more would only
wait for each other. BLAS has one such setting for the whole process, so it is made once, when the compiled kernels are
first chosen.
"""

import threading

from threadpoolctl import threadpool_limits

parallel_lock = threading.Lock()


def use_one_blas_thread() -> None:
    """Hold every BLAS that is loaded at one thread, for the rest of the process."""
    threadpool_limits(limits=1, user_api="blas")
