"""Backward from several tensors at once, and no_grad by another name."""
import threading

from ...autograd import _as_list
from ...grad_mode import _GradMode
from ...graph import run_backward
from ...public import refuse

__all__ = ["backward", "inference_mode"]

def backward(tensors, grad_tensors=None, retain_graph: bool | None = None, create_graph=False,
             grad_variables=None, inputs=None):
    """Add the gradients of several tensors to the leaves' `.grad`, as `Tensor.backward` does.

    >>> x = mg.tensor(3., requires_grad=True)
    >>> mg.autograd.backward([x * x, x * 2])
    >>> x.grad
    tensor(8.)
    """
    refuse(grad_variables is not None, "backward: grad_variables is an older name of grad_tensors")
    roots, given = _as_list(tensors), _as_list(grad_tensors)
    run_backward(roots, given or [None] * len(roots), inputs, retain_graph, create_graph)

class inference_mode(_GradMode):
    """As no_grad: nothing is recorded in a `with` block or in a function that it decorates.

    `inference_mode(False)` switches recording on again, as PyTorch's does.

    >>> with mg.inference_mode():
    ...     (mg.ones(1, requires_grad=True) * 2).requires_grad
    False
    """
    mode, inside = False, threading.local()

    def __new__(cls, mode=True): return super().__new__(cls, mode if callable(mode) else None)
    def __init__(self, mode=True): self.mode = not mode

    def __enter__(self):
        super().__enter__()
        self.before[-1] = self.before[-1], is_inference_mode_enabled()
        self.inside.on = not self.mode

    def __exit__(self, *_):
        self.before[-1], self.inside.on = self.before[-1]
        super().__exit__()

def is_inference_mode_enabled() -> bool:
    """True in inference_mode.

    >>> mg.is_inference_mode_enabled()
    False
    """
    return getattr(inference_mode.inside, "on", False)
