"""What Keras and tf.function share: threads, the data in TensorFlow's layout (channels last), the loss."""

import tensorflow as tf

from benchmarks.cases import Case, batch

COMPILERS = {"graph": False, "XLA": True}


def use_threads(threads: int) -> None:
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)


def tensors(case: Case) -> tuple[tf.Tensor, tf.Tensor]:
    images, same = batch(case)
    return tf.constant(images.transpose(0, 2, 3, 1)), tf.constant(same)


def contrastive(z: tf.Tensor, same: tf.Tensor, margin: float = 1.0) -> tf.Tensor:
    """Embeddings (2P, D) -> the mean loss of the pairs (p, p + P)."""
    a, b = tf.split(z, 2)
    # the small term keeps the root's slope finite
    d = tf.sqrt(tf.reduce_sum(tf.math.squared_difference(a, b), 1) + 1e-12)
    return tf.reduce_mean(tf.square(tf.where(same, d, tf.nn.relu(margin - d))))
