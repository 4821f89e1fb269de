"""The curves of a training as a picture."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from pipeline import photos
from pipeline.train import curves
from siamese_np.losses import ContrastiveLoss

PLATEAUS = ContrastiveLoss().plateaus()


def history(epochs, validated):
    rows = []
    for epoch in range(1, epochs + 1):
        row = {"epoch": epoch, "rate": 0.1, "loss": 0.5 / epoch, "d_same": 0.3, "d_different": 0.8, "seconds": 1.0}
        if validated:
            row |= {"val_loss": 0.7 / epoch, "val_eer": 0.2, "val_d_same": 0.4, "val_d_different": 0.9}
        rows.append(row)
    return rows


@pytest.fixture
def drawn(monkeypatch, tmp_path):
    """draw(...) returns the figure instead of writing its file."""
    figures = []

    def keep(figure, path):
        figures.append(figure)
        path.touch()

    monkeypatch.setattr(curves, "save", keep)

    def draw(*arguments):
        curves.draw(tmp_path / "curves.png", *arguments)
        return figures.pop()

    return draw


def lines_of(axes):
    return {line.get_label(): line.get_ydata() for line in axes.lines}


def test_curves_are_written_as_a_picture_that_shows_something(tmp_path):
    path = tmp_path / "new" / "curves.png"
    curves.draw(path, [history(5, validated=True)], PLATEAUS, [4])
    picture = photos.read(path)
    assert picture.shape == (480, 1200, 3) and len(np.unique(picture @ (1, 256, 65536))) > 100
    assert [entry.name for entry in path.parent.iterdir()] == ["curves.png"]


def test_the_left_side_shows_the_losses_and_the_plateaus(drawn):
    left, _ = drawn([history(5, validated=True)], PLATEAUS, [4]).axes
    lines = lines_of(left)
    assert np.allclose(lines["training"], 0.5 / np.arange(1, 6))
    assert np.allclose(lines["validation, all pairs"], 0.7 / np.arange(1, 6))
    assert "best: epoch 4" in lines
    said = [text.get_text() for text in left.texts]
    assert said == [f"learnt nothing: {name}" for name in PLATEAUS]
    assert [text.xy[1] for text in left.texts] == [0.5, 0.25]


def test_the_right_side_shows_mean_distances_of_validation_or_else_of_training(drawn):
    for validated, expected, of in ((True, (0.9, 0.4), "validation"), (False, (0.8, 0.3), "training")):
        _, right = drawn([history(3, validated)], PLATEAUS, [3]).axes
        lines = lines_of(right)
        assert np.allclose(lines["different people"], expected[0]) and np.allclose(lines["same person"], expected[1])
        assert right.get_ylabel() == f"mean distance of {of} pairs"


def test_each_network_has_its_own_lines_from_its_first_epoch_and_no_mark_where_the_last_weights_were_kept(drawn):
    left, right = drawn([history(5, validated=True), history(3, validated=True)], PLATEAUS, [5, 3]).axes
    for axes, name, expected in ((left, "training", 0.5 / np.arange(1, 4)), (right, "same person", [0.4] * 3)):
        lines = {line.get_label(): line for line in axes.lines}
        second = lines[f"_{name}, network 2"]
        assert np.allclose(second.get_xdata(), [1, 2, 3]) and np.allclose(second.get_ydata(), expected)
        assert second.get_linestyle() != lines[name].get_linestyle() and len(lines[name].get_xdata()) == 5
    assert not any("best" in label for label in lines_of(left))


def test_a_training_of_one_epoch_has_a_picture_too(drawn):
    assert isinstance(drawn([history(1, validated=False)], PLATEAUS, [1]), Figure)
