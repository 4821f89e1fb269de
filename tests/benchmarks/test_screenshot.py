"""The picture of the README is made of samples that may be shown, in two colours."""

import shutil

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from benchmarks import screenshot
from pipeline import photos
from pipeline.common.errors import JobError


def test_the_photo_shows_two_known_people_and_a_stranger_side_by_side(tiny_run):
    height, width = screenshot.FACE
    photo = screenshot.group(tiny_run.folder)
    assert photo.shape == (height + 2 * screenshot.SPACE, 3 * width + 4 * screenshot.SPACE)
    assert (photo[: screenshot.SPACE] == photo[0, 0]).all() and photo[screenshot.SPACE : -screenshot.SPACE].std() > 10


def test_a_run_without_samples_is_refused(tmp_path):
    with pytest.raises(JobError, match="siamese-np demo"):
        screenshot.group(tmp_path)


def test_the_left_is_light_and_the_right_is_dark():
    light, dark = Image.new("RGB", (100, 60), "white"), Image.new("RGB", (100, 60), "black")
    picture = np.asarray(screenshot.halves(light, dark))[:, :, 0]
    assert (picture[:, :40] == 255).all() and (picture[:, 80:] == 0).all()
    assert (np.diff(picture.astype(int), axis=1) <= 0).all()


@pytest.mark.browser
@pytest.mark.filterwarnings("default")  # those of playwright are not ours
def test_the_picture_is_made_by_one_command(tiny_run, tmp_path):
    from skimage.data import astronaut

    run = tmp_path / "run"
    shutil.copytree(tiny_run.folder, run, ignore=shutil.ignore_patterns("gallery", "samples", "pictures"))
    face = astronaut()[:200, 130:310]  # a drawing is no face to the page, which runs in another process
    for place in ("gallery/A/1", "samples/known/A/2", "samples/known/B/3", "samples/strangers/C/4"):
        photos.write_png(run / f"{place}.png", face)
    options = [str(run), "--out", str(tmp_path / "page.png"), "--kernels", "numpy"]
    result = CliRunner().invoke(screenshot.main, options, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    with Image.open(tmp_path / "page.png") as made:
        assert made.size == (screenshot.VIEW["width"], screenshot.VIEW["height"])
    assert (tmp_path / "page.png").stat().st_size < 300_000
