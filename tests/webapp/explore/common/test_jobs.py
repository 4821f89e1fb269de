"""Long computations: what they send, what bounds them, and that none is left behind."""

import json
import threading

import pytest
from werkzeug.exceptions import ServiceUnavailable

from webapp.explore.common import jobs
from webapp.explore.common.jobs import Job, Jobs

MANY = {"at_once": 2, "seconds": 60, "size": 1}


def events(answer):
    """(name, value) of each event of an answer."""
    parts = [
        dict(line.split(": ", 1) for line in event.splitlines())
        for event in answer.get_data(as_text=True).split("\n\n")
        if event
    ]
    return [(part["event"], json.loads(part["data"])) for part in parts]


@pytest.fixture
def start(app):
    """start(work, ...) -> the answer of a page whose computation is `work`."""

    def begin(work, **options):
        with app.test_request_context("/"):
            return jobs.stream("test", work, **MANY | options)

    return begin


@pytest.fixture
def running(app):
    return app.extensions["explore_jobs"]


def test_what_the_work_yields_is_sent_between_its_token_and_its_end(start):
    def work(job):
        yield "progress", {"done": 1, "of": 2}
        yield "result", [0.5]

    (first, *middle, last) = events(start(work))
    assert first[0] == "job" and first[1]["token"]
    assert middle == [("progress", {"done": 1, "of": 2}), ("result", [0.5])] and last == ("end", {"why": "done"})


def test_a_computation_ends_when_its_time_is_over(start):
    def forever(job):
        while True:
            yield "progress", {}

    assert events(start(forever, seconds=0.05))[-1] == ("end", {"why": "time"})


def test_a_computation_is_told_something_and_stopped_by_its_token(start, client, running):
    told = []

    def work(job):
        yield "ready", {}
        while message := (yield from job.wait()):
            told.append(message)

    answer = start(work)
    parts = iter(answer.response)
    token = json.loads(next(parts).split("data: ")[1])["token"]
    next(parts)
    assert client.post(f"/explore/jobs/{token}", data={"speed": "2"}).status_code == 204
    assert "beat" in next(parts)  # it has taken the message, and waits for the next one
    assert client.post(f"/explore/jobs/{token}", data={"stop": "1"}).status_code == 204
    assert "stopped" in "".join(parts)
    answer.close()
    assert told == [{"speed": "2"}] and len(running) == 0
    assert client.post(f"/explore/jobs/{token}", data={"stop": "1"}).status_code == 404


def test_more_than_so_many_at_once_or_more_memory_than_there_is_are_refused(start):
    def work(job):
        yield "progress", {}

    answers = [start(work), start(work)]
    with pytest.raises(ServiceUnavailable):
        start(work)
    answers.pop().close()
    with pytest.raises(ServiceUnavailable):
        start(work, size=jobs.BYTES)
    answers.append(start(work))
    for answer in answers:
        answer.close()


def test_a_page_that_is_closed_ends_its_computation(start, running):
    ended = []

    def work(job):
        try:
            while True:
                yield "progress", {}
        finally:
            ended.append(True)

    answer = start(work)
    parts = iter(answer.response)
    next(parts), next(parts)
    answer.response.close()  # as the server does where it can't send any more
    answer.close()
    assert ended == [True] and len(running) == 0


def test_a_computation_that_fails_leaves_nothing_behind(start, running):
    def work(job):
        yield "progress", {}
        raise ValueError("wrong")

    answer = start(work)
    with pytest.raises(ValueError, match="wrong"):
        list(answer.response)
    answer.close()
    assert len(running) == 0


def test_a_job_that_does_not_listen_takes_only_so_many_messages():
    job = Job("test", 60, 1)
    for _ in range(jobs.WAITING):
        job.tell({"speed": "1"})
    with pytest.raises(ServiceUnavailable):
        job.tell({"speed": "1"})


def test_jobs_are_counted_right_from_many_threads(at_once):
    running, refused = Jobs(), []
    together = threading.Barrier(8)

    def begin(k):
        together.wait()
        try:
            running.start(Job("test", 60, 1), 2)
        except ServiceUnavailable:
            refused.append(k)

    at_once(8, begin)
    assert len(running) == 2 and len(refused) == 6
