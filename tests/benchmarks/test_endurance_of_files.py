"""The studies of files, with few trials each: nothing is lost, and nothing changed is read."""

import json
import os
import sys

import pytest
from click.testing import CliRunner

from benchmarks.endurance.__main__ import main

pytestmark = [pytest.mark.endurance, pytest.mark.skipif(os.name == "nt", reason="Windows has no fork and no SIGKILL")]


def figures(name, *options):
    result = CliRunner().invoke(main, ["--only", name, "--json", *options], catch_exceptions=False)
    return json.loads(result.stdout)[name]


def test_a_changed_byte_is_told_or_without_effect():
    found = figures("damage", "--count", "30")
    assert len(found) > 20
    for kind, counts in found.items():
        assert (counts["unnoticed"], counts["wrong"]) == (0, 0), kind
        assert counts["told"] > 20, kind


@pytest.mark.parametrize("job", ["training", "extract"])
def test_what_was_killed_goes_on_to_the_same_end(job):
    found = figures(f"kill_{job}", "--count", "5")
    assert found["killed"] >= 5 and found["finished"] >= 1
    assert (found["different"], found["leftovers"]) == (0, 0)


def test_a_killed_gallery_has_all_that_was_confirmed():
    found = figures("kill_gallery", "--count", "10")
    assert found["confirmed"] > 10
    assert [found[name] for name in ("lost", "unreadable", "searched_again", "leftovers")] == [0, 0, 0, 0]


@pytest.mark.parametrize("job", ["pairs", "pairs_save"])
def test_killed_pairs_leave_whole_ones(job):
    found = figures(f"kill_{job}", "--count", "10")
    assert found["killed"] > 0 and (found["broken"], found["leftovers"]) == (0, 0)


def test_of_two_jobs_in_a_folder_none_succeeds_wrongly():
    found = figures("together", "--count", "3")
    assert set(found) == {"train", "pairs", "enroll", "extract", "import"}
    for name, counts in found.items():
        assert counts["both"] + counts["one"] == 3, name
        assert [counts[bad] for bad in ("wrong", "untold", "leftovers")] == [0, 0, 0], name


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="needs root on Linux")
def test_on_a_full_disk_every_command_says_so_and_loses_nothing():
    for name, counts in figures("full", "--count", "2").items():
        assert [counts[bad] for bad in ("untold", "lost", "leftovers")] == [0, 0, 0], name
        assert counts["done"] + counts["told"] == counts["trials"], name


@pytest.mark.parametrize("door", ["reader", "page"])
def test_damaged_images_are_answered(door):
    found = figures(f"mutated_{door}", "--seconds", "6", "--kernels", "numpy")
    assert found["wrong"] == 0 and found["formats"] > 15 and found["read"] > 0
    assert found["slowest_s"] < 20
    assert found["after_mb"] < found["half_mb"] + 30
