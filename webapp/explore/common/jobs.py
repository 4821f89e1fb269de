"""Long computations, shown while they run, and stopped with the page: server-sent events.

    @blueprint.get("/run")
    def run():
        return jobs.stream("training", work, at_once=2, seconds=300, size=50_000_000)

    def work(job):                                  # a generator: what it yields is sent at once
        for step in range(1000):
            ...                                     # at most half a second
            yield "progress", {"done": step + 1, "of": 1000}
        yield "result", {...}

The script of the page is `run` of explore/common/job.js. A computation is bounded in number (at_once of its kind), in
time (seconds) and in memory (all that run at a time, BYTES). It runs in the thread of its request: where the page was
closed, sending fails, and with that the generator ends. Nothing is left behind.

The events: "job" with the token comes first, then what `work` yields, then "end" with the reason: "done", "stopped" or
"time". POST /explore/jobs/TOKEN tells a job something (pause, speed, one step); "stop" ends it.
"""

import json
import queue
import secrets
import threading
import time
from collections.abc import Callable, Generator, Iterator
from typing import Any

from flask import Blueprint, Response, current_app, request, stream_with_context
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound, ServiceUnavailable

BYTES = 400_000_000  # that all jobs together may say they need
BEAT = 0.5  # seconds between two signs of life while a job waits: a closed page is noticed by sending alone
WAITING = 100  # messages to one job

Event = tuple[str, Any]

blueprint = Blueprint("jobs", __name__, url_prefix="/jobs")


class Job:
    """One computation that runs. kind: its name; size: bytes that it needs."""

    def __init__(self, kind: str, seconds: float, size: int) -> None:
        self.kind, self.size = kind, size
        self.until = time.monotonic() + seconds
        self.stopped = False
        self._told: queue.Queue[dict[str, str]] = queue.Queue(WAITING)

    def tell(self, message: dict[str, str]) -> None:
        """Put a message before the job. Raises ServiceUnavailable where it does not listen."""
        if "stop" in message:
            self.stopped = True
        try:
            self._told.put_nowait(message)
        except queue.Full as error:
            raise ServiceUnavailable("The computation does not listen. Stop it and start again.") from error

    def told(self) -> dict[str, str] | None:
        """The next message, None where there is none."""
        try:
            return self._told.get_nowait()
        except queue.Empty:
            return None

    def wait(self) -> Generator[Event, None, dict[str, str] | None]:
        """Wait for a message, with signs of life: `message = yield from job.wait()`. None where the job is to end."""
        while not self.is_over():
            try:
                return self._told.get(timeout=BEAT)
            except queue.Empty:
                yield "beat", None
        return None

    def is_over(self) -> bool:
        """Whether the job was stopped, or its time is up. `stream` asks after each event."""
        return self.stopped or time.monotonic() >= self.until


class Jobs:
    """The computations that run. Safe for many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: dict[str, Job] = {}

    def start(self, job: Job, at_once: int) -> str:
        """Count a job as running. Returns its token. Raises ServiceUnavailable where there are too many, or too
        large ones."""
        with self._lock:
            of_kind = sum(other.kind == job.kind for other in self._running.values())
            used = sum(other.size for other in self._running.values())
            if of_kind >= at_once or used + job.size > BYTES:
                raise ServiceUnavailable(
                    f"As many computations run as may run at once ({len(self._running)}). Stop one, or close its page."
                )
            token = secrets.token_urlsafe(16)
            self._running[token] = job
            return token

    def end(self, token: str) -> None:
        """It does not run any more."""
        with self._lock:
            self._running.pop(token, None)

    def find(self, token: str) -> Job:
        """Raises NotFound where it does not run any more."""
        with self._lock:
            if token not in self._running:
                raise NotFound("This computation is over.")
            return self._running[token]

    def __len__(self) -> int:
        with self._lock:
            return len(self._running)


def stream(kind: str, work: Callable[[Job], Iterator[Event]], *, at_once: int, seconds: float, size: int) -> Response:
    """The answer that runs `work(job)` and sends what it yields, (name, JSON value). Raises ServiceUnavailable."""
    running = current_app.extensions["explore_jobs"]
    job = Job(kind, seconds, size)
    token = running.start(job, at_once)
    answer = Response(stream_with_context(_events(job, token, work)), mimetype="text/event-stream")
    answer.call_on_close(lambda: running.end(token))  # also where the generator was never begun
    return answer


def _events(job: Job, token: str, work: Callable[[Job], Iterator[Event]]) -> Iterator[str]:
    yield _event("job", {"token": token})
    events = work(job)
    try:
        for name, value in events:
            yield _event(name, value)
            if job.is_over():
                yield _event("end", {"why": "stopped" if job.stopped else "time"})
                return
        yield _event("end", {"why": "stopped" if job.stopped else "done"})
    finally:
        events.close()


def _event(name: str, value: Any) -> str:
    return f"event: {name}\ndata: {json.dumps(value, allow_nan=False)}\n\n"


@blueprint.post("/<token>")
def tell(token: str) -> ResponseReturnValue:
    """Tell a job what is in the form; the field "stop" ends it."""
    current_app.extensions["explore_jobs"].find(token).tell(request.form.to_dict())
    return "", 204
