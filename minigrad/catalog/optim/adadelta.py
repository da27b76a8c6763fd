"""Adadelta: no step size to choose; the sizes of recent steps and gradients give it."""
import numpy as np

from ...optim.optimizer import Optimizer, count, remember, to_follow

class Adadelta(Optimizer):
    """w ← w − lr · g · √(d + eps) / √(v + eps) (Zeiler 2012).

    v and d are running averages, with `rho`, of the squares of gradients and of steps.

    >>> w = mg.tensor([3.0], requires_grad=True)
    >>> optimizer = mg.optim.Adadelta([w], lr=100.0)
    >>> (w * w).sum().backward()
    >>> optimizer.step()                                      # 3 − 100 · 6 · √(1e-6 / 3.6)
    >>> w
    tensor([2.6838], requires_grad=True)
    """

    def __init__(self, params, lr=1.0, rho=0.9, eps=1e-6, weight_decay=0, foreach=None, *,
                 capturable=False, maximize=False, differentiable=False):
        super().__init__(params, locals())

    def check(self, group):
        super().check(group)
        if not 0 <= group["rho"] <= 1:
            raise ValueError(f"Adadelta: expected rho from 0 to 1, got {group['rho']!r}")

    def update(self, w, g, state, group):
        rho, eps = group["rho"], group["eps"]
        count(state)
        squares, steps = remember(state, w, "square_avg", "acc_delta")
        g = to_follow(w, g, group, group["weight_decay"])
        squares *= rho
        squares += (1 - rho) * g * g
        step = np.sqrt(steps + eps) / np.sqrt(squares + eps) * g
        steps *= rho
        steps += (1 - rho) * step * step
        w -= group["lr"] * step
