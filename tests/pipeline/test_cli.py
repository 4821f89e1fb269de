"""The commands, for a user who has read nothing but --help."""

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from pipeline import photos
from pipeline.datasets import drawn
from pipeline.recognise import options
from webapp.cli import main

COMMANDS = [
    "demo",
    "learn",
    "orl",
    "import",
    "download",
    "select",
    "extract",
    "gray",
    "doctor",
    "pairs",
    "train",
    "evaluate",
    "enroll",
    "forget",
    "predict",
    "verify",
    "gradcheck",
    "serve",
]


def run(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments], prog_name="siamese-np")


def test_the_help_lists_every_command_in_the_order_of_the_job():
    result = run("--help")
    listed = [line.split()[0] for line in result.stdout.split("Commands:\n")[1].splitlines()]
    assert result.exit_code == 0 and listed == COMMANDS
    assert "siamese-np demo" in result.stdout and "Exit codes" in result.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_says_what_it_does_and_what_its_options_mean(command):
    result = run(command, "--help")
    assert result.exit_code == 0 and result.stderr == ""
    text = result.stdout
    assert text.startswith(f"Usage: siamese-np {command}")
    assert len(text.split("\n\n")[1].split()) >= 5, "a sentence at least"
    listed = next(line for line in run("--help").stdout.splitlines() if line.strip().startswith(f"{command} "))
    assert len(listed.split()) > 4, "in the list of commands, too"


def test_the_version_is_printed():
    result = run("--version")
    assert result.exit_code == 0 and "siamese-np" in result.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ["fly"],
        ["download"],
        ["download", "Ada", "--limit", "0"],
        ["download", "Ada", "--timeout", "0"],
        ["train", "--epochs", "0"],
        ["train", "--rate", "0"],
        ["train", "--preset", "finest"],
        ["train", "--source", "all"],
        ["train", "--power", "3"],
        ["train", "--seed", "-1"],
        ["train", "--kernels", "fortran"],
        ["evaluate", "--seed", "x"],
        ["predict"],
        ["predict", "a.png", "--rule", "pair"],
        ["verify", "a.png"],
        ["enroll", "Ann"],
        ["forget"],
        ["gradcheck", "--kernels", "c"],
        ["demo", "--port", "99999"],
        ["demo", "--epochs", "none"],
    ],
)
def test_wrong_usage_exits_with_2_and_points_to_the_help(arguments):
    result = run(*arguments)
    assert result.exit_code == 2 and result.stdout == ""
    assert "Usage: siamese-np" in result.stderr and "--help" in result.stderr and "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["train", "--pairs", "nowhere"], "nowhere holds no pairs"),
        (["evaluate", "--run", "nowhere"], "no model at nowhere"),
        (["predict", "a.png", "--run", "nowhere"], "no model at nowhere"),
        (["verify", "a.png", "b.png", "--run", "nowhere"], "no model at nowhere"),
        (["enroll", "Ann", "a.png", "--run", "nowhere"], "a.png: doesn't exist"),
        (["forget", "Ann", "--run", "nowhere"], "Ann is not in the gallery"),
    ],
)
def test_a_failed_job_exits_with_1_and_says_why(arguments, reason, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = run(*arguments)
    assert result.exit_code == 1 and result.stdout == ""
    assert reason in result.stderr.replace("\n", " ") and "Traceback" not in result.stderr
    assert list(tmp_path.iterdir()) == [], "nothing is left behind"


def test_each_stage_is_a_module_of_its_own():
    stages = ["download", "gray", "doctor", "pairs", "train", "evaluate", "predict"]
    running = {
        stage: subprocess.Popen([sys.executable, "-W", "error", "-m", f"pipeline.{stage}", "--help"],
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for stage in stages
    }  # fmt: skip
    for stage, process in running.items():
        out, err = process.communicate()
        assert (process.returncode, err) == (0, "")
        assert out.startswith(f"Usage: python -m pipeline.{stage} ")


def test_gradients_are_checked_by_a_command():
    result = run("gradcheck", "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["wrong"] == 0


def test_the_whole_way_from_photos_to_a_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    faces = drawn.draw(14, 8, np.random.default_rng(3), size=(56, 46))
    for image, person, source in zip(faces.images, faces.people, faces.sources):
        # in colour, and the last three people aside
        where = tmp_path / "data/faces" if person < 11 else tmp_path / "others"
        photos.write_png(where / source, np.repeat(image[0][..., None], 3, 2))

    assert "11 people, 88 grey photos: 88 written" in run("gray").stdout
    result = run("pairs", "--val", 2, "--test", 3, "--pairs", 100)
    assert result.exit_code == 0 and "88 photos of 11 people, 56x46" in result.stdout

    train = ["train", "--run", "runs/mine", "--epochs", 2, "--kernels", "numpy"]
    result = run(*train, "--json")
    trained = json.loads(result.stdout)
    assert result.exit_code == 0 and trained["reused"] is False and trained["epochs"] == 2
    assert "training 2 + 2 epochs" in result.stderr and "learns nothing" in result.stderr
    with open("runs/mine/history.csv", newline="") as file:
        assert len(list(csv.DictReader(file))) == 4, "two networks, one after another"
    result = run(*train)
    assert result.exit_code == 0 and result.stdout.startswith("kept runs") and "threshold for mean" in result.stdout
    result = run(*train, "--seed", 1)
    assert result.exit_code == 1 and "model.npz is of another training (seed: 0 there, 1 here)" in result.stderr

    result = run("evaluate", "--run", "runs/mine", "--kernels", "numpy", "--json")
    report = json.loads(result.stdout)
    assert result.exit_code == 0 and report["protocol"] == "unseen people"
    assert {path.name for path in (tmp_path / "runs/mine/pictures").iterdir()} == {*report["pictures"]}
    assert "roc.png, distances.png" in result.stderr
    assert {"model.npz", "checkpoint.npz", "checkpoint-2.npz", "history.csv", "curves.png", "report.json", "pictures"} == {
        path.name for path in (tmp_path / "runs/mine").iterdir()
    }

    for person in ("p12", "p13"):
        known = [f"others/{person}/{number}.png" for number in (1, 2, 3, 4)]
        assert run("enroll", person, *known, "--run", "runs/mine").exit_code == 0
    probes = ["others/p12/5.png", "others/p13/6.png", "others/p14/7.png"]
    result = run("predict", *probes, "--run", "runs/mine", "--kernels", "numpy", "--json")
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.exit_code == 0 and [answer["photo"] for answer in answers] == probes
    assert all({row["person"] for row in answer["ranking"]} == {"p12", "p13"} for answer in answers)
    assert [answer["ranking"][0]["person"] for answer in answers[:2]] == ["p12", "p13"]
    result = run("verify", *probes[:2], "--run", "runs/mine", "--kernels", "numpy", "--json")
    assert result.exit_code == 0 and json.loads(result.stdout)["distance"] > 0
    assert run("forget", "p13", "--run", "runs/mine").exit_code == 0
    result = run("predict", probes[1], "--run", "runs/mine", "--kernels", "numpy", "--json")
    assert json.loads(result.stdout)["gallery"] == {"people": 1, "photos": 4}


def test_commands_take_the_run_that_was_trained_last_unless_told_otherwise(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert options.last_run() == Path("runs/default")
    for age, name in enumerate(("old", "new", "older")):
        model = tmp_path / "runs" / name / "model.npz"
        model.parent.mkdir(parents=True)
        model.touch()
        os.utime(model, (1000, 1000 + (1, 2, 0)[age]))
    assert options.last_run() == Path("runs/new")
