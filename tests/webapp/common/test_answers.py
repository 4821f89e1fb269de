"""Answers have an address for a while, in bounded memory."""

import time

import pytest
from flask import Flask
from werkzeug.exceptions import NotFound

from webapp.common import answers
from webapp.common.answers import Answers


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def test_an_answer_is_found_by_its_token_and_by_no_other(clock):
    kept = Answers(clock=clock)
    token = kept.put("one", 3)
    assert kept.get(token, str) == "one"
    assert kept.get(token[:-1], str) is None and kept.get("", str) is None
    assert kept.get(token, int) is None, "a page finds its own kind of answer only"
    assert len(token) >= 20 and kept.put("one", 3) != token


def test_an_answer_is_dropped_after_its_time(clock):
    kept = Answers(seconds=60, clock=clock)
    first = kept.put("first", 1)
    clock.now = 59
    second = kept.put("second", 1)
    clock.now = 60
    assert kept.get(first, str) is None and kept.get(second, str) == "second"


def test_the_oldest_go_first_where_there_is_too_much(clock):
    kept = Answers(size=100, clock=clock)
    tokens = [kept.put(k, 40) for k in range(4)]
    assert [kept.get(token, int) for token in tokens] == [None, None, 2, 3]
    last = kept.put(4, 10)
    assert [kept.get(token, int) for token in (*tokens, last)] == [None, None, 2, 3, 4]


def test_an_answer_larger_than_the_store_is_kept_until_the_next_one(clock):
    kept = Answers(size=100, clock=clock)
    large = kept.put("large", 1000)
    assert kept.get(large, str) == "large"
    kept.put("small", 1)
    assert kept.get(large, str) is None and len(kept) == 1


def test_what_is_too_old_is_dropped_though_nobody_asks():
    kept = Answers(seconds=0.05)
    kept.put("one", 1)
    while kept._kept:  # not len(), which might drop it itself
        time.sleep(0.01)
    assert kept._bytes == 0


def test_many_threads_lose_nothing_and_keep_the_bound(at_once):
    kept, lost = Answers(size=1_000_000), []

    def work(k):
        for n in range(200):
            token = kept.put((k, n), 10)
            if kept.get(token, tuple) != (k, n):
                lost.append((k, n))

    at_once(8, work)
    assert not lost and len(kept) == 1600 and kept._bytes == 16_000


def test_a_dropped_answer_says_how_long_answers_are_kept():
    app = Flask("app")
    app.extensions["answers"] = Answers()
    with app.app_context(), pytest.raises(NotFound, match="dropped after 30 minutes.*Ask once more"):
        answers.find("nothing", str)
