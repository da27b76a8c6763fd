"""Views that choose places at equal steps: diagonals, windows, any strides.

What numpy's view of an array chooses, the same view of 0, 1, 2, … names: so all of them share one
rule (the gradient added up at those places) and one way to take back what was written through them.
"""
import builtins
import math

import numpy as np
from numpy.lib.stride_tricks import as_strided as strided

from .. import ops
from ..graph import TensorBase, primitive
from ..inplace import viewing
from ..public import Published, public, refuse
from ..shape import axes, sizes

def _looking(name, look):
    """The operation that gives `look(array, **settings)`, a view, and the one that writes there."""
    def back(g, out, x, **how):
        n = math.prod(x.shape)
        places = look(np.arange(n).reshape(x.shape), **how)
        return ops.reshape(ops.scatter(g, index=(places,), shape=(n,)), shape=x.shape)

    def put(x, v, **how):
        out = np.array(x)
        look(out, **how)[...] = v
        return out
    op = viewing(look, back, name=name)
    op.assign = primitive(put, lambda g, out, x, v, **how: op.assign(g, 0, **how),
                          lambda g, out, x, v, **how: op(g, **how), name=f"{name}_assign")
    return op, op.assign

def _look_diagonal(x, *, offset, pair):
    i, j = pair
    rest = [a for a in range(x.ndim) if a not in pair]
    down, right = builtins.max(-offset, 0), builtins.max(offset, 0)
    n = builtins.max(builtins.min(x.shape[i] - down, x.shape[j] - right), 0)
    x = x.transpose(*rest, i, j)[..., down:, right:]
    return strided(x, (*x.shape[:-2], n), (*x.strides[:-2], x.strides[-2] + x.strides[-1]))

def _look_windows(x, *, axis, size, step):
    steps, n = x.strides, (x.shape[axis] - size) // step + 1
    shape = (*x.shape[:axis], n, *x.shape[axis + 1:], size)
    steps = (*steps[:axis], steps[axis] * step, *steps[axis + 1:], steps[axis])
    return strided(x, shape, steps, writeable=step >= size)

def _look_strided(x, *, shape, steps, start, apart):
    x = x.reshape(-1)
    return strided(x[start:], shape, [n * x.itemsize for n in steps], writeable=apart)

_diagonal, _to_diagonal = _looking("diagonal", _look_diagonal)
_windows, _to_windows = _looking("unfold", _look_windows)
_strided, _to_strided = _looking("as_strided", _look_strided)

@public("The diagonal of two axes as a new last axis; a view.", "[[1, 2], [3, 4]]", "[1, 4]")
def diagonal(input, offset=0, dim1=0, dim2=1):
    return _diagonal(input, offset=offset, pair=axes(input, (dim1, dim2), "diagonal"))

@public("Windows of `size` along an axis, `step` apart; a new last axis holds each window; a view.",
        "mg.arange(5).unfold(0, 3, 2).tolist()", "[[0, 1, 2], [2, 3, 4]]", "x.f")
def unfold(input, dimension, size, step):
    axis = axes(input, dimension, "unfold") or 0
    x = input if input.ndim else ops.reshape(input, shape=(1,))
    refuse(not 0 <= size <= (n := x.shape[axis]) or step <= 0,
           f"unfold: expected a size from 0 to {n} and a step above 0, got {size} and {step}")
    out = _windows(x, axis=axis, size=size, step=step)
    return out if input.ndim else ops.reshape(out, shape=(size,))

@public("The elements that stand `stride` apart in the memory of a contiguous tensor; a view.",
        "[0, 1, 2, 3, 4], (2, 2), (3, 1)", "[[0, 1], [3, 4]]")
def as_strided(input, size, stride, storage_offset=None):
    size, stride = sizes((size,)), sizes((stride,))
    refuse(len(size) != len(stride) or builtins.min(*size, *stride, 0) < 0,
           f"as_strided: expected a stride of 0 or more for each size, got {size} and {stride}")
    refuse(not isinstance(input, TensorBase) or not input.is_contiguous(), "as_strided: minigrad "
           "reads the memory of contiguous tensors only; call contiguous() first, or use views",
           NotImplementedError)
    start = 0 if storage_offset is None else storage_offset - input.storage_offset()
    last = start + builtins.sum((n - 1) * step for n, step in zip(size, stride))
    refuse(0 not in size and not 0 <= start <= last < input.numel(), f"as_strided: size {size} and "
           f"stride {stride} from {storage_offset or 0} on leave the memory of {input.shape}")
    places = strided(np.arange(last + 1 if 0 not in size else 1), size, [8 * n for n in stride])
    apart = len(np.unique(places)) == places.size      # else one place has several names
    return _strided(input, shape=size, steps=stride, start=start, apart=apart)

# Of real numbers, the conjugate is the number itself

def _transposed(x):
    refuse(x.ndim not in (0, 2), f"H: expected a matrix, got shape {x.shape}; use mH")
    return x.mT

Published.real = property(lambda self: self, doc="The tensor itself: its numbers are real.")

@public("The tensor itself: its numbers are real.", "[1.]", "[1.]", "f")
def real(input): return input
Published.mH = property(lambda self: self.mT, doc="Its last two axes exchanged, as mT.")
Published.H = property(_transposed, doc="The transpose of a matrix.")
