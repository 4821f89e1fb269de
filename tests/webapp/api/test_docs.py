"""The programs of docs/api.md run as they stand there, against a server."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

DOCS = (Path(__file__).parents[3] / "docs" / "api.md").read_text(encoding="utf-8")


def block(language):
    (found,) = re.findall(rf"```{language}\n(.*?)```", DOCS, re.S)
    return found


def run(command, live, folder):
    command = [part.replace("http://127.0.0.1:8000", live) for part in command]
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60)
    assert result.returncode == 0, result.stderr
    return result.stdout


@pytest.fixture
def folder(tmp_path, known, stranger):
    (tmp_path / "ada.jpg").write_bytes(stranger)
    (tmp_path / "who.jpg").write_bytes(stranger)
    return tmp_path


def test_ten_lines_of_python_enroll_and_ask(live, folder):
    program = block("python")
    assert len([line for line in program.splitlines() if line.strip()]) == 10
    said = run([sys.executable, "-c", program], live, folder).splitlines()
    assert said[0].startswith("Ada Ada: the nearest is Ada at 0.00") and said[1:] == ["Ada 1", "Anna 4", "Ben 4", "Зоя 4"]


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_one_line_of_curl_compares_two_photos(live, folder):
    (line,) = block("sh").splitlines()
    assert json.loads(run(line.split(), live, folder))["same"] is True
