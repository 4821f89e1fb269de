"""Keras on TensorFlow: its own layers and optimisers in one compiled training step (train_on_batch is slower)."""

import keras
import tensorflow as tf
from keras import layers

from benchmarks import networks
from benchmarks.cases import Case
from benchmarks.contenders import Prepared, Settings
from benchmarks.contenders.tensorflow_common import COMPILERS, contrastive, tensors, use_threads
from benchmarks.networks import Network

__all__ = ["settings", "use_threads"]


def settings(case: Case) -> Settings:
    return {name: lambda xla=xla: prepare(case, xla) for name, xla in COMPILERS.items()}


def build(network: Network) -> keras.Sequential:
    """The network from Keras' layers."""

    def layer(part: networks.Part) -> keras.Layer:
        match part:
            case networks.Conv(filters, padding):
                return layers.Conv2D(filters, networks.KERNEL, padding="same" if padding else "valid")
            case networks.Dense(units):
                return layers.Dense(units)
            case networks.Dropout(rate):
                return layers.Dropout(rate)
            case networks.BatchNorm(momentum, eps):
                return layers.BatchNormalization(momentum=1 - momentum, epsilon=eps)
            case networks.MaxPool():
                return layers.MaxPooling2D(networks.POOL)
        plain = {
            networks.ReLU: layers.ReLU,
            networks.AveragePool: layers.GlobalAveragePooling2D,
            networks.Flatten: layers.Flatten,
            networks.L2Normalize: layers.UnitNormalization,
        }
        return plain[type(part)]()

    return keras.Sequential([keras.Input((*network.size, 1)), *map(layer, network.parts)])


def prepare(case: Case, xla: bool) -> Prepared:
    keras.utils.set_random_seed(0)
    model = build(case.network)
    images, same = tensors(case)
    variables = model.trainable_variables
    parameters = sum(int(tf.size(v)) for v in variables)
    if case.kind == "embed":
        embed = tf.function(lambda x: model(x, training=False), jit_compile=xla)
        return Prepared(lambda: embed(images).numpy(), parameters)
    if case.network.optimizer == "adam":
        optimizer = keras.optimizers.Adam(case.network.rate, epsilon=1e-8)
    else:
        optimizer = keras.optimizers.RMSprop(case.network.rate, rho=0.99, epsilon=1e-8)
    optimizer.build(variables)

    @tf.function(jit_compile=xla)
    def train(images: tf.Tensor, same: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            loss = contrastive(model(images, training=True), same)
        optimizer.apply(tape.gradient(loss, variables), variables)
        return loss

    return Prepared(lambda: float(train(images, same)), parameters)
