"""A changed byte in the text files that the program writes is found, or is without effect."""

import numpy as np
import pytest

from pipeline import evaluate
from pipeline.common import sealed
from pipeline.common.errors import JobError
from pipeline.download import manifest
from pipeline.faces import table
from pipeline.photos import selection_file
from pipeline.photos.selection_file import Decision, Stored
from pipeline.recognise.kept_faces import KeptFaces

PLACES = 60
NAMES = ("Ann/1.jpg", "Зоя/2.png", 'B,"c/no text \udcff.jpg')


def flips(path, seed=0):
    """Write the file with one byte changed, at PLACES places in turn."""
    before, rng = path.read_bytes(), np.random.default_rng(seed)
    for place in rng.choice(len(before), PLACES, replace=False):
        path.write_bytes(before[:place] + bytes([before[place] ^ int(rng.integers(1, 256))]) + before[place + 1 :])
        yield
    path.write_bytes(before)


def test_decisions(tmp_path):
    path = tmp_path / "selection.json"
    decisions = {(name, "ab" * 32): Decision(n > 0, (1.5, 2.0, 30.25, 40.0)) for n, name in enumerate(NAMES)}
    stored, found = Stored(decisions, [(NAMES[0], "ab" * 32, Decision(True))]), 0
    selection_file.write(path, stored)
    for _ in flips(path):
        try:
            assert selection_file.read(path) == stored
        except JobError as error:
            assert "selection.json" in str(error) and "ove it away" in str(error)
            found += 1
    assert found > PLACES / 2 and selection_file.read(path) == stored


def test_the_report_card(tmp_path):
    path, report, found = tmp_path / "report.json", {"results": {"ours": {"auc": {"mean": 91.25, "spread": 0}}}}, 0
    evaluate.write_report(path, report)
    for _ in flips(path):
        try:
            assert evaluate.read_report(path) == report
        except JobError as error:
            assert "report.json" in str(error) and "siamese-np evaluate" in str(error)
            found += 1
    assert found > PLACES / 2 and evaluate.read_report(path) == report


def test_the_faces_kept_beside_a_gallery(tmp_path, capsys):
    kept = KeptFaces(tmp_path)
    kept.put("ab" * 32, "no face is found")
    kept.save()
    photo = np.zeros((9, 9, 3), np.uint8)
    for _ in flips(kept.path):
        answer, told = KeptFaces(tmp_path).get("ab" * 32, photo), capsys.readouterr().err
        assert answer == "no face is found" and not told or answer is None and "searched for again" in told


def test_the_table_of_faces(tmp_path, capsys):
    path, rng = tmp_path / table.TABLE, np.random.default_rng(1)
    rows = {}
    for name in NAMES:
        crop = name.split("/")[1] + ("" if name.endswith("png") else ".png")
        rows[name] = table.row(name, "found", crop=crop, box=(1, 2, 3, 4), points=rng.uniform(0, 40, (5, 2)),
                               confidence=0.99, digest="0a1b", stamp="12-34", options="x")  # fmt: skip
    table.write(path, rows)
    assert table.read(path) == rows and capsys.readouterr().err == ""
    for _ in flips(path):
        read, told = table.read(path), capsys.readouterr().err
        # a changed title of a column makes it an older table, of which nothing is taken but names
        older = {"rule": "", "folder": "", "stamp": ""}
        assert all(row in (rows[name], rows[name] | older) for name, row in read.items())
        assert len(read) == len(rows) or "faces.csv" in told


def test_a_line_that_was_edited_by_hand_is_told_and_left_out(tmp_path, capsys):
    path = tmp_path / table.TABLE
    table.write(path, {name: table.row(name, "none", stamp="1-2-3") for name in NAMES[:2]})
    path.write_bytes(path.read_bytes().replace(b"Ann/1.jpg,none", b"Ann/1.jpg,found"))
    assert set(table.read(path)) == {NAMES[1]}
    assert "1 of 2 lines were changed since they were written and are left out (Ann/1.jpg)" in capsys.readouterr().err


def test_the_manifest(tmp_path, capsys):
    entries = []
    for n, name in enumerate(("Ann/1.jpg", "Зоя/2.png", "Ben/3.jpg")):
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_bytes(b"x" * n)
        address, when = f"https://example.org/{n}", "2026-01-01T00:00:00Z"
        entries.append(manifest.Entry(name.split("/")[0], name, address, "ab" * 32, n, when))
        manifest.add(tmp_path, entries[-1])
    assert manifest.load(tmp_path) == entries and capsys.readouterr().err == ""
    for _ in flips(tmp_path / manifest.NAME):
        read, told = manifest.load(tmp_path), capsys.readouterr().err
        assert [entry for entry in entries if entry in read] == read
        assert read == entries or "manifest.jsonl: " in told and "are not used" in told


@pytest.mark.parametrize("file", ["../secret.jpg", "/etc/passwd", "Ann/../../secret.jpg"])
def test_a_manifest_names_no_file_outside_its_folder(file, tmp_path, capsys):
    out = tmp_path / "raw"
    out.mkdir()
    (tmp_path / "secret.jpg").write_bytes(b"xx")
    manifest.add(out, manifest.Entry("Ann", file, "https://example.org", "ab" * 32, 2, "2026-01-01T00:00:00Z"))
    assert manifest.load(out) == [] and "1 lines are incomplete or were changed" in capsys.readouterr().err


def test_a_sealed_file_says_what_is_wrong_with_it(tmp_path):
    path = tmp_path / "a.json"
    for content, reason in (
        (b"", "is damaged"),
        (b"[" * 100_000, "is damaged"),
        (b"[]", "it gives no format"),
        (b'{"format": "3"}', "it gives no format"),
        (b'{"format": 4}', "has format 4, this program reads format 3: update siamese-np"),
        (b'{"format": 1}', "has format 1, this program reads format 3. "),
        (b'{"format": 3, "a": 1}', "its checksum differs"),
        (b'{"format": 2, "a": 1, "sha256": "0"}', "its checksum differs"),
    ):
        path.write_bytes(content)
        with pytest.raises(JobError, match=f"a.json .*{reason}.*do this"):
            sealed.read(path, 3, "do this", older=(2,))
    sealed.write(path, {"format": 3, "seed": np.int64(7), "sizes": (1, np.float32(0.5))})
    assert sealed.read(path, 3, "do this") == {"format": 3, "seed": 7, "sizes": [1, 0.5]}
    path.write_text('{"a": 1}')
    assert sealed.read(path, 3, "do this", older=(None,)) == {"a": 1}
    path.write_text('{"format": 2, "a": 1}')
    assert sealed.read(path, 3, "do this", older=(2,)) == {"format": 2, "a": 1}
