"""Habits that keep memory fast: freed memory stays at hand, long formulas go in pieces.

A training step frees what the next one asks for again. The GNU C library would give large blocks
back to the system in between, and every page that comes anew costs a page fault: a LeNet's step
took twice as long. So importing minigrad tells it to keep up to 1 GB (mallopt(3): a fixed
M_MMAP_THRESHOLD and M_TRIM_THRESHOLD). MINIGRAD_MALLOC=0 in the environment leaves malloc alone;
so do MALLOC_MMAP_THRESHOLD_ and MALLOC_TRIM_THRESHOLD_, which set it themselves.
"""
import os
import sys

import numpy as np

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3           # malloc.h
PIECE = 2**16                                       # elements: a few such arrays stay near the core

def keep_freed_memory(trim: int = 2**30, mmap: int = 2**25) -> bool:
    """Have malloc keep `trim` bytes of freed memory, blocks below `mmap` in it; True if it does.

    >>> mg.memory.keep_freed_memory() in (True, False)
    True
    """
    own = {"MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_THRESHOLD_"}
    if sys.platform != "linux" or own & os.environ.keys():
        return False
    import ctypes                                     # numpy has imported it already
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    return bool(mallopt and mallopt(M_MMAP_THRESHOLD, mmap) and mallopt(M_TRIM_THRESHOLD, trim))

def settle(t):
    """A tensor, its memory in PyTorch's order: asked for before anybody looks at that memory.

    Convolutions leave images (N, C, H, W) in memory as (H, N, W, C), and what is computed from them
    number by number lies there as they do. The next layer is fastest with that; a view is not.

    >>> y = mg.nn.Conv2d(1, 3, 3)(mg.ones(2, 1, 8, 8))
    >>> y.value.strides, y.stride()
    ((72, 4, 144, 12), (108, 36, 6, 1))
    """
    x, base = t.value, t.value.base                    # of its own: nobody else looks at it
    own = base is None or getattr(base, "dtype", x.dtype) != x.dtype
    if x.ndim == 4 and own and left_by_convolution(x):
        t.value = np.ascontiguousarray(x)
        if t.node.op is None:                          # else rules read what was computed
            t.node.value = t.value
    return t

def left_by_convolution(x) -> bool:
    """Do these images lie in memory as (H, N, W, C)?"""
    return x.ndim == 4 and min(x.shape) > 1 and x.transpose(2, 0, 3, 1).flags.c_contiguous

def in_rows(x):
    """The array with its last axis the fastest in memory, the one before next, and so on."""
    return x if x.flags.c_contiguous else np.ascontiguousarray(x)

def _order(x): return "C" if 0 in x.strides else "K"             # repeated places: in rows

def dense(x, *, dtype=None, order=None):
    """A copy without gaps or repetitions, its axes in the order (None, "C") of those of x."""
    return x.astype(dtype or x.dtype, order or _order(x))

def lying_like(array, x):
    """The numbers of an array in the order in which the axes of x lie; itself, if they do."""
    if array.strides == x.strides or x.flags.c_contiguous:
        return in_rows(array) if x.flags.c_contiguous else array
    out = np.empty_like(x, array.dtype, _order(x))
    out[...] = array
    return out

def in_pieces(function, *arrays: np.ndarray) -> None:
    """Call `function` on pieces of the arrays, which its passes then find in the cache.

    They are cut along their first axis; what the function computes, it writes into one of them.

    >>> x, out = np.ones(200_000), np.empty(200_000)
    >>> mg.memory.in_pieces(lambda x, out: np.add(x, 1, out=out), x, out)
    >>> out.sum()
    np.float64(400000.0)
    """
    if arrays[0].size <= PIECE or not arrays[0].ndim:
        return function(*arrays)
    rows = max(PIECE * len(arrays[0]) // arrays[0].size, 1)
    for i in range(0, len(arrays[0]), rows):
        function(*(array[i:i + rows] for array in arrays))

def flat(*arrays: np.ndarray):
    """Views of arrays of one shape as one row each; the arrays, unless all lie alike, without gaps.

    >>> [a.shape for a in mg.memory.flat(np.ones((2, 3)).T, np.ones((2, 3), bool).T)]
    [(6,), (6,)]
    """
    if all(a.flags.c_contiguous for a in arrays):
        return [a.reshape(-1) for a in arrays]
    steps = [tuple(n // a.itemsize for n in a.strides) for a in arrays]
    order = sorted(range(arrays[0].ndim), key=lambda i: -steps[0][i])
    if steps.count(steps[0]) < len(steps) or not arrays[0].transpose(order).flags.c_contiguous:
        return arrays
    return [a.transpose(order).reshape(-1) for a in arrays]
