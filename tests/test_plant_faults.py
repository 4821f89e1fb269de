"""The faults of plant_faults.py still fit the code that they are planted in, and the script tells what it found."""

import ast
import re

import pytest

from tests import plant_faults
from tests.plant_faults import FAULTS, ROOT, plant


def test_there_are_faults_of_every_kind_of_code():
    assert len(FAULTS) >= 15 and len({fault.name for fault in FAULTS}) == len(FAULTS)
    for part in ("layers/", "reference", "compiled/optimizers", "fused/", "winograd"):
        assert any(part in fault.file for fault in FAULTS), part


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: re.sub(r"\W+", "-", fault.name))
def test_a_fault_fits_exactly_one_place_and_leaves_code_that_runs(fault, tmp_path):
    text = (ROOT / fault.file).read_text(encoding="utf-8")
    assert text.count(fault.right) == 1
    (tmp_path / fault.file).parent.mkdir(parents=True)
    (tmp_path / fault.file).write_text(text, encoding="utf-8")
    plant(fault, tmp_path)
    planted = (tmp_path / fault.file).read_text(encoding="utf-8")
    assert planted != text and ast.parse(planted)


def test_the_script_names_the_test_and_its_message_and_counts_survivors(monkeypatch, capsys):
    answers = iter([("test_a.py::test_b", "assert 1 == 2"), None])
    monkeypatch.setattr(plant_faults, "copy_of_the_code", lambda folder: None)
    monkeypatch.setattr(plant_faults, "plant", lambda fault, folder: None)
    monkeypatch.setattr(plant_faults, "first_failure", lambda folder: next(answers))
    monkeypatch.setattr(plant_faults, "FAULTS", FAULTS[:2])
    assert plant_faults.main([]) == 1
    out = capsys.readouterr().out
    assert "test_a.py::test_b\n    assert 1 == 2" in out and "SURVIVED" in out
    assert out.endswith("2 faults planted, 1 caught, 1 survived\n")
