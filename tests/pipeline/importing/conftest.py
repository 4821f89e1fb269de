"""Small photos, all different, in a tree that a test describes by its paths."""

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from pipeline import photos
from pipeline.importing import main


def picture(k: int) -> bytes:
    """The file of photo number k."""
    return photos.png_bytes(np.random.default_rng(k).integers(0, 256, (6, 5), np.uint8))


@pytest.fixture
def put(tmp_path):
    """put("a/1.png", "b/2.png") writes different photos below tmp_path/source, and returns that folder."""

    def write(*names: str) -> Path:
        for k, name in enumerate(names):
            path = tmp_path / "source" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(picture(k))
        return tmp_path / "source"

    return write


@pytest.fixture
def bring(tmp_path):
    """bring(source, *options) imports into tmp_path/raw and returns the result of the command."""

    def run(source: Path, *options: str):
        return CliRunner().invoke(main, [str(source), str(tmp_path / "raw"), *options], prog_name="siamese-np import")

    return run


@pytest.fixture
def raw(tmp_path):
    """raw() -> what lies in the target, {"Person": ["1.png", ...]}."""

    def look() -> dict[str, list[str]]:
        people = sorted(path for path in (tmp_path / "raw").glob("*") if path.is_dir())
        return {path.name: sorted(photo.name for photo in path.iterdir()) for path in people}

    return look
