"""Pairs become a model. `command.py` is the way in; `training.py` holds the step that changes the weights."""

from pipeline.train.command import Trained, main, train

__all__ = ["Trained", "main", "train"]
