"""The one embedder: sees a face exactly as training did, however the picture comes."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from pipeline.common.errors import JobError
from pipeline.faces.preprocess import Preprocessing
from pipeline.recognise import recogniser
from siamese_np import weights
from siamese_np.layers import Dense, Flatten, L2Normalize, Sequential


@pytest.fixture(scope="module")
def faces(tiny_run):
    return tiny_run.data.images[tiny_run.data.indices("test"), 0]


def test_an_embedding_is_the_network_applied_to_the_stored_preprocessing(tiny_run, tiny_recipe, loaded, faces):
    (tower,), extra = weights.load(tiny_run.folder / "model.npz")
    assert loaded.preprocessing == tiny_recipe.preprocessing and extra["preprocessing"]["size"] == [28, 23]
    z = loaded.embed(faces)
    assert z.dtype == np.float32 and z.shape == (len(faces), 64)
    assert np.allclose(z, tower.forward(tiny_recipe.preprocessing(faces)), atol=1e-6)
    assert np.allclose(np.linalg.norm(z, axis=1), 1, atol=1e-5)


def test_colour_and_size_do_not_matter(loaded, faces):
    face = faces[0]
    z = loaded.embed([face])
    assert np.array_equal(loaded.embed([np.repeat(face[..., None], 3, 2)]), z)
    larger = np.asarray(Image.fromarray(face).resize((92, 112), Image.Resampling.NEAREST))
    assert np.allclose(loaded.embed([larger]), z, atol=1e-5)
    wide = np.pad(larger, ((0, 0), (30, 30)))
    assert np.allclose(loaded.embed([wide]), z, atol=1e-5), "cut at the sides, never squeezed"


def test_what_the_page_shows_is_what_the_network_sees(loaded, faces):
    colour = np.stack([faces[1], faces[2], faces[3]], 2)
    (view,) = loaded.prepare(colour)
    assert view.shape == (28, 23) and view.dtype == np.uint8
    assert np.array_equal(loaded.embed([view]), loaded.embed([colour]))


def test_pictures_do_not_influence_each_other(loaded, faces, monkeypatch):
    together = loaded.embed(faces)
    assert np.allclose(together, np.concatenate([loaded.embed([face]) for face in faces]), atol=1e-5)
    monkeypatch.setattr(recogniser, "EMBED_AT_ONCE", 5)
    assert np.allclose(together, loaded.embed(faces), atol=1e-5)


def test_both_kernels_give_the_same_embeddings(tiny_run, loaded, faces):
    assert np.allclose(recogniser.load(tiny_run.folder).embed(faces), loaded.embed(faces), atol=1e-5)


def test_many_threads_get_what_one_gets(tiny_run, faces):
    shared = recogniser.load(tiny_run.folder)
    alone = [shared.embed([face])[0] for face in faces]
    with ThreadPoolExecutor(8) as pool:
        for z, expected in zip(pool.map(lambda face: shared.embed([face])[0], list(faces) * 3), alone * 3):
            assert np.allclose(z, expected, atol=1e-5)


def test_several_members_stand_side_by_side_and_distances_are_their_mean_square(loaded, faces):
    (tower,) = loaded.members
    twice = replace(loaded, members=(tower, tower), views=())
    one, two = loaded.embed(faces), twice.embed(faces)
    assert two.shape == (len(faces), 128)
    assert np.allclose(np.linalg.norm(two[0] - two[1:], axis=1), np.linalg.norm(one[0] - one[1:], axis=1), atol=1e-5)


def test_each_member_sees_its_own_view_and_the_mirror_image_has_its_say(loaded, faces):
    (tower,) = loaded.members
    near, far = Preprocessing((28, 23), zoom=1.3), loaded.preprocessing
    two = replace(loaded, members=(tower, tower), views=(far, near)).embed(faces)
    assert np.allclose(two[:, 64:] * np.sqrt(2), replace(loaded, views=(near,)).embed(faces), atol=1e-5)
    assert not np.allclose(two[:, :64], two[:, 64:])
    mirrored = replace(loaded, mirror=True)
    assert np.allclose(mirrored.embed(faces), mirrored.embed([face[:, ::-1] for face in faces]), atol=1e-4)
    assert np.allclose(np.linalg.norm(mirrored.embed(faces), axis=1), 1, atol=1e-5)
    assert not np.allclose(loaded.embed(faces), loaded.embed([face[:, ::-1] for face in faces]), atol=1e-2)


def test_length_1_is_a_property_of_the_last_layer(loaded):
    assert loaded.unit_length
    linear = Sequential([Flatten(), Dense(6, 2, rng=np.random.default_rng(0))])
    assert not replace(loaded, members=(linear,)).unit_length


def test_the_hash_is_that_of_the_file(tiny_run, loaded):
    assert loaded.model_hash == hashlib.sha256((tiny_run.folder / "model.npz").read_bytes()).hexdigest()
    assert recogniser.load(tiny_run.folder / "model.npz", "numpy").model_hash == loaded.model_hash


def test_a_missing_model_says_how_to_get_one(tmp_path):
    for place in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(JobError, match="no model at .*train one with siamese-np train"):
            recogniser.load(place)


def test_a_damaged_model_is_named(tiny_run, tmp_path):
    path = tmp_path / "model.npz"
    for data in (b"", b"text", (tiny_run.folder / "model.npz").read_bytes()[:2000]):
        path.write_bytes(data)
        with pytest.raises(JobError, match=r"model\.npz is not a siamese-np model that can be used: .*train --fresh"):
            recogniser.load(tmp_path, "numpy")


def test_a_bare_network_is_not_enough(tmp_path):
    tower = Sequential([Flatten(), Dense(6, 2, rng=np.random.default_rng(0)), L2Normalize()])
    weights.save(tmp_path / "model.npz", [tower], {"preprocessing": Preprocessing((3, 2)).to_json()})
    with pytest.raises(JobError, match=r"model\.npz .* it holds a network, but no thresholds"):
        recogniser.load(tmp_path, "numpy")
