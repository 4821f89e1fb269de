"""Convolution and max pooling compiled by Numba, to be fast: the functions of ../reference.py, with the same arguments,
and those that the fused layers (../../fused) and the optimisers need.

All kernels are built alike. A compiled function, whose name begins with an underscore, does the work for the images or
stacks that `take` gives it, on each of a team of threads (team.py). The plain function with the public name makes the
arrays and shares the work out to the cores. Each part of the work writes only to arrays of its own: the row of image n,
the sums of slab s (slabs.py). With NUMBA_DISABLE_JIT=1 all of this is plain Python, on one thread.

Read it in this order; each module imports only from those above it:

    cache               Numba's files of compiled kernels, with a seal by which damage is noticed
    announcement        tells that kernels are being compiled, and how long that took the last time
    width               the widest vectors of the processor, for these kernels alone
    options             how the kernels are compiled, and how their cache is kept fresh
    atomic              numbers that several threads change
    team                threads that run one call of a kernel together
    optimizers          SGD, RMSprop and Adam: the simplest kernels
    dense               the gradient of a dense layer's input
    batchnorm           batch normalisation of feature maps and vectors: sums over planes
    maxpool2d           the layer MaxPool2D
    strided             the convolution as loops over its definition, for any stride
    phases              the layout that the fast convolutions work in: a tap is a shifted line
    stacks              copies images into that layout, and results back
    direct              the convolution in that layout
    direct_gradient     the gradient of its weights
    winograd            3 x 3 convolutions in 16 products in place of 36: derivation and transforms
    winograd_products   the products between the transforms, and the gradient of the weights
    workspace           the arrays that each thread keeps for all of this
    convolution         chooses between direct and winograd, forward and backward
    slabs               adds up the gradients of a batch in a fixed order
    conv2d              the layer Conv2D, made of convolution, slabs and strided
    block_pooling       ReLU, 2 x 2 max pooling and dropout in one loop over phases, and its gradient
    block_forward       convolution, [batch normalisation], ReLU, pooling, [dropout] in one pass or two
    block_backward      the way back through it
"""

from numba import config

from siamese_np import threads
from siamese_np.kernels.compiled import (
    batchnorm,
    block_backward,
    block_forward,
    block_pooling,
    conv2d,
    convolution,
    dense,
    direct,
    direct_gradient,
    maxpool2d,
    optimizers,
    phases,
    stacks,
    strided,
    team,
    winograd,
    winograd_products,
    workspace,
)
from siamese_np.kernels.compiled.batchnorm import norm_apply, norm_combine, norm_moments, norm_sums
from siamese_np.kernels.compiled.block_backward import conv_pool_backward, pool_sums
from siamese_np.kernels.compiled.block_forward import conv_moments, conv_pool, norm_pool
from siamese_np.kernels.compiled.conv2d import conv2d_backward, conv2d_forward, output_shape
from siamese_np.kernels.compiled.convolution import runs_on_phases
from siamese_np.kernels.compiled.dense import dense_input_gradient
from siamese_np.kernels.compiled.maxpool2d import maxpool2d_backward, maxpool2d_forward
from siamese_np.kernels.compiled.optimizers import adam_step, rmsprop_step, sgd_step
from siamese_np.kernels.compiled.options import drop_stale_cache
from siamese_np.kernels.compiled.phases import plan_layout
from siamese_np.kernels.compiled.winograd import transform_weights
from siamese_np.pool import Team

__all__ = [
    "adam_step",
    "conv2d_backward",
    "conv2d_forward",
    "conv_moments",
    "conv_pool",
    "conv_pool_backward",
    "dense_input_gradient",
    "drop_stale_cache",
    "maxpool2d_backward",
    "maxpool2d_forward",
    "norm_apply",
    "norm_combine",
    "norm_moments",
    "norm_pool",
    "norm_sums",
    "output_shape",
    "plan_layout",
    "pool_sums",
    "rmsprop_step",
    "runs_on_phases",
    "sgd_step",
    "transform_weights",
]

drop_stale_cache(
    batchnorm, block_backward, block_forward, block_pooling, conv2d, convolution, dense, direct, direct_gradient, maxpool2d,
    optimizers, phases, stacks, strided, team, winograd, winograd_products, workspace,
)  # fmt: skip
threads.use_one_blas_thread()
if not config.DISABLE_JIT:
    threads.use_team(Team(team.help, team.close, team.announce))
