"""The studies of what the page endures run, count what they say, and leave no process."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from skimage.data import astronaut

from benchmarks.endurance import costly, page
from benchmarks.endurance.__main__ import main
from pipeline import photos
from pipeline.photos import PhotoError, structure


def test_the_costly_files_are_what_they_are_called():
    assert structure.of_jpeg(costly.jpeg_of_scans(20, 40)).scans == 30
    assert structure.of_png(costly.png_of_chunks(70)).parts == 73
    assert photos.read(costly.png_with_opacity(50)).shape == (50, 50, 3)
    assert photos.read(costly.tiff_of_strips(70)).shape == (70, 600, 3)
    assert photos.read(costly.ppm_of_comments(9)).shape == (40, 40, 3)
    assert photos.read(costly.webp(64)).shape == (64, 64, 3)
    with pytest.raises(PhotoError, match="cut short"):
        photos.read(costly.png_without_data(50))


@pytest.fixture
def run_of_a_real_face(tiny_run, tmp_path) -> Path:
    """The tiny run with one real face in its gallery: the page, in a process of its own, takes no drawing for a face."""
    run = tmp_path / "run"
    shutil.copytree(tiny_run.folder, run, ignore=shutil.ignore_patterns("gallery", "samples", "pictures"))
    photos.write_png(run / "gallery" / "Eileen" / "1.png", astronaut())
    return run


def test_every_study_gives_its_figures(run_of_a_real_face, monkeypatch):
    files = {"scans": costly.jpeg_of_scans(90, 300), "cut": costly.png_without_data(300), "webp": costly.webp(300)}
    monkeypatch.setattr(page, "SETTLED", 0)
    monkeypatch.setattr(costly, "files", lambda: files)
    monkeypatch.setattr(costly, "eight_large", lambda: {"0": costly.webp(300)})
    studies = [f"--only={name}" for name in ("equal", "growth", "costly", "eight_large", "ctrl_c")]
    options = ["--seconds", "1", "--posts", "5", "--kernels", "numpy", "--json"]
    result = CliRunner().invoke(main, [str(run_of_a_real_face), *studies, *options], catch_exceptions=False)
    found = json.loads(result.stdout)
    assert found["equal"] == {"answers": 160, "different": 0}
    assert found["growth"]["posts"] == 10
    assert set(found["costly"]["costly"]) == set(files)
    assert found["costly"]["costly"]["webp"]["status"] == 422, "it is decoded, and shows no face"
    assert "cut short" not in found["costly"]["costly"]["webp"]["error"]
    assert found["costly"]["costly"]["cut"]["status"] == 422
    assert "cut short" in found["costly"]["costly"]["cut"]["error"]
    assert set(found["costly"]["statuses"]) == {"200"} and found["costly"]["faces"] >= 8
    assert found["ctrl_c"]["seconds"] > 0
