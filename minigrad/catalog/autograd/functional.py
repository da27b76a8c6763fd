"""Whole derivatives of functions: Jacobians, Hessians, and their products with vectors."""
import numpy as np

from ...grad_mode import enable_grad
from ...graph import TensorBase, gradients, leaf
from ...public import public as says, refuse
from ...shape import reshape, stack

HERE, X = "mg.autograd.functional.", "mg.tensor([1., 2.])"

def _inputs(name, inputs, create_graph):
    """The inputs as fresh tensors that require grad, so that nothing flows further back."""
    given = _tuple(inputs)
    for x in given:
        refuse(not isinstance(x, TensorBase) or x.value.dtype.kind != "f",
               f"{name}: expected floating tensors as inputs, got {x!r:.60}", TypeError)
    with enable_grad():
        return tuple(x.view_as(x) if create_graph and x.tracked else leaf(x.value, True)
                     for x in given)

def _outputs(name, func, inputs, number=False):
    """The outputs as a tuple, and whether there is but one; if `number`, that is one number."""
    with enable_grad():
        out = func(*inputs)
    outs, one = (out,) if isinstance(out, TensorBase) else out, isinstance(out, TensorBase)
    refuse(not isinstance(outs, tuple) or not all(isinstance(o, TensorBase) for o in outs),
           f"{name}: expected the function to give a tensor or a tuple of tensors, got "
           f"{type(out).__name__}", TypeError)
    refuse(number and (not one or outs[0].value.size != 1),
           f"{name}: expected a function that gives one number")
    return outs, one

def _slopes(name, outs, xs, seeds, create_graph, strict):
    """Gradients by each x, zeros where nothing depends on it, which is an error if strict."""
    pairs = [(o, s) for o, s in zip(outs, seeds) if o.tracked]
    found = gradients(*zip(*pairs), xs, True, create_graph) if pairs else [None] * len(xs)
    refuse(strict and any(g is None for g in found),
           f"{name}: the outputs do not depend on every input, which strict=True asks for")
    found = [np.zeros_like(x.value) if g is None else g for x, g in zip(xs, found)]
    return tuple(g if isinstance(g, TensorBase) else leaf(g) for g in found)

def _tuple(x):
    return (x,) if isinstance(x, TensorBase) else tuple(x)

def _ways(name, v, xs):
    """v, a direction for each x; if left out, 1 for each number."""
    ways = tuple(leaf(np.ones_like(x.value)) for x in xs) if v is None else _tuple(v)
    refuse(v is None and any(x.value.size != 1 for x in xs)
           or [w.shape for w in ways] != [x.shape for x in xs],
           f"{name}: expected v, a direction for each input, of shapes {[x.shape for x in xs]}")
    return ways

def _given(outs, one_out, found, one_found, create_graph):
    """The answer: outputs and derivatives, each alone if it stands for one thing."""
    outs = outs if create_graph else tuple(o.detach() for o in outs)
    return (outs[0] if one_out else outs), (found[0] if one_found else found)

@says("d output[i] / d input[j], of shape output.shape + input.shape; tuples of them for several\n"
      "inputs or outputs.",
      f"{HERE}jacobian(lambda x: x ** 2, {X}).tolist()", "[[2.0, 0.0], [0.0, 4.0]]")
def jacobian(func, inputs, create_graph=False, strict=False, vectorize=False,
             strategy="reverse-mode"):
    refuse(strategy != "reverse-mode",
           "jacobian: minigrad differentiates in reverse mode only", NotImplementedError)
    xs = _inputs("jacobian", inputs, create_graph)
    outs, one_out = _outputs("jacobian", func, xs)
    rows = []
    for out in outs:
        seeds = np.eye(out.value.size, dtype=out.value.dtype).reshape(-1, *out.shape)
        slopes = [_slopes("jacobian", [out], xs, [leaf(seed)], create_graph, strict)
                  for seed in seeds]
        none = [leaf(np.zeros((0, *x.shape), x.dtype)) for x in xs]
        blocks = tuple(reshape(stack(many) if slopes else many, *out.shape, *x.shape)
                       for x, many in zip(xs, zip(*slopes) if slopes else none))
        rows.append(blocks[0] if isinstance(inputs, TensorBase) else blocks)
    return rows[0] if one_out else tuple(rows)

@says("The second derivatives of a function with one number as result: its gradient's Jacobian.",
      f"{HERE}hessian(lambda x: (x ** 3).sum(), {X}).tolist()", "[[6.0, 0.0], [0.0, 12.0]]")
def hessian(func, inputs, create_graph=False, strict=False, vectorize=False):
    def slope(*xs):
        outs, _ = _outputs("hessian", func, xs, number=True)
        found = _slopes("hessian", [outs[0].sum()], xs, [None], True, strict)
        return found[0] if isinstance(inputs, TensorBase) else found
    return jacobian(slope, inputs, create_graph, strict)

@says("`(outputs, vᵀ · Jacobian)`: one backward pass with v as the gradient of the outputs.",
      f"{HERE}vjp(lambda x: x ** 2, {X}, mg.tensor([1., 10.]))[1]", "tensor([ 2., 40.])")
def vjp(func, inputs, v=None, create_graph=False, strict=False):
    xs = _inputs("vjp", inputs, create_graph)
    outs, one_out = _outputs("vjp", func, xs)
    seeds = (None,) if v is None else _tuple(v)
    refuse(v is None and (not one_out or outs[0].value.size != 1),
           "vjp: expected v, a vector for each output, unless the function gives one number")
    refuse(v is not None and [s.shape for s in seeds] != [o.shape for o in outs],
           f"vjp: expected v of shapes {[o.shape for o in outs]}")
    found = _slopes("vjp", outs, xs, seeds, create_graph, strict)
    return _given(outs, one_out, found, isinstance(inputs, TensorBase), create_graph)

@says("`(outputs, Jacobian · v)`, by two backward passes: the second differentiates vᵀ · Jacobian\n"
      "by its vector.",
      f"{HERE}jvp(lambda x: x ** 2, {X}, mg.tensor([1., 10.]))[1]", "tensor([ 2., 40.])")
def jvp(func, inputs, v=None, create_graph=False, strict=False):
    xs = _inputs("jvp", inputs, create_graph)
    outs, one_out = _outputs("jvp", func, xs)
    ways, seeds = _ways("jvp", v, xs), [leaf(np.zeros_like(o.value), True) for o in outs]
    with enable_grad():
        back = _slopes("jvp", outs, xs, seeds, True, strict)
        found = _slopes("jvp", back, seeds, ways, create_graph, False)
    return _given(outs, one_out, found, one_out, create_graph)

@says("`(output, Hessian · v)` of a function that gives one number.",
      f"{HERE}hvp(lambda x: (x ** 3).sum(), {X}, mg.tensor([1., 1.]))[1]", "tensor([ 6., 12.])")
def hvp(func, inputs, v=None, create_graph=False, strict=False):
    xs = _inputs("hvp", inputs, create_graph)
    outs, _ = _outputs("hvp", func, xs, number=True)
    with enable_grad():
        first = _slopes("hvp", [outs[0].sum()], xs, [None], True, strict)
        found = _slopes("hvp", first, xs, _ways("hvp", v, xs), create_graph, False)
    return _given(outs, True, found, isinstance(inputs, TensorBase), create_graph)

vhp = hvp                                                     # a Hessian is symmetric
