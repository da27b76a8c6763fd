"""Array functions that numpy has not, or has in a slower form. The table gives them rules.

Two habits of numpy are behind most of them: it goes through memory once for each operation, and it
is fast only along long rows of numbers that it need not choose among.
"""
import math
from functools import lru_cache

import numpy as np

from .dtypes import FLOAT16, FLOAT32, NUMBERS
from .memory import PIECE, flat, in_pieces, in_rows

BLOCK = 1024                              # so many numbers are added up one after the other


# Elementwise

def sigmoid(x):                        # 1 / (1 + e⁻ˣ); where e⁻ˣ is too large, 1 / ∞ is 0: right
    if x.ndim == 0:
        return 1 / (1 + np.exp(-x))
    out = np.negative(x)
    np.exp(out, out=out)
    out += 1
    return np.reciprocal(out, out=out)

def relu(x):                           # numpy compares with an array faster than with a number
    if x.size <= PIECE:
        return np.maximum(x, 0)
    zeros, out = np.zeros(min(x.size, PIECE), x.dtype), np.empty_like(x)
    def piece(x, out):
        np.maximum(x, zeros[:len(x)] if x.ndim == 1 else 0, out=out)
    in_pieces(piece, *flat(x, out))
    return out

def keep(x, choice):                   # x where `choice` is True, > 0 or NaN; else 0, also for ∞
    whole, choice = np.dtype(f"i{x.itemsize}"), np.asarray(choice)
    if choice.shape != x.shape:
        choice = np.broadcast_to(choice, x.shape)
    def piece(x, choice, out):             # the bits of x, masked: −1 has all its bits set, 0 none
        if choice.dtype == bool:
            bits = np.negative(choice.view(np.int8))
        else:
            bits = (choice <= 0).view(np.int8)
            bits -= 1
        np.copyto(out, bits)               # a wider type repeats the sign
        out &= x
    out = np.empty_like(x)
    if x.size <= PIECE:
        piece(x.view(whole), choice, out.view(whole))
    else:
        in_pieces(piece, *flat(x.view(whole), choice, out.view(whole)))
    return out

def where(condition, x, y):            # np.where decides for each element; bits need no decision
    dtype = np.result_type(x, y)
    if dtype.kind != "f" or np.ndim(condition) == 0:
        return np.where(condition, x, y)
    whole = np.dtype(f"i{dtype.itemsize}")
    x, y = (np.asarray(z, dtype).view(whole) for z in (x, y))
    bits = np.negative(np.asarray(condition, bool).view(np.int8)).astype(whole)
    if x.ndim == 0:
        x, y, bits = y, x, ~bits
    if y.ndim == 0 and bits.shape == x.shape[x.ndim - bits.ndim:]:
        out = np.bitwise_and(x, bits)      # a number where the condition does not hold
        return (np.bitwise_or(out, y & ~bits, out=out) if y else out).view(dtype)
    out = np.bitwise_xor(x, y)
    fits = out.shape == np.broadcast_shapes(out.shape, bits.shape)
    out = np.bitwise_and(out, bits, out=out if fits else None)
    return np.bitwise_xor(out, y, out=out).view(dtype)                     # y ^ ((x ^ y) & bits)


def power(x, y):                          # numpy squares fast, but x³ would go through logarithms
    try:
        return x * x * x if y.__class__ in NUMBERS and y == 3 else x ** y
    except ValueError:                     # shapes that do not fit, or 1 / xⁿ of whole numbers
        if y.__class__ is int:
            raise RuntimeError(f"pow: whole numbers have no power {y}; use .float()") from None
        return np.where((y < 0) & (abs(x) != 1), 0, x ** abs(y))

def sign(x):
    return x.copy() if x.dtype.kind == "b" else keep(np.sign(x), x == x)           # NaN: 0

def clamp(x, *, low, high):               # np.clip is slower
    return np.minimum(np.maximum(x, low), high)


# Products of matrices

def matmul(x, y):                      # a stack of matrices times one matrix is one tall product
    if y.ndim == 2 and x.ndim > 2 and x.size:
        return np.matmul(x.reshape(-1, x.shape[-1]), y).reshape(*x.shape[:-1], y.shape[-1])
    if y.ndim > 2 and y.strides[-2] < y.strides[-1] and x.ndim > 1:
        y = np.ascontiguousarray(y)        # of many small transposed ones, BLAS is slow
    return in_rows(np.matmul(x, y))

def linear(x, w, b=None):
    out = matmul(x, w.T)
    if b is not None:
        out += b
    return out


# Sums

def total(x, *, axis=None, keepdims=False):
    """The sum along axes; many rows in blocks, each by a product with ones, float16 in float32.

    numpy would add row after row: slower, and a small row gets lost beside a large sum.
    """
    if x.dtype == FLOAT16:
        return np.add.reduce(x, axis=axis, keepdims=keepdims, dtype=FLOAT32).astype(FLOAT16)
    plan = None
    if axis is not None and x.ndim > 1 and x.size > 2**13 and x.dtype.kind == "f":
        plan = _plan(x.shape, x.strides, (axis,) if isinstance(axis, int) else axis, keepdims)
    if plan is None:
        return in_rows(np.add.reduce(x, axis=axis, keepdims=keepdims))
    order, shape, rows_sum, out = plan
    rows = x.transpose(order).reshape(shape)
    if rows_sum:
        return (rows @ np.ones(shape[1], x.dtype)).reshape(out)
    ones, parts = np.ones(min(len(rows), BLOCK), x.dtype), []
    for i in range(0, len(rows), BLOCK):
        piece = rows[i:i + BLOCK]
        parts.append(ones[:len(piece)] @ piece)
    return (np.add.reduce(parts) if len(parts) > 1 else parts[0]).reshape(out)


@lru_cache(1000)
def _plan(shape, strides, axis, keepdims):
    """How to sum by products: (order of the axes in memory, matrix, sum its rows?, result)."""
    gone = {a % len(shape) for a in axis}
    order = sorted(range(len(shape)), key=lambda a: -strides[a])
    kept, summed = [a for a in order if a not in gone], [a for a in order if a in gone]
    lines, length = math.prod(shape[a] for a in kept), math.prod(shape[a] for a in summed)
    out = tuple(1 if a in gone else n for a, n in enumerate(shape) if keepdims or a not in gone)
    if not kept or not summed or kept != sorted(kept):
        return None
    if order == kept + summed and 8 <= length <= BLOCK:
        return order, (lines, length), True, out
    return (order, (length, lines), False, out) if order == summed + kept else None


def mean(x, *, axis=None, keepdims=False):
    wide = x.astype(FLOAT32) if x.dtype == FLOAT16 else x      # a sum of float16 may be ∞
    out = total(wide, axis=axis, keepdims=keepdims)
    return (out * (np.size(out) / x.size if x.size else math.nan)).astype(x.dtype)

def reduction(ufunc):
    """The reduction by a ufunc, with the settings of `total`."""
    return lambda x, *, axis=None, **s: in_rows(ufunc.reduce(x, axis=axis, **s))


# Along an axis

def logsumexp(x, *, axis=None, keepdims=False):        # without the largest value no exp overflows
    top = np.maximum.reduce(x, axis=axis, keepdims=True)
    top = np.where(np.isfinite(top), top, 0)
    out = np.log(np.add.reduce(np.exp(x - top), axis=axis, keepdims=True)) + top
    return in_rows(out if keepdims else out.squeeze(axis))

def log_softmax(x, *, axis):           # x − max is exact; x − logsumexp(x) rounds at the size of x
    if x.size == 0:
        return x
    away = np.subtract(x, np.maximum.reduce(x, axis=axis, keepdims=True), order="C")
    away -= np.log(np.add.reduce(np.exp(away), axis=axis, keepdims=True))
    return away

def softmax(x, *, axis):
    if x.ndim and x.size and axis % x.ndim == x.ndim - 1 and x.dtype != FLOAT16:
        out = np.empty(x.shape, x.dtype)
        with np.errstate(invalid="ignore"):            # ∞ − ∞ is NaN, and found below
            in_pieces(softmax_rows, x.reshape(-1, x.shape[-1]), out.reshape(-1, x.shape[-1]))
        return out
    if not x.size:
        return np.array(x)
    out = np.asarray(np.subtract(x, np.maximum.reduce(x, axis=axis, keepdims=True), order="C"))
    np.exp(out, out=out)
    out /= np.add.reduce(out, axis=axis, keepdims=True)
    return out

def softmax_rows(x, out):              # numpy is slow at each row's maximum: one shift for all
    np.subtract(x, np.maximum.reduce(x, axis=None), out=out)
    np.exp(out, out=out)
    parts = out @ np.ones((x.shape[1], 1), x.dtype)
    small = ~(parts[:, 0] > 1e-3)
    if small.any():                    # rows so far below that they need a shift of their own
        rows = x[small]
        rows = rows - np.maximum.reduce(rows, axis=1, keepdims=True)
        out[small] = np.exp(rows, out=rows)
        parts[small] = np.add.reduce(rows, axis=1, keepdims=True)
    out /= parts


# Rows by number

def scatter(g, *, index, shape):
    """Zeros of that shape with g added at the index; what it names twice receives twice."""
    out = np.zeros(shape, g.dtype)
    add_at(out, g, index=index, empty=True)
    return out

VIEWS = {slice, int, type(None), type(Ellipsis)}       # these alone name no element twice

def add_at(out, g, *, index, empty=False):
    if VIEWS.issuperset(map(type, index)) and (place := out[index]).__class__ is np.ndarray:
        if empty:
            place[...] = g
        else:
            place += g
    elif all(i.__class__ in VIEWS or isinstance(i, int) or i.dtype == bool for i in index):
        out[index] += g                    # a mask, or one number
    elif not out.flags.c_contiguous:       # its rows do not lie one after the other
        out += scatter(g, index=index, shape=out.shape)
    elif out.size and all(np.asarray(i).dtype.kind in "iu" for i in index):
        lead, rest = out.shape[:len(index)], out.shape[len(index):]
        rows = np.ravel_multi_index(np.broadcast_arrays(*index), lead, mode="wrap").reshape(-1)
        add_rows(out.reshape(-1, *rest), rows, g.reshape(-1, *rest), empty)
    else:
        np.add.at(out, index, g)

def add_rows(out, rows, g, empty):
    """out[rows] += g, also where a row is named more than once.

    numpy's `+=` keeps one of the equal ones, its `add.at` is many times slower. So it goes in
    rounds, in each of which every row that is left is named once.
    """
    chosen, left = np.empty(len(out), np.intp), np.arange(len(rows))
    for turn in range(64):
        if not left.size:
            return
        now = rows if turn == 0 else rows[left]
        chosen[now] = left                 # of equal ones the last stays
        mine = chosen[now] == left
        if turn == 0 and empty:
            out[rows] = g                  # here as well
        else:
            these = left[mine]
            out[rows[these]] += g[these]
        left = left[~mine]
    np.add.at(out, rows[left], g[left])    # a few rows that are named very often

def getitem(x, *, index):                 # whole rows by number: take is twice as fast
    one = len(index) == 1 and isinstance(index[0], np.ndarray) and index[0].dtype.kind in "iu"
    out = x.take(index[0], axis=0) if one else x[index]
    return out if out.flags.c_contiguous or VIEWS.issuperset(map(type, index)) else in_rows(out)

def assign(x, v, *, index):
    out = np.array(x)
    out[index] = v
    return out
