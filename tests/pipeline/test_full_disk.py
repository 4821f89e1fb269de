"""A full disk: the message names a file of the user's, what was there before is kept, and no half file is left."""

import os
import subprocess

import numpy as np
import pytest
from click.testing import CliRunner

from pipeline import photos
from pipeline.cli import main

SIZE = 60  # kB


@pytest.fixture
def disk(tmp_path):
    """A folder on a disk of SIZE. Only the superuser of Linux can make one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    made = os.name == "posix" and subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={SIZE}k", "tmpfs", folder], capture_output=True
    ).returncode == 0  # fmt: skip
    if not made:
        pytest.skip("no small disk can be made here")
    yield folder
    subprocess.run(["umount", folder], check=True)


@pytest.fixture
def people(tmp_path):
    rng = np.random.default_rng(0)
    for number in range(24):
        path = tmp_path / "people" / f"person {number % 6}" / f"{number}.png"
        photos.write_png(path, rng.integers(0, 256, (112, 92), np.uint8))  # about 10 kB each
    return tmp_path / "people"


COMMANDS = {
    "orl": lambda people, disk: ["orl", disk / "new"],
    "import": lambda people, disk: ["import", people, disk / "new", "--yes"],
    "gray": lambda people, disk: ["gray", people, disk / "new"],
    "extract": lambda people, disk: ["extract", "--cropped", people, disk / "new"],
    "pairs": lambda people, disk: ["pairs", people, disk / "new", "--val", "0"],
    "enroll": lambda people, disk: ["enroll", "Ann", *people.rglob("*.png"), "--gallery", disk / "new"],
}


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_names_the_file_and_the_way_out(disk, people, command):
    (disk / "old").write_bytes(b"old" * 1000)
    result = CliRunner().invoke(main, list(map(str, COMMANDS[command](people, disk))))
    assert result.exit_code == 1, result.output
    told = result.stderr.splitlines()[-1]
    assert told.startswith(f"Error: {disk / 'new'}")
    assert "No space left on device" in told or "(is the disk full?)" in told
    assert "Make room on that disk" in told or "Nothing was changed" in told
    assert ".writing" not in told
    hidden = {path.name for path in disk.rglob(".*")}
    assert hidden <= {".faces.json"} and (disk / "old").read_bytes() == b"old" * 1000
