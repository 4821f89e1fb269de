import pytest

from benchmarks import drive, networks
from benchmarks.cases import CASES
from benchmarks.contenders import CONTENDERS


@pytest.fixture(autouse=True)
def no_pause(monkeypatch):
    monkeypatch.setattr(drive, "PAUSE", 0)


def burst(wall: float) -> drive.Burst:
    return {"wall": [wall], "cpu": [wall]}


def test_contenders_take_turns():
    order = []
    turns = {name: lambda name=name: order.append(name) or burst(len(order)) for name in "ABC"}
    bursts = drive.take_turns(turns, 2)
    assert "".join(order) == "ABCABC"
    assert bursts["B"] == [burst(2), burst(5)]


def test_a_contender_that_fails_once_is_left_out_and_the_others_continue():
    answers = iter([burst(1), None])
    bursts = drive.take_turns({"A": lambda: next(answers), "B": lambda: burst(2)}, 3)
    assert bursts == {"B": [burst(2)] * 3}


def test_a_missing_opponent_is_named(only_stubs, capsys):
    present = drive.available()
    assert list(present) == ["ours", "torch"]
    assert 'Keras is left out: no_such_package missing, pip install -e ".[peers]"' in capsys.readouterr().err


def test_a_network_of_another_size_is_not_compared():
    case = CASES["S-train-16"]
    right = networks.parameters(case.network)
    drive.same_work(case, {"A": right})
    with pytest.raises(ValueError, match=f"S-train-16: B has {right - 1} parameters"):
        drive.same_work(case, {"A": right, "B": right - 1})


def test_a_contender_gets_its_threads_and_no_setting_for_one_processor(monkeypatch):
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Zen")
    env = drive.environment(CONTENDERS["torch_tuned"], 2)
    assert "OPENBLAS_CORETYPE" not in env
    assert env["OMP_NUM_THREADS"] == env["NUMBA_NUM_THREADS"] == "2"
    assert env["MALLOC_TRIM_THRESHOLD_"] == str(8 * 2**30)
    assert "MALLOC_TRIM_THRESHOLD_" not in drive.environment(CONTENDERS["torch"], 2)


def test_a_start_is_timed_from_outside_and_a_failing_one_is_left_out(stub, capsys):
    failing = type(stub)("failing", "no_such_module", ())
    bursts = drive.starts(CASES["start"], {"stub": stub, "failing": failing}, 1, 1)
    assert list(bursts) == ["stub"]
    ((seconds,),) = (burst["wall"] for burst in bursts["stub"])
    assert seconds > 0
    assert "start: failing is left out" in capsys.readouterr().err
