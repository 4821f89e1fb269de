"""Batch normalisation (Ioffe and Szegedy 2015): each feature of a batch is brought to mean 0 and variance 1, then
scaled by a weight w and shifted by a bias b, which the layer learns.

The sums run over the M entries of one feature: the N images, and for feature maps their H*W places too. One feature has
one mean m, one variance v, one w and one b.

    m  = (1/M) sum_i x[i]            v = (1/M) sum_i (x[i] - m)^2                   (1)
    h[i] = (x[i] - m) / s            s = sqrt(v + eps)                              (2)
    y[i] = w h[i] + b                                                               (3)

x[k] reaches the loss in three ways: through h[k], through m and through v. With dh = w dy, and since
sum_i (x[i] - m) = 0, so that v does not depend on m to first order:

    dv = sum_i dh[i] (x[i] - m) (-1/2) s^-3                                         (4)
    dm = -(1/s) sum_i dh[i]                                                         (5)
    dx[k] = dh[k]/s + dv (2/M)(x[k] - m) + dm/M
          = (w/s) (dy[k] - (1/M) sum_i dy[i] - h[k] (1/M) sum_i dy[i] h[i])         (6)

    dw = sum_i dy[i] h[i]            db = sum_i dy[i]                               (7)

(6) subtracts from dy its mean and its part along h. The first is exact: a number added to all x is added to m, too, and
h does not change. So the entries of dx sum up to 0, and a bias in front of batch normalisation has gradient 0. The
second is exact for eps -> 0 only: a factor c on all x makes s = sqrt(c^2 v + eps), so h stays the same only as far as
eps is small beside v.

In training the images of a batch are coupled: the embedding of one depends on the others. In inference the running mean
and the running variance are used, and each image stands alone.

The running variance is the unbiased one, v M / (M - 1). The v of (1) is too small on average, since it measures
deviations from the batch's own mean m, which lies in the middle of just these entries. With mu and sigma^2 the true
mean and variance of independent entries,

    sum_i (x[i] - m)^2 = sum_i (x[i] - mu)^2 - M (m - mu)^2                         (8)

has the expectation M sigma^2 - M (sigma^2 / M) = (M - 1) sigma^2. In training (2) has to use the v of (1), or the batch
would not come out with variance 1.
"""

import numpy as np

from siamese_np.layers.base import Layer


class BatchNorm(Layer):
    """(N, C) or (N, C, H, W) -> the same shape. `state`: running_mean and running_var (C,).

    momentum: the weight of the new batch in the running values. Raises ValueError in training with fewer than 2
    entries per feature.
    """

    takes = ("dtype",)

    def __init__(
        self, features: int, momentum: float = 0.1, eps: float = 1e-5, *, dtype: np.dtype | type = np.float32
    ) -> None:
        super().__init__(features=features, momentum=momentum, eps=eps)
        self.add_param("weight", np.ones(features, dtype))
        self.add_param("bias", np.zeros(features, dtype))
        self.state["running_mean"] = np.zeros(features, dtype)
        self.state["running_var"] = np.ones(features, dtype)

    def forward(self, x: np.ndarray, train: bool = False) -> np.ndarray:
        self.expect(x, "N", len(self.params["weight"]), *"HW"[: max(x.ndim - 2, 0)])
        axes = (0, *range(2, x.ndim))
        column = (-1, *(1,) * (x.ndim - 2))  # a (C,) vector in this shape broadcasts along the channel axis
        w, b = self.params["weight"].reshape(column), self.params["bias"].reshape(column)
        if not train:
            m, v = self.state["running_mean"].reshape(column), self.state["running_var"].reshape(column)
            return w * ((x - m) / np.sqrt(v + self._eps(x))) + b
        entries = x.size // x.shape[1]
        m = x.mean(axes, keepdims=True)
        h = x - m
        v = np.mean(h * h, axes, keepdims=True)  # (1)
        s = self.update_running(m.ravel(), v.ravel(), entries)[1].reshape(column)
        h /= s  # (2)
        self.remember(h, s)
        y = w * h
        y += b  # (3)
        return y

    def backward(self, dy: np.ndarray) -> np.ndarray:
        h, s = self.recall()
        axes = (0, *range(2, dy.ndim))
        column = (-1, *(1,) * (dy.ndim - 2))
        entries = dy.size // dy.shape[1]
        np.sum(dy * h, axes, out=self.grads["weight"])
        np.sum(dy, axes, out=self.grads["bias"])  # (7)
        w, dw, db = (a.reshape(column) for a in (self.params["weight"], self.grads["weight"], self.grads["bias"]))
        dx = h * (-dw / entries)
        dx += dy
        dx -= db / entries
        dx *= w / s  # (6), in place: a new array for each of its terms would cost more than the arithmetic
        return dx

    def update_running(self, m: np.ndarray, v: np.ndarray, entries: int) -> tuple[np.ndarray, np.ndarray]:
        """Move the running values towards the mean m and the variance v (C,) of a batch; returns m and s of (2).

        Raises ValueError for fewer than 2 entries per feature.
        """
        if entries < 2:
            raise ValueError("BatchNorm needs at least 2 entries per feature to train: use a larger batch")
        for name, value in (("running_mean", m), ("running_var", v * (entries / (entries - 1)))):
            self.state[name] += (self.config["momentum"] * (value - self.state[name])).astype(v.dtype)
        return m, np.sqrt(v + self._eps(v))

    def _eps(self, x: np.ndarray) -> np.floating:
        return x.dtype.type(self.config["eps"])
