"""Results of several splits as one table."""

import json

import pytest
from click.testing import CliRunner

from benchmarks import accuracy_table


def result(split, one_shot, preset="default", extra=None):
    figures = {"ours": one_shot, "raw_pixels": 50.0, "chance": 5.0}
    results = {method: {"one_shot": {"mean": value, "spread": 1.0}} for method, value in figures.items()}
    results["ours"]["known_accepted"] = {"mean": 90.0, "spread": 0.0}
    return {"protocol": "P2", "split": split, "extra": extra, "preset": preset, "results": results}


def test_folds_of_one_kind_are_one_row_with_their_mean_and_spread():
    text = accuracy_table.table([result("a_fold1", 84.0), result("a_fold0", 80.0), result("b", 70.0)])
    assert text.splitlines() == [
        "| split | metric | chance | raw_pixels | default |",
        "| --- | --- | ---: | ---: | ---: |",
        "| a | one_shot | 5.0 | 50.0 | 82.0 ± 2.0 |",
        "| a | known_accepted | - | - | 90.0 |",
        "| b | one_shot | 5.0 | 50.0 | 70.0 |",
        "| b | known_accepted | - | - | 90.0 |",
    ]


def test_what_was_trained_is_a_column_and_a_missing_figure_a_dash():
    reports = [result("a_fold0", 80.0), result("b_fold0", 90.0, "best", "celebrities")]
    lines = accuracy_table.table(reports, ("one_shot",)).splitlines()
    assert lines[0] == "| split | metric | chance | raw_pixels | best + celebrities | default |"
    assert lines[2:] == ["| a | one_shot | 5.0 | 50.0 | - | 80.0 |", "| b | one_shot | 5.0 | 50.0 | 90.0 | - |"]


def test_the_baselines_of_a_split_count_once_however_many_presets_were_trained():
    lines = accuracy_table.table([result("a_fold0", 80.0), result("a_fold0", 90.0, "best")], ("one_shot",))
    assert lines.splitlines()[2] == "| a | one_shot | 5.0 | 50.0 | 90.0 | 80.0 |"


def test_the_command_reads_files(tmp_path):
    (tmp_path / "a.json").write_text(json.dumps(result("a_fold0", 80.0)))
    done = CliRunner().invoke(accuracy_table.main, [str(tmp_path / "a.json"), "--metric", "one_shot"])
    assert done.exit_code == 0 and done.stdout == accuracy_table.table([result("a_fold0", 80.0)], ("one_shot",)) + "\n"


@pytest.mark.parametrize("text", ["", "[]", '{"split": "a"}', '{"split": "a", "preset": "b", "extra": null, "results": []}'])
def test_another_file_is_named(tmp_path, text):
    (tmp_path / "odd.json").write_text(text)
    done = CliRunner().invoke(accuracy_table.main, [str(tmp_path / "odd.json")])
    assert done.exit_code == 1 and "odd.json is no result of benchmarks.accuracy" in done.output
