"""The pictures of the README are made of samples that may be shown, in two colours, and of every page of explore."""

import shutil

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from benchmarks import chromium
from benchmarks.screenshot import __main__ as screenshot
from benchmarks.screenshot import explore, sheet, who
from pipeline import photos
from pipeline.common.errors import JobError
from webapp.explore import PAGES


def test_the_photo_shows_two_known_people_and_a_stranger_side_by_side(tiny_run):
    height, width = who.FACE
    photo = who.group(tiny_run.folder)
    assert photo.shape == (height + 2 * who.SPACE, 3 * width + 4 * who.SPACE)
    assert (photo[: who.SPACE] == photo[0, 0]).all() and photo[who.SPACE : -who.SPACE].std() > 10


def test_a_run_without_samples_is_refused(tmp_path):
    with pytest.raises(JobError, match="siamese-np demo"):
        who.group(tmp_path)


def test_the_left_is_light_and_the_right_is_dark():
    light, dark = Image.new("RGB", (100, 60), "white"), Image.new("RGB", (100, 60), "black")
    picture = np.asarray(who.halves(light, dark))[:, :, 0]
    assert (picture[:, :40] == 255).all() and (picture[:, 80:] == 0).all()
    assert (np.diff(picture.astype(int), axis=1) <= 0).all()


def test_every_page_of_explore_has_a_tile_in_the_order_of_the_course():
    assert [tile.state.partition("/")[0] for tile in explore.TILES] == [page.blueprint.name for page in PAGES]


def test_tiles_are_laid_out_row_after_row():
    whole = np.asarray(sheet.of([Image.new("RGB", (4, 3), (value, 0, 0)) for value in (10, 20, 30)]))[:, :, 0]
    assert whole.shape == (6, 8)
    assert (whole[:3, :4] == 10).all() and (whole[:3, 4:] == 20).all() and (whole[3:, :4] == 30).all()


def test_a_rare_colour_stays_what_it_is(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (200, 200, 1), np.uint8).repeat(3, axis=2)
    pixels[:3, :3] = 240, 40, 160
    screenshot.save(Image.fromarray(pixels), tmp_path / "made" / "a.png")
    with Image.open(tmp_path / "made" / "a.png") as made:
        assert np.abs(np.asarray(made.convert("RGB"))[1, 1].astype(int) - (240, 40, 160)).max() < 30


@pytest.fixture
def run(tiny_run, tmp_path):
    """A run with samples that are real faces: a drawing is no face to the page, which runs in another process."""
    from skimage.data import astronaut

    run = tmp_path / "run"
    shutil.copytree(tiny_run.folder, run, ignore=shutil.ignore_patterns("gallery", "samples", "pictures"))
    face = astronaut()[:200, 130:310]
    for place in ("gallery/A/1", "samples/known/A/2", "samples/known/B/3", "samples/strangers/C/4"):
        photos.write_png(run / f"{place}.png", face)
    return run


@pytest.mark.browser
@pytest.mark.filterwarnings("default")  # those of playwright are not ours
def test_the_pictures_are_made_by_one_command(run, tmp_path, monkeypatch):
    # the tiny run has nobody to be trained on, and the states of the others are those of a demo's network
    monkeypatch.setattr(explore, "TILES", [tile for tile in explore.TILES if tile.state.startswith(("pl", "gr", "de"))])
    options = [str(run), "--out", str(tmp_path), "--kernels", "numpy"]
    result = CliRunner().invoke(screenshot.main, options, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    with Image.open(tmp_path / "page.png") as made:
        assert made.size == (who.VIEW["width"], who.VIEW["height"])
    width, height = explore.SIZE
    with Image.open(tmp_path / "explore.png") as made:
        assert made.size == (2 * width, 2 * height)
        corners = np.asarray(made.convert("L"))[5 :: height, 5 :: width]
    assert (corners[0, 0] > 200) and (corners[0, 1] < 60) and (corners[1, 0] < 60) and (corners[1, 1] > 200)
    assert all((tmp_path / name).stat().st_size < 300_000 for name in ("page.png", "explore.png"))


@pytest.mark.browser
@pytest.mark.filterwarnings("default")  # those of playwright are not ours
def test_a_tile_shows_its_pieces_and_nothing_else():
    tile = explore.Tile("", "h1, #b", start="go", ready="window.pressed")
    with chromium.launched() as browser:
        tab = browser.new_page()
        tab.set_content("""<header>a</header><main><h1>title</h1><p>c</p>
            <div><b id=b>shown <i>too</i></b><i>d</i></div>
            <button id=go onclick="setTimeout(() => { window.pressed = true; })">go</button></main><footer>e</footer>""")
        assert explore.picture(tab, tile).size == (1280, 720)
        assert tab.inner_text("body").split() == ["title", "shown", "too"]
