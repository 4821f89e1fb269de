"""siamese-np select: the page, or the same from the terminal."""

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request

import pytest
from click.testing import CliRunner

from pipeline import photos
from pipeline.photos import selection
from webapp.select.command import main

from .conftest import face


def run(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_the_terminal_rejects_prints_and_draws(source, tmp_path):
    sheet = tmp_path / "sheet.png"
    result = run(source, "--reject", "Зоя/1.png", "--sheet", sheet)
    assert result.exit_code == 0, result.output
    assert "Зоя: 2 photos, 1 rejected, 1 undecided" in result.stdout and "rejected Зоя/1.png" in result.stdout
    assert photos.read(sheet).shape[2] == 3
    assert json.loads(run(source, "--json").stdout) == {"Зоя/1.png": False}
    assert json.loads(run(source, "--keep", "Зоя/1.png", "--json").stdout) == {"Зоя/1.png": True}


def test_the_terminal_chooses_a_face_by_its_number(source, detector, monkeypatch):
    monkeypatch.setattr("webapp.select.mtcnn", lambda: detector)
    detector.faces = [face(70, 20, 30, 40), face(10, 20, 30, 40)]
    result = run(source, "--face", "Зоя/1.png", 1)
    assert result.exit_code == 0 and "face chosen on Зоя/1.png" in result.stdout
    assert selection.load(source).faces == {"Зоя/1.png": (10, 20, 30, 40)}


@pytest.mark.parametrize(("name", "number", "words"), [
    ("Anna/0.png", 3, "has no face 3: 2 are found"), ("Anna/0.png", 0, "has no face 0"), ("Ben/7.png", 1, "no photo Ben/7.png"),
])  # fmt: skip
def test_a_face_that_is_not_there_is_refused_by_name_and_none_is_chosen(source, detector, monkeypatch, name, number, words):
    monkeypatch.setattr("webapp.select.mtcnn", lambda: detector)
    detector.faces = [face(70, 20, 30, 40), face(10, 20, 30, 40)]
    result = run(source, "--face", "Anna/1.png", 1, "--face", name, number)
    assert result.exit_code == 1 and words in result.stderr
    assert not (source / selection.FILE).exists()


def test_an_unknown_photo_is_named_and_nothing_is_decided(source):
    result = run(source, "--reject", "Anna/0.png", "--reject", "Ben/7.png")
    assert result.exit_code == 1 and "Ben/7.png" in result.stderr
    assert not (source / selection.FILE).exists()


@pytest.mark.parametrize("arguments", [["--port", "70000"], ["--port", "x"], ["--fly"]])
def test_wrong_usage_is_refused(source, arguments):
    assert run(source, *arguments).exit_code == 2


def test_a_folder_without_photos_is_told_before_anything_is_served(tmp_path):
    for folder, word in ((tmp_path, "holds no folder with photos"), (tmp_path / "nowhere", "doesn't exist")):
        for arguments in (["--port", "0"], ["--json"]):
            result = run(folder, *arguments)
            assert result.exit_code == 1 and word in result.stderr and result.stdout == ""


def test_a_damaged_file_of_decisions_is_told(source):
    (source / selection.FILE).write_text("{")
    result = run(source, "--port", "0")
    assert result.exit_code == 1 and "selection.json is damaged" in result.stderr


def test_a_port_in_use_is_told_with_the_way_out(source):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        result = run(source, "--port", taken.getsockname()[1])
    assert result.exit_code == 1 and "--port" in result.stderr


@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C can't be sent to one process on Windows")
def test_the_page_is_served_until_ctrl_c(source, sigint):
    command = [sys.executable, "-m", "webapp.select.command", str(source), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            address = process.stdout.readline().strip()
            assert address.startswith("http://127.0.0.1:")
            # the grid: no faces are looked for, which may have to be compiled first
            with urllib.request.urlopen(f"{address}grid", timeout=60) as response:
                assert b"Which photos to keep?" in response.read()
            process.send_signal(signal.SIGINT)
            rest, status = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == 0
    assert rest == "" and "Traceback" not in status and "5 photos, 0 decided" in status
