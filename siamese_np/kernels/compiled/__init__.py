"""Convolution and max pooling compiled by Numba, to be fast: the functions of reference.py, with the same arguments.

All kernels are built alike. One serial body does the work on the images `first` to `last`; a thin parallel form around
it shares the images out to the cores; the function without an underscore makes the arrays and chooses between the two.

- Images are shared out in SLABS. A gradient of the weights is a sum over images; each slab sums its own, and the slabs
  are added in order. Their number depends on N alone, so the result is the same on 1 core and on 16.
- Few images take the serial form: starting all cores costs more than the work, and it needs no lock.

A file holds all that its kernels inline, since Numba's cache does not see an edit elsewhere. With NUMBA_DISABLE_JIT=1
they are plain Python.
"""

from siamese_np import threads
from siamese_np.kernels.compiled.conv2d import conv2d_backward, conv2d_forward
from siamese_np.kernels.compiled.maxpool2d import maxpool2d_backward, maxpool2d_forward

__all__ = ["conv2d_backward", "conv2d_forward", "maxpool2d_backward", "maxpool2d_forward"]

threads.use_one_blas_thread()
