"""Threads that run one kernel together: all of the work is done once, by several, and nobody is left in the kernel."""

import gc
import re
import subprocess
import sys
import threading
import time

import numba
import numpy as np
import pytest

from siamese_np import kernels, pool, threads

kernels.get("numba")

from siamese_np.kernels.compiled.atomic import add, read  # noqa: E402
from siamese_np.kernels.compiled.options import COMPILED  # noqa: E402
from siamese_np.kernels.compiled.team import give, take  # noqa: E402

pytestmark = pytest.mark.kernels
compiled_only = pytest.mark.skipif(bool(numba.config.DISABLE_JIT), reason="no kernel is given to helpers")

LOOKS = 10**7  # some hundredths of a second
DEADLINE = 120  # seconds


@numba.njit(**COMPILED | {"cache": False})
def _count(team, thread, number, times, by):
    give(team, thread)
    first, last = take(team, thread, number)
    while first < last:
        for n in range(first, last):
            times[n] += 1
            by[n] = thread
        first, last = take(team, thread, number)


@numba.njit
def _wait_for_three(here):
    add(here, 0, 1)
    looks = 0
    while read(here, 0) < 3 and looks < LOOKS:
        looks += 1
    return read(here, 0)


@numba.njit(**COMPILED | {"cache": False})
def _meet(team, thread, number, here, came):
    """Each thread waits in its first part until three are there. came (3,): how many each of them saw."""
    give(team, thread)
    first, last = take(team, thread, number)
    while first < last:
        if came[thread] == 0:
            came[thread] = _wait_for_three(here)
        first, last = take(team, thread, number)


@numba.njit(**COMPILED | {"cache": False})
def _sum(team, thread, number, x, sums):
    give(team, thread)
    first, last = take(team, thread, number)
    while first < last:
        for n in range(first, last):
            total = 0
            for i in range(x.shape[1]):
                total += x[n, i]
            sums[n] = total
        first, last = take(team, thread, number)


@numba.njit(**COMPILED | {"cache": False})
def _fail(team, thread, number, guilty, here, raised):
    """The guilty thread raises in its first part, after it has waited for two others."""
    give(team, thread)
    first, last = take(team, thread, number)
    while first < last:
        _wait_for_three(here)
        if thread == guilty:
            raised[0] = 1
            raise ValueError("guilty")
        first, last = take(team, thread, number)


@pytest.mark.parametrize("number", [0, 1, 2, 5, 6, 7, 17, 1000])
def test_every_number_is_worked_on_once(three_threads, number):
    for _ in range(50):
        times, by = np.zeros(number, np.int64), np.full(number, -1)
        threads.share_out(_count, number, times, by)
        assert (times == 1).all() and np.isin(by, range(3)).all()


def meet_until_all_have_come():
    """A helper may miss a kernel; it does not miss one after the other."""
    came, ends = np.zeros(3, np.int64), time.monotonic() + DEADLINE
    while came.tolist() != [3, 3, 3]:
        assert time.monotonic() < ends, came
        came[:] = 0
        threads.share_out(_meet, 6, np.zeros(1, np.int64), came)


@compiled_only
def test_all_threads_work_at_once_each_with_its_own_number(three_threads):
    meet_until_all_have_come()


@compiled_only
def test_helpers_that_sleep_are_woken(three_threads):
    for _ in range(3):
        meet_until_all_have_come()
        ends = time.monotonic() + DEADLINE
        while len(threads._pool()._asleep) < 2:
            assert time.monotonic() < ends, "the helpers look all the time"


def test_nobody_reads_or_writes_an_array_after_the_call(three_threads):
    """Each call has arrays of its own, which are gone afterwards: a helper that came late would write to other memory."""
    rng = np.random.default_rng(0)
    for _ in range(3000):
        x = rng.integers(0, 9, (int(rng.integers(1, 9)), int(rng.integers(1, 200))))
        sums = np.empty(len(x), np.int64)
        threads.share_out(_sum, len(x), x, sums)
        assert (sums == x.sum(1)).all()
    gc.collect()


@compiled_only
def test_the_caller_leaves_the_kernel_last_and_the_door_is_closed(three_threads):
    """As soon as it leaves, what the arguments point to may be gone."""
    meet_until_all_have_come()
    shared, board, helped, ends = threads._pool(), threads._pool()._board, 0, time.monotonic() + DEADLINE
    while helped < 50:
        assert time.monotonic() < ends, "no helper came"
        times, by = np.zeros(6, np.int64), np.zeros(6, np.int64)
        shared._wake()
        _count(board, 0, 6, times, by)
        assert board[pool.DOOR] == -pool.OPEN
        assert (times == 1).all()
        helped += by.any()


@compiled_only
@pytest.mark.parametrize("guilty", [0, 1, 2])
def test_an_error_of_any_thread_reaches_the_caller_and_the_team_goes_on(three_threads, guilty):
    times, ends = 0, time.monotonic() + DEADLINE
    while times < 5:
        assert time.monotonic() < ends, "the guilty helper never came"
        raised, error = np.zeros(1, np.int64), None
        try:
            threads.share_out(_fail, 6, guilty, np.zeros(1, np.int64), raised)
        except (ValueError, MemoryError) as caught:
            error = type(caught)
        assert error is ((ValueError if guilty == 0 else MemoryError) if raised[0] else None)
        times += raised[0]
    test_every_number_is_worked_on_once(None, 17)


def test_a_call_that_finds_the_pool_busy_runs_on_its_own_thread(three_threads):
    by = np.full(6, -1)

    def outer(n):
        if n == 0:
            threads.share_out(_count, 6, np.zeros(6, np.int64), by)

    threads.each(outer, range(6))
    assert (by == 0).all()


def test_several_callers_at_once_get_what_each_asked_for(three_threads):
    wrong = []

    def call(seed):
        rng = np.random.default_rng(seed)
        for _ in range(300):
            x = rng.integers(0, 9, (7, 50))
            sums = np.empty(7, np.int64)
            threads.share_out(_sum, 7, x, sums)
            wrong.append((sums != x.sum(1)).any())

    callers = [threading.Thread(target=call, args=[seed]) for seed in range(5)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert len(wrong) == 1500 and not any(wrong)


@compiled_only
def test_kernels_and_python_code_take_turns(three_threads):
    for n in range(200):
        times = np.zeros(9, np.int64)
        threads.share_out(_count, 9, times, np.zeros(9, np.int64))
        assert (times == 1).all()
        assert threads.each(lambda k: k + n, range(9)) == list(range(n, n + 9))


@compiled_only
def test_a_helper_owns_no_array_so_that_threads_do_not_count_references_in_one_place():
    arguments = (pool.make_board(1), 0, 1, np.zeros((1, 2), np.int64), np.zeros(1, np.int64))
    _sum(*arguments)
    (text,) = _sum.inspect_llvm().values()
    (call,) = re.findall(r"call .*_sum.*\(.*\)", re.search(r"define [^\n]*\.enter\"?\(.*?\n}", text, re.DOTALL)[0])
    assert call.count("ptr null") == 2 * 3  # of the board and of the two other arrays


@compiled_only
def test_a_kernel_with_more_arguments_than_the_board_has_places_is_refused_when_it_is_compiled():
    many = (0,) * (pool.BOARD - pool.ARGUMENTS)

    @numba.njit
    def kernel(team, thread, number, many):
        give(team, thread)

    with pytest.raises(NotImplementedError, match="the board has less room"):
        kernel(pool.make_board(1), 0, 1, many)


@compiled_only
@pytest.mark.parametrize("end", ["pass", "raise SystemExit(0)", "import threading; threading.excepthook = print"])
def test_a_process_ends_at_once_while_its_helpers_look_for_work(end):
    program = (
        "import numpy as np; from siamese_np import kernels, threads; threads.count = lambda: 3; k = kernels.get('numba');"
        f"w = np.zeros(9, np.float32); k.sgd_step(w, w, w, 1, 0); print(len(threads._pool()._threads)); {end}"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=280)
    assert (done.returncode, done.stdout) == (0, "2\n"), done.stderr
