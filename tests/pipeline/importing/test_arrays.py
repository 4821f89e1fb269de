"""Faces in one array: every shape and label, Olivetti, and never an object."""

import numpy as np
import pytest
from click.testing import CliRunner
from scipy import io

from pipeline import photos
from pipeline.importing import arrays, main

FACES = np.random.default_rng(0).integers(0, 256, (6, 12, 10), np.uint8)
FACES[0, 0, 0] = 255
LABELS = np.array([3, 3, 3, 8, 8, 8])


def there(tmp_path):
    return {
        path.relative_to(tmp_path / "raw").as_posix(): photos.read(path) for path in (tmp_path / "raw").rglob("*.png")
    }


def same_as(tmp_path, faces=FACES, people=("person 3", "person 8")):
    expected = {f"{people[k // 3]}/{k + 1}.png": face for k, face in enumerate(faces)}
    found = there(tmp_path)
    return set(found) == set(expected) and all(np.array_equal(found[name][:, :, 0], expected[name]) for name in found)


@pytest.mark.parametrize(
    "array",
    [
        FACES,
        FACES[:, None],
        FACES[..., None],
        FACES / 255,
        FACES.astype(np.float32),
        FACES.astype(np.int64),
        FACES * np.uint16(257),
    ],
    ids=["N H W", "N 1 H W", "N H W 1", "floats to 1", "floats to 255", "integers", "16 bit"],
)
def test_an_array_of_faces_with_labels_beside_it(tmp_path, bring, array):
    np.save(tmp_path / "faces.npy", array)
    np.save(tmp_path / "labels.npy", LABELS)
    result = bring(tmp_path / "faces.npy", "--yes")
    assert result.exit_code == 0, result.output
    assert same_as(tmp_path) and "--cropped" in result.stderr


def test_colours_come_as_colours(tmp_path, bring):
    colours = np.random.default_rng(1).integers(0, 256, (2, 12, 10, 3), np.uint8)
    np.savez(tmp_path / "faces.npz", images=colours, people=np.array(["Ada", "Ben"]))
    bring(tmp_path / "faces.npz", "--yes")
    assert np.array_equal(there(tmp_path)["Ben/2.png"], colours[1])


@pytest.mark.parametrize("text", ["Ada\nAda\nAda\nBen\nBen\nBen\n", "person\nAda\nAda\nAda\nBen\nBen\nBen\n",
                                  "1,Ada\n2,Ada\n3,Ada\n4,Ben\n5,Ben\n6,Ben\n"])  # fmt: skip
def test_labels_are_a_text_file_that_is_found_or_given(tmp_path, bring, text):
    np.save(tmp_path / "olk.npy", FACES)
    (tmp_path / "mine.list").write_text(text)
    assert "--labels" in bring(tmp_path / "olk.npy", "--yes").stderr
    bring(tmp_path / "olk.npy", "--labels", str(tmp_path / "mine.list"), "--yes")
    assert same_as(tmp_path, people=("Ada", "Ben"))
    (tmp_path / "mine.list").rename(tmp_path / "olk_labels.txt")
    assert "nothing is new" in bring(tmp_path / "olk.npy").stderr


def test_a_wrong_number_of_labels_is_refused(tmp_path, bring):
    np.save(tmp_path / "faces.npy", FACES)
    np.save(tmp_path / "five.npy", LABELS[:5])
    assert "5 labels for 6 faces" in bring(tmp_path / "faces.npy", "--labels", str(tmp_path / "five.npy")).stderr


def test_numbers_with_a_list_of_names_become_names(tmp_path, bring):
    np.savez(tmp_path / "a.npz", images=FACES, target=LABELS // 8, target_names=np.array(["Ada", "Ben"]))
    bring(tmp_path / "a.npz", "--yes")
    assert same_as(tmp_path, people=("Ada", "Ben"))


@pytest.mark.parametrize("form", ["mat", "npy"])
@pytest.mark.parametrize("scale", [1, 255])
def test_olivetti_needs_no_labels(tmp_path, bring, form, scale):
    faces = np.random.default_rng(2).integers(0, 256, (400, 64, 64), np.uint8)
    faces[0, 0, 0] = 255
    if form == "mat":  # as it is published: 4096 x 400, each column a picture, column after column
        io.savemat(tmp_path / "olivettifaces.mat", {"faces": faces.transpose(0, 2, 1).reshape(400, 4096).T / scale})
    else:  # as scikit-learn gives it
        np.save(tmp_path / "olivettifaces.npy", faces.reshape(400, 4096) / scale)
    result = bring(tmp_path / f"olivettifaces.{form}", "--yes")
    found = there(tmp_path)
    assert len(found) == 400 and len({name.split("/")[0] for name in found}) == 40
    assert np.array_equal(found["person 40/400.png"][:, :, 0], faces[399])
    assert "the order of the Olivetti faces was taken" in result.stdout


@pytest.mark.parametrize("across", [False, True])
def test_matlab_arrays_with_labels(tmp_path, bring, across):
    faces = np.random.default_rng(3).integers(0, 256, (6, 16, 16), np.uint8)
    rows = faces.transpose(0, 2, 1).reshape(6, 256)
    io.savemat(tmp_path / "a.mat", {"fea": rows.T if across else rows, "gnd": LABELS[:, None]})
    bring(tmp_path / "a.mat", "--yes")
    assert same_as(tmp_path, faces)


def test_matlab_stacks_put_the_face_last(tmp_path, bring):
    io.savemat(tmp_path / "a.mat", {"X": FACES.transpose(1, 2, 0), "labels": LABELS}, do_compression=True)
    bring(tmp_path / "a.mat", "--yes")
    assert same_as(tmp_path)


def test_without_scipy_the_line_that_installs_it_is_told(tmp_path, bring, monkeypatch):
    io.savemat(tmp_path / "a.mat", {"faces": FACES})
    monkeypatch.setitem(__import__("sys").modules, "scipy", None)
    result = bring(tmp_path / "a.mat")
    assert result.exit_code == 1 and arrays.INSTALL in result.stderr


@pytest.mark.parametrize("name", ["faces.npy", "faces.npz"])
def test_objects_are_never_loaded(tmp_path, bring, name):
    class Trap:
        def __reduce__(self):
            return (pytest.fail, ("unpickled",))

    trap = np.array([Trap()], object)
    np.save(tmp_path / name, trap, allow_pickle=True) if name.endswith("npy") else np.savez(
        tmp_path / name, images=trap
    )
    result = bring(tmp_path / name, "--yes")
    assert result.exit_code == 1 and "holds Python objects" in result.stderr


def test_what_claims_more_than_it_holds_is_refused_from_the_header(tmp_path, bring):
    np.save(tmp_path / "a.npy", FACES)
    data = (tmp_path / "a.npy").read_bytes()
    (tmp_path / "a.npy").write_bytes(data.replace(b"(6, 12, 10), } ", b"(9999999,9,9),}"))
    assert "is damaged" in bring(tmp_path / "a.npy").stderr
    import zipfile

    with zipfile.ZipFile(tmp_path / "b.npz", "w") as archive:
        archive.writestr("images.npy", (tmp_path / "a.npy").read_bytes())
    assert "more numbers in images.npy than it holds" in bring(tmp_path / "b.npz").stderr
    np.savez_compressed(tmp_path / "c.npz", images=np.zeros((9000, 120, 120), np.uint8))
    assert "times as much" in bring(tmp_path / "c.npz").stderr


@pytest.mark.parametrize(
    ("array", "reason"),
    [
        (np.zeros((6, 7)), "expected N x H x W faces"),
        (FACES - 1.0, "holds numbers from"),
        (np.full((6, 12, 10), np.nan), "holds numbers from nan"),
        (np.array(["a"] * 6), "no array of faces"),
        (np.zeros((6, 0, 4)), "no array of faces"),
        (np.zeros(6), "no array of faces"),
    ],
)
def test_arrays_that_hold_no_faces_are_refused(tmp_path, bring, array, reason):
    np.save(tmp_path / "a.npy", array)
    np.save(tmp_path / "labels.npy", LABELS)
    result = bring(tmp_path / "a.npy", "--yes")
    assert result.exit_code == 1 and reason in result.stderr


def test_labels_belong_to_arrays(put, tmp_path):
    result = CliRunner().invoke(main, [str(put("ada_1.png", "ben_1.png")), str(tmp_path / "raw"), "--labels", "x"])
    assert result.exit_code == 1 and "--labels belongs to an array" in result.stderr
