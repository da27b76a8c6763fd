"""Adagrad: each step is divided by the size that the parameter's gradients had so far."""
import numpy as np

from ...graph import leaf
from ...optim.optimizer import Optimizer, count, to_follow

class Adagrad(Optimizer):
    """w ← w − lr / (1 + (t − 1) · lr_decay) · g / (√Σg² + eps) (Duchi, Hazan & Singer 2011).

    The sum of all squares so far begins at `initial_accumulator_value`. `weight_decay` adds
    weight_decay · w to g; `maximize` goes uphill.

    >>> w = mg.tensor([3.0], requires_grad=True)
    >>> optimizer = mg.optim.Adagrad([w], lr=0.1)
    >>> (w * w).sum().backward()
    >>> optimizer.step()                                      # lr, however steep the slope
    >>> w
    tensor([2.9000], requires_grad=True)
    """

    def __init__(self, params, lr=1e-2, lr_decay=0, weight_decay=0, initial_accumulator_value=0,
                 eps=1e-10, foreach=None, *, maximize=False, differentiable=False, fused=None):
        super().__init__(params, locals())

    def add_param_group(self, param_group):
        super().add_param_group(param_group)
        group = self.param_groups[-1]
        for p in group["params"]:
            first = np.full_like(p.value, group["initial_accumulator_value"])
            self.state[p] = {"step": leaf(np.zeros((), np.float32)), "sum": leaf(first)}

    def check(self, group):
        super().check(group)
        self.check_numbers(group, "lr_decay", "initial_accumulator_value")

    def update(self, w, g, state, group):
        g = to_follow(w, g, group, group["weight_decay"])
        rate = group["lr"] / (1 + (count(state) - 1) * group["lr_decay"])
        total = state["sum"].value
        total += g * g
        w -= rate * (g / (np.sqrt(total) + group["eps"]))
