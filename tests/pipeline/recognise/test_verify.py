"""Two faces, one distance, one threshold."""

import numpy as np
import pytest

from pipeline.faces.way_in import of_crop
from pipeline.recognise.verify import verify


def test_verify_holds_two_faces_against_the_pair_threshold(loaded, strangers, with_threshold):
    a, b = of_crop(strangers[0][0]), of_crop(strangers[1][0])
    answer = verify(loaded, a, b)
    z = loaded.embed([a.photo, b.photo])
    assert answer["distance"] == pytest.approx(float(np.sqrt(((z[0] - z[1]) ** 2).sum())), abs=1e-6)
    assert answer["threshold"] == loaded.thresholds["pair"]["threshold"]
    near, far = (verify(with_threshold(answer["distance"] + delta), a, b) for delta in (1e-6, 0))
    assert near["same"] is True and near["message"].startswith("the same person:")
    assert far["same"] is False and far["message"].startswith("different people:")
    assert verify(loaded, a, a)["same"] is True and verify(loaded, a, a)["distance"] < 1e-5
    assert answer["faces"] == [a.to_json(), b.to_json()]
