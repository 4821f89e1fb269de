"""The gallery and the samples of a run hold every name a person may have, and none leads out of the run."""

import types

import numpy as np
import pytest

from pipeline.common.errors import JobError
from pipeline.recognise.gallery import Gallery
from webapp.common import samples
from webapp.finish import fill

ODD = ("Sammy Davis Jr.", "AC:DC", "Who?", "李雷", "con")


def data(*names):
    """Two photos of each person; the second is kept aside from training."""
    number = 2 * len(names)
    return types.SimpleNamespace(
        names=names,
        people=np.arange(number) // 2,
        images=np.random.default_rng(0).integers(0, 256, (number, 1, 28, 23), np.uint8),
        part=np.array(["train", "test"] * len(names)),
        is_extra=np.zeros(number, bool),
        landmarks=None,
        sources=[f"x/{n}.png" for n in range(number)],
    )


def test_every_name_comes_back_from_gallery_and_samples(tmp_path):
    people = data(*ODD)
    fill(tmp_path / "gallery", people, np.arange(0, 10, 2))
    samples.write(tmp_path / "samples", people, np.arange(0, 10, 2))
    assert {sample.person for sample in samples.scan(tmp_path / "samples").known} == set(ODD)
    gallery = Gallery(tmp_path / "gallery")
    assert [gallery.forget(name).photos for name in ODD] == [1] * 5


@pytest.mark.parametrize("name", ["../../x", "..", "/tmp/x", "a/../../../x", "..\\x"])
def test_a_name_in_a_file_of_pairs_leads_nowhere_else(tmp_path, name):
    run, people = tmp_path / "deep" / "run", data(name)
    samples.write(run / "samples", people, np.arange(1))
    with pytest.raises(JobError, match="can't be the name of a person"):
        fill(run / "gallery", people, np.arange(1))
    inside = {path for path in run.rglob("*")}
    assert {path for path in tmp_path.rglob("*")} - inside == {run, run.parent}
