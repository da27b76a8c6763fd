"""Memory that is freed stays at hand.

A training step frees what the next one asks for again. The GNU C library would give large blocks back to the system in
between, and every page that comes anew costs a page fault: a LeNet's step took twice as long. So it is told to keep up
to 1 GB. (mallopt(3): a fixed M_MMAP_THRESHOLD and M_TRIM_THRESHOLD.) Other C libraries are left as they are, and so is
one that the environment variables MALLOC_MMAP_THRESHOLD_ or MALLOC_TRIM_THRESHOLD_ have been set for.
"""
import os
import sys

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
