"""A header that was edited is refused when the model is loaded, with one kind of message."""

import json

import pytest

from pipeline.common.errors import JobError
from pipeline.recognise import recogniser
from siamese_np import weights

UPRIGHT = {"size": [28, 23], "standardise": True, "align": None, "zoom": 1.0}


def edit(*path, **changes):
    """A change of the header: the entry at `path` is updated."""

    def change(extra):
        for key in path:
            extra = extra[key]
        extra.update(changes)

    return change


def both(extra, **changes):
    """A change of the preprocessing and of the first view, which is the same one."""
    extra["preprocessing"] |= changes
    extra["views"] = [extra["preprocessing"]]
    return extra["preprocessing"]


FAULTS = {
    "unknown key": (lambda extra: both(extra, flip=True), "a view can't be read .*flip"),
    "another size": (edit("preprocessing", size=[40, 40]), "first view is not its preprocessing"),
    "another size of both": (lambda extra: both(extra, size=[56, 46]), "Dense expects"),
    "no size": (lambda extra: both(extra).pop("size"), "a view can't be read .*size"),
    "size of text": (lambda extra: both(extra, size="28"), "a view has the size"),
    "huge size": (lambda extra: both(extra, size=[28, 10**9]), "a view has the size"),
    "no width": (lambda extra: both(extra, size=[28]), "a view has the size"),
    "zoom below 1": (lambda extra: both(extra, zoom=0), "zoom 0"),
    "align of text": (lambda extra: both(extra, align="left"), "align 'left'"),
    "preprocessing is a list": (edit(preprocessing=[]), "no preprocessing"),
    "more views than networks": (edit(views=[UPRIGHT] * 2), "views are not one for each"),
    "views of text": (edit(views="no"), "views are not one for each"),
    "a view that is none": (edit(views=[None]), "first view is not"),
    "no thresholds": (edit(thresholds={}), "the threshold of the rule pair is None"),
    "thresholds of text": (edit(thresholds="0.6"), "no thresholds"),
    "a rule is missing": (lambda extra: extra["thresholds"].pop("mean"), "the threshold of the rule mean is None"),
    "threshold of text": (edit("thresholds", "mean", threshold="0.6"), "the threshold of the rule mean is '0.6'"),
    "threshold NaN": (edit("thresholds", "mean", threshold=float("nan")), "[Oo]ut of range float"),
    "threshold infinite": (edit("thresholds", "mean", threshold=float("inf")), "[Oo]ut of range float"),
    "far of 2": (edit("thresholds", "nearest", far=2), "the far of the rule nearest is 2"),
    "mirror of text": (edit(mirror="no"), "mirror can't be 'no'"),
    "settings are a list": (edit(settings=[]), r"settings can't be"),
    "settings without data": (lambda extra: extra["settings"].pop("data"), "settings can't be"),
    "names of numbers": (edit(names=[1]), r"names\[0\] can\'t be"),
    "framing without points": (edit(framing={"size": [4, 4], "reach": 1}), "framing can't be"),
    "framing of four points": (edit(framing={"size": [4, 4], "points": [[1, 2]] * 4, "reach": 1}), "no five points"),
    "framing of no size": (edit(framing={"size": [0, 4], "points": [[1, 2]] * 5, "reach": 1}), "has the size"),
    "a rate without interval": (edit("thresholds", "mean", far_measured=True, far_low=None), "the far_low of the rule"),
    "gallery of nobody": (edit("thresholds", "mean", gallery_size=0), "the gallery_size of the rule mean is 0"),
    "no cross-validation": (edit(cross_validation={"people": 3}), "cross_validation can't be"),
    "seconds of text": (edit(seconds="long"), "seconds can't be 'long'"),
}


@pytest.mark.parametrize(("change", "reason"), FAULTS.values(), ids=FAULTS.keys())
def test_an_edited_header_is_refused_when_it_is_loaded(change, reason, tiny_run, tmp_path):
    networks, extra = weights.load(tiny_run.folder / "model.npz")
    change(extra)
    weights.save(tmp_path / "model.npz", networks, extra)
    with pytest.raises(JobError, match=rf"model\.npz is not a siamese-np model that can be used: .*{reason}.*--fresh"):
        recogniser.load(tmp_path, "numpy")


def test_extra_that_is_a_list_is_refused(tiny_run, tmp_path):
    networks, extra = weights.load(tiny_run.folder / "model.npz")
    weights.save(tmp_path / "model.npz", networks, [json.dumps(extra)])
    with pytest.raises(JobError, match="its extra is no object"):
        recogniser.load(tmp_path, "numpy")


def test_a_network_that_answers_with_no_number_is_refused(tiny_run, tmp_path):
    networks, extra = weights.load(tiny_run.folder / "model.npz")
    networks[0].state["batchnorm1.running_var"][...] = -1
    weights.save(tmp_path / "model.npz", networks, extra)
    with pytest.raises(JobError, match="gives no embedding for a view of 28x23"):
        recogniser.load(tmp_path, "numpy")
