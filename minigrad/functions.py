"""PyTorch's names and arguments over the derivative table, where everything has its rules."""
import builtins
import math

import numpy as np

from . import ops
from .dtypes import BOOL, INT64, PYTHONS
from .graph import TensorBase, leaf, raw
from .promotion import to
from .ops import (abs, clone, cos, exp, log, log1p, matmul, neg, relu, sigmoid, sign, sin, sqrt,
                  tanh)
from .printing import returned
from .public import floating, public, refuse, row
from .shape import axes, beside, numpy_names, squeeze

# Operations of the table that are public as they are: what Tab shows of them

for _row in (
    ("−x.", "[1., -2.]", "[-1.,  2.]", neg),
    ("|x|; its slope at 0 counts as 0.", "[1., -2.]", "[1., 2.]", abs),
    ("−1, 0 or 1; no gradient flows through.", "[3., -2.]", "[ 1., -1.]", sign),
    ("e to the power x.", "[0., 1.]", "[1.0000, 2.7183]", exp),
    ("The natural logarithm of x.", "[1., 2.]", "[0.0000, 0.6931]", log),
    ("log(1 + x), exact for small x.", "[0., 1.]", "[0.0000, 0.6931]", log1p),
    ("The square root of x.", "[4., 2.]", "[2.0000, 1.4142]", sqrt),
    ("The sine of x, in radians.", "[0., 1.]", "[0.0000, 0.8415]", sin),
    ("The cosine of x, in radians.", "[0., 1.]", "[1.0000, 0.5403]", cos),
    ("The hyperbolic tangent of x.", "[0., 1.]", "[0.0000, 0.7616]", tanh),
    ("1 / (1 + e⁻ˣ); nothing overflows.", "[1, 0, -1]", "[0.7311, 0.5000, 0.2689]", sigmoid),
    ("x above 0, else 0; its slope at 0 counts as 0.", "[-1., 2.]", "[0., 2.]", relu),
    ("A copy, through which gradients flow.", "[1., 2.]", "[1., 2.]", clone),
    ("The product of matrices; 1-D operands are vectors, leading axes are a batch.",
     "[[1., 2.], [3., 4.]], [1., 1.]", "[3., 7.]", matmul),
):
    row(*_row)


# Functions of two

pow = row("x to the power y.", "[1., 2., 3.], 2", "[1., 4., 9.]", ops.pow, takes="either")
maximum = row("The larger of x and y; a tie shares the gradient.",
              "[1., 5.], [3., 2.]", "[3., 5.]", ops.maximum, takes="both")
minimum = row("The smaller of x and y; a tie shares the gradient.",
              "[1., 5.], [3., 2.]", "[1., 2.]", ops.minimum, takes="both")
eq = row("True where x equals y.", "[1, 2], 2", "[False,  True]", ops.eq, takes="first")
ne = row("True where x differs from y.", "[1, 2], 2", "[ True, False]", ops.ne, takes="first")
lt = row("True where x < y.", "[1, 2], 2", "[ True, False]", ops.lt, takes="first")
le = row("True where x ≤ y.", "[1, 2], 2", "[True, True]", ops.le, takes="first")
gt = row("True where x > y.", "[1, 2], 1", "[False,  True]", ops.gt, takes="first")
ge = row("True where x ≥ y.", "[1, 2], 1", "[True, True]", ops.ge, takes="first")


# Arithmetic with a setting

@public("input + alpha · other.", "[1., 2.], 1, alpha=10", "[11., 12.]")
def add(input, other, *, alpha=1): return ops.add(input, scaled("add", input, other, alpha))

@public("input − alpha · other; raises RuntimeError for bools, whose difference is `^`.",
        "[1., 2.], 1", "[0., 1.]")
def sub(input, other, *, alpha=1):
    if BOOL in (getattr(x, "dtype", None) for x in (input, other)) or isinstance(other, bool):
        raise RuntimeError("sub: expected numbers, got dtype bool; for bools use ^ or logical_not")
    return ops.sub(input, scaled("sub", input, other, alpha))

def scaled(name, input, other, alpha):
    """alpha · other, if the dtypes of input and other have room for alpha."""
    if alpha.__class__ is int and alpha == 1:
        return other
    kinds = [getattr(x, "dtype", np.dtype(type(x))).kind for x in (input, other)]
    if isinstance(alpha, float) and "f" not in kinds:
        raise RuntimeError(f"{name}: expected a whole alpha for whole numbers, got {alpha}")
    if isinstance(alpha, bool) and BOOL not in (getattr(x, "dtype", None) for x in (input, other)):
        raise RuntimeError(f"{name}: a bool alpha fits bool tensors only")
    return other * alpha

@public("input · other.", "[1., 2.], 3", "[3., 6.]")
def mul(input, other): return ops.mul(input, other)

@public('input / other, floating; by `rounding_mode` "floor" or "trunc" whole numbers stay whole.',
        'mg.div(mg.tensor([1, 2]), 2), mg.div(mg.tensor([-7, 7]), 2, rounding_mode="floor")',
        "(tensor([0.5000, 1.0000]), tensor([-4,  3]))")
def div(input, other, *, rounding_mode=None):
    if rounding_mode is None:
        return ops.div(input, other)
    refuse(rounding_mode not in ROUNDED, "div: expected rounding_mode None, 'floor' or "
           f"'trunc', got {rounding_mode!r}")
    return ROUNDED[rounding_mode](input, other)

ROUNDED = {}                                            # by rounding_mode; the catalog fills it


# Bounds and choices

@public("Each element moved into the range from `min` to `max`: numbers, tensors or None;\n"
        "what is not moved passes the gradient.",
        "[-2., 0.5, 3.], min=0, max=1", "[0.0000, 0.5000, 1.0000]")
def clamp(input, min=None, max=None):
    refuse(min is None and max is None, "clamp: expected min=, max= or both, got neither")
    if isinstance(min, TensorBase) or isinstance(max, TensorBase):
        for bound, beyond in ((min, ops.lt), (max, ops.gt)):   # at a bound, the gradient passes
            if bound is not None:
                past = raw(beyond(input, bound)) | (raw(bound) != raw(bound))     # NaN gives NaN
                input = ops.where(past, bound, input)
        return input
    if raw(input).dtype.kind != "f" and (isinstance(min, float) or isinstance(max, float)):
        input = to(input, dtype=PYTHONS[float])
    whole = raw(input).dtype.kind != "f"
    info = np.iinfo(raw(input).dtype) if whole else None
    low = (info.min if whole else -math.inf) if min is None else min
    high = (info.max if whole else math.inf) if max is None else max
    return ops.clamp(input, low=low, high=high)

@public("`input` where the condition is true, `other` elsewhere; all three broadcast.",
        "[True, False], [1., 2.], 0.", "[1., 0.]", "f")
def where(condition, input=None, other=None):
    refuse(input is None or other is None, "where: expected (condition, input, other); for the "
           "places of true elements use nonzero", TypeError)
    condition = raw(condition)
    if np.asarray(condition).dtype != BOOL:
        raise RuntimeError(f"where: expected a condition of dtype bool, got "
                           f"{np.asarray(condition).dtype}; compare first, as in x > 0")
    if not isinstance(input, TensorBase) and not isinstance(other, TensorBase):
        floating = isinstance(input, float) or isinstance(other, float)
        dtype = PYTHONS[float] if floating else None
        input = leaf(np.asarray(input, dtype))
    return ops.where(condition, input, other)


# Reductions

@public("The sum of all elements, or along `dim` (an axis or several); whole numbers as int64.",
        "[[1., 2.], [3., 4.]], dim=0", "[4., 6.]")
@numpy_names
def sum(input, dim=None, keepdim=False, *, dtype=None):
    if dtype is None and raw(input).dtype.kind in "biu":
        dtype = INT64
    if dtype is not None and raw(input).dtype != dtype:
        input = to(input, dtype=np.dtype(dtype))
    return ops.sum(input, axis=axes(input, dim, "sum"), keepdims=keepdim)

@public("The mean of all elements, or along `dim`; raises RuntimeError for whole numbers.",
        "[[1., 2.], [3., 4.]], dim=1", "[1.5000, 3.5000]")
@numpy_names
def mean(input, dim=None, keepdim=False, *, dtype=None):
    if dtype is not None:
        input = to(input, dtype=np.dtype(dtype))
    return ops.mean(floating("mean", input), axis=axes(input, dim, "mean"), keepdims=keepdim)

def picked(Result, input, indices, axis, keepdim=True):
    """`Result(values, indices)`: what stands at the indices along an axis, which keepdim keeps."""
    if input.ndim == 0:
        return Result(ops.clone(input), indices)
    both = ops.getitem(input, index=beside(raw(indices), axis)), indices
    return Result(*both) if keepdim else Result(*(squeeze(x, axis) for x in both))

def _extreme(name, of_all, of_both, position, *shown):
    """max and min: over everything ties share the gradient; along an axis the first one gets it."""
    Result = returned(name, "values indices")

    @numpy_names
    def function(input, dim=None, keepdim=False):
        if isinstance(dim, TensorBase):
            return of_both(input, dim)
        if dim is None:
            refuse(raw(input).size == 0, f"{name}: expected at least one element, got shape "
                   f"{input.shape}; give a dim")
            return of_all(input)
        axis = axes(input, dim, name)
        refuse(input.ndim and not isinstance(axis, int),
               f"{name}: expected one dim, got {dim}; for several use a{name}", TypeError)
        return picked(Result, input, position(input, axis=axis, keepdims=True), axis, keepdim)
    return _named(name, function, shown)

def _named(name, function, shown):
    function.__name__ = function.__qualname__ = name
    return public(*shown)(function)

max = _extreme("max", ops.amax, maximum, ops.argmax,
               "The largest element; with `dim`, `(values, indices)`; of two tensors, `maximum`.",
               "[[1., 5.], [3., 2.]], 1",
               "torch.return_types.max(\nvalues=tensor([5., 3.]),\nindices=tensor([1, 0]))")
min = _extreme("min", ops.amin, minimum, ops.argmin,
               "The smallest element; with `dim`, `(values, indices)`; of two tensors, `minimum`.",
               "[3., 1., 2.]", "1.")

def _reduction(op, *shown):
    """The public form of a reduction that takes its axes and nothing else."""
    @numpy_names
    def function(input, dim=None, keepdim=False):
        out = op(input, axis=axes(input, dim, op.__name__), keepdims=keepdim)
        kept = raw(out).dtype == BOOL and raw(input).dtype == np.uint8    # an old kind of bool
        return to(out, dtype=np.uint8) if kept else out
    return _named(op.__name__, function, shown)

amax = _reduction(ops.amax, "The largest element along a `dim` or more; ties share the gradient.",
                  "[[1., 5.], [3., 2.]], dim=1", "[5., 3.]")
amin = _reduction(ops.amin, "The smallest element along a `dim` or more; ties share the gradient.",
                  "[[1., 5.], [3., 2.]], dim=1", "[1., 2.]")
argmax = _reduction(ops.argmax, "The position of the (first) largest element; int64.",
                    "[1., 5., 3.]", "1")
argmin = _reduction(ops.argmin, "The position of the (first) smallest element; int64.",
                    "[1., 5., 3.]", "0")
all = _reduction(ops.all, "True where all elements are true.", "[True, False]", "tensor(False)")
any = _reduction(ops.any, "True where any element is true.", "[True, False]", "tensor(True)")

@public("The variance: squared distances from the mean, added up, divided by n − correction (1).",
        "[1., 2., 3., 4.], correction=0", "1.2500")
@numpy_names
def var(input, dim=None, unbiased=None, keepdim=False, *, correction=None):
    if isinstance(dim, bool):                           # var(x, False): an older order of arguments
        dim, unbiased = None, dim
    if correction is None:
        correction = 1 if unbiased is None or unbiased else 0
    away = input - mean(input, dim, keepdim=True)
    squares = sum(away * away, dim, keepdim=keepdim)
    n = raw(input).size // builtins.max(raw(squares).size, 1)
    return squares / builtins.max(n - correction, 0)

@public("The standard deviation, the square root of `var`.", "[1., 2., 3., 4.]", "1.2910")
@numpy_names
def std(input, dim=None, unbiased=None, keepdim=False, *, correction=None):
    variance = var(input, dim, unbiased, keepdim, correction=correction)
    varies = raw(variance) != 0                         # elsewhere √ has no slope: 0 counts
    return ops.keep(ops.sqrt(ops.where(varies, variance, 1)), varies)

@public("log Σ eˣ along `dim`, with the largest x taken out first, so that nothing overflows.",
        "[1000., 1000.], dim=0", "1000.6932")
@numpy_names
def logsumexp(input, dim, keepdim=False):
    return ops.logsumexp(input, axis=axes(input, dim, "logsumexp"), keepdims=keepdim)

def _over_classes(op, *shown):
    """The public form of softmax and its logarithm."""
    @numpy_names
    def function(input, dim, dtype=None):
        if not isinstance(dim, int):
            raise TypeError(f"{op.__name__}: expected one dim, the axis whose numbers shall add up "
                            f"to 1, got {dim!r}; for rows of classes dim=1")
        input = input if dtype is None else to(input, dtype=np.dtype(dtype))
        return op(input, axis=axes(input, dim, op.__name__))
    return _named(op.__name__, function, shown)

softmax = _over_classes(ops.softmax, "eˣ / Σ eˣ along `dim`: positive numbers that add up to 1.",
                        "[0., 0.], dim=0", "[0.5000, 0.5000]")
log_softmax = _over_classes(ops.log_softmax, "log of softmax along `dim`, exact where that is 0.",
                            "[0., 0.], dim=0", "[-0.6931, -0.6931]")


# Questions

@public("True if |input − other| ≤ atol + rtol · |other| everywhere.", "[1.0], [1.000001]", "True")
def allclose(input, other, rtol=1e-5, atol=1e-8, equal_nan=False) -> bool:
    return bool(np.allclose(raw(input), raw(other), rtol, atol, equal_nan))

@public("True if shape and all elements are equal.", "[1, 2], [1, 2]", "True")
def equal(input, other) -> bool: return bool(np.array_equal(raw(input), raw(other)))
