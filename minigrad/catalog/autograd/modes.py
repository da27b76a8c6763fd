"""Backward from several tensors at once, and no_grad by another name."""
from ...autograd import _as_list
from ...grad_mode import here, no_grad, set_grad_enabled
from ...graph import run_backward

__all__ = ["backward", "inference_mode"]

def backward(tensors, grad_tensors=None, retain_graph: bool | None = None, create_graph=False,
             inputs=None):
    """Add the gradients of several tensors to the leaves' `.grad`, as `Tensor.backward` does.

    >>> x = mg.tensor(3., requires_grad=True)
    >>> mg.autograd.backward([x * x, x * 2])
    >>> x.grad
    tensor(8.)
    """
    roots, given = _as_list(tensors), _as_list(grad_tensors)
    run_backward(roots, given or [None] * len(roots), inputs, retain_graph, create_graph)

def inference_mode(mode=True):
    """As no_grad: nothing is recorded in a `with` block or in a function that it decorates.

    >>> with mg.inference_mode():
    ...     (mg.ones(1, requires_grad=True) * 2).requires_grad
    False
    """
    if not mode:
        return set_grad_enabled(here.recording)
    return no_grad(mode) if callable(mode) else no_grad()
