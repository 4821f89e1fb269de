"""Files that are no model, or not the one they say: refused by name, with what is wrong."""

import json

import numpy as np
import pytest

from siamese_np import weights
from siamese_np.layers import BatchNorm, Conv2D, Dense, Flatten, Sequential


@pytest.fixture
def path(tmp_path):
    """The file of a small network."""
    rng = np.random.default_rng(0)
    network = Sequential([Conv2D(1, 2, rng=rng), BatchNorm(2), Flatten(), Dense(32, 4, rng=rng), Dense(4, 3, rng=rng)])
    weights.save(tmp_path / "model.npz", [network], {})
    return tmp_path / "model.npz"


def changed(path, change):
    """Rewrite a file after change(arrays, header) on its contents."""
    with np.load(path) as stored:
        arrays = dict(stored)
    header = json.loads(arrays["header"].tobytes())
    change(arrays, header)
    if "header" in arrays:
        arrays["header"] = np.frombuffer(json.dumps(header).encode(), np.uint8)
    np.savez(path, **arrays)


def truncate(path):
    path.write_bytes(path.read_bytes()[:-200])


def flip_a_bit_of_the_weights(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def other_format(arrays, header):
    header["format"] = "another"


def no_header(arrays, header):
    del arrays["header"]


def pickled(arrays, header):
    arrays["0/params/dense1.weight"] = np.array([{}], object)


def a_single_array(path):
    with path.open("wb") as file:
        np.save(file, np.ones(3))


def header_that_is_no_json(path):
    np.savez(path, header=np.frombuffer(b"hello", np.uint8))


DAMAGE = {
    "truncated": truncate,
    "a bit flipped": flip_a_bit_of_the_weights,
    "empty": lambda path: path.write_bytes(b""),
    "a text": lambda path: path.write_text("hello"),
    "a single array": a_single_array,
    "an npz of somebody else": lambda path: np.savez(path, weight=np.ones(3)),
    "another format": lambda path: changed(path, other_format),
    "without a header": lambda path: changed(path, no_header),
    "header that is no json": header_that_is_no_json,
    "header that is a list": lambda path: np.savez(path, header=np.frombuffer(b"[1]", np.uint8)),
    "header without a version": lambda path: changed(path, lambda arrays, header: header.pop("version")),
    "a pickled object": lambda path: changed(path, pickled),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE.keys())
def test_a_damaged_or_foreign_file_is_refused_by_its_name(damage, path):
    damage(path)
    with pytest.raises(ValueError, match="model.npz is not a model of siamese-np, or it is damaged"):
        weights.load(path)


def newer(arrays, header):
    header["version"] = 2


def no_members(arrays, header):
    del header["members"]


def unknown_layer(arrays, header):
    header["members"][0][3]["layer"] = "Transformer"


def unknown_argument(arrays, header):
    header["members"][0][0]["dilation"] = 2


def impossible_argument(arrays, header):
    header["members"][0][0]["stride"] = 0


def missing_array(arrays, header):
    del arrays["0/params/dense2.bias"]


def missing_state(arrays, header):
    del arrays["0/state/batchnorm1.running_var"]


def extra_array(arrays, header):
    arrays["0/params/dense3.weight"] = np.ones((3, 3), np.float32)


def wrong_shape(arrays, header):
    arrays["0/params/dense1.weight"] = arrays["0/params/dense1.weight"].T


def one_number_for_all(arrays, header):
    arrays["0/params/dense1.bias"] = np.float32(1)


def float64(arrays, header):
    arrays["0/params/dense1.bias"] = np.ones(4)


def text_for_numbers(arrays, header):
    arrays["0/params/dense1.bias"] = np.array(list("abcd"))


def one_member_more(arrays, header):
    header["members"].append([{"layer": "Dense", "inputs": 1, "outputs": 1}])


@pytest.mark.parametrize(
    "change, message",
    [
        (newer, "has format version 2, this program reads 1: update siamese-np"),
        (no_members, "its architecture can't be built: 'members'"),
        (unknown_layer, "there is no layer 'Transformer'"),
        (unknown_argument, "dilation"),
        (impossible_argument, "Conv2D: stride"),
        (missing_array, r"dense2.bias should be float32 \(3,\), the file has nothing"),
        (missing_state, r"batchnorm1.running_var should be float32 \(2,\), the file has nothing"),
        (extra_array, "no layer of its architecture has 0/params/dense3.weight"),
        (wrong_shape, r"dense1.weight should be float32 \(32, 4\), the file has float32 \(4, 32\)"),
        (one_number_for_all, r"dense1.bias should be float32 \(4,\), the file has float32 \(\)"),
        (float64, r"dense1.bias should be float32 \(4,\), the file has float64 \(4,\)"),  # not rounded in silence
        (text_for_numbers, r"dense1.bias should be float32 \(4,\), the file has <U1 \(4,\)"),
        (one_member_more, r"dense1.weight should be float32 \(1, 1\), the file has nothing"),
    ],
)
def test_a_file_that_does_not_fit_is_refused_by_its_name_and_what_is_wrong(change, message, path):
    changed(path, change)
    with pytest.raises(ValueError, match=rf"model\.npz.*{message}"):
        weights.load(path)


@pytest.mark.parametrize("name", ["Sequential", "Layer", "os", None, ["ReLU"]])
def test_only_layers_can_be_built(name):
    with pytest.raises(ValueError, match="there is no layer"):
        weights.build([{"layer": name}])
