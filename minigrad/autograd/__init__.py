"""Gradients as values: asked for, returned, and put nowhere."""
# ruff: noqa: F401
from ..anomaly import detect_anomaly
from ..create import zeros_like
from ..gradcheck import gradcheck, gradgradcheck
from ..grad_mode import enable_grad, no_grad, set_grad_enabled
from ..graph import TensorBase, gradients, leaf
from ..public import refuse


def grad(outputs, inputs, grad_outputs=None, retain_graph: bool | None = None,
         create_graph: bool = False, only_inputs: bool = True, allow_unused: bool | None = None,
         is_grads_batched: bool = False, materialize_grads: bool = False) -> tuple:
    """d outputs / d input for each input, as a tuple; `.grad` is left alone.

    With `create_graph` the results have graphs of their own, so they can be differentiated again.
    Raises RuntimeError for an input that the outputs do not depend on, unless `allow_unused`, which
    gives None there, or `materialize_grads`, which gives zeros. `only_inputs` counts no more.

    >>> x = mg.tensor(3., requires_grad=True)
    >>> first, = mg.autograd.grad(x ** 3, x, create_graph=True)
    >>> second, = mg.autograd.grad(first, x)
    >>> first.item(), second.item()
    (27.0, 18.0)
    """
    refuse(is_grads_batched, "grad: minigrad takes no batch of grad_outputs; call it for each of "
           "them", NotImplementedError)
    refuse(materialize_grads and allow_unused is False, "grad: expected allow_unused=True, or none,"
           " with materialize_grads=True", ValueError)
    outputs, inputs, seeds = map(_as_list, (outputs, inputs, grad_outputs))
    for i, x in enumerate(inputs):
        refuse(not x.tracked, f"grad: input {i} of shape {x.shape} does not require grad; give it "
               "requires_grad=True")
    found = gradients(outputs, seeds or [None] * len(outputs), inputs, retain_graph, create_graph)
    if materialize_grads:
        found = [zeros_like(x, requires_grad=create_graph) if g is None else g
                 for x, g in zip(inputs, found)]
    for i, g in enumerate(found):
        refuse(g is None and not allow_unused, f"grad: the outputs do not depend on input {i} of "
               f"shape {inputs[i].shape}; pass allow_unused=True to get None for it")
    return tuple(g if g is None or isinstance(g, TensorBase) else leaf(g) for g in found)

def _as_list(x):
    return [x] if isinstance(x, TensorBase) else list(x or ())
