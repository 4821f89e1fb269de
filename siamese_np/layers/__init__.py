"""The layers, one per file. Start with base.py (the contract), then dense.py."""

from siamese_np.layers.base import Layer
from siamese_np.layers.batchnorm import BatchNorm
from siamese_np.layers.conv2d import Conv2D
from siamese_np.layers.dense import Dense
from siamese_np.layers.dropout import Dropout
from siamese_np.layers.flatten import Flatten
from siamese_np.layers.globalavgpool2d import GlobalAvgPool2D
from siamese_np.layers.l2normalize import L2Normalize
from siamese_np.layers.maxpool2d import MaxPool2D
from siamese_np.layers.prelu import PReLU
from siamese_np.layers.relu import ReLU
from siamese_np.layers.sequential import Sequential

__all__ = [
    "BatchNorm",
    "Conv2D",
    "Dense",
    "Dropout",
    "Flatten",
    "GlobalAvgPool2D",
    "L2Normalize",
    "Layer",
    "MaxPool2D",
    "PReLU",
    "ReLU",
    "Sequential",
]
