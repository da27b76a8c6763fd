"""RMSprop: each step is divided by the size that the parameter's gradients had lately."""
import numpy as np

from ...optim.optimizer import Optimizer, remember, to_follow


class RMSprop(Optimizer):
    """w ← w − lr · g / (√v + eps), where v is a running average of g² (Hinton, lecture 6e, 2012).

    v ← alpha · v + (1 − alpha) · g²; `centered` takes away the square of g's own average. With
    `momentum`, a running sum of the steps is taken instead. `weight_decay` adds weight_decay · w to
    g; `maximize` goes uphill.

    >>> w = mg.tensor([3.0], requires_grad=True)
    >>> optimizer = mg.optim.RMSprop([w], lr=0.1)
    >>> (w * w).sum().backward()
    >>> optimizer.step()                                      # 3 − 0.1 · 6 / √(0.01 · 36)
    >>> w
    tensor([2.0000], requires_grad=True)
    """

    def __init__(self, params, lr: float = 1e-2, alpha: float = 0.99, eps: float = 1e-8,
                 weight_decay: float = 0, momentum: float = 0, centered=False, *, maximize=False):
        super().__init__(params, dict(
            lr=lr, momentum=momentum, alpha=alpha, eps=eps, centered=centered,
            weight_decay=weight_decay, maximize=maximize))

    def check(self, group):
        super().check(group)
        self.check_numbers(group, "alpha")

    def update(self, w, g, state, group):
        alpha, momentum, centered = group["alpha"], group["momentum"], group["centered"]
        g = to_follow(w, g, group, group["weight_decay"])
        remember(state, w, "square_avg", *["momentum_buffer"] * (momentum > 0),
                 *["grad_avg"] * centered)
        state["step"] += 1
        size = v = state["square_avg"].value
        v *= alpha
        v += (1 - alpha) * g * g
        if centered:
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
