"""Gradients kept in bounds."""
import math
from collections.abc import Iterable

import numpy as np

from ..changes import changed
from ..graph import leaf
from ..public import public, refuse
from ..tensor import Tensor

def with_gradients(parameters: Tensor | Iterable[Tensor]) -> list[Tensor]:
    """Those of the parameters, or of one, that have a gradient."""
    parameters = [parameters] if isinstance(parameters, Tensor) else parameters
    return [p for p in parameters if p.grad is not None]

@public("The norm of all tensors, as if they were one vector: the norm of their norms.",
        "mg.nn.utils.get_total_norm([mg.tensor([3.]), mg.tensor([4.])])", "tensor(5.)")
def get_total_norm(tensors, norm_type: float = 2.0, error_if_nonfinite=False, foreach=None):
    tensors = [tensors] if isinstance(tensors, Tensor) else list(tensors)
    if not tensors:
        return leaf(np.zeros((), np.float32))
    norms = [np.linalg.norm(t.value.reshape(-1), norm_type) for t in tensors]
    total = np.linalg.norm(np.array(norms, tensors[0].dtype), norm_type)
    refuse(error_if_nonfinite and not math.isfinite(total), "the norm of the gradients is "
           f"{total}: a loss or a gradient overflowed; look for the step where it did, or pass "
           "error_if_nonfinite=False")
    return leaf(np.asarray(total, tensors[0].dtype))

@np.errstate(all="ignore")
def clip_grad_norm_(parameters: Tensor | Iterable[Tensor], max_norm: float, norm_type: float = 2.0,
                    error_if_nonfinite: bool = False, foreach=None) -> Tensor:
    """Shrink all gradients by one factor, to a norm of at most max_norm; returns the norm before.

    >>> w = mg.tensor([3.0, 4.0], requires_grad=True)
    >>> (w * w / 2).sum().backward()
    >>> mg.nn.utils.clip_grad_norm_([w], max_norm=1.0), w.grad
    (tensor(5.), tensor([0.6000, 0.8000]))
    """
    grads = [p.grad for p in with_gradients(parameters)]
    total = get_total_norm(grads, norm_type, error_if_nonfinite)
    factor = min(max_norm / (total.item() + 1e-6), 1.0)
    for g in grads:
        g.value *= factor
        changed(g.value)
    return total
