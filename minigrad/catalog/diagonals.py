"""Triangles and diagonals of matrices, taken out and put in."""
import builtins

import numpy as np

from .. import ops
from ..device import placed
from ..dtypes import INT64
from ..functions import where
from ..graph import leaf, raw
from ..public import IN_PLACE, at_least, public, refuse
from ..shape import reshape
from .arrange import atleast_1d, movedim
from .places import diagonal

def _triangle(name, input, diagonal, keep):
    rows, columns = np.ogrid[:at_least(name, input, 2).shape[-2], :input.shape[-1]]
    zero = leaf(np.zeros((), input.dtype)) if input.dtype.kind == "b" else 0
    return where(np.broadcast_to(keep(columns - rows, diagonal), input.shape), input, zero)

@public("The lower triangle, 0 above a diagonal.", "[[1, 1], [1, 1]]", "[[1, 0], [1, 1]]", IN_PLACE)
def tril(input, diagonal=0): return _triangle("tril", input, diagonal, np.less_equal)
@public("The upper triangle, 0 below a diagonal.", "[[1, 1], [1, 1]]", "[[1, 1], [0, 1]]", IN_PLACE)
def triu(input, diagonal=0): return _triangle("triu", input, diagonal, np.greater_equal)

def _diagonal(offset, n):
    """numpy's index for n numbers on a diagonal of the last two axes."""
    return Ellipsis, np.arange(n) + builtins.max(-offset, 0), np.arange(n) + builtins.max(offset, 0)

@public("Matrices with the last axis on a diagonal, 0 elsewhere.", "[1, 2]", "[[1, 0], [0, 2]]")
def diag_embed(input, offset=0, dim1=-2, dim2=-1):
    x = atleast_1d(input)
    size = x.shape[-1] + builtins.abs(offset)
    out = ops.scatter(x, index=_diagonal(offset, x.shape[-1]), shape=(*x.shape[:-1], size, size))
    return movedim(out, (-2, -1), (dim1, dim2))

@public("A vector as a diagonal matrix, or the diagonal of a matrix.", "[1, 2]", "[[1, 0], [0, 2]]")
def diag(input, diagonal=0):
    refuse(input.ndim not in (1, 2), f"diag: expected one or two axes, got shape {input.shape}")
    if input.ndim == 1:
        return diag_embed(input, diagonal)
    return ops.clone(_diagonal_of(input, diagonal))

_diagonal_of = diagonal                      # `diag` has an argument of that name

@public("A matrix with all elements on a diagonal.", "[[1], [2]]", "[[1, 0], [0, 2]]")
def diagflat(input, offset=0): return diag_embed(reshape(input, -1), offset)

@public("`input` with a diagonal replaced.", "[[0, 0], [0, 0]], [1, 2]", "[[1, 0], [0, 2]]")
def diagonal_scatter(input, src, offset=0, dim1=0, dim2=1):
    n = np.arange(input.value.size).reshape(input.shape)
    places = raw(diagonal(leaf(n), offset, dim1, dim2))
    refuse(src.shape != places.shape,
           f"diagonal_scatter: expected a source of shape {places.shape}, got {src.shape}")
    return reshape(ops.assign(reshape(input, -1), src, index=(places,)), *input.shape)

@public("The places of the lower triangle: a row of row numbers, a row of column numbers.",
        "2, 2", "[[0, 1, 1], [0, 0, 1]]", "f")
@placed
def tril_indices(row, col, offset=0, *, dtype=None):
    return leaf(np.stack(np.nonzero(np.tril(np.ones((row, col)), offset))).astype(dtype or INT64))
@public("The places of the upper triangle: a row of row numbers, a row of column numbers.",
        "2, 2", "[[0, 0, 1], [0, 1, 1]]", "f")
@placed
def triu_indices(row, col, offset=0, *, dtype=None):
    return leaf(np.stack(np.nonzero(np.triu(np.ones((row, col)), offset))).astype(dtype or INT64))
