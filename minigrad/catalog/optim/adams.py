"""Adam's relatives: by the largest gradient, with a look ahead, and rectified."""
import math

import numpy as np

from ...graph import leaf
from ...optim.optimizer import Optimizer, count, remember, to_follow

class _OfAdam(Optimizer):
    """The averages of the gradient and of its square, and the weight's own decay."""

    def _averages(self, w, g, state, group):
        beta1, beta2 = group["betas"]
        decay, decoupled = group["weight_decay"], group["decoupled_weight_decay"]
        m, v = remember(state, w, "exp_avg", "exp_avg_sq")
        if decay and decoupled:
            w *= 1 - group["lr"] * decay
        g = to_follow(w, g, group, 0 if decoupled else decay)
        m += (1 - beta1) * (g - m)
        v *= beta2
        v += (1 - beta2) * g * g
        return g, m, v

class Adamax(Optimizer):
    """w ← w − lr / (1 − β₁ᵗ) · m / u (Kingma & Ba 2015, algorithm 2).

    m ← β₁ m + (1 − β₁) g as in Adam; u ← max(β₂ u, |g| + eps), the largest gradient of late.

    >>> w = mg.tensor([3.0], requires_grad=True)
    >>> optimizer = mg.optim.Adamax([w], lr=0.1)
    >>> (w * w).sum().backward()
    >>> optimizer.step()                                      # lr, however steep the slope
    >>> w
    tensor([2.9000], requires_grad=True)
    """

    def __init__(self, params, lr=2e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0, foreach=None,
                 *, maximize=False, differentiable=False, capturable=False):
        super().__init__(params, locals())

    def update(self, w, g, state, group):
        beta1, beta2 = group["betas"]
        t, (m, u) = count(state), remember(state, w, "exp_avg", "exp_inf")
        g = to_follow(w, g, group, group["weight_decay"])
        m += (1 - beta1) * (g - m)
        np.maximum(beta2 * u, np.abs(g) + group["eps"], out=u)
        w -= group["lr"] / (1 - beta1 ** t) * (m / u)

class NAdam(_OfAdam):
    """Adam with Nesterov's look ahead (Dozat 2016).

    The share of the average, µₜ = β₁ (1 − 0.96^(t · momentum_decay) / 2), grows to β₁.

    >>> w = mg.tensor([3.0], requires_grad=True)
    >>> optimizer = mg.optim.NAdam([w], lr=0.1)
    >>> (w * w).sum().backward()
    >>> optimizer.step()
    >>> w
    tensor([2.8944], requires_grad=True)
    """

    def __init__(self, params, lr=2e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0,
                 momentum_decay=4e-3, decoupled_weight_decay=False, *, foreach=None, maximize=False,
                 capturable=False, differentiable=False):
        super().__init__(params, locals())

    def check(self, group):
        super().check(group)
        self.check_numbers(group, "momentum_decay")

    def update(self, w, g, state, group):
        lr, (beta1, beta2), decay = group["lr"], group["betas"], group["momentum_decay"]
        t = count(state)
        product = state.setdefault("mu_product", leaf(np.ones((), np.float32))).value
        now, ahead = (beta1 * (1 - 0.96 ** (n * decay) / 2) for n in (t, t + 1))
        product *= now
        g, m, v = self._averages(w, g, state, group)
        size = np.sqrt(v / (1 - beta2 ** t)) + group["eps"]
        w -= lr * (1 - now) / (1 - product.item()) * (g / size)
        w -= lr * ahead / (1 - product.item() * ahead) * (m / size)

class RAdam(_OfAdam):
    """Adam that divides only once the average of squares can be trusted (Liu et al. 2020).

    >>> w = mg.tensor([3.0], requires_grad=True)
    >>> optimizer = mg.optim.RAdam([w], lr=0.1)
    >>> (w * w).sum().backward()
    >>> optimizer.step()                                      # a plain step at first: 3 − 0.1 · 6
    >>> w
    tensor([2.4000], requires_grad=True)
    """

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0,
                 decoupled_weight_decay=False, *, foreach=None, maximize=False, capturable=False,
                 differentiable=False):
        super().__init__(params, locals())

    def update(self, w, g, state, group):
        lr, (beta1, beta2), t = group["lr"], group["betas"], count(state)
        g, m, v = self._averages(w, g, state, group)
        correction = 1 - beta2 ** t
        most = 2 / (1 - beta2) - 1
        length = most - 2 * t * beta2 ** t / correction              # of the average, in steps
        step = m / (1 - beta1 ** t)
        if length > 5:
            rectified = ((length - 4) * (length - 2) * most
                         / ((most - 4) * (most - 2) * length))
            step = step * math.sqrt(correction * rectified) / (np.sqrt(v) + group["eps"])
        w -= lr * step
