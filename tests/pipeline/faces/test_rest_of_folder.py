"""Doubtful photos are decided by the rest of the folder, in rounds, and in no order."""

import numpy as np

from pipeline.faces.choosing import COLLAGE, LIKE, MAIN, ONLY, NoFace
from pipeline.faces.rest_of_folder import Doubtful, decide

SHAPE = (400, 800)
ANN, BOB, CARL = np.eye(3)


def mixed(*people):
    """What a face looks like that resembles these people."""
    z = np.sum(people, axis=0)
    return z / np.linalg.norm(z)


def face(x, side=100, confidence=0.99):
    return {"box": (x, 100, side, side), "confidence": confidence, "keypoints": {}}


def photo(*looks, sides=(100, 100, 100), confidence=0.99):
    """Faces side by side, alike far from the middle of the photo."""
    places = {1: (350,), 2: (100, 600), 3: (50, 350, 650)}[len(looks)]
    return Doubtful([face(x, side, confidence) for x, side in zip(places, sides)], SHAPE, np.array(looks))


def taken(doubtful, certain):
    """name -> (which face, by which rule), or the status of those that are left out."""
    answers = decide(doubtful, np.array(certain).reshape(-1, 3))
    return {name: answer.status if isinstance(answer, NoFace) else
            (next(k for k, one in enumerate(doubtful[name].seen) if one is answer[0]), answer[1])
            for name, answer in answers.items()}  # fmt: skip


def test_the_face_is_taken_that_is_like_the_certain_ones():
    doubtful = {"a": photo(BOB, ANN), "b": photo(ANN, CARL)}
    assert taken(doubtful, [ANN, ANN, ANN]) == {"a": (1, LIKE), "b": (0, LIKE)}


def test_a_smaller_face_that_is_like_them_beats_a_larger_one():
    assert taken({"a": photo(BOB, ANN, sides=(120, 90))}, [ANN, ANN, ANN]) == {"a": (1, LIKE)}


def test_without_a_certain_photo_size_decides_and_equal_faces_are_left_out():
    assert taken({"a": photo(BOB, ANN, sides=(60, 100))}, []) == {"a": (1, MAIN)}
    assert taken({"a": photo(BOB, ANN)}, []) == {"a": "several"}


def test_those_that_size_decides_are_the_reference_where_nothing_is_certain():
    doubtful = {"equal": photo(BOB, ANN), **{f"main {k}": photo(ANN, CARL, sides=(100, 50)) for k in range(3)}}
    assert taken(doubtful, [])["equal"] == (1, LIKE)


def test_decided_photos_help_to_decide_others_whatever_the_order():
    # the last one is like the second, which is like the certain ones
    far = mixed(BOB, 0.55 * ANN)
    doubtful = {"far": photo(far, CARL), "near": photo(mixed(ANN, BOB), CARL)}
    for names in (("far", "near"), ("near", "far")):
        assert taken({name: doubtful[name] for name in names}, [ANN]) == {"near": (0, LIKE), "far": (0, LIKE)}


def test_of_faces_that_are_unlike_the_folder_none_is_taken():
    assert taken({"a": photo(BOB, CARL)}, [ANN, ANN, ANN]) == {"a": "several"}


def test_of_a_collage_the_most_prominent_face_is_taken():
    assert taken({"a": photo(BOB, BOB, sides=(100, 101))}, []) == {"a": (1, COLLAGE)}


def test_three_faces_of_which_two_are_alike_are_no_collage():
    assert taken({"a": photo(BOB, BOB, CARL)}, []) == {"a": "several"}


def test_a_lone_doubtful_face_is_taken_unless_it_is_small_and_unlike():
    assert taken({"a": photo(ANN, confidence=0.9)}, [ANN]) == {"a": (0, ONLY)}
    assert taken({"a": photo(ANN, sides=(30,), confidence=0.9)}, [ANN]) == {"a": (0, LIKE)}
    assert taken({"a": photo(BOB, sides=(30,), confidence=0.9)}, [ANN]) == {"a": "none"}
    assert taken({"a": photo(BOB, confidence=0.9)}, [ANN] * 8) == {"a": "none"}
