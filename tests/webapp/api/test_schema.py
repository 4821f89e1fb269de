"""Thousands of requests, right and wrong ones, that schemathesis makes of the description: every answer is as described.

It also tries chains of requests (add, rename, undo), methods that are not there, and changes without the token.
"""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.schema
HERE = Path(__file__).parent
EXAMPLES = 40  # of each operation and kind

# a description can't say which files are photos, and which names a folder can have
CONFIG = """
[checks.positive_data_acceptance]
expected-statuses = ["2xx", 401, 403, 404, 409, 413, 415, 422, 503]
"""


@pytest.mark.parametrize("token", [None, "sesame"])
def test_every_answer_is_as_described(app, live, token, tmp_path):
    pytest.importorskip("schemathesis")
    app.config["TOKEN"] = token
    (tmp_path / "schemathesis.toml").write_text(CONFIG)
    command = [sys.executable, "-m", "schemathesis.cli", "run", f"{live}/api/openapi.json", "--no-color",
               "--max-examples", str(EXAMPLES), "--seed", "0"]  # fmt: skip
    if token:
        command += ["-H", f"Authorization: Bearer {token}"]
    result = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, timeout=280,
        env={"PYTHONPATH": str(HERE), "SCHEMATHESIS_HOOKS": "photo_files", "PYTHONUTF8": "1"},
    )  # fmt: skip
    assert result.returncode == 0, result.stdout[-8000:] + result.stderr[-2000:]
    assert " 0 passed" not in result.stdout and "Operations:       13 selected / 13 total" in result.stdout
