"""The report of a trained network, and the card that shows it as text."""

import json
import shutil

import pytest
from click.testing import CliRunner

from pipeline import evaluate, pairs
from pipeline.evaluate.card import NAMES, card
from pipeline.recognise import thresholds


@pytest.fixture(scope="module", autouse=True)
def fewer_rounds():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pipeline.evaluate.command.ROUNDS", 60)
        patch.setattr(thresholds, "ROUNDS", 5)
        yield


@pytest.fixture(scope="module")
def report(tiny_run, loaded):
    return evaluate.evaluate(loaded, tiny_run.data)


def test_the_report_says_what_was_judged(report):
    assert set(report) == {
        "protocol",
        "preset",
        "people",
        "photos",
        "seconds",
        "parameters",
        "thresholds",
        "thresholds_chosen_on",
        "open_set",
        "results",
    }
    assert (report["protocol"], report["people"], report["photos"]) == ("unseen people", 6, 48)
    assert report["open_set"] == {"gallery_people": 4, "stranger_people": 2, "enrolled_photos": 20, "known_photos": 12,
                                  "strangers_photos": 16}  # fmt: skip
    ours, theirs = report["results"]["ours"], report["results"]["raw_pixels"]
    assert set(ours) == set(theirs) <= set(NAMES)
    assert all(set(figure) == {"mean", "spread"} for figure in (*ours.values(), *theirs.values()))
    assert ours["one_shot"]["spread"] > 0 and ours["auc"]["spread"] == 0


def test_the_card_has_one_line_per_figure_in_three_columns(report):
    text = card(report)
    for metric, name in NAMES.items():
        lines = [line for line in text.splitlines() if line.startswith(name + "  ")]
        assert len(lines) == (metric in report["results"]["ours"])
        for line in lines:
            numbers = line.removeprefix(name)
            for way in ("ours", "raw_pixels"):
                assert f"{report['results'][way][metric]['mean']:.1f}" in numbers
            chance = report["results"]["chance"].get(metric)
            assert numbers.split()[-1] == (f"{chance['mean']:.1f}" if chance else "-")
    assert max(map(len, text.splitlines())) < 130


def test_the_card_counts_photos_in_words(report):
    ours = report["results"]["ours"]
    named, refused = (
        round(ours[name]["mean"] * n / 100) for name, n in (("known_named_right", 12), ("strangers_rejected", 16))
    )
    text = card(report)
    assert f"Of 12 new photos of the 4 people in the gallery, {named} are named right." in text
    assert f'Of 16 photos of 2 strangers, {refused} are called "unknown".' in text


@pytest.mark.parametrize(("chosen_on", "words"), [
    ("val", "The threshold should accept"), ("train", "the threshold is an estimate from training photos")
])  # fmt: skip
def test_the_card_says_where_the_threshold_comes_from(report, chosen_on, words):
    assert words in card({**report, "thresholds_chosen_on": chosen_on})


def test_the_command_writes_the_report_it_prints(tiny_run, report, tmp_path, one_picture):
    pairs.save(tmp_path / "pairs", tiny_run.data)
    arguments = ["--run", str(tiny_run.folder), "--pairs", str(tmp_path / "pairs"), "--kernels", "numpy"]
    try:
        result = CliRunner().invoke(evaluate.main, [*arguments, "--json"])
        assert result.exit_code == 0
        written = evaluate.read_report(tiny_run.folder / "report.json")
        assert json.loads(result.stdout) == written
        assert written == json.loads(json.dumps(report)) | {"pictures": ["distances.png"]}
        assert f"wrote {tiny_run.folder / 'pictures'}: distances.png" in result.stderr
        assert [path.name for path in (tiny_run.folder / "pictures").iterdir()] == written["pictures"]
        assert CliRunner().invoke(evaluate.main, arguments).stdout == card(report) + "\n"
    finally:
        shutil.rmtree(tiny_run.folder / "pictures", ignore_errors=True)
        (tiny_run.folder / "report.json").unlink(missing_ok=True)


def test_a_trained_network_beats_raw_pixels_on_people_it_never_saw(report):
    ours, theirs = report["results"]["ours"], report["results"]["raw_pixels"]
    assert ours["one_shot"]["mean"] > theirs["one_shot"]["mean"] + 5 and ours["auc"]["mean"] > theirs["auc"]["mean"]
