"""Each job that writes into a folder is refused while another one works there, and changes nothing."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event

import numpy as np
import pytest
from click.testing import CliRunner

from pipeline import pairs, photos
from pipeline.cli import main
from pipeline.common import locks
from pipeline.common.errors import JobError
from pipeline.pairs import store
from pipeline.photos import folder
from pipeline.recognise.gallery import Gallery


@pytest.fixture(scope="module")
def source(tmp_path_factory, few_pairs):
    """Photos of people, and pairs."""
    root = tmp_path_factory.mktemp("source")
    for n, (image, person) in enumerate(zip(few_pairs.images[:, 0], few_pairs.people)):
        photos.write_png(root / "photos" / few_pairs.names[person] / f"{n}.png", image)
    pairs.save(root / "pairs", few_pairs)
    return root


@contextmanager
def busy(lock):
    """Another thread holds a lock until the block ends."""
    there, go = Event(), Event()

    def hold():
        with lock:
            there.set()
            go.wait(60)

    with ThreadPoolExecutor(1) as other:
        held = other.submit(hold)
        assert there.wait(60)
        try:
            yield
        finally:
            go.set()
            held.result()


JOBS = {
    "train": lambda source, out: ["train", "--pairs", source / "pairs", "--run", out, "--kernels", "numpy"],
    "pairs": lambda source, out: ["pairs", source / "photos", out],
    "gray": lambda source, out: ["gray", source / "photos", out],
    "extract": lambda source, out: ["extract", source / "photos", out, "--cropped"],
    "import": lambda source, out: ["import", source / "photos", out, "--yes"],
}


@pytest.mark.parametrize("job", JOBS)
def test_the_second_job_in_a_folder_is_refused_and_changes_nothing(job, source, tmp_path):
    out = tmp_path / "out"
    with busy(store.held(out) if job == "pairs" else locks.held(out)):
        before = sorted(tmp_path.rglob("*"))
        result = CliRunner().invoke(main, list(map(str, JOBS[job](source, out))))
        assert result.exit_code == 1 and "is in use by " in result.stderr and ", since 20" in result.stderr
        assert sorted(tmp_path.rglob("*")) == before


def test_changes_of_a_gallery_wait_for_each_other(tmp_path):
    known, photo = Gallery(tmp_path), np.zeros((20, 16), np.uint8)
    with ThreadPoolExecutor(1) as other, busy(locks.held(tmp_path)):
        enrolled = other.submit(known.enroll, "Ann", [photo])
        assert not enrolled.done() and not (tmp_path / "Ann").exists()
    assert enrolled.result() == 1 and known.forget("Ann").photos == 1


def test_what_a_killed_job_left_is_no_photo(source, tmp_path):
    known = Gallery(tmp_path)
    known.enroll("Ann", [np.zeros((20, 16), np.uint8)])
    (photo,) = (tmp_path / "Ann").iterdir()
    photo.with_name(".writing-99999999999-0123456789abcdef0123456789abcdef.png").write_bytes(photo.read_bytes())
    scan = folder.scan(tmp_path)
    assert scan.people[0].files == (photo,) and not any(".writing" in str(path) for path, _ in scan.skipped)
    assert known.forget("Ann").photos == 1


def test_nobody_waits_for_ever_for_a_gallery(tmp_path):
    with busy(locks.held(tmp_path)), pytest.raises(JobError, match="in use by"), locks.held(tmp_path, wait=0.1):
        pass
