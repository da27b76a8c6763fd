"""RMSprop: each step is divided by the size that the parameter's gradients had lately."""
import numpy as np

from ...optim.optimizer import Optimizer, count, remember, to_follow


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
                 weight_decay: float = 0, momentum: float = 0, centered=False, capturable=False,
                 foreach=None, maximize=False, differentiable=False):
        super().__init__(params, locals())

    def check(self, group):
        super().check(group)
        self.check_numbers(group, "alpha")

    def update(self, w, g, state, group):
        alpha, momentum, centered = group["alpha"], group["momentum"], group["centered"]
        g = to_follow(w, g, group, group["weight_decay"])
        size, = v, = remember(state, w, "square_avg")
        count(state)
        v *= alpha
        v += (1 - alpha) * g * g
        if centered:
            m, = remember(state, w, "grad_avg")
            m += (1 - alpha) * (g - m)
            size = v - m * m
        step = g / (np.sqrt(size) + group["eps"])
        if momentum > 0:
            buffer, = remember(state, w, "momentum_buffer")
            buffer *= momentum
            buffer += step
            step = buffer
        w -= group["lr"] * step
