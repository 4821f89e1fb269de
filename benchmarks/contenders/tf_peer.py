"""TensorFlow without Keras: raw operations and optimiser kernels in one compiled function."""

import numpy as np
import tensorflow as tf

from benchmarks import networks
from benchmarks.cases import Case
from benchmarks.contenders import Prepared, Settings
from benchmarks.contenders.tensorflow_common import COMPILERS, contrastive, tensors, use_threads
from benchmarks.networks import Network, walk

__all__ = ["settings", "use_threads"]


def settings(case: Case) -> Settings:
    return {name: lambda xla=xla: prepare(case, xla) for name, xla in COMPILERS.items()}


class Tower:
    """The network as a function of images (N, H, W, 1), and its trainable variables."""

    def __init__(self, network: Network) -> None:
        self.rng = np.random.default_rng(0)
        self.variables: list[tf.Variable] = []
        self.parts = [self._build(part, before) for part, before, _ in walk(network)]

    def __call__(self, x: tf.Tensor, train: bool) -> tf.Tensor:
        for part in self.parts:
            x = part(x, train)
        return x

    def _learnt(self, value: np.ndarray) -> tf.Variable:
        self.variables.append(tf.Variable(value.astype(np.float32)))
        return self.variables[-1]

    def _he(self, *shape: int) -> tf.Variable:
        return self._learnt(self.rng.standard_normal(shape) * np.sqrt(2 / np.prod(shape[:-1])))

    def _build(self, part: networks.Part, before: networks.Shape):
        match part:
            case networks.Conv(filters, padding):
                w, b = self._he(networks.KERNEL, networks.KERNEL, before[0], filters), self._learnt(np.zeros(filters))
                border = "SAME" if padding else "VALID"
                return lambda x, train: tf.nn.bias_add(tf.nn.conv2d(x, w, 1, border), b)
            case networks.Dense(units):
                w, b = self._he(before[0], units), self._learnt(np.zeros(units))
                return lambda x, train: tf.nn.bias_add(tf.matmul(x, w), b)
            case networks.Dropout(rate):
                return lambda x, train: tf.nn.dropout(x, rate) if train else x
            case networks.BatchNorm(momentum, eps):
                return self._batch_norm(before[0], momentum, eps)
        plain = {
            networks.ReLU: tf.nn.relu,
            networks.MaxPool: lambda x: tf.nn.max_pool2d(x, networks.POOL, networks.POOL, "VALID"),
            networks.AveragePool: lambda x: tf.reduce_mean(x, (1, 2)),
            networks.Flatten: lambda x: tf.reshape(x, (tf.shape(x)[0], int(np.prod(x.shape[1:])))),
            networks.L2Normalize: lambda x: tf.math.l2_normalize(x, 1),
        }
        return lambda x, train, function=plain[type(part)]: function(x)

    def _batch_norm(self, features: int, momentum: float, eps: float):
        w, b = self._learnt(np.ones(features)), self._learnt(np.zeros(features))
        mean, variance = tf.Variable(tf.zeros(features)), tf.Variable(tf.ones(features))

        def normalise(x: tf.Tensor, train: bool) -> tf.Tensor:
            fused = tf.compat.v1.nn.fused_batch_norm
            if not train:
                return fused(x, w, b, mean, variance, epsilon=eps, is_training=False)[0]
            y, batch_mean, batch_variance = fused(x, w, b, epsilon=eps, is_training=True)
            mean.assign_sub(momentum * (mean - batch_mean))
            variance.assign_sub(momentum * (variance - batch_variance))
            return y

        return normalise


def optimiser(kind: str, rate: float, variables: list[tf.Variable]):
    """A function of the gradients that updates the variables by TensorFlow's own kernels."""
    first, second = ([tf.Variable(tf.zeros_like(v)) for v in variables] for _ in range(2))
    powers = [tf.Variable(1.0), tf.Variable(1.0)]
    beta1, beta2 = 0.9, 0.999

    def adam(gradients: list[tf.Tensor]) -> None:
        p1, p2 = powers[0].assign(powers[0] * beta1), powers[1].assign(powers[1] * beta2)
        for v, m, n, g in zip(variables, first, second, gradients):
            tf.raw_ops.ResourceApplyAdam(
                var=v.handle, m=m.handle, v=n.handle, beta1_power=p1, beta2_power=p2, lr=rate,
                beta1=beta1, beta2=beta2, epsilon=1e-8, grad=g,
            )  # fmt: skip

    def rmsprop(gradients: list[tf.Tensor]) -> None:
        for v, m, n, g in zip(variables, first, second, gradients):
            tf.raw_ops.ResourceApplyRMSProp(
                var=v.handle, ms=n.handle, mom=m.handle, lr=rate, rho=0.99, momentum=0.0, epsilon=1e-16, grad=g
            )

    return {"adam": adam, "rmsprop": rmsprop}[kind]


def prepare(case: Case, xla: bool) -> Prepared:
    tf.random.set_seed(0)
    tower = Tower(case.network)
    images, same = tensors(case)
    parameters = sum(int(tf.size(v)) for v in tower.variables)
    if case.kind == "embed":
        embed = tf.function(lambda x: tower(x, False), jit_compile=xla)
        return Prepared(lambda: embed(images).numpy(), parameters)
    move = optimiser(case.network.optimizer, case.network.rate, tower.variables)

    @tf.function(jit_compile=xla)
    def train(images: tf.Tensor, same: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape() as tape:
            loss = contrastive(tower(images, True), same)
        move(tape.gradient(loss, tower.variables))
        return loss

    return Prepared(lambda: float(train(images, same)), parameters)
