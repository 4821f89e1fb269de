"""Sample probes: written for a run, read again, and shown as what they are."""

import numpy as np
import pytest

from pipeline import pairs, photos
from pipeline.datasets import drawn
from webapp import create_app
from webapp.common import samples


@pytest.fixture(scope="module")
def data():
    """6 drawn people x 6 images; a quarter of each person's images is kept aside."""
    faces = drawn.draw(6, 6, np.random.default_rng(3), size=(28, 23))
    rng = np.random.default_rng(4)
    return pairs.build(faces, pairs.by_image(faces, 0, 0.3, rng), 20, rng)


def people(row):
    return {sample.person for sample in row}


def pictures(row):
    return [photos.read(sample.path)[:, :, 0] for sample in row]


def test_photos_that_were_kept_aside_are_samples_of_known_people_and_of_strangers(tmp_path, data):
    known = data.names[:4]
    enrolled = np.flatnonzero((data.part == "train") & (data.people < 4))
    samples.write(tmp_path / "samples", data, enrolled)
    found = samples.scan(tmp_path / "samples")
    assert people(found.known) == {*known} and people(found.strangers) == {*data.names[4:]} and found.enrolled == ()
    assert all(sample.known for sample in found.known) and not any(sample.known for sample in found.strangers)
    aside = data.images[data.part == "test", 0]
    for picture in pictures(found.known + found.strangers):
        assert (aside == picture).all((1, 2)).any()


def test_where_every_photo_is_in_the_gallery_its_own_photos_are_samples(tmp_path, data):
    samples.write(tmp_path / "samples", data, np.flatnonzero(data.part != "drop"))
    found = samples.scan(tmp_path / "samples")
    assert (found.known, found.strangers) == ((), ()) and people(found.enrolled) == {*data.names}
    assert len(found.enrolled) == samples.SHOWN and found.find(found.enrolled[3].key) == found.enrolled[3]


def test_people_who_were_only_added_to_train_with_are_no_samples(tmp_path, data):
    own = np.flatnonzero(data.people < 4)
    assert own.max() + 1 == len(own), "the extra people come last"
    extended = pairs.PairData(**{**vars(data), "info": {**data.info, "without_extra": len(own)}})
    samples.write(tmp_path / "samples", extended, own[data.part[own] == "train"])
    found = samples.scan(tmp_path / "samples")
    assert people(found.known) == {*data.names[:4]} and found.strangers == ()


def test_earlier_samples_are_replaced_and_a_run_that_is_stopped_keeps_them(tmp_path, data, monkeypatch):
    root = tmp_path / "samples"
    samples.write(root, data, np.flatnonzero(data.part == "train"))
    before = samples.scan(root)

    def stop(*arguments):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(photos, "write_png", stop)
        with pytest.raises(KeyboardInterrupt):
            samples.write(root, data, np.flatnonzero(data.part != "drop"))
    assert samples.scan(root) == before and before.known
    samples.write(root, data, np.flatnonzero(data.part != "drop"))
    assert samples.scan(root).known == () and [path.name for path in tmp_path.iterdir()] == ["samples"]


def test_the_page_says_that_samples_are_in_the_gallery(run):
    (run / "samples/known").rename(run / "samples/enrolled")
    client = create_app({"RUN": run, "KERNELS": "numpy"}).test_client()
    page = client.get("/").text
    assert "Photos of the gallery itself, since no others were kept aside" in page
    assert "People in the gallery, in other photos" not in page and "Strangers" in page
    key = page.split('name="sample" value="')[1].split('"')[0]
    assert "this sample shows" in client.post("/", data={"sample": key}, follow_redirects=True).text
    assert client.get(f"/samples/{key}.jpg").status_code == 200
