"""A Siamese network written out in NumPy: arrays in, arrays out.

Two images go through ONE network and become two embeddings. Their Euclidean distance goes into the contrastive loss.
Every gradient on the way back is a line of code that you can compare with a line of algebra.

Read it in this order; each module needs only those before it:

    gradcheck      what "a correct gradient" means: first numeric and check, the cases after the layers
    layers/base    the contract of a layer, and the letters used everywhere
    initializers   the first values of weights
    layers/dense   the first layer; then relu, prelu, flatten, dropout, l2normalize, batchnorm
    kernels/reference   convolution and pooling, to be read; kernels/compiled has the same functions, to be fast
    layers/conv2d  then maxpool2d, globalavgpool2d, sequential
    distance       how far apart two embeddings are
    losses         what that distance should be
    siamese        the two branches, which are one network
    optimizers, mining                   how it learns
    projection     a map of embeddings that stays still while they move
    models, metrics, archive, weights    what is trained, how it is judged, how it is kept
    trace          one pass forward and backward, of which every array is kept, to look at
    attribution    which pixels a distance depends on
    whitening      a linear layer in closed form, after the training, by which every direction of an embedding counts
    fusion, fused, threads               the same network in fewer passes over memory, on all cores
"""
