"""How work is shared out: every number once, and on the caller's own thread where the pool is busy."""

import os
import signal
import threading
import time

import pytest

from siamese_np import threads


@pytest.mark.parametrize("number", [0, 1, 2, 5, 17])
def test_each_item_gives_its_result_in_its_place(three_threads, number):
    assert threads.each(lambda n: n * n, range(number)) == [n * n for n in range(number)]


def test_items_are_taken_one_by_one(three_threads):
    slow, quick = threading.Event(), []

    def work(n):
        if n == 0:
            assert slow.wait(60), "the other threads did not do all other items meanwhile"
        else:
            quick.append(n)
            if len(quick) == 8:
                slow.set()

    threads.each(work, range(9))
    assert len(quick) == 8


def test_items_of_a_call_that_finds_the_pool_busy_stay_on_its_own_thread(three_threads):
    workers = []

    def outer(n):
        if n == 0:
            workers.extend(threads.each(lambda _: threading.current_thread(), range(5)))

    threads.each(outer, range(6))
    assert len(workers) == 5 and len(set(workers)) == 1


def test_several_threads_work_at_once(three_threads):
    meeting = threading.Barrier(3, timeout=60)
    threads.each(lambda _: meeting.wait(), range(3))  # breaks unless three are there


def test_an_error_in_any_item_reaches_the_caller_no_further_item_is_begun_and_the_pool_goes_on(three_threads):
    begun, raised = [], threading.Event()

    def fails(n):
        begun.append(n)
        if n == 1:
            raised.set()
            raise ZeroDivisionError
        assert raised.wait(60)

    with pytest.raises(ZeroDivisionError):
        threads.each(fails, range(1_000_000))
    assert len(begun) < 1_000_000
    test_each_item_gives_its_result_in_its_place(None, 17)


def test_the_threads_sleep_where_there_is_nothing_to_do_and_wake_up_again(three_threads):
    for _ in range(3):
        meeting = threading.Barrier(3, timeout=60)
        threads.each(lambda _: meeting.wait(), range(3))
        ends = time.monotonic() + 60
        while len(threads._pool()._asleep) < 2:
            assert time.monotonic() < ends, "they look for work all the time"


@pytest.fixture
def fresh_count():
    threads.count.cache_clear()
    yield
    threads.count.cache_clear()


@pytest.mark.parametrize(("chosen", "number"), [("1", 1), ("3", 3), (" 2 ", 2)])
def test_numba_num_threads_says_how_many(fresh_count, monkeypatch, chosen, number):
    monkeypatch.setenv("NUMBA_NUM_THREADS", chosen)
    assert threads.count() == number


@pytest.mark.parametrize("chosen", [None, ""])
def test_without_it_each_core_has_one(fresh_count, monkeypatch, chosen):
    monkeypatch.delenv("NUMBA_NUM_THREADS", raising=False)
    if chosen is not None:
        monkeypatch.setenv("NUMBA_NUM_THREADS", chosen)
    assert 1 <= threads.count() <= os.cpu_count()


@pytest.mark.parametrize("chosen", ["100000", "9" * 400])
def test_there_are_never_more_threads_than_make_sense(fresh_count, monkeypatch, chosen):
    monkeypatch.setenv("NUMBA_NUM_THREADS", chosen)
    assert threads.count() <= 4 * os.cpu_count()


@pytest.mark.parametrize("chosen", ["abc", "2.5", " ", "0", "-1", "1e3", "²"])
def test_a_number_of_threads_that_is_none_is_refused(fresh_count, monkeypatch, chosen):
    monkeypatch.setenv("NUMBA_NUM_THREADS", chosen)
    with pytest.raises(ValueError, match="NUMBA_NUM_THREADS is the number of threads, 1 or more, not "):
        threads.count()


def test_jobs_side_by_side_are_all_done_as_many_at_once_as_there_are_cores(three_threads):
    at_it, most, done = set(), [], []

    def work(n):
        at_it.add(n)
        if n < 3:
            meeting.wait()  # breaks unless three are there
        most.append(len(at_it))
        at_it.remove(n)
        done.append(n)

    meeting = threading.Barrier(3, timeout=60)
    threads.side_by_side([lambda n=n: work(n) for n in range(7)], threading.Event())
    assert sorted(done) == list(range(7)) and max(most) == 3


def test_while_each_core_has_a_job_no_work_is_shared_and_the_last_job_has_the_pool(three_threads):
    meeting, gone, workers = threading.Barrier(3, timeout=60), [], {}

    def work(n):
        meeting.wait()
        workers[n] = set(threads.each(lambda _: threading.current_thread(), range(9)))
        me = threading.current_thread()
        assert workers[n] == {me}
        meeting.wait()
        if n == 0:
            ends = time.monotonic() + 60
            while threads._has_a_core_of_its_own():
                assert time.monotonic() < ends
            together = threading.Barrier(3, timeout=60)
            threads.each(lambda _: together.wait(), range(3))
            gone.append(n)

    threads.side_by_side([lambda n=n: work(n) for n in range(3)], threading.Event())
    assert len(workers) == 3 and gone == [0]


def test_a_thread_that_is_none_of_the_jobs_keeps_the_pool(three_threads):
    meeting = threading.Barrier(4, timeout=60)

    def work():
        meeting.wait()
        meeting.wait()

    crowd = threading.Thread(target=threads.side_by_side, args=([work] * 3, threading.Event()))
    crowd.start()
    meeting.wait()
    together = threading.Barrier(3, timeout=60)
    threads.each(lambda _: together.wait(), range(3))
    meeting.wait()
    crowd.join()


@pytest.mark.parametrize("error", [ZeroDivisionError, KeyboardInterrupt])
def test_an_error_in_one_of_several_jobs_ends_the_others_and_begins_none(three_threads, error):
    stop, begun = threading.Event(), []

    def work(n):
        begun.append(n)
        if n == 1:
            raise error
        assert stop.wait(60)

    with pytest.raises(error):
        threads.side_by_side([lambda n=n: work(n) for n in range(9)], stop)
    assert stop.is_set()
    assert set(begun) <= {0, 1, 2, 3}  # the place of the one that failed may have been taken already
    assert not threads._side_by_side_threads


def test_ctrl_c_is_heard_while_jobs_run(three_threads, sigint):
    stop, both_began, workers = threading.Event(), threading.Barrier(2, timeout=60), []

    def work(n):
        workers.append(threading.current_thread())
        both_began.wait()
        if n == 1:
            signal.raise_signal(signal.SIGINT)  # Python runs the handler in the main thread, which waits
        assert stop.wait(60)

    with pytest.raises(KeyboardInterrupt):
        threads.side_by_side([lambda n=n: work(n) for n in range(2)], stop)
    assert stop.is_set()
    for worker in workers:  # the interrupt may come before the pool knows its second thread: nobody else waits for it
        worker.join(60)
    assert not threads._side_by_side_threads
