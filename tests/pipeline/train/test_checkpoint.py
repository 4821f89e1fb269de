"""The checkpoint of a training."""

import io

import numpy as np
import pytest

from pipeline.common.errors import JobError
from pipeline.train import checkpoint


def test_arrays_and_values_come_back_as_they_were(tmp_path):
    arrays = {"now/a": np.arange(6, dtype=np.float32).reshape(2, 3), "best/b.c": np.array([1e-300, np.inf])}
    values = {
        "best": {"loss": 0.1 + 0.2},
        "rng": np.random.default_rng(0).bit_generator.state,
        "history": [float("inf")],
    }
    checkpoint.save(tmp_path / "run" / "c.npz", arrays, values)
    loaded, read = checkpoint.load(tmp_path / "run" / "c.npz")
    assert read == values and set(loaded) == set(arrays)
    assert all(
        np.array_equal(loaded[name], array) and loaded[name].dtype == array.dtype for name, array in arrays.items()
    )


def test_a_damaged_checkpoint_is_refused_by_name(tmp_path):
    path = tmp_path / "checkpoint.npz"
    checkpoint.save(path, {"now/a": np.ones(50)}, {})
    whole = path.read_bytes()
    single = io.BytesIO()
    np.save(single, np.ones(3))
    pickled = io.BytesIO()
    np.savez(pickled, header=np.array([{}], object))
    flags = bytearray(whole)
    flags[whole.index(b"PK\1\2") + 8] |= 1  # "encrypted"
    for damaged in (b"", b"text", whole[:100], whole[:-30], single.getvalue(), pickled.getvalue(), bytes(flags)):
        path.write_bytes(damaged)
        with pytest.raises(JobError, match=r"checkpoint\.npz is not a siamese-np checkpoint .*start over with --fresh"):
            checkpoint.load(path)
        assert path.read_bytes() == damaged


def test_a_changed_byte_is_found_or_without_effect(tmp_path):
    path = tmp_path / "checkpoint.npz"
    rng = np.random.default_rng(0)
    arrays, values = {"now/a": rng.standard_normal((5, 4)), "best/a": rng.standard_normal(9)}, {"steps": 3}
    checkpoint.save(path, arrays, values)
    before, found = path.read_bytes(), 0
    for place in rng.choice(len(before), 60, replace=False):
        path.write_bytes(before[:place] + bytes([before[place] ^ int(rng.integers(1, 256))]) + before[place + 1 :])
        try:
            loaded, read = checkpoint.load(path)
        except JobError:
            found += 1
        else:
            assert read == values and loaded.keys() == arrays.keys()
            assert all(np.array_equal(loaded[name], array) for name, array in arrays.items())
    assert found > 30


@pytest.mark.parametrize("other", [{}, {"a": np.ones(3)}, {"a": np.ones((2, 3), np.float32)}, {"b": np.ones((2, 3))}])
def test_arrays_of_another_network_are_refused(other, tmp_path):
    with pytest.raises(JobError, match=r"c\.npz .* should be .*, the file has"):
        checkpoint.check(tmp_path / "c.npz", other, {"a": np.ones((2, 3))})
