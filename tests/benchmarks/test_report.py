import json

import pytest
from click.testing import CliRunner

from benchmarks import plots, report

PNG = b"\x89PNG\r\n\x1a\n"


def test_the_table_names_machine_and_date_and_shows_a_dash_for_a_missing_contender(result):
    text = report.table(result)
    assert text.startswith(
        "a processor (akind, vectors of 256 bits), 2 cores, Linux x86_64, Python 3.11.7, numpy 2.0; 2025-01-31"
    )
    assert "peak of the machine: 400 GFLOP/s, 40 GB/s" in text
    assert "| S-train-16 | **2** | 40 | 13 | 11 | - | 7 | 5.5 | 3.5 | 150 | 38% | 21.5 |" in text
    assert "| start | **612** | 40 | 13 | 11 | - | 7 | 4.9 | - | - | - | - |" in text


def test_every_line_of_a_table_has_as_many_cells_as_its_head(result):
    lines = report.markdown(result["cases"]).splitlines()
    assert len({line.count("|") for line in lines}) == 1


@pytest.mark.parametrize(
    ("value", "written"),
    [(None, "-"), (2.4, "2.4"), (0.12345, "0.123"), (99.96, "100"), (1234.5, "1,230"), (612, "612"), (13.04, "13")],
)
def test_numbers_have_three_digits_and_no_power_of_ten(value, written):
    assert report.number(value) == written


def test_the_command_prints_the_table_and_draws_the_picture(result, tmp_path):
    (tmp_path / "speed.json").write_text(json.dumps(result))
    done = CliRunner().invoke(report.main, [str(tmp_path / "speed.json"), "--plot", str(tmp_path / "speed.png")])
    assert done.exit_code == 0 and done.stdout == report.table(result) + "\n"
    assert (tmp_path / "speed.png").read_bytes().startswith(PNG)


def test_a_picture_without_any_opponent_is_drawn_too(result, tmp_path):
    for row in result["cases"]:
        row["ratios"] = {"torch": None, "keras_tf": None}
    plots.speed(tmp_path / "speed.png", result)
    assert (tmp_path / "speed.png").read_bytes().startswith(PNG)
