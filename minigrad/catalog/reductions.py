"""More reductions, and running ones: products, norms, medians, cumulative sums."""
import builtins
import math
from functools import partial

import numpy as np

from . import selection
from .. import ops
from ..dtypes import BOOL, INT64
from ..functions import amax, amin, mean, picked, std, sum, var, where
from ..graph import TensorBase, leaf, primitive, raw
from ..promotion import to
from ..kernels import total
from ..memory import in_rows
from ..ops import _spread
from ..printing import returned
from ..public import IN_PLACE, at_least, floating, public, refuse
from ..shape import along, axes, cat, numpy_names
from .arrange import movedim
from .elementwise import bitwise_xor, logaddexp
from .indexing import take_along_dim

AMinMax = returned("aminmax", "min max")
Median, NanMedian, Mode, KthValue, CumMax, CumMin = (returned(s, "values indices") for s in (
    "median", "nanmedian", "mode", "kthvalue", "cummax", "cummin"))

def _as(input, dtype):
    """input as dtype; whole numbers and bools become int64 unless told otherwise."""
    own = raw(input).dtype
    dtype = np.dtype(dtype) if dtype is not None else own if own.kind == "f" else INT64
    return to(input, dtype=dtype) if own != dtype else input

def _one(input, dim, name):
    axis = axes(input, dim, name)
    refuse(dim is None or isinstance(axis, tuple), f"{name}: expected one dim, got {dim}",
           TypeError)
    return axis

def over(*shown):
    """A public function that also takes numpy's `axis` and `keepdims`."""
    return lambda function: public(*shown)(numpy_names(function))

@over("The product of all elements, or along `dim`; its gradient is right at zeros too.",
      "[[1., 2.], [3., 4.]], dim=1", "[ 2., 12.]")
def prod(input, dim=None, keepdim=False, *, dtype=None):
    x, axis = _as(input, dtype), axes(input, dim, "prod")
    refuse(isinstance(axis, tuple), f"prod: expected one dim, got {dim}", TypeError)
    if x.ndim == 0:
        return ops.clone(x)
    if not x.tracked:
        return leaf(np.asarray(np.prod(raw(x), axis, keepdims=keepdim, dtype=x.dtype), order="C"))
    shape = tuple(1 if axis in (None, i) else n for i, n in enumerate(x.shape))
    if axis is None:
        x, axis = ops.reshape(x, shape=(-1,)), 0
    while (n := x.shape[axis]) > 1:                   # halves times halves: the rule is that of mul
        x, rest = _part(x, axis, n // 2 * 2), _part(x, axis, n // 2 * 2, n)
        x = ops.mul(_part(x, axis, n // 2), _part(x, axis, n // 2, n // 2 * 2))
        x = ops.cat(x, rest, axis=axis) if rest.shape[axis] else x
    x = ops.clone(x) if n else sum(x, axis, keepdim=True) + 1
    shape = shape if keepdim else () if dim is None else shape[:axis] + shape[axis + 1:]
    return ops.reshape(x, shape=shape)

def _part(x, axis, *bounds): return along(x, axis, slice(*bounds))

@over("The sum, NaN counting as 0.", '[1., float("nan")]', "1.")
def nansum(input, dim=None, keepdim=False, *, dtype=None):
    return sum(where(np.isnan(raw(input)), 0, input), dim, keepdim, dtype=dtype)

@over("The mean of the elements that are not NaN.", '[1., float("nan"), 3.]', "2.")
def nanmean(input, dim=None, keepdim=False, *, dtype=None):
    floating("nanmean", input)
    count = sum(leaf((~np.isnan(raw(input))).astype(input.dtype)), dim, keepdim)
    return nansum(input, dim, keepdim, dtype=dtype) / count

@public("How many elements are not 0, in all or along `dim`.", "[1, 0, 2]", "2")
def count_nonzero(input, dim=None): return sum(leaf(raw(input) != 0), dim)

@public("`(var, mean)`, as the functions give them.", "[1., 3.]", "(tensor(2.), tensor(2.))", "f")
def var_mean(input, dim=None, unbiased=None, keepdim=False, *, correction=None):
    center = mean(input, None if isinstance(dim, bool) else dim, keepdim)
    return var(input, dim, unbiased, keepdim, correction=correction), center

@public("`(std, mean)`, as the functions give them.", "[1., 1.]", "(tensor(0.), tensor(1.))", "f")
def std_mean(input, dim=None, unbiased=None, keepdim=False, *, correction=None):
    _, center = var_mean(input, dim, unbiased, keepdim, correction=correction)
    return std(input, dim, unbiased, keepdim, correction=correction), center

@over("`(min, max)` of all elements or along `dim`; ties share the gradient.",
      "[3., 1., 2.]", "torch.return_types.aminmax(\nmin=tensor(1.),\nmax=tensor(3.))")
def aminmax(input, *, dim=None, keepdim=False):
    return AMinMax(amin(input, dim, keepdim), amax(input, dim, keepdim))

# Orders: what is in the middle, what occurs most

def _chosen(name, Result, input, dim, keepdim, pick):
    """Values and indices along an axis, given pick(values, axis)."""
    axis = _one(input, dim, name)
    refuse(input.ndim and input.shape[axis] == 0, f"{name}: expected at least one element along "
           f"dim {axis}, got shape {input.shape}", IndexError)
    places = np.asarray(pick(raw(input), axis) if input.ndim else 0, INT64)
    return picked(Result, input, leaf(places), axis, keepdim)

@public("The k-th smallest element along `dim` (1 is the smallest), and its index.",
        "[3., 1., 2.], 2", "torch.return_types.kthvalue(\nvalues=tensor(2.),\nindices=tensor(2))")
def kthvalue(input, k, dim=-1, keepdim=False):
    n = input.shape[_one(input, dim, "kthvalue")] if input.ndim else 1
    refuse(not 1 <= k <= n, f"kthvalue: expected k from 1 to {n}, got {k}")
    def place(row):
        order = np.argsort(row, kind="stable")
        equal = row[order[builtins.max(k - 2, 0):k + 1]] == row[order[k - 1]]
        return order[k - 1] if equal.sum() == 1 else selection.kth(selection.ranks(row), k - 1)
    return _chosen("kthvalue", KthValue, input, dim, keepdim,
                   lambda x, axis: np.expand_dims(np.apply_along_axis(place, axis, x), axis))

def _median(name, Result, input, dim, keepdim):
    if dim is None:
        x = ops.reshape(input, shape=(-1,))
        if not x.shape[0]:
            return sum(x) * math.nan
        middle = _median(name, Result, x.detach(), 0, False).values
        return _shared(x, raw(middle)) if x.tracked else middle

    def middle(x, axis):
        nan = np.isnan(x) if x.dtype.kind == "f" else np.zeros(x.shape, BOOL)
        count = (~nan).sum(axis, keepdims=True)
        place = np.maximum(count - 1, 0) // 2             # the lower one of two; NaN sorts last
        if name == "median":
            place = np.where(nan.any(axis, keepdims=True), count, place)
        place = np.minimum(place, x.shape[axis] - 1)
        return np.take_along_axis(np.argsort(x, axis, kind="stable"), place, axis)
    return _chosen(name, Result, input, dim, keepdim, middle)

def _shared(x, number):
    """The number, whose gradient all elements that are equal to it share."""
    equal = ops.getitem(x, index=((raw(x) == number) | (np.isnan(raw(x)) & np.isnan(number)),))
    start = number if np.isfinite(number) else number.dtype.type(0)
    return mean(equal - start) + start

@over("The middle element (the lower of two); with `dim`, `(values, indices)`.", "[3., 1.]", "1.")
def median(input, dim=None, keepdim=False): return _median("median", Median, input, dim, keepdim)
@over("The median of the elements that are not NaN.", '[3., float("nan"), 2.]', "2.")
def nanmedian(input, dim=None, keepdim=False):
    return _median("nanmedian", NanMedian, input, dim, keepdim)

BETWEEN = {                                # the two places to mix, and how much of the second
    "linear": lambda low, high, place: (low, high, place - low),
    "lower": lambda low, high, place: (low, low, 0 * place),
    "higher": lambda low, high, place: (high, high, 0 * place),
    "midpoint": lambda low, high, place: (low, high, np.where(place == low, 0, 0.5)),
    "nearest": lambda low, high, place: (np.rint(place), np.rint(place), 0 * place),
}

@public("The number below which the part q of the elements lies, by interpolation along `dim`.",
        "[0., 1., 2., 3.], 0.5", "1.5000")
def quantile(input, q, dim=None, keepdim=False, *, interpolation="linear"):
    part = np.asarray(raw(q), input.dtype)
    refuse(input.dtype.name not in ("float32", "float64"),
           f"quantile: expected float32 or float64, got {input.dtype}")
    refuse(part.ndim > 1 or isinstance(q, TensorBase) and q.dtype != input.dtype,
           f"quantile: expected q to be a number or a vector of dtype {input.dtype}")
    refuse(isinstance(q, TensorBase) and q.tracked,
           "quantile: minigrad has no gradient for q; call q.detach()", NotImplementedError)
    refuse(((part < 0) | (part > 1)).any(), "quantile: expected q from 0 to 1")
    refuse(interpolation not in BETWEEN,
           f"quantile: expected an interpolation of {', '.join(BETWEEN)}, got {interpolation!r}")
    refuse(not input.value.size, "quantile: expected at least one element")
    whole = dim is None or not input.ndim
    x = ops.reshape(input, shape=(-1,)) if whole else input
    axis = 0 if whole else _one(input, dim, "quantile")
    x = movedim(take_along_dim(x, leaf(np.argsort(raw(x), axis, kind="stable")), axis), axis, 0)
    last = x.shape[0] - 1
    place = part.reshape(-1, *[1] * (x.ndim - 1)) * last
    place = np.where(np.isnan(raw(x)).any(0)[None], last, place)                # NaN sorts last
    low, high, weight = BETWEEN[interpolation](np.floor(place), np.ceil(place), place)
    low, high = (take_along_dim(x, i.astype(INT64), 0) for i in (low, high))
    out = low + weight.astype(input.dtype) * (high - low)                       # (q, other axes)
    if keepdim:
        kept = (1 if dim is None or i == axis else n for i, n in enumerate(input.shape))
        out = ops.reshape(out, shape=(out.shape[0], *kept))
    return out if part.ndim else ops.reshape(out, shape=out.shape[1:])

@public("What occurs most often along `dim`, of several the smallest, and its last index.",
        "mg.mode(mg.tensor([1, 2, 2, 3])).values", "tensor(2)")
def mode(input, dim=-1, keepdim=False):
    def last(row): return selection.last_of_most(selection.ranks(row))
    return _chosen("mode", Mode, input, dim, keepdim,
                   lambda x, axis: np.expand_dims(np.apply_along_axis(last, axis, x), axis))

# Norms

def _norm(x, *, p, axis=None, keepdims=False):
    size, s = np.abs(x), {"axis": axis, "keepdims": keepdims}
    if p in (math.inf, -math.inf):
        return (np.max if p > 0 else np.min)(size, **s)
    if p == 0:
        return np.sum(size != 0, dtype=x.dtype, **s)
    if p == 1:
        return total(size, **s)
    return np.sqrt(total(x * x, **s)) if p == 2 else total(size ** p, **s) ** x.dtype.type(1 / p)

def _norm_rule(g, out, x, *, p, **s):
    """g · ∂‖x‖/∂x, and 0 where the norm is 0, as PyTorch chooses (norm_backward)."""
    full, g = _spread(out, x.shape, **s), _spread(g, x.shape, **s)
    zero = raw(full) == 0
    if p == 0:
        return g * 0
    if p == 1:
        return g * ops.sign(raw(x))
    if p in (math.inf, -math.inf):
        reached = np.abs(raw(x)) == raw(full)
        many = np.add.reduce(reached, axis=s.get("axis"), keepdims=True)
        return g * (np.sign(raw(x)) * reached / many).astype(raw(x).dtype)
    full = ops.where(zero, 1, full)
    if p == 2:
        return g * x / full * ~zero
    gone = raw(x) == 0
    safe = ops.where(gone, 1, x)
    slope = g * x * ops.pow(ops.abs(safe), p - 2) / ops.pow(full, p - 1)
    return ops.where(gone | zero, 0, slope)

vector_norm = primitive(_norm, _norm_rule, floating=True, name="norm")

@public("`input` with each slice along `dim` whose p-norm is above maxnorm shrunk to that norm.",
        "[[0., 4.], [0., 1.]], 2, 0, 2", "[[0.0, 2.0], [0.0, 1.0]]", IN_PLACE)
def renorm(input, p, dim, maxnorm):
    axis = _one(at_least("renorm", floating("renorm", input), 2), dim, "renorm")
    refuse(p <= 0 or maxnorm < 0, "renorm: expected p above 0 and maxnorm of 0 or more, got "
           f"{p} and {maxnorm}")
    others = tuple(i for i in range(input.ndim) if i != axis)
    size = vector_norm(input, p=float(p), axis=others, keepdims=True)
    return input * ops.where(raw(size) > maxnorm, maxnorm / (size + 1e-7), 1)

# Running sums and products

WIDER = {"float16": np.float32, "float32": np.float64}          # what PyTorch's running sums use

def _accumulated(ufunc, x, axis):
    sums = ufunc.accumulate(x, axis, WIDER.get(x.dtype.name))
    return in_rows(sums.astype(x.dtype, copy=False))

def _added(x, *, axis, back=False):
    return np.flip(_added(np.flip(x, axis), axis=axis), axis) if back else (
        _accumulated(np.add, x, axis))

_cumsum = primitive(_added, lambda g, out, x, *, axis, back=False: _cumsum(
    g, axis=axis, back=not back), name="cumsum")

def _running(name, input, dim, dtype, scan):
    axis, x = _one(input, dim, name), _as(input, dtype)
    return scan(x, axis) if x.ndim else ops.clone(x)

@over("Each element and all before it along `dim`, added.", "[1, 2, 3], 0", "[1, 3, 6]", IN_PLACE)
def cumsum(input, dim, *, dtype=None):
    return _running("cumsum", input, dim, dtype, lambda x, axis: _cumsum(x, axis=axis))
@over("Each element and all before it along `dim`, multiplied; its gradient is right at zeros.",
      "[1, 2, 3], 0", "[1, 2, 6]", IN_PLACE)
def cumprod(input, dim, *, dtype=None):
    return _running("cumprod", input, dim, dtype, partial(_scan, ops.mul))

@over("log Σ eˣ of each element and all before it along `dim`.", "[0., 0.], 0", "[0.0000, 0.6931]")
def logcumsumexp(input, dim):
    floating("logcumsumexp", input)
    return _running("logcumsumexp", input, dim, None, partial(_scan, logaddexp.op))

def _scan(op, x, axis):
    """Running results in log₂ n steps: reach back 1, 2, 4, … places (Hillis and Steele, 1986)."""
    if not x.tracked:
        return leaf(_accumulated(op.forward, raw(x), axis))
    reach = 1
    while reach < x.shape[axis]:
        further = op(_part(x, axis, reach, None), _part(x, axis, -reach))
        x = ops.cat(_part(x, axis, reach), further, axis=axis)
        reach *= 2
    return ops.clone(x) if reach == 1 else x

def _record(name, Result, input, dim, better):
    """The best so far and where it stands; of equal ones the last."""
    axis = _one(input, dim, name)
    if input.ndim == 0 or input.shape[axis] == 0:
        return Result(ops.clone(input), leaf(np.zeros(input.shape, INT64)))
    value = raw(input)
    best = better.accumulate(value, axis)
    place = np.arange(value.shape[axis]).reshape(-1, *[1] * (value.ndim - 1 - axis))
    new = (value == best) | ((value != value) & (best != best))
    places = in_rows(np.maximum.accumulate(np.where(new, place, 0), axis))
    return picked(Result, input, leaf(places), axis)

@public("The largest element so far along `dim`, and its index.",
        "[1, 3, 2], 0",
        "torch.return_types.cummax(\nvalues=tensor([1, 3, 3]),\nindices=tensor([0, 1, 1]))")
def cummax(input, dim): return _record("cummax", CumMax, input, dim, np.maximum)
@public("The smallest element so far along `dim`, and its index.",
        "[2, 3, 1], 0",
        "torch.return_types.cummin(\nvalues=tensor([2, 2, 1]),\nindices=tensor([0, 0, 2]))")
def cummin(input, dim): return _record("cummin", CumMin, input, dim, np.minimum)

@public("The differences of neighbours along `dim`, n times over.", "[1, 4, 9]", "[3, 5]")
def diff(input, n=1, dim=-1, prepend=None, append=None):
    axis = _one(at_least("diff", input, 1), dim, "diff")
    refuse(n < 0, f"diff: expected n of 0 or more, got {n}")
    if n == 0:
        return input
    ends = prepend is not None or append is not None
    x = cat([t for t in (prepend, input, append) if t is not None], axis) if ends else input
    for _ in range(builtins.min(n, x.shape[axis])):
        after, before = _part(x, axis, 1, None), _part(x, axis, builtins.max(x.shape[axis] - 1, 0))
        x = bitwise_xor(after, before) if x.dtype == BOOL else ops.sub(after, before)
    return x
