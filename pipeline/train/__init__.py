"""Trains a model on pairs. `command.py` is the entry point; `training.py` holds the step that changes the weights."""

from pipeline.train.command import Trained, main, train

__all__ = ["Trained", "main", "train"]
