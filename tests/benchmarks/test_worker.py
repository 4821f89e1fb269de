import io
import itertools
import json
import types

import numpy as np
import pytest

from benchmarks import drive, networks
from benchmarks.cases import CASES
from benchmarks.contenders import Contender, Prepared
from benchmarks.worker import CHECK_STEPS, Worker, check, fastest, serve
from tests.benchmarks import stub_contender


def answers(*requests: dict, module=stub_contender) -> list[dict]:
    replies = io.StringIO()
    serve(Worker(module), map(json.dumps, requests), replies)
    return [json.loads(line) for line in replies.getvalue().splitlines()]


def test_a_worker_prepares_a_case_and_measures_steps():
    prepared, burst = answers({"do": "prepare", "case": "S-train-16"}, {"do": "burst", "seconds": 0})
    assert prepared["parameters"] == networks.parameters(CASES["S-train-16"].network)
    assert prepared["setting"] == "idle"
    assert prepared["memory_mb"] is None or prepared["memory_mb"] >= 0
    assert len(burst["wall"]) == len(burst["cpu"]) == 3 and min(burst["wall"]) > 0


def test_a_worker_answers_a_request_that_fails_and_continues(capsys):
    wrong, right = answers({"do": "prepare", "case": "none"}, {"do": "prepare", "case": "S-train-16"})
    assert wrong == {"error": "KeyError: 'none'"} and "parameters" in right


def test_a_contender_that_does_not_learn_is_refused():
    train = CASES["S-train-16"]
    rising = itertools.count(1.0)
    with pytest.raises(ValueError, match="does not learn: the loss went from 2 to 29"):
        check(Prepared(lambda: next(rising), 0), train)
    losses = iter([*np.linspace(2, 1, CHECK_STEPS - 4), np.nan, 1.0, 1.0, 1.0])
    with pytest.raises(ValueError, match="does not learn"):
        check(Prepared(lambda: next(losses), 0), train)
    with pytest.raises(ValueError, match="not finite"):
        check(Prepared(lambda: np.array([np.inf]), 0), CASES["S-embed-1"])


def test_a_contender_that_fails_says_why(capsys):
    broken = types.SimpleNamespace(settings=lambda case: {}[case])
    (reply,) = answers({"do": "prepare", "case": "start"}, module=broken)
    assert reply["error"].startswith("KeyError")


def test_the_only_setting_needs_no_trial():
    def build():
        raise AssertionError("built for a trial")

    assert fastest({"only": build}) == "only"


def test_the_fastest_setting_is_chosen(monkeypatch):
    times = {"slow": 3.0, "fast": 1.0, "middling": 2.0}
    monkeypatch.setattr("benchmarks.worker.measure", lambda step, seconds: {"wall": [step()]})
    assert fastest({name: lambda t=t: Prepared(lambda: t, 0) for name, t in times.items()}) == "fast"


def test_a_worker_process_speaks_json_whatever_the_framework_prints(stub):
    running = drive.Running(stub, 1)
    assert running.ask(do="prepare", case="S-embed-1")["setting"] == "idle"
    assert len(running.ask(do="burst", seconds=0)["wall"]) >= 3
    running.close()
    assert running.process.returncode == 0


def test_a_worker_process_that_ends_is_an_error_and_not_a_crash():
    running = drive.Running(Contender("broken", "no_such_module", ()), 1)
    running.process.wait()
    assert running.ask(do="burst", seconds=0) == {"error": "its process ended"}
    running.close()
