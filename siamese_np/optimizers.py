"""How a gradient becomes a step. Each optimiser sees one vector of parameters w and one vector of gradients g.

All operations are entry by entry. lr is the learning rate, t counts the steps from 1, and all buffers start at 0.

    SGD       velocity <- momentum velocity + g                                                (1)
              w <- w - lr velocity
    RMSprop   v <- rho v + (1 - rho) g^2                                                       (2)
              w <- w - lr g / (sqrt(v) + eps)
    Adam      m <- beta1 m + (1 - beta1) g
              v <- beta2 v + (1 - beta2) g^2                                                   (3)
              w <- w - lr (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + eps)

(1) is a decayed sum of all gradients, not their average: velocity_t = sum_k momentum^(t-k) g_k. Under a constant
gradient it grows to g / (1 - momentum), so that momentum 0.9 makes the steps ten times as long. (2) divides each entry
by its own recent size: v is an average of g^2 whose weights fall by the factor rho from step to step. (3) does both,
with an average m of the gradients in the place of the sum.

Why Adam divides by 1 - beta^t. Written out, with m_0 = 0,

    m_t = (1 - beta1) sum_{k=1..t} beta1^(t-k) g_k                                             (4)

and the weights in (4) are a geometric series whose sum is not 1:

    (1 - beta1) sum_{k=1..t} beta1^(t-k) = (1 - beta1) (1 - beta1^t) / (1 - beta1) = 1 - beta1^t     (5)

If all g_k have the same expectation E[g], then E[m_t] = (1 - beta1^t) E[g], too small by just this factor: divided by
it, m has the expectation E[g]. The same holds for v and g^2. In the first step the corrected values are g and g^2, so
that each entry moves by lr, whatever the size of its gradient. Later the factor tends to 1. RMSprop has no such
correction: with rho 0.99 its first step is 1 / sqrt(0.01) = 10 times as long as lr.

The three functions below are these lines in NumPy, several passes over memory each. kernels/compiled has the same
functions in one pass. All of them change w and the buffers in place and leave g as it is.

Sources: momentum: Polyak 1964, in PyTorch's form, where the learning rate stands outside of the sum and a change of it
acts on the whole velocity at once; RMSprop: Tieleman and Hinton 2012, lecture 6.5; Adam: Kingma and Ba 2015, sections
2 and 3.
"""

from types import ModuleType

import numpy as np


def sgd_step(w: np.ndarray, g: np.ndarray, velocity: np.ndarray, learning_rate: float, momentum: float) -> None:
    """(1). All arrays (parameters,), of one dtype."""
    velocity *= momentum
    velocity += g
    w -= learning_rate * velocity


def rmsprop_step(w: np.ndarray, g: np.ndarray, v: np.ndarray, learning_rate: float, rho: float, eps: float) -> None:
    """(2). All arrays (parameters,), of one dtype."""
    v *= rho
    v += (1 - rho) * g * g
    w -= learning_rate * g / (np.sqrt(v) + eps)


def adam_step(
    w: np.ndarray,
    g: np.ndarray,
    m: np.ndarray,
    v: np.ndarray,
    learning_rate: float,
    beta1: float,
    beta2: float,
    eps: float,
    t: int,
) -> None:
    """(3). All arrays (parameters,), of one dtype."""
    m *= beta1
    m += (1 - beta1) * g
    v *= beta2
    v += (1 - beta2) * g * g
    step_size = learning_rate / (1 - beta1**t)  # (5)
    v_correction = 1 / (1 - beta2**t)
    w -= step_size * m / (np.sqrt(v_correction * v) + eps)


class Optimizer:
    """Base of the optimisers. params and grads (parameters,) are the flat vectors of a Sequential. params are changed.

    `learning_rate` may be changed between steps. `state` (the buffers by name) and `steps` (how many were taken) are
    all there is to save and restore. kernels: what kernels.get returns, or None for the functions above.
    """

    buffers: tuple[str, ...] = ()

    def __init__(
        self, params: np.ndarray, grads: np.ndarray, learning_rate: float, function: str, kernels: ModuleType | None
    ) -> None:
        self.params, self.grads, self.learning_rate = params, grads, learning_rate
        self.steps = 0
        self.state = {name: np.zeros_like(params) for name in self.buffers}
        self.function = getattr(kernels, function, globals()[function])

    def step(self) -> None:
        """Change the parameters, in place, by one step against the gradients."""
        self.steps += 1
        self.function(self.params, self.grads, **self.state, learning_rate=self.learning_rate, **self.settings())

    def settings(self) -> dict[str, float]:
        """The arguments of the function beside the vectors and the learning rate."""
        raise NotImplementedError


class SGD(Optimizer):
    """Stochastic gradient descent (1); momentum 0 is the plain form."""

    buffers = ("velocity",)

    def __init__(
        self,
        params: np.ndarray,
        grads: np.ndarray,
        learning_rate: float = 1e-2,
        momentum: float = 0.0,
        kernels: ModuleType | None = None,
    ) -> None:
        super().__init__(params, grads, learning_rate, "sgd_step", kernels)
        self.momentum = momentum

    def settings(self) -> dict[str, float]:
        return {"momentum": self.momentum}


class RMSprop(Optimizer):
    """(2): the gradient divided by the root of the recent mean of its square."""

    buffers = ("v",)

    def __init__(
        self,
        params: np.ndarray,
        grads: np.ndarray,
        learning_rate: float = 1e-3,
        rho: float = 0.99,
        eps: float = 1e-8,
        kernels: ModuleType | None = None,
    ) -> None:
        super().__init__(params, grads, learning_rate, "rmsprop_step", kernels)
        self.rho, self.eps = rho, eps

    def settings(self) -> dict[str, float]:
        return {"rho": self.rho, "eps": self.eps}


class Adam(Optimizer):
    """(3): the recent mean of the gradient, divided by the root of the recent mean of its square."""

    buffers = ("m", "v")

    def __init__(
        self,
        params: np.ndarray,
        grads: np.ndarray,
        learning_rate: float = 1e-3,
        beta1: float = 0.9,
        beta2: float = 0.999,
        eps: float = 1e-8,
        kernels: ModuleType | None = None,
    ) -> None:
        super().__init__(params, grads, learning_rate, "adam_step", kernels)
        self.beta1, self.beta2, self.eps = beta1, beta2, eps

    def settings(self) -> dict[str, float]:
        return {"beta1": self.beta1, "beta2": self.beta2, "eps": self.eps, "t": self.steps}


OPTIMIZERS = {"sgd": SGD, "rmsprop": RMSprop, "adam": Adam}


def constant(step: int, steps: int, warmup: int = 0) -> float:
    """Factor on the learning rate at `step` (from 0) of `steps`: rises linearly over `warmup` steps, then stays 1."""
    return min((step + 1) / warmup, 1.0) if warmup else 1.0


def cosine(step: int, steps: int, warmup: int = 0) -> float:
    """Factor on the learning rate at `step` (from 0) of `steps`: rises linearly over `warmup` steps, then falls to 0
    along half a period of the cosine (Loshchilov and Hutter 2017, eq. 5, without restarts)."""
    if step < warmup:
        return (step + 1) / warmup
    progress = min((step - warmup) / max(steps - warmup, 1), 1.0)
    return float(0.5 * (1 + np.cos(np.pi * progress)))


SCHEDULES = {"constant": constant, "cosine": cosine}
