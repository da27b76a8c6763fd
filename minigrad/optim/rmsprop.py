"""RMSprop and Adagrad: each step is divided by the size that the parameter's gradients had so far."""
import numpy as np

from ..graph import leaf
from .optimizer import Optimizer


class RMSprop(Optimizer):
    """w ← w − lr · g / (√v + eps), where v is a running average of g² (Hinton, lecture 6e, 2012).

    v ← alpha · v + (1 − alpha) · g²; `centered` takes away the square of g's own average. With `momentum`, a running
    sum of the steps is taken instead. `weight_decay` adds weight_decay · w to g; `maximize` goes uphill.

    >>> w = mg.tensor([3.0], requires_grad=True)
    >>> optimizer = mg.optim.RMSprop([w], lr=0.1)
    >>> (w * w).sum().backward()
    >>> optimizer.step()                                      # 3 − 0.1 · 6 / √(0.01 · 36)
    >>> w
    tensor([2.0000], requires_grad=True)
    """

    def __init__(self, params, lr: float = 1e-2, alpha: float = 0.99, eps: float = 1e-8, weight_decay: float = 0,
                 momentum: float = 0, centered: bool = False, *, maximize: bool = False):
        super().__init__(params, dict(lr=lr, momentum=momentum, alpha=alpha, eps=eps, centered=centered,
                                      weight_decay=weight_decay, maximize=maximize))

    def check(self, group):
        super().check(group)
        if group["alpha"] < 0:
            raise ValueError(f"RMSprop: expected alpha to be a number from 0 up, got {group['alpha']!r}")

    def update(self, w, g, state, group):
        alpha, momentum = group["alpha"], group["momentum"]
        if group["maximize"]:
            g = -g
        if group["weight_decay"]:
            g = g + group["weight_decay"] * w
        if not state:
            state["step"] = 0
            for name, wanted in (("square_avg", True), ("momentum_buffer", momentum > 0),
                                 ("grad_avg", group["centered"])):
                if wanted:
                    state[name] = leaf(np.zeros_like(w))
        state["step"] += 1
        v = state["square_avg"].value
        v *= alpha
        v += (1 - alpha) * g * g
        size = v
        if group["centered"]:
            m = state["grad_avg"].value
            m += (1 - alpha) * (g - m)
            size = v - m * m
        step = g / (np.sqrt(size) + group["eps"])
        if momentum > 0:
            buffer = state["momentum_buffer"].value
            buffer *= momentum
            buffer += step
            step = buffer
        w -= group["lr"] * step


class Adagrad(Optimizer):
    """w ← w − lr / (1 + (t − 1) · lr_decay) · g / (√Σg² + eps) (Duchi, Hazan & Singer 2011).

    The sum of all squares so far begins at `initial_accumulator_value`. `weight_decay` adds weight_decay · w to g;
    `maximize` goes uphill.

    >>> w = mg.tensor([3.0], requires_grad=True)
    >>> optimizer = mg.optim.Adagrad([w], lr=0.1)
    >>> (w * w).sum().backward()
    >>> optimizer.step()                                      # the first step is lr, however steep the slope
    >>> w
    tensor([2.9000], requires_grad=True)
    """

    def __init__(self, params, lr: float = 1e-2, lr_decay: float = 0, weight_decay: float = 0,
                 initial_accumulator_value: float = 0, eps: float = 1e-10, *, maximize: bool = False):
        super().__init__(params, dict(lr=lr, lr_decay=lr_decay, eps=eps, weight_decay=weight_decay,
                                      initial_accumulator_value=initial_accumulator_value, maximize=maximize))

    def check(self, group):
        super().check(group)
        for key in ("lr_decay", "initial_accumulator_value"):
            if group[key] < 0:
                raise ValueError(f"Adagrad: expected {key} to be a number from 0 up, got {group[key]!r}")

    def update(self, w, g, state, group):
        if group["maximize"]:
            g = -g
        if group["weight_decay"]:
            g = g + group["weight_decay"] * w
        if not state:
            state["step"], state["sum"] = 0, leaf(np.full_like(w, group["initial_accumulator_value"]))
        state["step"] += 1
        total = state["sum"].value
        total += g * g
        w -= group["lr"] / (1 + (state["step"] - 1) * group["lr_decay"]) * (g / (np.sqrt(total) + group["eps"]))
