"""Two habits that keep memory fast: what is freed stays at hand, and many passes go piece by piece.

A training step frees what the next one asks for again. The GNU C library would give large blocks back to the system in
between, and every page that comes anew costs a page fault: a LeNet's step took twice as long. So it is told to keep up
to 1 GB. (mallopt(3): a fixed M_MMAP_THRESHOLD and M_TRIM_THRESHOLD.) Other C libraries are left as they are, and so is
one that the environment variables MALLOC_MMAP_THRESHOLD_ or MALLOC_TRIM_THRESHOLD_ have been set for.
"""
import os
import sys

import numpy as np

PIECE = 2**14                                         # elements: a few such arrays fit in a core's own cache
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3           # malloc.h


def keep_freed_memory(trim: int = 2**30, mmap: int = 2**25) -> bool:
    """Have malloc keep up to `trim` bytes of freed memory, and blocks below `mmap` bytes in it; True if it agreed.

    >>> mg.memory.keep_freed_memory() in (True, False)
    True
    """
    if sys.platform != "linux" or {"MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_THRESHOLD_"} & os.environ.keys():
        return False
    import ctypes                                     # numpy has imported it already
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    return mallopt is not None and bool(mallopt(M_MMAP_THRESHOLD, mmap) and mallopt(M_TRIM_THRESHOLD, trim))


def pieces(*arrays: np.ndarray):
    """Arrays of one shape in flat slices: what a formula passes over many times stays in the cache.

    Whole, if they are short, or if one of them does not lie in memory in one row.

    >>> [w.shape for w, g in mg.memory.pieces(np.ones((200, 100)), np.ones((200, 100)))]
    [(16384,), (3616,)]
    """
    if arrays[0].size <= PIECE or not all(array.flags.c_contiguous for array in arrays):
        yield arrays
        return
    flat = [array.reshape(-1) for array in arrays]
    for start in range(0, arrays[0].size, PIECE):
        yield [array[start:start + PIECE] for array in flat]


def in_pieces(formula, *inputs):
    """An elementwise formula of arrays of one shape, computed piece by piece; of tensors, whole.

    >>> mg.memory.in_pieces(lambda x, y: x * y + 1, np.array([1., 2.]), np.array([3., 4.]))
    array([4., 9.])
    """
    if not all(isinstance(x, np.ndarray) for x in inputs):
        return formula(*inputs)
    out = np.empty_like(inputs[0])
    for part, *parts in pieces(out, *inputs):
        part[...] = formula(*parts)
    return out
