"""How a gradient becomes a step. Each optimiser sees one vector of parameters w and one of gradients g, nothing else.

    SGD       u <- momentum u + g             w <- w - rate u                                 (1)
    RMSprop   v <- rho v + (1 - rho) g^2      w <- w - rate g / (sqrt(v) + eps)               (2)   Tieleman, Hinton 2012
    Adam      m <- beta1 m + (1 - beta1) g,   v <- beta2 v + (1 - beta2) g^2
              w <- w - rate (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + eps)             (3)   Kingma and Ba 2015

(1) averages the gradient over time, (2) divides each entry by its own recent size, (3) does both; its divisions by
1 - beta^t undo that m and v start at 0.

The three functions below are these lines; the compiled kernels have the same functions in one pass over memory each.
"""

from types import ModuleType

import numpy as np


def sgd_step(w: np.ndarray, g: np.ndarray, u: np.ndarray, rate: float, momentum: float) -> None:
    """(1), in place."""
    u *= momentum
    u += g
    w -= rate * u


def rmsprop_step(w: np.ndarray, g: np.ndarray, v: np.ndarray, rate: float, rho: float, eps: float) -> None:
    """(2), in place."""
    v *= rho
    v += (1 - rho) * g * g
    w -= rate * g / (np.sqrt(v) + eps)


def adam_step(
    w: np.ndarray, g: np.ndarray, m: np.ndarray, v: np.ndarray, rate: float, beta1: float, beta2: float, eps: float, t: int
) -> None:
    """(3), in place; t counts the steps from 1."""
    m *= beta1
    m += (1 - beta1) * g
    v *= beta2
    v += (1 - beta2) * g * g
    m_hat_rate = rate / (1 - beta1**t)
    v_hat_scale = 1 / (1 - beta2**t)
    w -= m_hat_rate * m / (np.sqrt(v_hat_scale * v) + eps)


class Optimizer:
    """Base: `rate` may be changed between steps; `state` (arrays) and `steps` are all there is to save and restore.

    kernels: what kernels.get gives; None for the functions above.
    """

    buffers: tuple[str, ...] = ()

    def __init__(
        self, params: np.ndarray, grads: np.ndarray, rate: float, function: str, kernels: ModuleType | None
    ) -> None:
        self.params, self.grads, self.rate = params, grads, rate
        self.steps = 0
        self.state = {name: np.zeros_like(params) for name in self.buffers}
        self.function = getattr(kernels, function, globals()[function])

    def step(self) -> None:
        """Move the parameters, in place, by what the gradients say."""
        self.steps += 1
        self.function(self.params, self.grads, **self.state, rate=self.rate, **self.settings())

    def settings(self) -> dict[str, float]:
        """What the function wants beside the vectors and the rate."""
        raise NotImplementedError


class SGD(Optimizer):
    """Stochastic gradient descent with momentum (0 for none)."""

    buffers = ("u",)

    def __init__(
        self,
        params: np.ndarray,
        grads: np.ndarray,
        rate: float = 1e-2,
        momentum: float = 0.0,
        kernels: ModuleType | None = None,
    ) -> None:
        super().__init__(params, grads, rate, "sgd_step", kernels)
        self.momentum = momentum

    def settings(self) -> dict[str, float]:
        return {"momentum": self.momentum}


class RMSprop(Optimizer):
    """The gradient, divided by its recent size."""

    buffers = ("v",)

    def __init__(
        self,
        params: np.ndarray,
        grads: np.ndarray,
        rate: float = 1e-3,
        rho: float = 0.99,
        eps: float = 1e-8,
        kernels: ModuleType | None = None,
    ) -> None:
        super().__init__(params, grads, rate, "rmsprop_step", kernels)
        self.rho, self.eps = rho, eps

    def settings(self) -> dict[str, float]:
        return {"rho": self.rho, "eps": self.eps}


class Adam(Optimizer):
    """Momentum, divided by the gradient's recent size."""

    buffers = ("m", "v")

    def __init__(
        self,
        params: np.ndarray,
        grads: np.ndarray,
        rate: float = 1e-3,
        beta1: float = 0.9,
        beta2: float = 0.999,
        eps: float = 1e-8,
        kernels: ModuleType | None = None,
    ) -> None:
        super().__init__(params, grads, rate, "adam_step", kernels)
        self.beta1, self.beta2, self.eps = beta1, beta2, eps

    def settings(self) -> dict[str, float]:
        return {"beta1": self.beta1, "beta2": self.beta2, "eps": self.eps, "t": self.steps}


OPTIMIZERS = {"sgd": SGD, "rmsprop": RMSprop, "adam": Adam}


def constant(step: int, steps: int, warmup: int = 0) -> float:
    """The schedule that changes nothing after its warm-up."""
    return min((step + 1) / warmup, 1.0) if warmup else 1.0


def cosine(step: int, steps: int, warmup: int = 0) -> float:
    """Factor on the peak rate at `step` of `steps`: linear up over `warmup` steps, then half a cosine down to 0
    (Loshchilov and Hutter 2017, eq. 5, without restarts)."""
    if step < warmup:
        return (step + 1) / warmup
    progress = min((step - warmup) / max(steps - warmup, 1), 1.0)
    return float(0.5 * (1 + np.cos(np.pi * progress)))


SCHEDULES = {"constant": constant, "cosine": cosine}
