"""The derivative table: each operation is an array function and, beside it, one rule per input.

A rule reads `(g, out, *inputs, **settings)` and gives g · ∂out/∂input. It is pure: on arrays it computes, on tensors
the same rule builds the graph of the gradient, so second derivatives need no second rule. No rule mentions
broadcasting; the engine undoes it in one place. Where a function has a corner, the rule takes PyTorch's choice there.
"""
import builtins
import math

import numpy as np

from . import kernels
from .dtypes import FLOAT16, FLOAT32, NUMBERS
from .graph import Joint, TensorBase, leaf, primitive, raw
from .inplace import viewing, zeros_like
from .memory import PIECE

# Arithmetic

add = primitive(np.add,      lambda g, out, x, y: g,      lambda g, out, x, y: g)
sub = primitive(np.subtract, lambda g, out, x, y: g,      lambda g, out, x, y: -g,           name="sub")
mul = primitive(np.multiply, lambda g, out, x, y: g * y,  lambda g, out, x, y: g * x,        name="mul")
div = primitive(np.divide,   lambda g, out, x, y: g / y,  lambda g, out, x, y: -g * out / y, name="div", floating=True)
neg = primitive(np.negative, lambda g, out, x: -g, name="neg")
pow = primitive(lambda x, y: _pow(x, y), lambda g, out, x, y: g * (y * x if y.__class__ in NUMBERS and y == 2 else y * x ** _less_one(y)),
                                     lambda g, out, x, y: g * out * _safe_log(x, y), name="pow")

def _pow(x, y):                            # numpy squares fast, but x³ would go through logarithms
    return x * x * x if y.__class__ in NUMBERS and y == 3 else x ** y

def _less_one(y):                          # x⁰ is constant, also at 0, where y · x⁻¹ would be 0 · ∞
    return (y - 1 if y else 1) if y.__class__ in NUMBERS else where(raw(y) != 0, y - 1, 1)

def _safe_log(x, y):                       # 0ʸ stays 0 for y > 0: its slope is 0, not 0 · log 0
    if x.__class__ in NUMBERS:
        return math.log(x) if x > 0 else 0.0 if x == 0 else math.nan
    return log(where((raw(x) == 0) & (raw(y) >= 0), 1, x))


# Elementwise functions

exp     = primitive(np.exp,   lambda g, out, x: g * out,             floating=True)
log     = primitive(np.log,   lambda g, out, x: g / x,               floating=True)
log1p   = primitive(np.log1p, lambda g, out, x: g / (1 + x),         floating=True)
sqrt    = primitive(np.sqrt,  lambda g, out, x: g / (2 * out),       floating=True)
sin     = primitive(np.sin,   lambda g, out, x: g * cos(x),          floating=True)
cos     = primitive(np.cos,   lambda g, out, x: g * -sin(x),         floating=True)
tanh    = primitive(np.tanh,  lambda g, out, x: g * (1 - out * out), floating=True)
sigmoid = primitive(kernels.sigmoid, lambda g, out, x: g * out * (1 - out), floating=True, name="sigmoid")
floor   = primitive(np.floor, lambda g, out, x: zeros_like(g))
sign    = primitive(lambda x: x if x.dtype.kind == "b" else np.sign(x), lambda g, out, x: zeros_like(g), name="sign")
relu    = primitive(kernels.relu, lambda g, out, x: keep(g, raw(out)), name="relu")
abs     = primitive(np.absolute, lambda g, out, x: g * sign(x), name="abs")
maximum = primitive(np.maximum,  lambda g, out, x, y: _bigger(g, x, y), lambda g, out, x, y: _bigger(g, y, x))
minimum = primitive(np.minimum,  lambda g, out, x, y: _bigger(g, y, x), lambda g, out, x, y: _bigger(g, x, y))
clamp   = primitive(lambda x, *, low, high: np.minimum(np.maximum(x, low), high),
                    lambda g, out, x, *, low, high: keep(g, (raw(x) >= low) & (raw(x) <= high)), name="clamp")
keep    = primitive(kernels.keep, lambda g, out, x, choice: keep(g, choice), None, name="keep")
where   = primitive(kernels.where, None,
                    lambda g, out, condition, x, y: where(condition, g, 0),
                    lambda g, out, condition, x, y: where(condition, 0, g), name="where")

def _bigger(g, x, y):                      # the gradient of the winner; a tie is shared
    return where(raw(x) < raw(y), 0, where(raw(x) == raw(y), g / 2, g))


# Whole-number divisions

remainder = primitive(np.remainder,  lambda g, out, x, y: g, lambda g, out, x, y: -g * floor(raw(x) / raw(y)))
floor_divide = primitive(np.floor_divide, lambda g, out, x, y: zeros_like(g), lambda g, out, x, y: zeros_like(g))
trunc_divide = primitive(lambda x, y: _toward_zero(x, y), lambda g, out, x, y: zeros_like(g),
                         lambda g, out, x, y: zeros_like(g), name="trunc_divide")

def _toward_zero(x, y):
    out = np.floor_divide(x, y)
    return np.trunc(np.divide(x, y)) if out.dtype.kind == "f" else out + ((out < 0) & (out * y != x)).astype(out.dtype)


# Comparisons and logic: no rules, nothing flows back

eq, ne = primitive(np.equal, name="eq"), primitive(np.not_equal, name="ne")
lt, le = primitive(np.less, name="lt"), primitive(np.less_equal, name="le")
gt, ge = primitive(np.greater, name="gt"), primitive(np.greater_equal, name="ge")
bitwise_and, bitwise_or, bitwise_xor = map(primitive, (np.bitwise_and, np.bitwise_or, np.bitwise_xor))
bitwise_not = primitive(np.invert, name="bitwise_not")
bitwise_left_shift, bitwise_right_shift = primitive(np.left_shift), primitive(np.right_shift)


# Products of matrices

def _matmul_left(g, out, x, y):
    if y.ndim == 1:
        return g[..., None] * y                        # a row for each number of g
    if x.ndim == 1:
        return (y @ g[..., None])[..., 0]
    return matmul(g, y.mT)

def _matmul_right(g, out, x, y):
    if x.ndim == 1:
        return x * g if y.ndim == 1 else x[:, None] * g[..., None, :]
    if y.ndim == 1:
        return (x.mT @ g[..., None])[..., 0]
    if y.ndim == 2 and x.ndim > 2:                     # one big product instead of a batch of them and a sum
        rows = math.prod(x.shape[:-1])
        x, g = reshape(x, shape=(rows, x.shape[-1])), reshape(g, shape=(rows, g.shape[-1]))
    if y.ndim == 2 and raw(y).strides[0] < raw(y).strides[1]:
        return (g.mT @ x).mT                           # y is a transposed matrix: its gradient lies in memory as it does
    return x.mT @ g

matmul = primitive(kernels.matmul, _matmul_left, _matmul_right,
                   expects="the last size of the first to equal the last but one of the second (its only one, if 1-D)")

def _linear_weight(g, x):
    if x.ndim != 2:
        rows = math.prod(x.shape[:-1])
        g, x = reshape(g, shape=(rows, g.shape[-1])), reshape(x, shape=(rows, x.shape[-1]))
    return matmul(g.mT, x)

linear = primitive(kernels.linear,                # x (…, in), w (out, in), b (out,) -> (…, out)
                   lambda g, out, x, w, b=None: matmul(g, w),
                   lambda g, out, x, w, b=None: _linear_weight(g, x),
                   lambda g, out, x, w, b: g, expects="x (…, in), a weight (out, in) and a bias (out,)")


# Reductions over the axes `axis` (None: all)

def _reduce(ufunc):
    return lambda x, *, axis=None, keepdims=False: ufunc.reduce(x, axis=axis, keepdims=keepdims)

def _spread(g, shape, axis=None, keepdims=False):
    """g, one number for each group of a tensor of that shape, repeated over the group."""
    if not keepdims and g.shape != ():
        axes = (axis,) if isinstance(axis, int) else range(len(shape)) if axis is None else axis
        gone = {i % len(shape) for i in axes}
        g = reshape(g, shape=tuple(1 if i in gone else n for i, n in enumerate(shape)))
    if isinstance(g, TensorBase) or math.prod(shape) > PIECE:
        return broadcast_to(g, shape=shape)
    out = np.empty(shape, g.dtype)         # a small copy costs less than numpy's broadcast_to
    out[...] = g
    return out

def _share(g, out, x, **s):
    """The gradient of an extreme value, shared by all who reach it (a NaN reaches a NaN)."""
    value, best = raw(x), _spread(raw(out), x.shape, **s)
    reached = (value == best) | (np.isnan(value) & np.isnan(best))
    many = sum(reached.astype(x.dtype), **s)
    return keep(_spread(g / many, x.shape, **s), reached)

def _mean(x, **s):
    out = kernels.total(x.astype(FLOAT32) if x.dtype == FLOAT16 else x, **s)       # a sum of float16 may be ∞, its mean not
    return (out * _part(np.shape(out), x.shape)).astype(x.dtype)

def _part(out, x):                                     # how much one element counts in a mean, told by both shapes
    return math.prod(out) / math.prod(x) if math.prod(x) else math.nan

def _dot(x, y, axis):                      # Σ x · y along an axis that stays; of the last one without the products between
    if isinstance(x, np.ndarray) and isinstance(y, np.ndarray) and axis in (-1, x.ndim - 1) and x.dtype != FLOAT16:
        return np.vecdot(x, y)[..., None]
    return sum(x * y, axis=axis, keepdims=True)

sum  = primitive(kernels.total,       lambda g, out, x, **s: _spread(g, x.shape, **s), name="sum")
mean = primitive(_mean,               lambda g, out, x, **s: _spread(g * _part(out.shape, x.shape), x.shape, **s))
amax = primitive(_reduce(np.maximum), _share, name="amax")
amin = primitive(_reduce(np.minimum), _share, name="amin")
logsumexp   = primitive(kernels.logsumexp,
                        lambda g, out, x, **s: _spread(g, x.shape, **s) * exp(x - _spread(out, x.shape, **s)),
                        floating=True)
log_softmax = primitive(kernels.log_softmax, lambda g, out, x, *, axis: g - exp(out) * sum(g, axis=axis, keepdims=True),
                        floating=True)
softmax     = primitive(kernels.softmax,     lambda g, out, x, *, axis: out * (g - _dot(g, out, axis)),
                        floating=True)
all, any = primitive(_reduce(np.logical_and), name="all"), primitive(_reduce(np.logical_or), name="any")
argmax = primitive(lambda x, *, axis=None, keepdims=False: np.argmax(x, axis=axis, keepdims=keepdims), name="argmax")
argmin = primitive(lambda x, *, axis=None, keepdims=False: np.argmin(x, axis=axis, keepdims=keepdims), name="argmin")


# Shape: the same numbers in another order

reshape = viewing(primitive(lambda x, *, shape: x.reshape(shape),
                            lambda g, out, x, *, shape: reshape(g, shape=x.shape),
                            name="reshape", expects="a shape with as many elements"))
permute = viewing(primitive(lambda x, *, axes: x.transpose(axes),
                            lambda g, out, x, *, axes: permute(g, axes=_inverse(axes)), name="permute"))
broadcast_to = primitive(np.broadcast_to, lambda g, out, x, *, shape: g, name="expand",
                         expects="sizes that are equal or 1, counted from the right")
cat = primitive(lambda *xs, axis: np.concatenate(xs, axis),
                Joint(lambda g, out, *xs, axis: _pieces(g, xs, axis)),
                name="cat", expects="equal sizes except along the axis that they are joined on")
pad = primitive(lambda x, *, widths, value=0: np.pad(x, widths, constant_values=value),
                lambda g, out, x, *, widths, value=0: getitem(g, index=_inner(widths, x.shape)), name="pad")

clone = primitive(lambda x: np.array(x, order="C"), lambda g, out, x: g, name="clone")

def _inverse(axes):
    return tuple(sorted(range(len(axes)), key=[a % len(axes) for a in axes].__getitem__))

def _inner(widths, shape):
    return tuple(slice(before, before + n) for (before, _), n in zip(widths, shape))

def _pieces(g, xs, axis):
    ends = np.cumsum([x.shape[axis] for x in xs]).tolist()
    return [getitem(g, index=(slice(None),) * (axis % g.ndim) + (slice(end - x.shape[axis], end),))
            for x, end in zip(xs, ends)]


# Indexing and its adjoint: each is the other's derivative

getitem = viewing(primitive(kernels.getitem,
                            lambda g, out, x, *, index: scatter(g, index=index, shape=x.shape),
                            name="getitem", into=kernels.add_at))
scatter = primitive(kernels.scatter, lambda g, out, x, *, index, shape: getitem(g, index=index))

def _assign(x, v, *, index):
    out = np.array(x)
    out[index] = v
    return out

assign = primitive(_assign, lambda g, out, x, v, *, index: assign(g, 0, index=index),
                   lambda g, out, x, v, *, index: getitem(g, index=index), name="setitem",
                   expects="a value whose shape broadcasts to that of the place")
getitem.assign = assign
