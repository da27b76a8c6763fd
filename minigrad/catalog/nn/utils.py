"""Gradients kept in bounds; all parameters as one vector, and back."""
import math
from collections.abc import Iterable
from inspect import signature

import numpy as np

from ...changes import changed
from ...graph import leaf
from ...nn.module import Module
from ...public import public, refuse
from ...shape import cat
from ...tensor import Tensor
from ..random import fork_rng

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

def clip_grad_value_(parameters, clip_value, foreach=None):
    """Move every number of all gradients into the range from −clip_value to clip_value.

    >>> w = mg.tensor([3.0, 0.5], requires_grad=True)
    >>> (w * w / 2).sum().backward()
    >>> mg.nn.utils.clip_grad_value_([w], 1.0)
    >>> w.grad
    tensor([1.0000, 0.5000])
    """
    for p in with_gradients(parameters):
        np.clip(p.grad.value, -float(clip_value), float(clip_value), out=p.grad.value)
        changed(p.grad.value)

def skip_init(module_cls, *args, **kwargs):
    """A layer whose first values are not drawn: for weights that are loaded or set afterwards.

    >>> mg.nn.utils.skip_init(mg.nn.Linear, 3, 2).in_features
    3
    """
    if not issubclass(module_cls, Module):
        raise RuntimeError(f"skip_init: expected a Module class, got {module_cls!r}")
    if "device" not in signature(module_cls).parameters:
        raise RuntimeError(f"skip_init: {module_cls.__name__} has no parameter `device`")
    with fork_rng():
        return module_cls(*args, **kwargs)

@public("All parameters, one after the other, as one vector; gradients flow through it.",
        "mg.nn.utils.parameters_to_vector([mg.ones(2), mg.zeros(1)])", "tensor([1., 1., 0.])")
def parameters_to_vector(parameters): return cat([p.reshape(-1) for p in parameters])

def vector_to_parameters(vec, parameters):
    """Write the numbers of one vector back into the parameters.

    >>> w = mg.zeros(2)
    >>> mg.nn.utils.vector_to_parameters(mg.tensor([1., 2.]), [w])
    >>> w
    tensor([1., 2.])
    """
    refuse(not isinstance(vec, Tensor),
           f"vector_to_parameters: expected a tensor, got {type(vec).__name__}", TypeError)
    start = 0
    for p in parameters:
        p.value[...] = vec.value[start:start + p.value.size].reshape(p.shape)
        changed(p.value)
        start += p.value.size
