"""An error of the system names the file that it is about, and what became of it."""

import errno
import os

import numpy as np
import pytest

from pipeline.common import atomic
from pipeline.common.errors import about, reason


def no_room():
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_write_without_room_names_the_target_and_says_what_became_of_it(tmp_path):
    target = tmp_path / "a.npz"
    target.write_text("old")
    with pytest.raises(OSError, match="No space left") as caught, atomic.writing(target):
        no_room()
    assert (caught.value.errno, caught.value.filename) == (errno.ENOSPC, str(target))
    assert caught.value.__notes__ == ["What was there before is kept."] and target.read_text() == "old"


@pytest.mark.parametrize("second", [False, True])
def test_the_name_of_a_temporary_file_is_not_told(tmp_path, second):
    target = tmp_path / "a.csv"
    with pytest.raises(OSError) as caught, atomic.writing(target) as temporary:
        names = ["source", None, str(temporary)] if second else [os.fsencode(temporary)]
        raise OSError(errno.ENOSPC, "full", *names)
    assert (caught.value.filename, caught.value.filename2) == (str(target), None)


def test_an_error_without_a_number_names_the_target_too(tmp_path):
    with pytest.raises(OSError) as caught, atomic.writing(tmp_path / "a.npy"):
        raise OSError("4121600 requested and 102272 written")  # as np.save says it
    assert caught.value.filename == str(tmp_path / "a.npy")


def test_an_error_about_another_file_stays_as_it_is(tmp_path):
    with pytest.raises(FileNotFoundError) as caught, atomic.writing(tmp_path / "a.npy"):
        np.load(tmp_path / "missing.npy")
    assert caught.value.filename == str(tmp_path / "missing.npy") and not hasattr(caught.value, "__notes__")


def test_what_is_kept_can_be_said(tmp_path):
    with pytest.raises(OSError) as caught, about(tmp_path / "list", "Earlier lines are kept."):
        no_room()
    assert caught.value.__notes__ == ["Earlier lines are kept."]


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "No space left on device"),
        (OSError("4121600 requested and 102272 written"), "4121600 requested and 102272 written (is the disk full?)"),
        (OSError("encoder error -2 when writing image file"), "encoder error -2 when writing image file (is the disk full?)"),
        (OSError("no way"), "no way"),
        (OSError(), "OSError"),
    ],
)
def test_a_reason_is_always_given(error, words):
    assert reason(error) == words
