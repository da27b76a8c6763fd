"""Gradients as values: asked for, returned, and put nowhere."""
from .anomaly import detect_anomaly  # noqa: F401
from .gradcheck import gradcheck, gradgradcheck  # noqa: F401
from .graph import Node, backpropagate, enable_grad, leaf, no_grad, set_grad_enabled  # noqa: F401


def grad(outputs, inputs, grad_outputs=None, retain_graph: bool | None = None, create_graph: bool = False,
         allow_unused: bool = False) -> tuple:
    """d outputs / d input for each input, as a tuple; `.grad` is left alone.

    With `create_graph` the results have graphs of their own, so they can be differentiated again. Raises RuntimeError
    for an input that the outputs do not depend on, unless `allow_unused`, which gives None there.

    >>> x = mg.tensor(3., requires_grad=True)
    >>> first, = mg.autograd.grad(x ** 3, x, create_graph=True)
    >>> second, = mg.autograd.grad(first, x)
    >>> first.item(), second.item()
    (27.0, 18.0)
    """
    outputs, inputs, seeds = map(_as_list, (outputs, inputs, grad_outputs))
    seeds = seeds or [None] * len(outputs)
    for i, x in enumerate(inputs):
        if not x.tracked:
            raise RuntimeError(f"grad: input {i} of shape {x.shape} does not require grad; give it requires_grad=True")
    found = backpropagate(outputs, seeds, inputs, retain_graph, create_graph)
    if not allow_unused and (missing := [i for i, x in enumerate(inputs) if x not in found]):
        raise RuntimeError(f"grad: the outputs do not depend on input {missing[0]} of shape "
                           f"{inputs[missing[0]].shape}; pass allow_unused=True to get None for it")
    return tuple(g if g is None or isinstance(g, Node) else leaf(g.copy()) for g in map(found.get, inputs))


def _as_list(x):
    return [x] if isinstance(x, Node) else list(x or ())
