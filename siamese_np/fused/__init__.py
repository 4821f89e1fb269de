"""Fused layers: each does the work of several layers of ../layers in fewer passes over memory, on the compiled kernels.

../fusion.py puts them in the place of the layers they stand for. Read in this order:

    base         FusedLayer: buffers that are made once and reused
    wide_dense   a Dense of many weights, its columns shared out to the cores
    moments      the formulas of batch normalisation that norm and conv_pool share, derived
    norm         [ReLU], BatchNorm
    conv         a Conv2D that keeps its arrays
    conv_pool    Conv2D, [BatchNorm], ReLU, MaxPool2D(2), [Dropout]

A fused layer holds no parameters of its own. It reads those of its layers and fills their gradients, so that training
the fused network trains the plain one.
"""

from siamese_np.fused.base import FusedLayer
from siamese_np.fused.conv import FusedConv
from siamese_np.fused.conv_pool import ConvPool
from siamese_np.fused.norm import FusedNorm
from siamese_np.fused.wide_dense import WideDense

__all__ = ["ConvPool", "FusedConv", "FusedLayer", "FusedNorm", "WideDense"]
