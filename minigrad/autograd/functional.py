"""Whole derivatives of functions: Jacobians, Hessians, and their products with vectors."""
import numpy as np

from ..grad_mode import enable_grad
from ..graph import TensorBase, gradients, leaf
from ..shape import reshape, stack


def _inputs(name, inputs, create_graph):
    """The inputs as fresh tensors that require grad, so that nothing flows further back than to them."""
    given = (inputs,) if isinstance(inputs, TensorBase) else tuple(inputs)
    for x in given:
        if not isinstance(x, TensorBase) or x.value.dtype.kind != "f":
            raise TypeError(f"{name}: expected floating tensors as inputs, got {x!r:.60}")
    with enable_grad():
        return tuple(x.view_as(x) if create_graph and x.tracked else leaf(x.value, True) for x in given)


def _outputs(name, func, inputs):
    with enable_grad():
        out = func(*inputs)
    outs = (out,) if isinstance(out, TensorBase) else out
    if not isinstance(outs, tuple) or not all(isinstance(o, TensorBase) for o in outs):
        raise TypeError(f"{name}: expected the function to give a tensor or a tuple of tensors, got "
                        f"{type(out).__name__}")
    return outs, isinstance(out, TensorBase)


def _slopes(name, outs, xs, seeds, create_graph, strict):
    """Gradients by each x, zeros where nothing depends on it, which is an error if strict."""
    pairs = [(o, s) for o, s in zip(outs, seeds) if o.tracked]
    found = gradients(*zip(*pairs), xs, True, create_graph) if pairs else [None] * len(xs)
    if strict and any(g is None for g in found):
        raise RuntimeError(f"{name}: the outputs do not depend on every input, which strict=True asks for")
    found = [np.zeros_like(x.value) if g is None else g for x, g in zip(xs, found)]
    return tuple(g if isinstance(g, TensorBase) else leaf(g) for g in found)


def jacobian(func, inputs, create_graph: bool = False, strict: bool = False, vectorize: bool = False,
             strategy: str = "reverse-mode"):
    """d output[i] / d input[j], of shape output.shape + input.shape; tuples of them for several inputs or outputs.

    >>> mg.autograd.functional.jacobian(lambda x: x ** 2, mg.tensor([1., 2.]))
    tensor([[2., 0.],
            [0., 4.]])
    """
    if strategy != "reverse-mode":
        raise NotImplementedError("jacobian: minigrad differentiates in reverse mode only")
    xs = _inputs("jacobian", inputs, create_graph)
    outs, one_out = _outputs("jacobian", func, xs)
    rows = []
    for out in outs:
        seeds = np.eye(out.value.size, dtype=out.value.dtype).reshape(-1, *out.shape)
        slopes = [_slopes("jacobian", [out], xs, [leaf(seed)], create_graph, strict) for seed in seeds]
        blocks = tuple(reshape(stack([s[i] for s in slopes]) if slopes else leaf(np.zeros((0, *x.shape), x.dtype)),
                               *out.shape, *x.shape)
                       for i, x in enumerate(xs))
        rows.append(blocks[0] if isinstance(inputs, TensorBase) else blocks)
    return rows[0] if one_out else tuple(rows)


def hessian(func, inputs, create_graph: bool = False, strict: bool = False, vectorize: bool = False):
    """The second derivatives of a function with one number as result: the Jacobian of its gradient.

    >>> mg.autograd.functional.hessian(lambda x: (x ** 3).sum(), mg.tensor([1., 2.]))
    tensor([[ 6.,  0.],
            [ 0., 12.]])
    """
    def slope(*xs):
        outs, one_out = _outputs("hessian", func, xs)
        if not one_out or outs[0].value.size != 1:
            raise RuntimeError("hessian: expected a function that gives one number")
        found = _slopes("hessian", [outs[0].sum()], xs, [None], True, strict)
        return found[0] if isinstance(inputs, TensorBase) else found
    return jacobian(slope, inputs, create_graph, strict)


def vjp(func, inputs, v=None, create_graph: bool = False, strict: bool = False):
    """`(outputs, vᵀ · Jacobian)`: one backward pass with v as the gradient of the outputs.

    >>> mg.autograd.functional.vjp(lambda x: x ** 2, mg.tensor([1., 2.]), mg.tensor([1., 10.]))[1]
    tensor([ 2., 40.])
    """
    xs = _inputs("vjp", inputs, create_graph)
    outs, one_out = _outputs("vjp", func, xs)
    seeds = [None] if v is None else [v] if isinstance(v, TensorBase) else list(v)
    if v is None and (not one_out or outs[0].value.size != 1):
        raise RuntimeError("vjp: expected v, a vector for each output, unless the function gives one number")
    if len(seeds) != len(outs) or any(s is not None and s.shape != o.shape for s, o in zip(seeds, outs)):
        raise RuntimeError(f"vjp: expected v of shapes {[o.shape for o in outs]}")
    found = _slopes("vjp", outs, xs, seeds, create_graph, strict)
    outs = outs if create_graph else tuple(o.detach() for o in outs)
    return (outs[0] if one_out else outs), (found[0] if isinstance(inputs, TensorBase) else found)


def jvp(func, inputs, v=None, create_graph: bool = False, strict: bool = False):
    """`(outputs, Jacobian · v)`, by two backward passes: the second one differentiates vᵀ · Jacobian by its vector.

    >>> mg.autograd.functional.jvp(lambda x: x ** 2, mg.tensor([1., 2.]), mg.tensor([1., 10.]))[1]
    tensor([ 2., 40.])
    """
    xs = _inputs("jvp", inputs, create_graph)
    outs, one_out = _outputs("jvp", func, xs)
    ways = [leaf(np.ones_like(x.value)) for x in xs] if v is None else [v] if isinstance(v, TensorBase) else list(v)
    if v is None and any(x.value.size != 1 for x in xs) or [w.shape for w in ways] != [x.shape for x in xs]:
        raise RuntimeError(f"jvp: expected v, a direction for each input, of shapes {[x.shape for x in xs]}")
    seeds = [leaf(np.zeros_like(o.value), True) for o in outs]
    with enable_grad():
        back = _slopes("jvp", outs, xs, seeds, True, strict)
        found = _slopes("jvp", back, seeds, ways, create_graph, False)
    outs = outs if create_graph else tuple(o.detach() for o in outs)
    return (outs[0] if one_out else outs), (found[0] if one_out else found)


def hvp(func, inputs, v=None, create_graph: bool = False, strict: bool = False):
    """`(output, Hessian · v)` of a function that gives one number.

    >>> mg.autograd.functional.hvp(lambda x: (x ** 3).sum(), mg.tensor([1., 2.]), mg.tensor([1., 1.]))[1]
    tensor([ 6., 12.])
    """
    xs = _inputs("hvp", inputs, create_graph)
    outs, _ = _outputs("hvp", func, xs)
    if outs[0].value.size != 1:
        raise RuntimeError("hvp: expected a function that gives one number")
    ways = [leaf(np.ones_like(x.value)) for x in xs] if v is None else [v] if isinstance(v, TensorBase) else list(v)
    with enable_grad():
        first = _slopes("hvp", [outs[0].sum()], xs, [None], True, strict)
        found = _slopes("hvp", first, xs, ways, create_graph, False)
    return (outs[0] if create_graph else outs[0].detach()), (found[0] if isinstance(inputs, TensorBase) else found)


vhp = hvp                                                     # a Hessian is symmetric
