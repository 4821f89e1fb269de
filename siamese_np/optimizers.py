"""How a gradient becomes a step. Each optimiser sees one vector of parameters w and one of gradients g, nothing else.

    SGD       u <- momentum u + g             w <- w - rate u                                 (1)
    RMSprop   v <- rho v + (1 - rho) g^2      w <- w - rate g / (sqrt(v) + eps)               (2)   Tieleman, Hinton 2012
    Adam      m <- beta1 m + (1 - beta1) g,   v <- beta2 v + (1 - beta2) g^2
              w <- w - rate (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + eps)             (3)   Kingma and Ba 2015

(1) averages the gradient over time, (2) divides each entry by its own recent size, (3) does both; its divisions by
1 - beta^t undo that m and v start at 0.
"""

import numpy as np


class Optimizer:
    """Base: `rate` may be changed between steps; `state` (arrays) and `steps` are all there is to save and restore."""

    buffers: tuple[str, ...] = ()

    def __init__(self, params: np.ndarray, grads: np.ndarray, rate: float) -> None:
        self.params, self.grads, self.rate = params, grads, rate
        self.steps = 0
        self.state = {name: np.zeros_like(params) for name in self.buffers}

    def step(self) -> None:
        """Move the parameters, in place, by what the gradients say."""
        self.steps += 1
        self.update(self.params, self.grads, **self.state)

    def update(self, w: np.ndarray, g: np.ndarray, **state: np.ndarray) -> None:
        raise NotImplementedError


class SGD(Optimizer):
    """Stochastic gradient descent with momentum (0 for none)."""

    buffers = ("u",)

    def __init__(self, params: np.ndarray, grads: np.ndarray, rate: float = 1e-2, momentum: float = 0.0) -> None:
        super().__init__(params, grads, rate)
        self.momentum = momentum

    def update(self, w: np.ndarray, g: np.ndarray, u: np.ndarray) -> None:
        u *= self.momentum
        u += g
        w -= self.rate * u  # (1)


class RMSprop(Optimizer):
    buffers = ("v",)

    def __init__(
        self, params: np.ndarray, grads: np.ndarray, rate: float = 1e-3, rho: float = 0.99, eps: float = 1e-8
    ) -> None:
        super().__init__(params, grads, rate)
        self.rho, self.eps = rho, eps

    def update(self, w: np.ndarray, g: np.ndarray, v: np.ndarray) -> None:
        v *= self.rho
        v += (1 - self.rho) * g * g
        w -= self.rate * g / (np.sqrt(v) + self.eps)  # (2)


class Adam(Optimizer):
    buffers = ("m", "v")

    def __init__(
        self,
        params: np.ndarray,
        grads: np.ndarray,
        rate: float = 1e-3,
        beta1: float = 0.9,
        beta2: float = 0.999,
        eps: float = 1e-8,
    ) -> None:
        super().__init__(params, grads, rate)
        self.beta1, self.beta2, self.eps = beta1, beta2, eps

    def update(self, w: np.ndarray, g: np.ndarray, m: np.ndarray, v: np.ndarray) -> None:
        m *= self.beta1
        m += (1 - self.beta1) * g
        v *= self.beta2
        v += (1 - self.beta2) * g * g
        m_hat_rate = self.rate / (1 - self.beta1**self.steps)
        v_hat_scale = 1 / (1 - self.beta2**self.steps)
        w -= m_hat_rate * m / (np.sqrt(v_hat_scale * v) + self.eps)  # (3)


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
