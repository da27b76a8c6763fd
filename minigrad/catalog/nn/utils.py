"""More to keep gradients in bounds; all parameters as one vector, and back."""
from inspect import signature

import numpy as np

from ...changes import changed
from ...nn.clip import clip_grad_norm_, get_total_norm, with_gradients  # noqa: F401
from ...nn.module import Module
from ...public import public, refuse
from ...shape import cat
from ...tensor import Tensor
from ..random import fork_rng

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
