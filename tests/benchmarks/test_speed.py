import json

import pytest
from click.testing import CliRunner

from benchmarks import machine, speed


@pytest.fixture
def run(only_stubs, monkeypatch):
    monkeypatch.setattr(machine, "limits", lambda threads: {"gflops": 100.0 * threads, "gb_per_s": 10.0})
    monkeypatch.setattr(speed, "SECONDS", 0)
    return lambda *arguments: CliRunner().invoke(speed.main, arguments)


def test_json_is_one_object_with_a_row_for_each_case_and_number_of_threads(run):
    done = run("S-embed-1", "start", "--rounds", "1", "--json")
    assert done.exit_code == 0, done.output
    result = json.loads(done.stdout)
    assert [(row["case"], row["threads"]) for row in result["cases"]] == [
        ("S-embed-1", 2), ("S-embed-1", 1), ("start", 2), ("start", 1)
    ]  # fmt: skip
    assert result["machine"]["gflops"] == {"2": 200, "1": 100}
    for row in result["cases"]:
        assert row["ours_ms"] > 0 and row["torch_ms"] > 0 and row["keras_ms"] is None
    assert "Keras is left out" in done.stderr


def test_without_json_the_table_is_printed(run):
    done = run("S-embed-1", "--rounds", "1")
    assert done.exit_code == 0, done.output
    assert done.stdout.count("| S-embed-1 |") == 2


def test_an_unknown_case_is_wrong_usage():
    done = CliRunner().invoke(speed.main, ["S-train-17"])
    assert done.exit_code == 2 and "S-train-16" in done.stderr
