"""The derivative table: each operation is an array function and, beside it, one rule per input.

A rule reads `(g, out, *inputs, **settings)` and gives g · ∂out/∂input. It is pure: on arrays it
computes, on tensors the same rule builds the graph of the gradient, so second derivatives need no
second rule. No rule mentions broadcasting; the engine undoes it in one place. Where a function has
a corner, the rule takes PyTorch's choice there.
"""
import math
from functools import partial

import numpy as np

from . import kernels
from .dtypes import FLOAT16, NUMBERS
from .graph import Joint, TensorBase, clone, primitive, raw  # noqa: F401
from .inplace import viewing, zeros_like
from .memory import PIECE, in_rows

real = partial(primitive, floating=True)                   # whole numbers become float32 first

# Arithmetic

add = primitive(np.add,      lambda g, out, x, y: g,     lambda g, out, x, y: g)
sub = primitive(np.subtract, lambda g, out, x, y: g,     lambda g, out, x, y: -g,    name="sub")
mul = primitive(np.multiply, lambda g, out, x, y: g * y, lambda g, out, x, y: g * x, name="mul")
div = real(np.divide, lambda g, out, x, y: g / y, lambda g, out, x, y: -g * (x / y) / y,
           name="div", quiet=True)
neg = primitive(np.negative, lambda g, out, x: -g, name="neg")
pow = primitive(kernels.power, lambda g, out, x, y: g * (y * _lowered(x, y)),
                lambda g, out, x, y: g * out * _safe_log(x, y), name="pow", quiet=True)

def _lowered(x, y):                        # x to the power y − 1; x⁰ is constant, also at 0
    if y.__class__ not in NUMBERS:
        return x ** where(raw(y) != 0, y - 1, 1)
    return x if y == 2 else x ** (y - 1 if y else 1)

def _safe_log(x, y):                       # 0ʸ stays 0 for y > 0: its slope is 0, not 0 · log 0
    if x.__class__ in NUMBERS:
        return math.log(x) if x > 0 else 0.0 if x == 0 else math.nan
    return log(where((raw(x) == 0) & (raw(y) >= 0), 1, x))


# Elementwise functions

exp     = real(np.exp,   lambda g, out, x: g * out, quiet=True)
log     = real(np.log,   lambda g, out, x: g / x, quiet=True)
log1p   = real(np.log1p, lambda g, out, x: g / (1 + x), quiet=True)
sqrt    = real(np.sqrt,  lambda g, out, x: g / (2 * out), quiet=True)
sin     = real(np.sin,   lambda g, out, x: g * cos(x))
cos     = real(np.cos,   lambda g, out, x: g * -sin(x))
tanh    = real(np.tanh,  lambda g, out, x: g * (1 - out * out))
sigmoid = real(kernels.sigmoid, lambda g, out, x: g * out * (1 - out), quiet=True)
floor   = primitive(np.floor,     lambda g, out, x: zeros_like(g))
sign    = primitive(kernels.sign, lambda g, out, x: zeros_like(g))
relu    = primitive(kernels.relu, lambda g, out, x: keep(g, raw(out)))
abs     = primitive(np.absolute,  lambda g, out, x: g * sign(x), name="abs")
maximum = primitive(np.maximum, lambda g, out, x, y: _winners(g, x, y),
                                lambda g, out, x, y: _winners(g, y, x))
minimum = primitive(np.minimum, lambda g, out, x, y: _winners(g, y, x),
                                lambda g, out, x, y: _winners(g, x, y))
clamp   = primitive(kernels.clamp, lambda g, out, x, *, low, high:
                    keep(g, (raw(x) >= low) & (raw(x) <= high)))
keep    = primitive(kernels.keep,  lambda g, out, x, choice: keep(g, choice), None)
where   = primitive(kernels.where, None, lambda g, out, condition, x, y: where(condition, g, 0),
                                         lambda g, out, condition, x, y: where(condition, 0, g))

def _winners(g, x, y):                     # the gradient where x is the larger one; a tie is shared
    return where(raw(x) < raw(y), 0, where(raw(x) == raw(y), g / 2, g))


# Comparisons: they change in steps, so nothing flows back

eq, ne = primitive(np.equal, name="eq"), primitive(np.not_equal, name="ne")
lt, le = primitive(np.less, name="lt"), primitive(np.less_equal, name="le")
gt, ge = primitive(np.greater, name="gt"), primitive(np.greater_equal, name="ge")


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
    if y.ndim == 2 and x.ndim > 2:                     # one big product instead of many, and a sum
        g, x = _one_batch(g), _one_batch(x)
    if y.ndim == 2 and raw(y).strides[0] < raw(y).strides[1]:
        return (g.mT @ x).mT                           # transposed in memory, as y is
    return x.mT @ g

def _one_batch(x):
    return x if x.ndim == 2 else reshape(x, shape=(math.prod(x.shape[:-1]), x.shape[-1]))

matmul = primitive(kernels.matmul, _matmul_left, _matmul_right,
                   expects="the last size of the first to equal the last but one of the second "
                           "(its only one, if 1-D)")
linear = primitive(kernels.linear,                     # x (…, in), w (out, in), b (out,): (…, out)
                   lambda g, out, x, w, b=None: g @ w if g.ndim == 2 else matmul(g, w),
                   lambda g, out, x, w, b=None: _one_batch(g).mT @ _one_batch(x),
                   lambda g, out, x, w, b: g,
                   expects="x (…, in), a weight (out, in) and a bias (out,)")


# Reductions over the axes `axis` (None: all)

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

def _part(out, x):                         # how much one element counts in a mean
    return math.prod(out.shape) / math.prod(x.shape) if math.prod(x.shape) else math.nan

def _share(g, out, x, **s):
    """The gradient of an extreme value, shared by all who reach it (a NaN reaches a NaN)."""
    value, best = raw(x), _spread(raw(out), x.shape, **s)
    reached = (value == best) | (np.isnan(value) & np.isnan(best))
    many = sum(reached.astype(x.dtype), **s)
    return keep(_spread(g / many, x.shape, **s), reached)

def _dot(x, y, axis):                      # Σ x · y along an axis that stays
    if isinstance(x, TensorBase) or axis not in (-1, x.ndim - 1) or x.dtype == FLOAT16:
        return sum(x * y, axis=axis, keepdims=True)
    return np.vecdot(x, y)[..., None]      # without the products between

sum  = primitive(kernels.total, lambda g, out, x, **s: _spread(g, x.shape, **s), name="sum")
mean = primitive(kernels.mean,  lambda g, out, x, **s: _spread(g * _part(out, x), x.shape, **s))
amax = primitive(kernels.reduction(np.maximum), _share, name="amax")
amin = primitive(kernels.reduction(np.minimum), _share, name="amin")
all, any = (primitive(kernels.reduction(f), name=name)
            for f, name in ((np.logical_and, "all"), (np.logical_or, "any")))
argmax, argmin = primitive(np.argmax), primitive(np.argmin)
logsumexp   = real(kernels.logsumexp, lambda g, out, x, **s:
                   _spread(g, x.shape, **s) * exp(x - _spread(out, x.shape, **s)), quiet=True)
log_softmax = real(kernels.log_softmax, lambda g, out, x, *, axis:
                   g - exp(out) * sum(g, axis=axis, keepdims=True), quiet=True)
softmax     = real(kernels.softmax, lambda g, out, x, *, axis: out * (g - _dot(g, out, axis)),
                   quiet=True)


# Shape: the same numbers in another order

reshape = viewing(lambda x, *, shape: x.reshape(shape),
                  lambda g, out, x, *, shape: reshape(g, shape=x.shape),
                  name="reshape", expects="a shape with as many elements")
permute = viewing(lambda x, *, axes: x.transpose(axes),
                  lambda g, out, x, *, axes: permute(g, axes=_inverse(axes)), name="permute")
broadcast_to = viewing(
    lambda x, *, shape: x[...] if x.shape == shape else np.broadcast_to(x, shape),
    lambda g, out, x, *, shape: g, name="expand")
cat = primitive(lambda *xs, axis: in_rows(np.concatenate(xs, axis)),
                Joint(lambda g, out, *xs, axis: _pieces(g, xs, axis)), name="cat",
                expects="equal sizes except along the axis that they are joined on")

def _inverse(axes):
    return tuple(sorted(range(len(axes)), key=[a % len(axes) for a in axes].__getitem__))

def _pieces(g, xs, axis):
    ends = np.cumsum([x.shape[axis] for x in xs]).tolist()
    lead = (slice(None),) * (axis % g.ndim)
    return [getitem(g, index=(*lead, slice(end - x.shape[axis], end))) for x, end in zip(xs, ends)]


# Indexing and its adjoint: each is the other's derivative

getitem = viewing(kernels.getitem, lambda g, out, x, *, index:
                  scatter(g, index=index, shape=x.shape), into=kernels.add_at)
scatter = primitive(kernels.scatter, lambda g, out, x, *, index, shape: getitem(g, index=index))
assign  = primitive(kernels.assign,  lambda g, out, x, v, *, index: assign(g, 0, index=index),
                    lambda g, out, x, v, *, index: getitem(g, index=index), name="setitem",
                    expects="a value whose shape broadcasts to that of the place")
getitem.assign = assign                    # what a change of the chosen places does to the whole
