"""Proof by nudging: the graph's gradients against finite differences, in float64."""
import numpy as np

from .dtypes import FLOAT64
from .graph import Node, backpropagate, leaf


def gradcheck(func, inputs, eps: float = 1e-6, atol: float = 1e-5, rtol: float = 1e-3,
              raise_exception: bool = True) -> bool:
    """True if every gradient of `func(*inputs)` agrees with (f(x + eps) − f(x − eps)) / 2 eps.

    All outputs are weighted by fixed random numbers and added up, so one backward pass checks them together; every
    element of every input that requires grad is nudged. Inputs are float64, or there would be more noise than signal;
    raises RuntimeError naming the operation, the input, the index and both values, or returns False if so asked.

    >>> x = mg.tensor([0.5, 2.0], dtype=mg.float64, requires_grad=True)
    >>> mg.autograd.gradcheck(lambda x: x.log() * x, [x])
    True
    """
    inputs = [inputs] if isinstance(inputs, Node) else list(inputs)
    checked = [i for i, x in enumerate(inputs) if isinstance(x, Node) and x.tracked]
    if not checked:
        raise ValueError("gradcheck: expected at least one input that requires grad, got none")
    for i in checked:
        if inputs[i].value.dtype != FLOAT64:
            raise ValueError(f"gradcheck: expected float64 inputs, got {inputs[i].value.dtype} for input {i}; "
                             "call .double() first")
    outputs = _outputs(func, inputs)
    weights = [np.random.default_rng(i).standard_normal(out.value.shape) for i, out in enumerate(outputs)]
    slopes = backpropagate(outputs, weights, [inputs[i] for i in checked])
    for i in checked:
        value = inputs[i].value
        claimed = slopes.get(inputs[i], np.zeros_like(value))
        for index in np.ndindex(value.shape):
            numerical = _nudged(func, inputs, weights, value, index, eps)
            if not np.isclose(claimed[index], numerical, rtol, atol, equal_nan=True):
                if not raise_exception:
                    return False
                made_by = outputs[0].op.__name__ if outputs[0].op else "func"
                raise RuntimeError(
                    f"gradcheck of '{made_by}': d out / d input {i} at index {index} is {claimed[index]:.8g} by its "
                    f"rule and {numerical:.8g} by nudging (eps {eps:g}); look at the rule for input {i}")
    return True


def gradgradcheck(func, inputs, eps: float = 1e-6, atol: float = 1e-5, rtol: float = 1e-3,
                  raise_exception: bool = True) -> bool:
    """True if the second derivatives agree as well: `gradcheck` of the function that computes the gradients.

    >>> x = mg.tensor([0.5, 2.0], dtype=mg.float64, requires_grad=True)
    >>> mg.autograd.gradgradcheck(lambda x: x ** 3, [x])
    True
    """
    inputs = [inputs] if isinstance(inputs, Node) else list(inputs)
    seeds = [leaf(np.random.default_rng(7 + i).standard_normal(out.value.shape), True)
             for i, out in enumerate(_outputs(func, inputs))]

    def gradients(*both):
        given, seeds = both[:len(inputs)], both[len(inputs):]
        outputs = _outputs(func, given)
        wanted = [x for x in given if isinstance(x, Node) and x.tracked]
        found = backpropagate(outputs, seeds, wanted, create_graph=True)
        return [found[x] for x in wanted if x in found and found[x].tracked]

    return gradcheck(gradients, [*inputs, *seeds], eps, atol, rtol, raise_exception)


def _outputs(func, inputs):
    out = func(*inputs)
    outputs = [out] if isinstance(out, Node) else [o for o in out if isinstance(o, Node)]
    return [o for o in outputs if o.tracked]


def _nudged(func, inputs, weights, value, index, eps):
    """(f(x + eps) − f(x − eps)) / 2 eps at one element, f being the weighted sum of all outputs."""
    before, sums = value[index], []
    try:
        for step in (eps, -eps):
            value[index] = before + step
            out = func(*inputs)
            outputs = [o for o in ([out] if isinstance(out, Node) else out) if isinstance(o, Node) and o.tracked]
            sums.append(sum(float((o.value * w).sum()) for o, w in zip(outputs, weights)))
    finally:
        value[index] = before             # only now: an output may be a view of this very input
    return (sums[0] - sums[1]) / (2 * eps)
