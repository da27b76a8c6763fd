"""Proof by nudging: the graph's gradients against finite differences, in float64."""
import inspect
import linecache

import numpy as np

from .lines import place
from .dtypes import FLOAT64
from .graph import Node, TensorBase, ancestors, gradients, history, leaf, pull


class GradcheckError(RuntimeError):
    """What a failing check raises; `draw(error.output, names=error.names)` shows the place."""

    def __init__(self, message: str, output: TensorBase, names: dict):
        super().__init__(message)
        self.output, self.names = output, names


def gradcheck(func, inputs, eps: float = 1e-6, atol: float = 1e-5, rtol: float = 1e-3,
              raise_exception: bool = True) -> bool:
    """True if every gradient of `func(*inputs)` agrees with (f(x + eps) − f(x − eps)) / 2 eps.

    All outputs are weighted by fixed random numbers and added up, so one backward pass checks them
    together; every element of every input that requires grad is nudged. Inputs are float64, or
    there would be more noise than signal. Raises GradcheckError naming the operation, the input,
    the index, both values and the rule to look at; its `output` and `names` are for `draw`. With
    `raise_exception=False` it returns False instead.

    >>> x = mg.tensor([0.5, 2.0], dtype=mg.float64, requires_grad=True)
    >>> mg.autograd.gradcheck(lambda x: x.log() * x, [x])
    True
    """
    inputs = [inputs] if isinstance(inputs, TensorBase) else list(inputs)
    checked = [i for i, x in enumerate(inputs) if isinstance(x, TensorBase) and x.tracked]
    if not checked:
        raise ValueError("gradcheck: expected at least one input that requires grad, got none")
    for i in checked:
        if inputs[i].value.dtype != FLOAT64:
            raise ValueError("gradcheck: expected float64 inputs, got "
                             f"{inputs[i].value.dtype} for input {i}; call .double() first")
    outputs = _outputs(func, inputs)
    weights = [np.random.default_rng(i).standard_normal(out.value.shape)
               for i, out in enumerate(outputs)]
    slopes = gradients(outputs, weights, [inputs[i] for i in checked])
    for i, slope in zip(checked, slopes):
        value = inputs[i].value
        claimed = np.zeros_like(value) if slope is None else slope
        for index in np.ndindex(value.shape):
            numerical = _nudged(func, inputs, weights, value, index, eps)
            if not np.isclose(claimed[index], numerical, rtol, atol, equal_nan=True):
                if not raise_exception:
                    return False
                raise _failure(func, inputs, i, index, claimed[index], numerical, (eps, atol, rtol))
    return True

def gradgradcheck(func, inputs, eps: float = 1e-6, atol: float = 1e-5, rtol: float = 1e-3,
                  raise_exception: bool = True) -> bool:
    """True if the second derivatives agree as well: `gradcheck` of the function's own gradients.

    >>> x = mg.tensor([0.5, 2.0], dtype=mg.float64, requires_grad=True)
    >>> mg.autograd.gradgradcheck(lambda x: x ** 3, [x])
    True
    """
    inputs = [inputs] if isinstance(inputs, TensorBase) else list(inputs)
    seeds = [leaf(np.random.default_rng(7 + i).standard_normal(out.value.shape), True)
             for i, out in enumerate(_outputs(func, inputs))]

    def slopes(*both):
        given, seeds = both[:len(inputs)], both[len(inputs):]
        wanted = [x for x in given if isinstance(x, TensorBase) and x.tracked]
        found = gradients(_outputs(func, given), seeds, wanted, create_graph=True)
        return [slope for slope in found if slope is not None and slope.tracked]

    return gradcheck(slopes, [*inputs, *seeds], eps, atol, rtol, raise_exception)

def _outputs(func, inputs):
    out = func(*inputs)
    outputs = [out] if isinstance(out, TensorBase) else out
    return [o for o in outputs if isinstance(o, TensorBase) and o.tracked]

def _nudged(func, inputs, weights, value, index, eps):
    """(f(x + eps) − f(x − eps)) / 2 eps at one element, f being the weighted sum of all outputs."""
    before, sums = value[index], []
    try:
        for step in (eps, -eps):
            value[index] = before + step
            outputs = _outputs(func, inputs)
            sums.append(sum(float((o.value * w).sum()) for o, w in zip(outputs, weights)))
    finally:
        value[index] = before             # only now: an output may be a view of this very input
    return (sums[0] - sums[1]) / (2 * eps)


# Finding the rule that is wrong

def _failure(func, inputs, i, index, claimed, numerical, precision) -> GradcheckError:
    outputs = _outputs(func, inputs)                     # anew: backward spent the first graph
    wrong, which, rule = _wrong_rule(outputs, *precision) or (None, None, None)
    called, operation = _arguments(func, inputs), (outputs[0] if wrong is None else wrong).op
    name, said = operation.__name__ if operation else "func", f" ({called[i]})" if called[i] else ""
    if wrong is None:
        advice = ("every rule in its graph is right by itself, so look for a part that is cut off "
                  "(detach, no_grad, .data, .value), or for a function that is another one at each "
                  "call")
    else:
        advice = f"look at the rule of '{name}' for its input {which}{_where(rule)}"
    names = {name or f"input {n}": x for n, (name, x) in enumerate(zip(called, inputs))
             if isinstance(x, TensorBase)}
    return GradcheckError(
        f"gradcheck of '{name}': d out / d input {i}{said} at index {index} is {claimed:.8g} by "
        f"its rule and {numerical:.8g} by nudging (eps {precision[0]:g}); {advice}",
        outputs[0], names if wrong is None else {"wrong rule": wrong, **names})

def _wrong_rule(outputs, eps, atol, rtol):
    """The oldest (node, i, rule) where rule i disagrees with a nudge of input i alone, or None."""
    for node in sorted(ancestors(map(history, outputs)), key=lambda node: node.born):
        weights = np.random.default_rng(node.value.size).standard_normal(node.value.shape)
        for i, (x, rule) in enumerate(zip(node.inputs, node.op.rules if node.op else ())):
            if not isinstance(x, Node) or not x.tracked or rule is None or x.value.dtype != FLOAT64:
                continue
            arrays = [*node.arrays[:i], np.array(node.arrays[i]), *node.arrays[i + 1:]]
            numerical = np.empty(x.value.shape)
            for index in np.ndindex(x.value.shape):
                ends = []
                for step in (eps, -eps):
                    arrays[i][index] = x.value[index] + step
                    ends.append(node.op(*arrays, **node.settings) * weights)
                arrays[i][index] = x.value[index]
                with np.errstate(invalid="ignore"):         # ∞ − ∞, as in the frame of a max-pool
                    numerical[index] = np.nansum(ends[0] - ends[1]) / (2 * eps)
            if not np.allclose(pull(node, x, rule, weights), numerical, rtol, atol, equal_nan=True):
                return node, i, rule
    return None

def _where(rule) -> str:
    """The rule's source line and where it stands."""
    code = getattr(inspect.unwrap(getattr(rule, "func", rule)), "__code__", None)
    at = code and (code.co_filename, code.co_firstlineno)
    text = linecache.getline(*at).strip() if at else ""
    return f":\n    {text}\n    at {place(*at)}" if text else ""

def _arguments(func, inputs) -> list:
    """What the inputs are called: by their own name, the function's parameter, or None."""
    try:
        parameters = inspect.signature(func).parameters.values()
    except (TypeError, ValueError):
        parameters = ()
    named = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    named += [None] * len(inputs)
    return [getattr(x, "name", None) or name for x, name in zip(inputs, named)]
