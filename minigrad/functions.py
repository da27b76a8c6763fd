"""PyTorch's names and arguments over the derivative table: what the rules can derive is only composed here."""
import builtins
import math
from collections import namedtuple
from inspect import Parameter, Signature

import numpy as np

from . import ops
from .dtypes import BOOL, FLOAT32, INT64, NUMBERS
from .graph import TensorBase, leaf, raw, to
from .ops import abs, clone, cos, exp, log, log1p, matmul, neg, relu, sigmoid, sign, sin, sqrt, tanh
from .shape import axes, numpy_names, squeeze, take_along_dim

ONE = Signature([Parameter("input", Parameter.POSITIONAL_OR_KEYWORD)])
BROADCASTS = """

Takes tensors and numbers whose shapes broadcast, and the wider of their dtypes; raises RuntimeError where
the shapes do not fit."""


def says(does, example, gives):
    """Decorator: write what Tab and help() show of a function, a sentence and an example that runs."""
    def write(function):
        function.__doc__ = f"{does}\n\n>>> {example}\n{gives}\n"
        return function
    return write


def document(table, more=""):
    """The same for what has no `def` of its own, a row each: (function, sentence, example, what it gives)."""
    for function, does, *shown in table:
        says(does + more, *shown)(function)
        if hasattr(function, "rules"):           # an operation of the table: Tab shall show a name for its argument
            function.__signature__ = ONE


def of_two(op, tensors="input"):
    """The public form of an operation on two: its `input` must be a tensor, or "both", or "either" of them."""
    def function(input, other):
        first, second = (x.__class__ not in NUMBERS for x in (input, other))
        if not (first if tensors == "input" else first and second if tensors == "both" else first or second):
            raise TypeError(f"{op.__name__}: expected {'a tensor' if tensors != 'both' else 'two tensors'}, got "
                            f"{input!r:.40} and {other!r:.40}; wrap a number in tensor(...)")
        return op(input, other)
    function.__name__ = function.__qualname__ = op.__name__
    function.__module__ = op.__module__               # the table is where it was made
    return function


eq, ne, lt, le, gt, ge = map(of_two, (ops.eq, ops.ne, ops.lt, ops.le, ops.gt, ops.ge))
pow, maximum, minimum = of_two(ops.pow, "either"), of_two(ops.maximum, "both"), of_two(ops.minimum, "both")

# Operations of the table that are public, nearly as they are, and what Tab shows of them

document((
    (pow, "x to the power y.", "mg.pow(mg.tensor([1., 2., 3.]), 2)", "tensor([1., 4., 9.])"),
    (neg, "−x.", "mg.neg(mg.tensor([1., -2.]))", "tensor([-1.,  2.])"),
    (abs, "|x|; its slope at 0 counts as 0.", "mg.abs(mg.tensor([1., -2.]))", "tensor([1., 2.])"),
    (sign, "−1, 0 or 1; no gradient flows through.", "mg.sign(mg.tensor([3., -2.]))", "tensor([ 1., -1.])"),
    (exp, "e to the power x.", "mg.exp(mg.tensor([0., 1.]))", "tensor([1.0000, 2.7183])"),
    (log, "The natural logarithm of x.", "mg.log(mg.tensor([1., 2.]))", "tensor([0.0000, 0.6931])"),
    (log1p, "log(1 + x), exact for small x.", "mg.log1p(mg.tensor([0., 1.]))", "tensor([0.0000, 0.6931])"),
    (sqrt, "The square root of x.", "mg.sqrt(mg.tensor([4., 2.]))", "tensor([2.0000, 1.4142])"),
    (sin, "The sine of x, in radians.", "mg.sin(mg.tensor([0., 1.]))", "tensor([0.0000, 0.8415])"),
    (cos, "The cosine of x, in radians.", "mg.cos(mg.tensor([0., 1.]))", "tensor([1.0000, 0.5403])"),
    (tanh, "The hyperbolic tangent of x.", "mg.tanh(mg.tensor([0., 1.]))", "tensor([0.0000, 0.7616])"),
    (sigmoid, "1 / (1 + e⁻ˣ); nothing overflows.",
     "mg.sigmoid(mg.tensor([1, 0, -1]))", "tensor([0.7311, 0.5000, 0.2689])"),
    (relu, "x above 0, else 0; its slope at 0 counts as 0.", "mg.relu(mg.tensor([-1., 2.]))", "tensor([0., 2.])"),
    (maximum, "The larger of x and y; a tie shares the gradient.",
     "mg.maximum(mg.tensor([1., 5.]), mg.tensor([3., 2.]))", "tensor([3., 5.])"),
    (minimum, "The smaller of x and y; a tie shares the gradient.",
     "mg.minimum(mg.tensor([1., 5.]), mg.tensor([3., 2.]))", "tensor([1., 2.])"),
    (eq, "True where x equals y.", "mg.eq(mg.tensor([1, 2]), 2)", "tensor([False,  True])"),
    (ne, "True where x differs from y.", "mg.ne(mg.tensor([1, 2]), 2)", "tensor([ True, False])"),
    (lt, "True where x < y.", "mg.lt(mg.tensor([1, 2]), 2)", "tensor([ True, False])"),
    (le, "True where x ≤ y.", "mg.le(mg.tensor([1, 2]), 2)", "tensor([True, True])"),
    (gt, "True where x > y.", "mg.gt(mg.tensor([1, 2]), 1)", "tensor([False,  True])"),
    (ge, "True where x ≥ y.", "mg.ge(mg.tensor([1, 2]), 1)", "tensor([True, True])"),
    (matmul, "The matrix product; 1-D operands are vectors, leading axes are a batch.",
     "mg.matmul(mg.ones(2, 3), mg.ones(3))", "tensor([3., 3.])"),
    (clone, "A copy, through which gradients flow.", "mg.clone(mg.tensor([1., 2.]))", "tensor([1., 2.])"),
), BROADCASTS)


# Bounds and choices

def clamp(input, min=None, max=None):
    """Each element moved into the range from `min` to `max`; the gradient passes where nothing was moved.

    The bounds are numbers, tensors that broadcast, or None; raises RuntimeError if both are None.

    >>> mg.clamp(mg.tensor([-2., 0.5, 3.]), min=0, max=1)
    tensor([0.0000, 0.5000, 1.0000])
    """
    if min is None and max is None:
        raise RuntimeError("clamp: expected min=, max= or both, got neither")
    if isinstance(min, TensorBase) or isinstance(max, TensorBase):
        for bound, beyond in ((min, ops.lt), (max, ops.gt)):        # at a bound, the gradient is the input's
            if bound is not None:
                past = raw(beyond(input, bound)) | (raw(bound) != raw(bound))           # a bound of NaN gives NaN
                input = ops.where(past, bound, input)
        return input
    if raw(input).dtype.kind != "f" and (isinstance(min, float) or isinstance(max, float)):
        input = to(input, dtype=FLOAT32)
    whole = raw(input).dtype.kind != "f"
    info = np.iinfo(raw(input).dtype) if whole else None
    low = (info.min if whole else -math.inf) if min is None else min
    high = (info.max if whole else math.inf) if max is None else max
    return ops.clamp(input, low=low, high=high)


def where(condition, input=None, other=None):
    """`input` where the condition is true, `other` elsewhere; all three broadcast.

    >>> mg.where(mg.tensor([True, False]), mg.tensor([1., 2.]), 0.)
    tensor([1., 0.])
    """
    if input is None or other is None:
        raise TypeError("where: expected (condition, input, other); for the places of true elements use nonzero")
    condition = raw(condition)
    if np.asarray(condition).dtype != BOOL:
        raise RuntimeError(f"where: expected a condition of dtype bool, got {np.asarray(condition).dtype}; "
                           "compare first, as in x > 0")
    if not isinstance(input, TensorBase) and not isinstance(other, TensorBase):
        input = leaf(np.asarray(input, FLOAT32 if isinstance(input, float) or isinstance(other, float) else None))
    return ops.where(condition, input, other)


# Reductions

@numpy_names
def sum(input, dim=None, keepdim=False, *, dtype=None):
    """The sum of all elements, or along `dim` (an axis or several); whole numbers add up as int64.

    >>> mg.sum(mg.tensor([[1., 2.], [3., 4.]]), dim=0)
    tensor([4., 6.])
    """
    if dtype is None and raw(input).dtype.kind in "biu":
        dtype = INT64
    if dtype is not None and raw(input).dtype != dtype:
        input = to(input, dtype=np.dtype(dtype))
    return ops.sum(input, axis=axes(input, dim, "sum"), keepdims=keepdim)


@numpy_names
def mean(input, dim=None, keepdim=False, *, dtype=None):
    """The mean of all elements, or along `dim`; raises RuntimeError for whole numbers, as PyTorch does.

    >>> mg.mean(mg.tensor([[1., 2.], [3., 4.]]), dim=1)
    tensor([1.5000, 3.5000])
    """
    if dtype is not None:
        input = to(input, dtype=np.dtype(dtype))
    if raw(input).dtype.kind != "f":
        raise RuntimeError(f"mean: expected a floating dtype, got {raw(input).dtype}; call .float() first")
    return ops.mean(input, axis=axes(input, dim, "mean"), keepdims=keepdim)


def picked(Result, input, indices, axis, keepdim=True):
    """`Result(values, indices)`: what stands at the indices along an axis, and without keepdim no more of that axis."""
    if input.ndim == 0:
        return Result(input, indices)
    values = take_along_dim(input, indices, axis)
    return Result(values, indices) if keepdim else Result(squeeze(values, axis), squeeze(indices, axis))


def _extreme(name, of_all, of_both, position):
    """max and min: over everything ties share the gradient; along an axis the first one gets it, as in PyTorch."""
    Result = namedtuple(name, "values indices")

    @numpy_names
    def function(input, dim=None, keepdim=False):
        if isinstance(dim, TensorBase):
            return of_both(input, dim)
        if dim is None:
            if raw(input).size == 0:
                raise RuntimeError(f"{name}: expected at least one element, got shape {input.shape}; give a dim")
            return of_all(input)
        axis = axes(input, dim, name)
        if input.ndim and not isinstance(axis, int):
            raise TypeError(f"{name}: expected one dim, got {dim}; for several use a{name}")
        return picked(Result, input, position(input, axis=axis, keepdims=True), axis, keepdim)
    function.__name__ = function.__qualname__ = name
    return function


max = _extreme("max", ops.amax, maximum, ops.argmax)
min = _extreme("min", ops.amin, minimum, ops.argmin)
document((
    (max, "The largest element; with `dim`, `(values, indices)` along it; with a second tensor, `maximum`.",
     "mg.max(mg.tensor([[1., 5.], [3., 2.]]), dim=1)", "max(values=tensor([5., 3.]), indices=tensor([1, 0]))"),
    (min, "The smallest element; with `dim`, `(values, indices)` along it; with a second tensor, `minimum`.",
     "mg.min(mg.tensor([3., 1., 2.]))", "tensor(1.)"),
))


def _reduction(op):
    """The public form of a reduction that takes its axes and nothing else."""
    @numpy_names
    def function(input, dim=None, keepdim=False):
        return op(input, axis=axes(input, dim, op.__name__), keepdims=keepdim)
    function.__name__ = function.__qualname__ = op.__name__
    return function


amax, amin, argmax, argmin, all, any = map(_reduction, (ops.amax, ops.amin, ops.argmax, ops.argmin, ops.all, ops.any))
document((
    (amax, "The largest element along `dim` (an axis, several, or None for all); ties share the gradient.",
     "mg.amax(mg.tensor([[1., 5.], [3., 2.]]), dim=1)", "tensor([5., 3.])"),
    (amin, "The smallest element along `dim` (an axis, several, or None for all); ties share the gradient.",
     "mg.amin(mg.tensor([[1., 5.], [3., 2.]]), dim=1)", "tensor([1., 2.])"),
    (argmax, "The position of the largest element (of several, the first) along `dim` or in all; int64.",
     "mg.argmax(mg.tensor([1., 5., 3.]))", "tensor(1)"),
    (argmin, "The position of the smallest element (of several, the first) along `dim` or in all; int64.",
     "mg.argmin(mg.tensor([1., 5., 3.]))", "tensor(0)"),
    (all, "True where all elements (along `dim`) are true.", "mg.all(mg.tensor([True, False]))", "tensor(False)"),
    (any, "True where any element (along `dim`) is true.", "mg.any(mg.tensor([True, False]))", "tensor(True)"),
))


@numpy_names
def var(input, dim=None, unbiased=None, keepdim=False, *, correction=None):
    """The variance: squared distances from the mean, added up and divided by n − correction (1 unless told otherwise).

    >>> mg.var(mg.tensor([1., 2., 3., 4.]), correction=0)
    tensor(1.2500)
    """
    if isinstance(dim, bool):                           # var(x, False): PyTorch's older order of arguments
        dim, unbiased = None, dim
    if correction is None:
        correction = 1 if unbiased is None or unbiased else 0
    away = input - mean(input, dim, keepdim=True)
    squares = sum(away * away, dim, keepdim=keepdim)
    n = raw(input).size // builtins.max(raw(squares).size, 1)
    return squares / builtins.max(n - correction, 0)


@numpy_names
def std(input, dim=None, unbiased=None, keepdim=False, *, correction=None):
    """The standard deviation, the square root of `var`.

    >>> mg.std(mg.tensor([1., 2., 3., 4.]))
    tensor(1.2910)
    """
    variance = var(input, dim, unbiased, keepdim, correction=correction)
    varies = raw(variance) != 0                         # where nothing varies, √ has no slope: 0 counts, as in PyTorch
    return ops.keep(ops.sqrt(ops.where(varies, variance, 1)), varies)


@numpy_names
def logsumexp(input, dim, keepdim=False):
    """log Σ eˣ along `dim`, with the largest x taken out first, so that nothing overflows.

    >>> mg.logsumexp(mg.tensor([1000., 1000.]), dim=0)
    tensor(1000.6932)
    """
    return ops.logsumexp(input, axis=axes(input, dim, "logsumexp"), keepdims=keepdim)


def _over_classes(op):
    """The public form of softmax and its logarithm."""
    @numpy_names
    def function(input, dim, dtype=None):
        if not isinstance(dim, int):
            raise TypeError(f"{op.__name__}: expected one dim, the axis whose numbers shall add up to 1, got {dim!r}; "
                            "for rows of classes dim=1")
        input = input if dtype is None else to(input, dtype=np.dtype(dtype))
        return op(input, axis=axes(input, dim, op.__name__))
    function.__name__ = function.__qualname__ = op.__name__
    return function


softmax, log_softmax = _over_classes(ops.softmax), _over_classes(ops.log_softmax)
document((
    (softmax, "eˣ / Σ eˣ along `dim`: positive numbers that add up to 1.",
     "mg.softmax(mg.tensor([0., 0.]), dim=0)", "tensor([0.5000, 0.5000])"),
    (log_softmax, "log of softmax along `dim`, exact where softmax itself would round to 0.",
     "mg.log_softmax(mg.tensor([0., 0.]), dim=0)", "tensor([-0.6931, -0.6931])"),
))


# Agreement

@says("True if |input − other| ≤ atol + rtol · |other| everywhere.",
      "mg.allclose(mg.tensor([1.0]), mg.tensor([1.000001]))", "True")
def allclose(input, other, rtol=1e-5, atol=1e-8, equal_nan=False) -> bool:
    return bool(np.allclose(raw(input), raw(other), rtol, atol, equal_nan))


@says("True if shape and all elements are equal.", "mg.equal(mg.tensor([1, 2]), mg.tensor([1, 2]))", "True")
def equal(input, other) -> bool: return bool(np.array_equal(raw(input), raw(other)))
