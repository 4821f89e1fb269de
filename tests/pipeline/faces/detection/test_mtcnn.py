import json
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from pipeline.faces.detection import MTCNN, kernels

# what mtcnn 1.0.0 on TensorFlow 2.21 finds on the astronaut
ASTRONAUT = {
    "box": [182, 64, 83, 107],
    "confidence": 0.9991205,
    "keypoints": {
        "left_eye": [204, 100], "right_eye": [245, 102], "nose": [224, 126], "mouth_left": [202, 139], "mouth_right": [244, 140]
    },
}  # fmt: skip


@pytest.mark.parametrize("kernels", ["numba", "numpy"])
def test_the_astronaut_is_found_where_mtcnn_on_tensorflow_finds_her(astronaut, kernels, agree):
    agree(MTCNN(kernels).detect_faces(astronaut), [ASTRONAUT])


def test_the_answer_is_of_plain_numbers(mtcnn, astronaut):
    faces = mtcnn.detect_faces(astronaut)
    assert json.loads(json.dumps(faces)) == faces


def test_faces_are_found_also_above_the_size_from_which_the_package_finds_none(mtcnn, astronaut):
    for size in (23, 40, 80):
        (face,) = mtcnn.detect_faces(astronaut, min_face_size=size)
        np.testing.assert_allclose(face["box"], ASTRONAUT["box"], atol=15)


def test_arrays_of_any_layout_give_the_same_faces_with_the_same_compiled_kernels(mtcnn, astronaut):
    expected = mtcnn.detect_faces(astronaut)
    compiled = len(kernels.area_resize.signatures), len(kernels.cut.signatures)
    locked = astronaut.copy()
    locked.flags.writeable = False
    for same in (locked, np.asfortranarray(astronaut), np.repeat(astronaut, 2, axis=1)[:, ::2]):
        assert mtcnn.detect_faces(same) == expected
    assert (len(kernels.area_resize.signatures), len(kernels.cut.signatures)) == compiled


def test_two_faces_side_by_side_are_both_found_the_most_confident_first(mtcnn, astronaut):
    faces = mtcnn.detect_faces(np.concatenate([astronaut, astronaut[:, ::-1]], axis=1))
    assert len(faces) == 2 and faces[0]["confidence"] >= faces[1]["confidence"]


def test_boxes_of_a_face_that_is_cut_lie_inside_the_photo(mtcnn, astronaut):
    for part in (astronaut[80:], astronaut[:, 200:], astronaut[:160], astronaut[:, :250]):
        for face in mtcnn.detect_faces(np.ascontiguousarray(part)):
            x, y, width, height = face["box"]
            assert min(x, y) >= 0 and x + width <= part.shape[1] and y + height <= part.shape[0]


@pytest.mark.parametrize("size", [(1, 1), (7, 9), (12, 12), (20, 400), (21, 21), (400, 20), (0, 5)])
def test_tiny_pictures_have_no_face(mtcnn, size):
    picture = np.random.default_rng(0).integers(0, 256, (*size, 3), np.uint8)
    assert mtcnn.detect_faces(picture) == []


def test_plain_grey_and_a_landscape_have_no_face(mtcnn):
    assert mtcnn.detect_faces(np.full((120, 160, 3), 128, np.uint8)) == []
    landscape = np.zeros((120, 160, 3), np.uint8)
    landscape[:60] = (130, 180, 230)
    landscape[60:] = (60, 140, 50)
    assert mtcnn.detect_faces(landscape) == []


@pytest.mark.parametrize(
    ("picture", "error", "words"),
    [
        (np.zeros((50, 50), np.uint8), ValueError, r"\(H, W, 3\), not \(50, 50\)"),
        (np.zeros((50, 50, 4), np.uint8), ValueError, "not .50, 50, 4."),
        (np.zeros((2, 50, 50, 3), np.uint8), ValueError, "one RGB photo"),
        (np.zeros((50, 50, 3), np.float32), TypeError, "uint8 array, not float32"),
        ("photo.jpg", TypeError, "not str"),
    ],
)
def test_what_is_no_photo_is_refused_by_name(mtcnn, picture, error, words):
    with pytest.raises(error, match=words):
        mtcnn.detect_faces(picture)


def test_faces_smaller_than_the_cell_can_t_be_asked_for(mtcnn, astronaut):
    with pytest.raises(ValueError, match="at least 12 pixels"):
        mtcnn.detect_faces(astronaut, min_face_size=11)


def test_the_photo_is_not_changed(mtcnn, astronaut):
    before = astronaut.copy()
    mtcnn.detect_faces(astronaut)
    np.testing.assert_array_equal(astronaut, before)


def test_eight_threads_find_what_one_finds(mtcnn, astronaut):
    parts = [np.ascontiguousarray(astronaut[:260, 100 + 5 * n : 340 + 5 * n]) for n in range(8)]
    alone = [mtcnn.detect_faces(part) for part in parts]
    assert any(alone)
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(mtcnn.detect_faces, parts)) == alone
