"""A training that learns nothing gets a warning with a name and causes: shown on real trainings of drawn faces."""

from dataclasses import replace

import numpy as np
import pytest

from pipeline.common.errors import JobError
from pipeline.train import training
from pipeline.train.training import Training
from pipeline.train.watch import PATIENCE, Watch
from siamese_np.layers import Dense, Flatten, ReLU, Sequential
from siamese_np.losses import ContrastiveLoss

EPOCHS = PATIENCE + 3


def words(few_pairs, recipe, change=lambda tower: None):
    """{epoch: warnings} of a training, for the epochs that have any."""
    running = Training(few_pairs, replace(recipe, epochs=20, schedule="constant", warmup=0), 0, "numpy")
    change(running.network.tower)
    return {epoch: said for epoch in range(1, EPOCHS + 1) if (said := running.epoch())}


def names(said):
    return [text.split(":")[0] for text in said]


@pytest.mark.parametrize("way", ["hard", "fixed"])
def test_a_learning_rate_of_10_gets_one_warning_with_causes(few_pairs, quick, way):
    said = words(few_pairs, replace(quick, rate=10.0, pairs=way, pairs_a_batch=8))
    assert len(said) == 1
    [(epoch, [text])] = said.items()
    assert epoch >= PATIENCE
    assert text.startswith("all embeddings equal:") and "learning rate that is too large" in text


@pytest.mark.parametrize("way", ["hard", "fixed"])
def test_weights_that_are_all_zero_are_named(few_pairs, quick, way):
    said = words(few_pairs, replace(quick, pairs=way, pairs_a_batch=8), lambda tower: tower.flat_params.fill(0))
    assert list(said) == [PATIENCE]
    assert names(said[PATIENCE]) == ["all embeddings equal", "dead units"]


def test_a_last_relu_whose_inputs_are_negative_is_named(few_pairs, quick, monkeypatch):
    def relu_at_the_end(rng, kernels, size):
        tower = Sequential([Flatten(), Dense(size[0] * size[1], 16, rng=rng), ReLU()])
        tower.params["dense1.bias"][:] = -1000
        return tower

    monkeypatch.setitem(training.NETWORKS, "relu at the end", relu_at_the_end)
    said = words(few_pairs, replace(quick, network="relu at the end"))
    assert list(said) == [PATIENCE]
    assert names(said[PATIENCE]) == ["all embeddings equal", "dead units"]
    assert "100%" in said[PATIENCE][1] and "ReLU at the end" in said[PATIENCE][1]


def test_images_without_contrast_are_named(few_pairs, quick):
    plain = replace(few_pairs, images=np.full_like(few_pairs.images, 90))
    assert names(words(plain, replace(quick, augmentation=None))[PATIENCE]) == ["all embeddings equal"]


def test_a_training_that_learns_gets_no_warning(tiny_run, few_pairs, quick):
    assert words(few_pairs, quick) == {}
    assert training.checkpoint.load(tiny_run.folder / "checkpoint.npz")[1]["told"] == []


@pytest.mark.parametrize("rate", [1e10, 1e30])
def test_a_training_that_diverges_ends_with_a_message(few_pairs, quick, quick_original, rate):
    for recipe in (
        quick,
        replace(quick_original, optimizer="sgd"),
        replace(quick, network="original_network", optimizer="sgd"),
    ):
        with pytest.raises(JobError, match="diverged.*use a smaller --rate"):
            words(few_pairs, replace(recipe, rate=rate))


def look(watch, **changes):
    """One epoch of a training that learns well, apart from the changes."""
    healthy = {"loss": 0.1, "share_same": 0.5, "d_same": 0.3, "d_different": 0.9, "z": np.eye(4)}
    return watch.look(**{**healthy, **changes})


def equal(watch, **changes):
    return look(watch, loss=0.49, d_same=0.02, d_different=0.03, **changes)


def test_the_plateau_of_equal_distances_is_named():
    for loss, value in ((ContrastiveLoss(), 0.25), (ContrastiveLoss(margin=2.0), 1.0), (ContrastiveLoss(power=1), 0.5)):
        watch = Watch(loss)
        middle = loss.margin / 2
        said = [
            look(watch, loss=1.05 * value, d_same=middle - 0.01, d_different=middle + 0.01) for _ in range(PATIENCE)
        ]
        assert names(said[-1]) == ["all distances equal"] and f"loss of {value:.2f}" in said[-1][0]
        assert not any(said[:-1])


def test_equal_mean_distances_with_another_loss_are_no_plateau():
    watch = Watch(ContrastiveLoss())
    assert not any(look(watch, loss=0.15, d_same=0.5, d_different=0.51) for _ in range(EPOCHS))


def test_a_trivial_answer_is_reported_under_one_name():
    watch = Watch(ContrastiveLoss())
    said = [look(watch, loss=0.25, d_same=0.02, d_different=0.03) for _ in range(PATIENCE)]
    assert names(said[-1]) == ["all embeddings equal"], "though the loss is that of equal distances"


def test_a_plateau_is_found_however_many_pairs_are_same_in_each_epoch():
    watch = Watch(ContrastiveLoss())
    said = [equal(watch, share_same=share) for share in (0.4, 0.5, 0.6, 0.45, 0.55)]
    assert names(said[-1]) == ["all embeddings equal"]


def test_a_training_that_recovers_in_time_gets_no_warning():
    watch = Watch(ContrastiveLoss())
    for _ in range(3):
        assert not any(equal(watch) for _ in range(PATIENCE - 1))
        assert look(watch) == []
    assert watch.told == []


def test_a_second_plateau_of_the_same_kind_is_not_reported_again():
    watch = Watch(ContrastiveLoss())
    assert len([text for _ in range(PATIENCE) for text in equal(watch)]) == 1
    look(watch)
    assert not any(equal(watch) for _ in range(2 * PATIENCE))
    assert watch.told == ["all embeddings equal"]


def test_dead_units_are_those_that_are_0_for_every_photo():
    z = np.ones((6, 4))
    z[:, 0] = 0
    z[:5, 1] = 0
    watch = Watch(ContrastiveLoss())
    assert not any(look(watch, z=z) for _ in range(EPOCHS)), "one unit of four is dead, another is nonzero for one photo"
    z[5, 1] = 0
    said = [look(watch, z=z) for _ in range(PATIENCE)][-1]
    assert names(said) == ["dead units"] and "50%" in said[0]


def test_an_epoch_without_pairs_of_one_kind_is_no_plateau():
    watch = Watch(ContrastiveLoss())
    for d_same, d_different in ((np.nan, 0.01), (0.01, np.nan)):
        assert not any(look(watch, loss=0.5, d_same=d_same, d_different=d_different) for _ in range(EPOCHS))
