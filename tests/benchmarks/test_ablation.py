"""The ablation on drawn faces: what each row is, what is kept, and where a row cheats on purpose."""

import json
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner

from benchmarks import ablation, ingredients
from pipeline import pairs
from pipeline.common.errors import JobError
from pipeline.datasets import drawn
from pipeline.pairs import PairData
from pipeline.recognise import baselines, thresholds
from pipeline.train import curves
from pipeline.train.recipes import PRESETS, Member, Recipe
from siamese_np import kernels, metrics
from siamese_np.layers import Dense, L2Normalize, ReLU
from siamese_np.models import face_network

PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(scope="module")
def data() -> PairData:
    """10 drawn people x 4 images of 40 x 32: 6 to train, 4 to test."""
    faces, rng = drawn.draw(10, 4, np.random.default_rng(3), size=(40, 32)), np.random.default_rng(0)
    return pairs.build(faces, pairs.by_person(faces, 0, 4, rng), {"train": 200}, rng)


def small(recipe: Recipe, *sizes: tuple[int, int]) -> Recipe:
    """A recipe with views of these sizes."""
    first, *more = (replace(recipe.preprocessing, size=size) for size in sizes)
    return replace(recipe, preprocessing=first, more=tuple(map(Member, more)), more_aligned=(), people_a_batch=6)


@pytest.fixture(autouse=True)
def quicker(monkeypatch, data):
    rows = ingredients.rows(small(PRESETS["original"], (20, 16)), small(PRESETS["default"], (24, 16), (16, 16)))
    monkeypatch.setattr(ingredients, "rows", lambda: rows)
    monkeypatch.setattr(ablation, "ROUNDS", 10)
    monkeypatch.setattr(thresholds, "ROUNDS", 5)
    monkeypatch.setattr(curves, "draw", lambda *arguments: None)
    monkeypatch.setattr(ablation, "people_of", lambda seed, root, split: data)
    monkeypatch.setattr(ablation, "aligned", lambda rounds, out: rounds)


@pytest.fixture
def run(tmp_path):
    def invoke(*arguments):
        line = ["--kernels", "numpy", "--seeds", "1", "--epochs", "1", "--out", str(tmp_path / "out"), *arguments]
        return CliRunner().invoke(ablation.main, line, catch_exceptions=False)

    return invoke


def test_the_rows_lead_from_the_original_to_the_default_and_all_names_differ(monkeypatch):
    monkeypatch.undo()
    rows = ingredients.rows()
    assert rows[0].recipe == PRESETS["original"] and rows[-1].recipe == PRESETS["default"]
    assert len({row.name for row in rows}) == len(rows)
    assert all(row.mined_by in {other.name for other in rows} for row in rows if row.mined_by)


def test_each_row_changes_little_against_the_one_before():
    honest = [row for row in ingredients.rows() if not row.data]
    for before, row in zip(honest[1:], honest[2:]):
        here, there = row.recipe.to_json(), before.recipe.to_json()
        changed = {key for key in here if here[key] != there[key]} - {"preprocessing"}
        assert len(changed) <= 4 and (changed or row.mined_by), f"{row.name}: {changed}"


def test_the_networks_differ_only_in_their_last_layers():
    ends = [*ingredients.VARIANTS.values(), face_network]
    built = [network(np.random.default_rng(0), kernels.get("numpy"), (24, 16)) for network in ends]
    assert [type(network.layers[-1]) for network in built] == [ReLU, Dense, L2Normalize]
    x = np.random.default_rng(1).normal(size=(3, 1, 24, 16)).astype(np.float32)
    relu, linear, l2 = (network.forward(x) for network in built)
    assert np.array_equal(relu, np.maximum(linear, 0))
    assert np.allclose(l2, linear / np.linalg.norm(linear, axis=1, keepdims=True), atol=1e-6)
    assert all(network.flat_params.size == built[2].flat_params.size for network in built)


def test_inverted_labels_call_one_person_different_and_change_nothing_else(data):
    wrong = ingredients.inverted(data)
    own = data.people[wrong.pairs["train"]]
    assert np.array_equal(wrong.same["train"], own[:, 0] != own[:, 1])
    assert wrong.images is data.images and np.array_equal(wrong.pairs["train"], data.pairs["train"])
    with pytest.raises(ValueError, match="contradicts people"):
        replace(data, same={**data.same, "train": ~data.same["train"]})


def test_leaked_pairs_share_photos_with_the_held_out_ones_but_no_pair(data):
    leak = ingredients.leaked(data)
    held_out, same = ingredients.held_out(data)
    assert 0 < same.sum() < len(same) and (data.part[held_out] == "test").all()
    trained = {frozenset(pair) for pair in leak.pairs["train"].tolist()}
    assert trained.isdisjoint({frozenset(pair) for pair in held_out.tolist()})
    assert set(held_out.ravel()) <= set(leak.pairs["train"].ravel())
    assert leak.same["train"].mean() == 0.5 and len(leak.pairs["train"]) == ingredients.PAIRS
    rows, _ = metrics.all_pairs(data.people[data.indices("test")])
    assert len(held_out) < len(rows) / 2


def test_all_rows_are_printed_drawn_and_kept(run, tmp_path):
    done = run()
    assert done.exit_code == 0, done.output
    for row in ingredients.rows():
        assert f"\n{row.name} " in done.stdout and row.change in done.stdout
    assert "\nraw pixels" in done.stdout and "\nchance" in done.stdout
    assert "about" in done.stderr and "left" in done.stderr
    assert (tmp_path / "out/ablation.png").read_bytes().startswith(PNG)
    kept = json.loads((tmp_path / "out/ablation.json").read_text())
    assert [row["row"] for row in kept["rows"]] == ["chance", "raw pixels", *ablation.NAMES]
    for row in kept["rows"][2:]:
        assert set(ablation.METRICS) <= set(row) and row["losses"]
    assert kept["rows"][0]["one_shot"]["mean"] == 25


def test_a_finished_row_is_kept_and_another_length_is_another_training(run, tmp_path, monkeypatch):
    first = json.loads(run("--only", "mined-file", "--json").stdout)
    assert [row["row"] for row in first["rows"]] == ["chance", "raw pixels", "mined-file"]
    models = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("model.npz")}
    assert len(models) == 2, "the row that mined for it was trained, too"
    again = json.loads(run("--only", "mined-file", "--json").stdout)
    assert again["rows"] == first["rows"]
    assert {path: path.stat().st_mtime_ns for path in models} == models
    run("--only", "l2", "--epochs", "2")
    assert len(list((tmp_path / "out").rglob("model.npz"))) == 3
    assert not (tmp_path / "out/ablation.json").exists(), "some rows are no whole result"


def test_the_mirror_row_needs_no_training_of_its_own(run, tmp_path):
    figures = json.loads(run("--only", "longer", "--only", "mirror", "--json").stdout)["rows"]
    assert len(list((tmp_path / "out").rglob("model.npz"))) == 1
    assert figures[2]["d_same"] != figures[3]["d_same"]


def test_test_photos_change_only_the_training_that_cheats(data, tmp_path):
    noise = data.images.copy()
    noise[data.indices("test")] = np.random.default_rng(9).integers(0, 256, noise[data.indices("test")].shape, np.uint8)
    bench = ablation.Bench(tmp_path, "numpy", 1)
    honest = ("inverted", "original", "relu", "mined-file", "hard")
    for row in ingredients.chosen([*honest, "leaked"]):
        runs = [bench.trained(row, some, 0) for some in (data, replace(data, images=noise))]
        assert (runs[0] == runs[1]) == (row.name in honest)


def test_figures_depend_only_on_the_test_people(data):
    z = baselines.raw_pixels(data.images[:, 0])
    other = z.copy()
    other[data.indices("train")] = 0
    assert ablation.judge(z, data, False) == ablation.judge(other, data, False)


def test_a_folder_without_a_split_is_wrong_usage(run):
    done = run("--data", "somewhere")
    assert done.exit_code == 2 and "--data and --split belong together" in done.stderr
    assert run("--only", "nothing").exit_code == 2


def test_a_split_of_known_people_is_refused(monkeypatch, tmp_path, data):
    monkeypatch.undo()
    monkeypatch.setattr(ablation.accuracy, "prepare", lambda root, split: ("P3", data))
    with pytest.raises(JobError, match="choose a split of unseen people"):
        ablation.people_of(0, tmp_path, tmp_path / "split.txt")
