"""Stochastic gradient descent: a step downhill; with momentum, a ball that rolls."""
import numpy as np

from ..graph import leaf
from ..memory import flat, in_pieces
from .optimizer import Optimizer, to_follow


class SGD(Optimizer):
    """w ← w − lr · g, where g is the gradient, or its running sum if there is `momentum`.

    v ← momentum · v + (1 − dampening) · g          the first v is g itself
    g ← g + momentum · v if `nesterov` (a look ahead, Sutskever et al. 2013), otherwise v
    `weight_decay` adds weight_decay · w to the gradient; `maximize` goes uphill.

    >>> w = mg.tensor([3.0], requires_grad=True)
    >>> optimizer = mg.optim.SGD([w], lr=0.1)
    >>> (w * w).sum().backward()
    >>> optimizer.step()                                      # 3 − 0.1 · 6
    >>> w
    tensor([2.4000], requires_grad=True)
    """

    def __init__(self, params, lr: float = 1e-3, momentum: float = 0, dampening: float = 0,
                 weight_decay: float = 0, nesterov: bool = False, *, maximize: bool = False,
                 foreach=None, differentiable=False, fused=None):
        super().__init__(params, locals())

    def check(self, group):
        super().check(group)
        momentum, dampening = group["momentum"], group["dampening"]
        if group["nesterov"] and (momentum <= 0 or dampening != 0):
            raise ValueError("SGD: nesterov needs a momentum above 0 and no dampening, "
                             f"got momentum={momentum} and dampening={dampening}")

    def update(self, w, g, state, group):
        lr, momentum = group["lr"], group["momentum"]
        kept, first = [], momentum and state.get("momentum_buffer") is None
        if momentum:
            if first:
                state["momentum_buffer"] = leaf(np.empty_like(w))
            kept = [state["momentum_buffer"].value]

        def piece(w, g, v=None):
            g = to_follow(w, g, group, group["weight_decay"])
            if first:
                v[...] = g
            elif momentum:
                v *= momentum
                v += g if group["dampening"] == 0 else (1 - group["dampening"]) * g
            if momentum:
                g = g + momentum * v if group["nesterov"] else v
            w -= lr * g
        in_pieces(piece, *flat(w, g, *kept))
