"""Rprop: only the gradient's sign counts, and whether it changed."""
import numpy as np

from ...graph import leaf
from ...optim.optimizer import Optimizer, count, remember, to_follow

class Rprop(Optimizer):
    """Each number walks a step of its own (Riedmiller & Braun 1993).

    The step begins at lr; it grows by etas[1] where the gradient keeps its sign, shrinks by etas[0]
    (and waits once) where the sign turned, and stays within `step_sizes`.

    >>> w = mg.tensor([3.0], requires_grad=True)
    >>> optimizer = mg.optim.Rprop([w], lr=0.1)
    >>> (w * w).sum().backward()
    >>> optimizer.step()                                      # lr, however steep the slope
    >>> w
    tensor([2.9000], requires_grad=True)
    """

    def __init__(self, params, lr=1e-2, etas=(0.5, 1.2), step_sizes=(1e-6, 50), *, capturable=False,
                 foreach=None, maximize=False, differentiable=False):
        super().__init__(params, locals())

    def check(self, group):
        super().check(group)
        shrink, grow = group["etas"]
        if not 0 < shrink < 1 < grow:
            raise ValueError("Rprop: expected etas between 0 and 1 and above 1, got "
                             f"{group['etas']!r}")

    def update(self, w, g, state, group):
        shrink, grow = group["etas"]
        count(state)
        before, = remember(state, w, "prev")
        step = state.setdefault("step_size", leaf(np.full_like(w, group["lr"]))).value
        g = to_follow(w, g, group, 0)
        same = np.sign(g * before)
        turned = same < 0
        step *= np.where(same > 0, grow, np.where(turned, shrink, 1)).astype(w.dtype)
        np.clip(step, *group["step_sizes"], out=step)
        before[...] = np.where(turned, 0, g)
        w -= np.sign(before) * step
