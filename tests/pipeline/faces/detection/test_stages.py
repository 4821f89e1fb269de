"""What the detector hands out of its stages, and that looking changes nothing."""

import numpy as np
import pytest

from pipeline.faces.detection import MTCNN, boxes, pyramid

SETTINGS = (20, 0.6, 0.7, 0.8)


@pytest.fixture(scope="module")
def two_faces(astronaut):
    return np.concatenate([astronaut, astronaut[:, ::-1]], axis=1)


@pytest.fixture(scope="module")
def stages(mtcnn, two_faces):
    seen = []
    mtcnn.find(two_faces, *SETTINGS, saw=seen.append)
    return seen


def test_looking_changes_no_answer(mtcnn, two_faces):
    for seen, unseen in zip(
        mtcnn.find(two_faces, *SETTINGS, saw=[].append), mtcnn.find(two_faces, *SETTINGS), strict=True
    ):
        assert np.array_equal(seen, unseen)


def test_the_stages_come_in_order_one_for_each_level(stages, two_faces):
    scales = pyramid.scales(*two_faces.shape[:2], SETTINGS[0])
    assert [stage.name for stage in stages] == ["pnet"] * len(scales) + ["levels", "rnet", "onet"]
    assert [stage.scale for stage in stages[:-3]] == scales


def test_each_stage_is_given_what_the_one_before_keeps(stages):
    *levels, all_levels, rnet, onet = stages
    kept = np.concatenate([level.boxes[level.stays] for level in levels])
    assert np.array_equal(all_levels.boxes, kept) and len(kept)
    assert np.array_equal(rnet.asked, boxes.square(kept[all_levels.stays]))
    assert np.array_equal(onet.asked, boxes.square(rnet.boxes[rnet.stays]))


def test_the_last_stage_keeps_the_answer(stages, mtcnn, two_faces):
    onet = stages[-1]
    answer = mtcnn.find(two_faces, *SETTINGS)
    for kept, found in zip((onet.boxes, onet.confidence, onet.points), answer, strict=True):
        assert np.array_equal(kept[onet.stays], found) and len(found) == 2


def test_a_stage_drops_boxes_below_the_threshold_and_those_that_overlap(stages):
    rnet, onet = stages[-2:]
    for stage, threshold in ((rnet, 0.7), (onet, 0.8)):
        assert np.array_equal(stage.sure, np.flatnonzero(stage.confidence > threshold))
        assert set(stage.stays) <= set(stage.sure)
    assert len(rnet.stays) < len(rnet.sure) < len(rnet.boxes)


def test_the_boxes_of_a_level_are_those_that_p_net_gives_for_the_whole_level(stages, mtcnn):
    for stage in stages[3:6]:
        face = mtcnn.pnet.answer(stage.level[None])["face"][0]
        assert np.sum(face > SETTINGS[1]) == len(stage.boxes)
        assert stage.level.shape[1:] == tuple(int(n * stage.scale) for n in (512, 1024))


def test_a_photo_without_a_proposal_has_no_later_stages():
    seen = []
    MTCNN("numpy").find(np.full((60, 60, 3), 128, np.uint8), *SETTINGS, saw=seen.append)
    assert {stage.name for stage in seen} == {"pnet", "levels"}
