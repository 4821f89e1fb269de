"""Networks on disk: nothing is lost, nothing is half written."""

import json

import numpy as np
import pytest

from siamese_np import kernels, layers, weights
from siamese_np.layers import (
    BatchNorm,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    GlobalAvgPool2D,
    L2Normalize,
    MaxPool2D,
    PReLU,
    ReLU,
    Sequential,
)

EXTRA = {"names": ["Zoë", "s10"], "threshold": 0.61, "nothing": None}


def with_every_layer():
    rng = np.random.default_rng(0)
    network = Sequential(
        [
            Conv2D(1, 2, (2, 3), (1, 2), (0, 1), rng=rng),
            BatchNorm(2, momentum=0.2),
            ReLU(),
            MaxPool2D((2, 1), (1, 1), "same"),
            PReLU(2),
            Conv2D(2, 3, padding=1, rng=rng),
            GlobalAvgPool2D(),
            Flatten(),
            Dense(3, 4, rng=rng),
            Dropout(0.25, rng=rng),
            Dense(4, 3, "glorot", rng=rng),
            L2Normalize(),
        ]
    )
    network.flat_params[...] = rng.standard_normal(network.flat_params.size)
    network.forward(rng.standard_normal((5, 1, 7, 8)).astype(np.float32), train=True)  # state unlike a new one's
    return network


@pytest.fixture
def saved(tmp_path):
    """A network and the file it was saved to."""
    network, path = with_every_layer(), tmp_path / "model.npz"
    weights.save(path, [network], EXTRA)
    return network, path


def test_a_network_with_every_kind_of_layer_comes_back_bit_for_bit(saved, kernel, rng):
    network, path = saved
    assert {type(layer).__name__ for layer in network.layers} == set(layers.__all__) - {"Layer", "Sequential"}
    (loaded,), extra = weights.load(path, kernels.get("numpy"))
    assert extra == EXTRA
    for which in ("params", "state"):
        ours, theirs = getattr(network, which), getattr(loaded, which)
        assert list(ours) == list(theirs)
        for name in ours:
            assert ours[name].dtype == theirs[name].dtype and ours[name].tobytes() == theirs[name].tobytes()
    assert json.dumps(weights.architecture(network)) == json.dumps(weights.architecture(loaded))
    x = rng.standard_normal((3, 1, 7, 8)).astype(np.float32)
    np.testing.assert_array_equal(network.forward(x), loaded.forward(x))
    (fast,), _ = weights.load(path, kernel)
    assert {layer.kernels for layer in fast.layers if hasattr(layer, "kernels")} == {kernel}


def test_several_members_come_back_in_their_order(tmp_path):
    rng = np.random.default_rng(0)
    members = [Sequential([Dense(2, n, rng=rng)]) for n in (3, 1, 2)]
    weights.save(tmp_path / "model.npz", members, {})
    loaded, extra = weights.load(tmp_path / "model.npz")
    assert extra == {}
    for a, b in zip(members, loaded, strict=True):
        np.testing.assert_array_equal(a.flat_params, b.flat_params)


def test_the_file_is_plain_arrays_and_json(saved):
    _, path = saved
    with np.load(path, allow_pickle=False) as stored:
        header = json.loads(stored["header"].tobytes())
        assert stored["0/params/conv2d1.weight"].shape == (2, 1, 2, 3)
        assert "0/state/batchnorm1.running_var" in stored
    assert header["format"] == "siamese-np model" and header["version"] == 3
    assert header["members"][0][0] == {
        "layer": "Conv2D", "channels": 1, "filters": 2, "kernel_size": [2, 3], "stride": [1, 2], "padding": [0, 1],
    }  # fmt: skip


def test_a_file_that_is_not_there_is_said_so(tmp_path):
    with pytest.raises(FileNotFoundError, match="model.npz"):
        weights.load(tmp_path / "model.npz")


@pytest.mark.parametrize("fault", ["the disk is full", "extra is no JSON"])
def test_a_save_that_fails_leaves_the_old_file_and_nothing_else(fault, saved, monkeypatch):
    network, path = saved
    before = path.read_bytes()

    def half_written(file, **arrays):
        with open(file, "wb") as out:
            out.write(b"half of it")
        raise OSError("no space left on device")

    if fault == "the disk is full":
        monkeypatch.setattr(np, "savez", half_written)
    with pytest.raises((OSError, TypeError)):
        weights.save(path, [network], {"extra": object()} if fault == "extra is no JSON" else {})
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_saving_again_replaces_the_file_and_leaves_nothing_else(saved):
    network, path = saved
    weights.save(path, [network], {"new": True})
    assert weights.load(path)[1] == {"new": True}
    assert list(path.parent.iterdir()) == [path]


def test_a_loaded_network_can_be_trained_on(saved):
    """The arrays of the file are copied into the one vector that an optimiser moves."""
    _, path = saved
    (network,), _ = weights.load(path)
    network.flat_params += 1
    np.testing.assert_array_equal(network.params["dense2.bias"], network.layers[-2].params["bias"])
    x = np.ones((2, 1, 7, 8), np.float32)
    assert network.backward(network.forward(x, train=True)).shape == x.shape
