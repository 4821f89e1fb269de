"""Files that are no model, or not the one they say: refused by name, with what is wrong."""

import tracemalloc
import zipfile

import numpy as np
import pytest

from siamese_np import archive, weights
from siamese_np.layers import BatchNorm, Conv2D, Dense, Flatten, Sequential


@pytest.fixture
def path(tmp_path):
    """The file of a small network."""
    rng = np.random.default_rng(0)
    network = Sequential([Conv2D(1, 2, rng=rng), BatchNorm(2), Flatten(), Dense(32, 4, rng=rng), Dense(4, 3, rng=rng)])
    weights.save(tmp_path / "model.npz", [network], {})
    return tmp_path / "model.npz"


def changed(path, change):
    """Rewrite a file, with a true checksum, after change(arrays, header) on its contents."""
    values, arrays = archive.load(path, weights.FORMAT, weights.VERSION)
    header = {"format": weights.FORMAT, "version": weights.VERSION, **values}
    change(arrays, header)
    archive.save(path, header.pop("format"), header.pop("version"), header, arrays)


def rewritten(path, change, save=np.savez):
    """Rewrite a file after change(arrays) on all that NumPy reads in it."""
    with np.load(path) as stored:
        arrays = dict(stored)
    change(arrays)
    save(path, **arrays)


def truncate(path):
    path.write_bytes(path.read_bytes()[:-200])


def flip_a_bit_of_the_weights(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def other_format(arrays, header):
    header["format"] = "another"


def pickled(arrays):
    arrays["0/params/dense1.weight"] = np.array([{}], object)


def doubled(path):
    with pytest.warns(UserWarning, match="Duplicate name"), zipfile.ZipFile(path, "a") as stored:
        stored.writestr("header.npy", stored.read("header.npy"))


def claims_a_billion(path):
    """The weights of a layer say that they are 10^9 numbers."""
    with zipfile.ZipFile(path) as stored:
        content = {name: stored.read(name) for name in stored.namelist()}
    weight = content["0/params/dense1.weight.npy"]
    content["0/params/dense1.weight.npy"] = weight.replace(b"(32, 4), }        ", b"(1000000000,), }  ")
    assert content["0/params/dense1.weight.npy"] != weight
    with zipfile.ZipFile(path, "w") as stored:
        for name, data in content.items():
            stored.writestr(name, data)


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
    "without a header": lambda path: rewritten(path, lambda arrays: arrays.pop("header")),
    "without a checksum": lambda path: rewritten(path, lambda arrays: arrays.pop("sha256")),
    "a number changed": lambda path: rewritten(path, lambda arrays: arrays["0/params/dense1.bias"].fill(1)),
    "an array renamed": lambda path: rewritten(path, lambda a: a.update(x=a.pop("0/params/dense1.bias"))),
    "header that is no json": header_that_is_no_json,
    "header that is a list": lambda path: np.savez(path, header=np.frombuffer(b"[1]", np.uint8)),
    "header without a version": lambda path: np.savez(path, header=np.frombuffer(b'{"format": 1}', np.uint8)),
    "a pickled object": lambda path: rewritten(path, pickled),
    "compressed": lambda path: rewritten(path, lambda arrays: None, np.savez_compressed),
    "an array twice": doubled,
    "claims 10^9 numbers": claims_a_billion,
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE.keys())
def test_a_damaged_or_foreign_file_is_refused_by_its_name(damage, path):
    damage(path)
    with pytest.raises(archive.Unusable, match="model.npz is not a siamese-np model that can be used: "):
        weights.load(path)


def test_a_file_that_unpacks_to_more_than_it_is_large_is_refused_before_it_takes_memory(path):
    rewritten(path, lambda arrays: arrays.update(x=np.zeros(10**8, np.uint8)), np.savez_compressed)
    tracemalloc.start()
    with pytest.raises(archive.Unusable, match="its arrays are compressed"):
        weights.load(path)
    assert tracemalloc.get_traced_memory()[1] < 10**7
    tracemalloc.stop()


def test_any_byte_that_changes_is_found_or_without_effect(path):
    """What is without effect: dates and other fields of the zip that say nothing of the content."""
    before, (network,) = path.read_bytes(), weights.load(path)[0]
    rng, found = np.random.default_rng(0), 0
    for place in rng.choice(len(before), 200, replace=False):
        content = bytearray(before)
        content[place] ^= rng.integers(1, 256)
        path.write_bytes(content)
        try:
            (loaded,), extra = weights.load(path)
        except archive.Unusable:
            found += 1
        else:
            assert extra == {} and weights.architecture(loaded) == weights.architecture(network)
            assert all(np.array_equal(a, loaded.params[name]) for name, a in network.params.items())
            assert all(np.array_equal(a, loaded.state[name]) for name, a in network.state.items())
    assert found > 100


def newer(arrays, header):
    header["version"] = weights.VERSION + 1


def older(arrays, header):
    header["version"] = 1


def no_members(arrays, header):
    del header["members"]


def empty(arrays, header):
    header["members"] = []


def extra_list(arrays, header):
    header["extra"] = []


def members_text(arrays, header):
    header["members"] = "face_network"


def much(arrays, header):
    header["members"][0][3] |= {"inputs": 10**6, "outputs": 10**6}


def wide(arrays, header):
    header["members"][0][0]["kernel_size"] = 10**6


def none(arrays, header):
    header["members"][0][0]["channels"] = 0


def padded(arrays, header):
    header["members"][0][0]["padding"] = [0, 10**6]


def not_a_number(arrays, header):
    arrays["0/state/batchnorm1.running_var"][1] = np.nan


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
        (newer, "has format version 4, this program reads 3: update siamese-np"),
        (older, "has format version 1, this program reads 3: it is of an older siamese-np"),
        (no_members, "its networks can't be built .'members'"),
        (empty, "it holds no network"),
        (extra_list, "its extra is no object"),
        (members_text, "its networks can't be built"),
        (much, "or more than the file"),
        (none, "has no weights"),
        (padded, "Conv2D pads more than its kernel is wide"),
        (wide, "or more than the file"),
        (not_a_number, "batchnorm1.running_var holds numbers that are not finite"),
        (unknown_layer, "there is no layer 'Transformer'"),
        (unknown_argument, "dilation"),
        (impossible_argument, "Conv2D: stride"),
        (missing_array, r"dense2.bias should be float32 \(3,\), the file has nothing"),
        (missing_state, r"batchnorm1.running_var should be float32 \(2,\), the file has nothing"),
        (extra_array, "no layer of its networks has 0/params/dense3.weight"),
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
