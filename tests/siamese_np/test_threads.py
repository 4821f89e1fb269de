"""How work is shared out: every number once, by whoever is free, and alone where the crew is at work."""

import threading

import pytest

from siamese_np import threads


@pytest.fixture
def three_threads(monkeypatch):
    monkeypatch.setattr(threads, "count", lambda: 3)
    threads._crew.cache_clear()
    yield
    threads._crew.cache_clear()


@pytest.mark.parametrize("number", [0, 1, 2, 5, 17])
def test_every_number_is_worked_on_once(three_threads, number):
    done = []
    threads.share_out(lambda a, first, last: done.extend((a, n) for n in range(first, last)), number, "a")
    assert sorted(done) == [("a", n) for n in range(number)]


@pytest.mark.parametrize("number", [0, 1, 2, 5, 17])
def test_each_item_gives_its_result_in_its_place(three_threads, number):
    assert threads.each(lambda n: n * n, range(number)) == [n * n for n in range(number)]


def test_items_are_taken_one_by_one(three_threads):
    slow, quick = threading.Event(), []

    def work(n):
        if n == 0:
            assert slow.wait(10), "somebody else did all the others meanwhile"
        else:
            quick.append(n)
            if len(quick) == 8:
                slow.set()

    threads.each(work, range(9))
    assert len(quick) == 8


def test_who_comes_with_items_while_the_crew_is_at_work_does_them_alone(three_threads):
    workers = []

    def outer(n):
        if n == 0:
            workers.extend(threads.each(lambda _: threading.current_thread(), range(5)))

    threads.each(outer, range(6))
    assert len(workers) == 5 and len(set(workers)) == 1


def test_several_threads_work_at_once(three_threads):
    meeting = threading.Barrier(3, timeout=10)
    threads.share_out(lambda first, last: meeting.wait(), 3)  # breaks unless three are there


def test_who_comes_while_the_crew_is_at_work_works_alone(three_threads):
    workers = []

    def inner(first, last):
        workers.append((threading.current_thread(), first, last))

    def outer(first, last):
        if first == 0:
            threads.share_out(inner, 12)

    threads.share_out(outer, 6)
    assert len(workers) == 1 and workers[0][1:] == (0, 12)


def test_an_error_in_any_part_reaches_the_caller_and_the_crew_goes_on(three_threads):
    def fails(first, last):
        if last == 6:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        threads.share_out(fails, 6)
    test_every_number_is_worked_on_once(None, 17)


def test_numba_num_threads_says_how_many(monkeypatch):
    threads.count.cache_clear()
    monkeypatch.setenv("NUMBA_NUM_THREADS", "7")
    assert threads.count() == 7
    threads.count.cache_clear()
    monkeypatch.delenv("NUMBA_NUM_THREADS")
    assert threads.count() >= 1
    threads.count.cache_clear()
