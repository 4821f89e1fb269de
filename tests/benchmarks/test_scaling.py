import json

import numpy as np
import pytest
from click.testing import CliRunner

from benchmarks import scaling, studies
from pipeline.recognise import predict

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture
def untimed(monkeypatch):
    """Every measurement takes 2 ms (and 5 MB)."""
    monkeypatch.setattr(studies, "case_ms", lambda case, seconds: 2.0)
    monkeypatch.setattr(studies, "training_from", lambda count, seconds: (2.0, 5.0))
    monkeypatch.setattr(studies, "answer_ms", lambda *arguments: 2.0)
    monkeypatch.setattr(studies, "untrained", lambda: None)


def test_json_has_one_value_for_each_x_and_each_study_its_picture(untimed, tmp_path):
    done = CliRunner().invoke(scaling.main, ["--json", "--out", str(tmp_path / "plots")])
    assert done.exit_code == 0, done.output
    printed = json.loads(done.stdout)["studies"]
    assert [study["name"] for study in printed] == list(studies.STUDIES)
    for study in printed:
        assert all(len(column["values"]) == len(study["x"]) for column in study["columns"])
        assert (tmp_path / "plots" / f"{study['name']}.png").read_bytes().startswith(PNG)


def test_a_table_has_a_line_for_each_x(untimed):
    done = CliRunner().invoke(scaling.main, ["gallery"])
    assert done.exit_code == 0, done.output
    head, *lines = done.stdout.rstrip().splitlines()[-5:]
    assert head.split("  ")[0] == "known photos"
    assert [line.split() for line in lines] == [[f"{n:,}", "2", "2", "50"] for n in (100, 1_000, 10_000, 100_000)]


def test_the_list_of_pairs_is_valid_and_half_of_it_same():
    data = studies.random_pairs(1000, people=5, photos=3, size=(4, 4))
    assert data.pairs["train"].shape == (1000, 2) and data.same["train"].sum() == 500


def test_a_random_gallery_answers_a_probe():
    recogniser, snapshot = studies.untrained(), studies.known(20)
    assert np.allclose(np.linalg.norm(snapshot.embeddings, axis=1), 1, atol=1e-6)
    answer = predict.predict(recogniser, snapshot, np.full((56, 46), 7, np.uint8))
    assert answer["gallery"] == {"people": 4, "photos": 20}
