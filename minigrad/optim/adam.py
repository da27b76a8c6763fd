"""Adam: a step size for every number, from averages of its gradient and its square."""
import math

import numpy as np

from ..memory import flat, in_pieces
from .optimizer import Optimizer, count, remember, to_follow


class Adam(Optimizer):
    """w ← w − lr · m̂ / (√v̂ + eps) (Kingma & Ba 2015, algorithm 1).

    m ← β₁ m + (1 − β₁) g          average gradient;  m̂ = m / (1 − β₁ᵗ), for m begins too small
    v ← β₂ v + (1 − β₂) g²         average square;    v̂ = v / (1 − β₂ᵗ)
    `weight_decay` adds weight_decay · w to g; `amsgrad` takes the largest v so far (Reddi et al.
    2018); `maximize` goes uphill.

    >>> w = mg.tensor([3.0], requires_grad=True)
    >>> optimizer = mg.optim.Adam([w], lr=0.1)
    >>> (w * w).sum().backward()
    >>> optimizer.step()                                      # lr, however steep the slope
    >>> w
    tensor([2.9000], requires_grad=True)
    """

    def __init__(self, params, lr: float = 1e-3, betas: tuple[float, float] = (0.9, 0.999),
                 eps: float = 1e-8, weight_decay: float = 0, amsgrad=False, *, foreach=None,
                 maximize=False, capturable=False, differentiable=False, fused=None,
                 decoupled_weight_decay=False):
        super().__init__(params, locals())

    def update(self, w, g, state, group):
        lr, (beta1, beta2), decay = group["lr"], group["betas"], group["weight_decay"]
        kept = remember(state, w, "exp_avg", "exp_avg_sq", *["max_exp_avg_sq"] * group["amsgrad"])
        decoupled, t = group["decoupled_weight_decay"], count(state)
        correction = math.sqrt(1 - beta2 ** t)
        rate = lr / (1 - beta1 ** t)

        def piece(w, g, m, v, top=None):
            if decay and decoupled:
                w *= 1 - lr * decay
            g = to_follow(w, g, group, 0 if decoupled else decay)
            room = np.subtract(g, m, out=np.empty_like(m))        # one array for all below
            room *= 1 - beta1
            m += room                                             # m + (1 − β₁)(g − m)
            np.multiply(g, g, out=room)
            room *= 1 - beta2
            v *= beta2
            v += room
            if top is not None:
                v = np.maximum(top, v, out=top)                   # amsgrad: the largest so far
            np.sqrt(v, out=room)                # m / (√v / c + eps) = m · c / (√v + c · eps)
            room += group["eps"] * correction
            np.divide(m, room, out=room)
            room *= rate * correction
            w -= room
        in_pieces(piece, *flat(w, g, *kept))


class AdamW(Adam):
    """Adam whose weight decay shrinks w itself, w ← (1 − lr · weight_decay) w.

    Loshchilov & Hutter 2019, "Decoupled weight decay regularization".

    >>> w = mg.tensor([3.0], requires_grad=True)
    >>> optimizer = mg.optim.AdamW([w], lr=0.1, weight_decay=0.5)
    >>> (w * w).sum().backward()
    >>> optimizer.step()                                      # 3 · (1 − 0.05) − 0.1
    >>> w
    tensor([2.7500], requires_grad=True)
    """

    def __init__(self, params, lr: float = 1e-3, betas: tuple[float, float] = (0.9, 0.999),
                 eps: float = 1e-8, weight_decay: float = 1e-2, amsgrad=False, *, maximize=False,
                 foreach=None, capturable=False, differentiable=False, fused=None):
        super(Adam, self).__init__(params, locals() | {"decoupled_weight_decay": True})
