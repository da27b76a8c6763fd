"""Averaged gradient descent: beside the parameter walks the mean of the places where it was."""
import numpy as np

from ...graph import leaf
from ...optim.optimizer import Optimizer, count, remember, to_follow

class ASGD(Optimizer):
    """w ← (1 − lambd · η) w − η g, η = lr / (1 + lambd · lr · t)^alpha (Polyak & Juditsky 1992).

    `state[w]["ax"]` is w itself until step t0, from there the mean of all later w.

    >>> w = mg.tensor([3.0], requires_grad=True)
    >>> optimizer = mg.optim.ASGD([w], lr=0.1, lambd=0)
    >>> (w * w).sum().backward()
    >>> optimizer.step()                                      # 3 − 0.1 · 6
    >>> optimizer.state[w]["ax"]
    tensor([2.4000])
    """

    def __init__(self, params, lr=1e-2, lambd=1e-4, alpha=0.75, t0=1e6, weight_decay=0,
                 foreach=None, maximize=False, differentiable=False, capturable=False):
        super().__init__(params, locals())

    def update(self, w, g, state, group):
        lr, lambd, t, (mean,) = group["lr"], group["lambd"], count(state), remember(state, w, "ax")
        eta, mu = (state.setdefault(name, leaf(np.array(first, np.float32))).value
                   for name, first in (("eta", lr), ("mu", 1)))
        g = to_follow(w, g, group, group["weight_decay"])
        w *= 1 - lambd * eta.item()
        w -= eta.item() * g
        mean += w - mean if mu == 1 else mu.item() * (w - mean)
        eta[...] = np.float32(lr / (1 + lambd * lr * t) ** group["alpha"])
        mu[...] = np.float32(1 / max(1, t - group["t0"]))
